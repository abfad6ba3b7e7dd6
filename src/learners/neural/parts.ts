/** Which inputs make one part of a fusion, and which parts a training step leaves out. */
import type { Tensor } from "../../compiler/graph.ts";
import type { Builder } from "../../nn/builder.ts";
import type { ProblemInput } from "../../train/problem.ts";

export interface PartInputs {
  readonly name: string;
  /** Places of its inputs. */
  readonly inputs: readonly number[];
  /** Whether they are the columns of a table. */
  readonly table: boolean;
}

/** The parts that are fused: the inputs of the table block as one, then each other input. */
export function partsOf(
  inputs: readonly {
    readonly name: string;
    readonly modality: Pick<ProblemInput["modality"], "block">;
  }[],
): PartInputs[] {
  const own: PartInputs[] = [];
  const table: number[] = [];
  inputs.forEach(({ name, modality }, i) => {
    if (modality.block === "table") table.push(i);
    else own.push({ name, inputs: [i], table: false });
  });
  if (table.length === 0) return own;
  const name = own.some((p) => p.name === "table") ? "table:columns" : "table";
  return [{ name, inputs: table, table: true }, ...own];
}

/**
 * Where each input is there, `[B, 1]`, as the network sees it. A training step leaves out a share `rate`
 * of the parts that are there, but never all parts of a row: the one with the largest draw stays.
 * @cite neverova2016
 */
export function presence(
  builder: Builder,
  inputs: readonly ProblemInput[],
  fed: Readonly<Record<string, Tensor>>,
  rate: number,
): Tensor[] {
  const present = inputs.map((input) => fed[`${input.name}.present`]);
  const parts = partsOf(inputs);
  if (!builder.training || rate === 0 || parts.length === 1) return present;
  // The draws of parts that are there, 0 to 1; −1 for those that are not.
  const draws = parts.map((part) => {
    const there = part.inputs.map((i) => present[i]).reduce((a, b) => a.maximum(b));
    return builder.uniform(there.shape).add(1).mul(there).sub(1);
  });
  const largest = draws.reduce((a, b) => a.maximum(b));
  parts.forEach((part, p) => {
    const kept = draws[p].ge(rate).cast("float32").maximum(draws[p].ge(largest).cast("float32"));
    for (const i of part.inputs) present[i] = present[i].mul(kept);
  });
  return present;
}
