import { z } from "zod";
import { linear } from "../nn/linear.ts";
import { mlp } from "../nn/mlp.ts";
import { whitening } from "../nn/whitening.ts";
import { metricDirection } from "./metric-direction.ts";
import { evaluateCanonical } from "./metrics/paired.ts";
import { neighbours } from "./neighbours.ts";
import { numbersOf } from "./outputs.ts";
import {
  halfOf,
  isThere,
  type PairedPrediction,
  type PairedState,
  pairedOptions,
  pairedVectors,
  retrievalInput,
  sidesOf,
} from "./paired.ts";
import type { TaskKind } from "./task.ts";

const options = z
  .strictObject({
    ...pairedOptions,
    size: z
      .int()
      .min(1)
      .max(512)
      .default(16)
      .describe("Numbers of the vector of each side: canonical correlations that are looked for."),
    ridge: z
      .number()
      .min(1e-5)
      .max(1)
      .default(1e-3)
      .describe("Added to each variance of a batch, as a share of their mean."),
  })
  .describe("Two inputs whose vectors are as correlated as can be.");

export type CcaOptions = z.infer<typeof options>;

/**
 * Canonical correlation, deep where the encoders are. Both vectors are whitened, and the loss is 1 minus
 * the mean correlation of their numbers, the trace of the whitened covariance. Over the affine maps
 * that end the sides, its maximum is the mean of the largest canonical correlations; the vectors are then
 * the canonical variates but for a turn that both share, which no angle between them sees. Row weights
 * count in the loss and not in the covariances.
 */
export const cca: TaskKind<CcaOptions, PairedState, PairedPrediction> = {
  ...pairedVectors,
  name: "cca",
  title: "Canonical correlation",
  summary:
    "Vectors of two inputs whose numbers are uncorrelated among each other and as correlated as can be between both.",
  cite: ["hotelling1936", "andrew2013"],
  options,
  objective: {
    sides: sidesOf,
    column: ({ relevant }) => relevant,
    comparesRows: true,
    build(builder, sides, _state, { layers, size, dropout, ridge }) {
      const both = sides[0].present.mul(sides[1].present);
      const vectors = sides.map(({ features, present }, i) => {
        const h = mlp(builder, `side.${i}`, builder.dropout(features, dropout), {
          sizes: layers,
          dropout,
        });
        const vector = linear(builder, `vector.${i}`, h, size);
        return whitening(builder, `whitening.${i}`, vector, both, { ridge }).mul(present);
      });
      return builder.graph.apply("concat", vectors, { axis: 1 });
    },
  },
  loss(raw, _labels, state) {
    const [first, second] = [halfOf(raw, state, 0), halfOf(raw, state, 1)];
    const there = isThere(first).mul(isThere(second)).squeeze(1);
    return first.mul(second).mean(1).neg().add(1).mul(there);
  },
  primary: "correlation",
  direction: (metric) => metricDirection("cca", metric),
  evaluate: (state, truth, outputs, weights) =>
    evaluateCanonical(retrievalInput(state, truth, outputs, weights)),
  judge(state, truth, outputs, row) {
    const near = neighbours(state, truth, outputs, row);
    if (!near) return undefined;
    const [first, second] = state.sides.map((side) => numbersOf(outputs, side));
    let sum = 0;
    for (let i = row * state.size; i < (row + 1) * state.size; i++) sum += first[i] * second[i];
    return { truth: 1, prediction: near.rank, loss: 1 - sum / state.size };
  },
};
