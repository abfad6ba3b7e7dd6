import { z } from "zod";
import { concat, type Tensor } from "../compiler/graph.ts";
import type { Builder } from "../nn/builder.ts";
import { normal } from "../nn/initializers.ts";
import { linear } from "../nn/linear.ts";
import { mixtures } from "./mixture.ts";
import { expertCount } from "./options.ts";
import { optionError, requireLayers } from "./requirements.ts";
import type { Sharing } from "./sharing.ts";

const config = z
  .strictObject({
    experts: expertCount,
    select: z
      .int()
      .min(1)
      .max(256)
      .default(2)
      .describe("Experts that a task uses at most, once its choices are made."),
    gate: z
      .enum(["row", "task"])
      .default("row")
      .describe("Whether experts are chosen for each row, or once for the task."),
    gamma: z
      .number()
      .gt(0)
      .max(1e3)
      .default(1)
      .describe("Width of the smooth step; a smaller one decides sooner."),
    entropy: z
      .number()
      .min(0)
      .max(1e6)
      .default(0.01)
      .describe(
        "Weight of the entropy of the choices in the joint loss, which makes them decided.",
      ),
  })
  .describe("Options of DSelect-k.");

type Options = z.infer<typeof config>;

/** The cubic that is 0 below −γ/2, 1 above γ/2 and smooth between. */
function smoothStep(x: Tensor, gamma: number): Tensor {
  const t = x.maximum(-gamma / 2).minimum(gamma / 2);
  const cubic = t
    .mul(t)
    .mul(t)
    .mul(-2 / gamma ** 3);
  return cubic.add(t.mul(1.5 / gamma)).add(0.5);
}

/**
 * Choices from bits: activations `[R, k·bits]` → `[R, k, experts]`, each row summing to 1. Where the
 * experts are no power of two, codes beyond them count for expert code − experts, so that no
 * probability is lost.
 */
function choices(bits: Tensor, select: number, experts: number): Tensor {
  const width = bits.shape[1] / select;
  const cube = bits.reshape([-1, select, width]);
  let codes = cube.slice(2, 0, 1).neg().add(1);
  codes = concat([codes, cube.slice(2, 0, 1)], 2);
  for (let j = 1; j < width; j++) {
    const bit = cube.slice(2, j, j + 1);
    codes = concat([codes.mul(bit.neg().add(1)), codes.mul(bit)], 2);
  }
  const spare = codes.shape[2] - experts;
  if (spare === 0) return codes;
  const rest = codes.slice(2, experts).pad([0, 0, 0], [0, 0, experts - spare]);
  return codes.slice(2, 0, experts).add(rest);
}

/** Weights `[R, experts]` of a task, of which at most `select` are not 0 once the bits are decided. */
function gateOf(builder: Builder, x: Tensor, options: Options): Tensor {
  const { select, experts, gamma, entropy } = options;
  const width = Math.ceil(Math.log2(experts));
  const start = { initializer: normal(gamma / 100), bias: false };
  const logits = (name: string, size: number) =>
    options.gate === "row"
      ? linear(builder, name, x, size, start)
      : builder.parameter(name, [1, size], normal(gamma / 100), { decay: false });
  const chosen = choices(smoothStep(logits("bits", select * width), gamma), select, experts);
  if (entropy > 0 && builder.training) {
    const surprise = chosen.mul(chosen.maximum(1e-6).log()).sum([1, 2]).mean();
    builder.addPenalty(surprise.mul(-entropy));
  }
  if (select === 1) return chosen.squeeze(1);
  const shares = logits("shares", select).softmax().unsqueeze(2);
  return chosen.mul(shares).sum(1);
}

/**
 * A mixture of experts whose gates choose k of them, by binary codes that training can decide
 * exactly. @cite hazimeh2021
 */
export const dselectK: Sharing<Options> = {
  name: "dselectK",
  title: "DSelect-k",
  summary: "Shared experts; a gate a task chooses at most k of them, by smooth binary codes.",
  cite: ["hazimeh2021"],
  config,
  check(_, { experts, select }) {
    if (select > experts)
      throw optionError("select", `at most the number of experts, ${experts}; got ${select}`);
  },
  build(builder, x, tasks, blocks, options) {
    requireLayers(blocks, "dselectK");
    const experts = Array.from({ length: options.experts }, (_, e) =>
      blocks.trunk(`expert.${e}`, x),
    );
    if (experts.length === 1) return tasks.map(({ name }) => blocks.tower(name, experts[0]));
    const gates = tasks.map(({ name }) =>
      builder.scope(`gate.${name}`, () => gateOf(builder, x, options)),
    );
    const mixed = mixtures(gates, experts);
    return tasks.map(({ name }, i) => blocks.tower(name, mixed[i]));
  },
};
