import { z } from "zod";
import { concat, type Tensor } from "../compiler/graph.ts";
import type { Builder } from "../nn/builder.ts";
import { he } from "../nn/initializers.ts";
import { linear } from "../nn/linear.ts";
import { mixtures } from "./mixture.ts";
import { chainOf } from "./requirements.ts";
import type { Sharing } from "./sharing.ts";

const config = z
  .strictObject({
    chain: z
      .array(z.string().min(1))
      .default([])
      .describe(
        "Tasks in the order in which one leads to the next, such as [click, apply, approve]; [] takes all in the order of their declaration.",
      ),
    calibration: z
      .number()
      .min(0)
      .max(1e3)
      .default(0.6)
      .describe(
        "Weight of the mean of max(0, p_next − p_before) over the rows of a batch, between neighbours that are binary.",
      ),
  })
  .describe("Options of adaptive information transfer.");

/** Attention over what comes from the task before and what the task has: two `[B, H]` → `[B, H]`. */
function attend(builder: Builder, name: string, passed: Tensor, own: Tensor): Tensor {
  return builder.scope(name, () => {
    const size = own.shape[1];
    const map = (part: string, x: Tensor) => linear(builder, part, x, size, { bias: false });
    const parts = [passed, own];
    const scores = parts.map((x) =>
      map("key", x)
        .mul(map("query", x))
        .sum(1, { keepDims: true })
        .mul(1 / Math.sqrt(size)),
    );
    const weights = concat(scores, 1).softmax();
    return mixtures(
      [weights],
      parts.map((x) => map("value", x)),
    )[0];
  });
}

/** Each task of a chain attends to what the task before it passes on. @cite xi2021 */
export const aitm: Sharing<z.infer<typeof config>> = {
  name: "aitm",
  title: "Adaptive information transfer multi-task",
  summary:
    "Along a chain of tasks each attends to what the one before learned; a calibrator keeps probabilities in order.",
  cite: ["xi2021"],
  config,
  check: (tasks, { chain }) => void chainOf(tasks, chain),
  build(builder, x, tasks, blocks, { chain, calibration }) {
    const last = new Map(
      tasks.map(({ name }) => [name, blocks.tower(name, blocks.trunk(`trunk.${name}`, x))]),
    );
    const get = (name: string) => last.get(name) as Tensor;
    chainOf(tasks, chain).forEach(({ name, kind }, i, all) => {
      if (i === 0) return;
      const before = all[i - 1];
      const own = get(name);
      const passed = linear(builder, `pass.${name}`, get(before.name), own.shape[1], {
        initializer: he,
      }).relu();
      last.set(name, attend(builder, `transfer.${name}`, passed, own));
      if (calibration === 0 || kind !== "binary" || before.kind !== "binary") return;
      const [earlier, later] = [before.name, name].map((n) => blocks.head(n, get(n)).sigmoid());
      builder.addPenalty(later.sub(earlier).relu().mean().mul(calibration));
    });
    return tasks.map(({ name }) => get(name));
  },
};
