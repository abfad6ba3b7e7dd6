import { z } from "zod";
import { concat, type Tensor } from "../compiler/graph.ts";
import type { Builder } from "../nn/builder.ts";
import { constant, values } from "../nn/initializers.ts";
import { stitchStart } from "./cross-stitch.ts";
import { recombine } from "./mixture.ts";
import { optionError, requireLayers } from "./requirements.ts";
import type { Sharing } from "./sharing.ts";
import { type TracedParameter, traced } from "./traced.ts";

const config = z
  .strictObject({
    subspaces: z
      .int()
      .min(1)
      .max(16)
      .default(2)
      .describe("Equal parts into which each layer's features are cut; they are shared apart."),
    self: z
      .number()
      .min(0)
      .max(1)
      .default(0.9)
      .describe("First weight of a part itself; all other parts share the rest to 1."),
    orthogonality: z
      .number()
      .min(0)
      .max(1e6)
      .default(0.01)
      .describe(
        "Weight of Σ‖W_gᵀ W_h‖² over the parts g ≠ h of a layer, which keeps them different.",
      ),
  })
  .describe("Options of sluice networks.");

/** A tensor's last axis cut into equal parts. */
function cut(x: Tensor, parts: number): Tensor[] {
  const width = x.shape[1] / parts;
  return Array.from({ length: parts }, (_, g) => x.slice(1, g * width, (g + 1) * width));
}

/** Σ ‖W_gᵀ W_h‖² over pairs of parts of the weights that make `width` features. */
function overlap(parameters: readonly TracedParameter[], width: number, parts: number): Tensor[] {
  const made = parameters.filter(({ spec }) => spec.shape.length === 2 && spec.shape[1] === width);
  return made.flatMap(({ tensor }) => {
    const pieces = cut(tensor, parts);
    return pieces.flatMap((a, g) =>
      pieces.slice(g + 1).map((b) => a.matmul(b, { transposeA: true }).sumSquares()),
    );
  });
}

/** The task's mixture of its layers of the last width. */
function mixLayers(builder: Builder, name: string, layers: readonly Tensor[]): Tensor {
  const last = layers[layers.length - 1];
  const equal = layers.filter((h) => h.shape[1] === last.shape[1]);
  if (equal.length === 1) return last;
  const size = equal.length;
  const start = constant(1 / size);
  return recombine(builder.parameter(name, [1, size], start, { decay: false }), equal)[0];
}

/**
 * A trunk a task with features in subspaces: after each layer every part takes a mixture of all parts
 * of all tasks, and a task reads a mixture of its layers of the last layer's width. @cite ruder2019
 */
export const sluice: Sharing<z.infer<typeof config>> = {
  name: "sluice",
  title: "Sluice networks",
  summary: "Cross-stitch in subspaces kept orthogonal, with a learned mixture of layers a task.",
  cite: ["ruder2019"],
  config,
  build(builder, x, tasks, blocks, { subspaces, self, orthogonality }) {
    requireLayers(blocks, "sluice");
    const layers: Tensor[][] = [];
    for (let l = 0; l < blocks.depth; l++) {
      const columns = tasks.map(({ name }, i) => {
        const before = l === 0 ? x : layers[l - 1][i];
        const { result, parameters } = traced(builder, () =>
          blocks.layer(`column.${name}`, l, before),
        );
        const width = result.shape[1];
        if (width % subspaces !== 0) {
          throw optionError(
            "subspaces",
            `a number that divides the trunk's widths; got ${subspaces} for a layer of ${width}`,
          );
        }
        if (orthogonality > 0) {
          for (const term of overlap(parameters, width, subspaces))
            builder.addPenalty(term.mul(orthogonality));
        }
        return result;
      });
      const size = tasks.length * subspaces;
      if (size === 1) {
        layers.push(columns);
        continue;
      }
      const start = values(stitchStart(size, self));
      const mixed = recombine(
        builder.parameter(`stitch.${l}`, [size, size], start, { decay: false }),
        columns.flatMap((c) => cut(c, subspaces)),
      );
      layers.push(
        columns.map((_, i) => concat(mixed.slice(i * subspaces, (i + 1) * subspaces), 1)),
      );
    }
    return tasks.map(({ name }, i) =>
      blocks.tower(
        name,
        mixLayers(
          builder,
          `layers.${name}`,
          layers.map((l) => l[i]),
        ),
      ),
    );
  },
};
