/** The level of experts that customised gate control and progressive extraction are made of. */
import { z } from "zod";
import type { Tensor } from "../compiler/graph.ts";
import type { Builder } from "../nn/builder.ts";
import { gate, mixtures } from "./mixture.ts";
import type { Blocks, SharedTask } from "./sharing.ts";

/** Options of the experts of a level. */
export const expertCounts = {
  taskExperts: z
    .int()
    .min(1)
    .max(256)
    .default(2)
    .describe("Experts that belong to one task, each with the layers of the trunk."),
  sharedExperts: z
    .int()
    .min(0)
    .max(256)
    .default(2)
    .describe("Experts that all tasks use; 0 separates the tasks."),
} as const;

/** What a level reads and gives: a representation a task, and the shared one. */
export interface Extracted {
  readonly own: readonly Tensor[];
  readonly shared: Tensor | undefined;
}

/** Experts weighed by a gate; a single one needs none. */
function gated(builder: Builder, name: string, x: Tensor, experts: readonly Tensor[]): Tensor {
  if (experts.length === 1) return experts[0];
  return mixtures([gate(builder, name, x, experts.length)], experts)[0];
}

/**
 * One level: a task's gate weighs its own and the shared experts, and the shared gate, for a level
 * that follows, weighs all. @cite tang2020
 */
export function extract(
  builder: Builder,
  blocks: Blocks,
  tasks: readonly SharedTask[],
  { own, shared }: Extracted,
  counts: { readonly taskExperts: number; readonly sharedExperts: number },
  last: boolean,
): Extracted {
  const experts = (name: string, count: number, x: Tensor) =>
    Array.from({ length: count }, (_, e) => blocks.trunk(`${name}.${e}`, x));
  const common = shared ? experts("shared", counts.sharedExperts, shared) : [];
  const special = tasks.map(({ name }, i) => experts(`own.${name}`, counts.taskExperts, own[i]));
  return {
    own: tasks.map(({ name }, i) =>
      gated(builder, `gate.own.${name}`, own[i], [...special[i], ...common]),
    ),
    shared:
      shared && !last && common.length > 0
        ? gated(builder, "gate.shared", shared, [...special.flat(), ...common])
        : undefined,
  };
}
