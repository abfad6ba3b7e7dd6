import { z } from "zod";
import type { Tensor } from "../compiler/graph.ts";
import type { Builder } from "../nn/builder.ts";
import { zeros } from "../nn/initializers.ts";
import { recombine } from "./mixture.ts";
import { requireLayers } from "./requirements.ts";
import type { Sharing } from "./sharing.ts";

const temperature = z.number().gt(0).max(1e3);

const config = z
  .strictObject({
    branches: z
      .int()
      .min(1)
      .max(256)
      .nullable()
      .default(null)
      .describe("Branches of each layer of the trunk; null has as many as there are tasks."),
    temperature: z
      .strictObject({
        start: temperature.default(5).describe("At the first step; high mixes the branches."),
        end: temperature.default(0.2).describe("At the last step; low decides for one."),
      })
      .prefault({})
      .describe("Temperature of the choices while training; it falls by the same factor a step."),
  })
  .describe("Options of learning to branch.");

type Options = z.infer<typeof config>;

/** Smallest uniform draw whose Gumbel noise is finite, and the largest below 1 in 32 bits. */
const draws = { least: 1e-7, most: 1 - 2 ** -24 };

/**
 * Which parent each child takes, `[children, parents]`: a Gumbel-softmax draw a step of training, and
 * the likeliest parent outside.
 */
function choose(
  builder: Builder,
  name: string,
  children: number,
  parents: number,
  { start, end }: Options["temperature"],
): Tensor {
  const logits = builder.parameter(name, [children, parents], zeros, { decay: false });
  if (!builder.training) return logits.argmax(1).oneHot(parents);
  const uniform = builder.uniform([children, parents]).maximum(draws.least).minimum(draws.most);
  const noise = uniform.log().neg().log().neg();
  const coldness = builder
    .progress()
    .mul(Math.log(start / end))
    .exp()
    .mul(1 / start);
  return logits.add(noise).mul(coldness).softmax();
}

/**
 * Layers of branches; each branch learns which one before it to read, and each task which of the last
 * ones, so that a tree comes out. @cite guo2020
 */
export const learningToBranch: Sharing<Options> = {
  name: "learningToBranch",
  title: "Learning to branch",
  summary: "A tree of layers whose branching points are learned by annealed random choices.",
  cite: ["guo2020"],
  config,
  build(builder, x, tasks, blocks, options) {
    requireLayers(blocks, "learningToBranch");
    const count = options.branches ?? tasks.length;
    const pick = (name: string, children: number, parents: readonly Tensor[]) =>
      parents.length === 1
        ? Array.from({ length: children }, () => parents[0])
        : recombine(choose(builder, name, children, parents.length, options.temperature), parents);
    let branches: readonly Tensor[] = [x];
    for (let l = 0; l < blocks.depth; l++) {
      const inputs = pick(`choice.${l}`, count, branches);
      branches = inputs.map((input, b) => blocks.layer(`branch.${b}`, l, input));
    }
    const chosen = pick("choice.tasks", tasks.length, branches);
    return tasks.map(({ name }, i) => blocks.tower(name, chosen[i]));
  },
};
