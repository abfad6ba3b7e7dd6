import { z } from "zod";
import { concat, type Tensor } from "../compiler/graph.ts";
import { he } from "../nn/initializers.ts";
import { linear } from "../nn/linear.ts";
import { requireLayers } from "./requirements.ts";
import type { Sharing } from "./sharing.ts";

const config = z
  .strictObject({
    reduction: z
      .int()
      .min(1)
      .max(64)
      .default(4)
      .describe("How many times narrower an attention's hidden layer is than what it masks."),
  })
  .describe("Options of multi-task attention.");

/**
 * A shared trunk, of each layer of which every task takes what its mask lets through. The mask reads
 * the layer's input and what the task took from the layer before. @cite liu2019
 */
export const mtan: Sharing<z.infer<typeof config>> = {
  name: "mtan",
  title: "Multi-task attention network",
  summary: "One trunk for all tasks; each task masks every layer's features with attention.",
  cite: ["liu2019"],
  config,
  build(builder, x, tasks, blocks, { reduction }) {
    requireLayers(blocks, "mtan");
    let shared = x;
    let taken: readonly Tensor[] = [];
    for (let l = 0; l < blocks.depth; l++) {
      const input = shared;
      shared = blocks.layer("trunk", l, input);
      const width = shared.shape[1];
      const hidden = Math.ceil(width / reduction);
      // What a task took is carried on by one map for all tasks.
      const carried = taken.map((t) =>
        linear(builder, `carry.${l}`, t, t.shape[1], { initializer: he }).relu(),
      );
      taken = tasks.map(({ name }, i) =>
        builder.scope(`attention.${l}.${name}`, () => {
          const seen = l === 0 ? input : concat([input, carried[i]], 1);
          const inner = linear(builder, "in", seen, hidden, { initializer: he }).relu();
          return linear(builder, "out", inner, width).sigmoid().mul(shared);
        }),
      );
    }
    return tasks.map(({ name }, i) => blocks.tower(name, taken[i]));
  },
};
