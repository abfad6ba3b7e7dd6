import { z } from "zod";
import type { Tensor } from "../compiler/graph.ts";
import { values } from "../nn/initializers.ts";
import { recombine } from "./mixture.ts";
import { requireLayers } from "./requirements.ts";
import type { Sharing } from "./sharing.ts";

const config = z
  .strictObject({
    self: z
      .number()
      .min(0)
      .max(1)
      .default(0.9)
      .describe("First weight of a task's own features; the other tasks' share the rest to 1."),
  })
  .describe("Options of cross-stitch networks.");

/** A matrix `[size, size]` with `self` on the diagonal and rows that add up to 1. */
export function stitchStart(size: number, self: number): Float64Array {
  const other = (1 - self) / (size - 1);
  return Float64Array.from({ length: size * size }, (_, i) =>
    i % (size + 1) === 0 ? self : other,
  );
}

/** A trunk a task, whose features are recombined after every layer. @cite misra2016 */
export const crossStitch: Sharing<z.infer<typeof config>> = {
  name: "crossStitch",
  title: "Cross-stitch networks",
  summary: "A trunk a task; after each layer every task takes a learned mixture of all features.",
  cite: ["misra2016"],
  config,
  build(builder, x, tasks, blocks, { self }) {
    requireLayers(blocks, "crossStitch");
    const size = tasks.length;
    let columns: readonly Tensor[] = tasks.map(() => x);
    for (let l = 0; l < blocks.depth; l++) {
      columns = tasks.map(({ name }, i) => blocks.layer(`column.${name}`, l, columns[i]));
      if (size === 1) continue;
      const start = values(stitchStart(size, self));
      columns = recombine(
        builder.parameter(`stitch.${l}`, [size, size], start, { decay: false }),
        columns,
      );
    }
    return tasks.map(({ name }, i) => blocks.tower(name, columns[i]));
  },
};
