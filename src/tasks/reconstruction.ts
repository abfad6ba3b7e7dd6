import { z } from "zod";
import type { Tensor } from "../compiler/graph.ts";
import { ConfigError } from "../core/errors.ts";
import { Random } from "../core/random.ts";
import { linear } from "../nn/linear.ts";
import { mlp } from "../nn/mlp.ts";
import { standardise } from "../nn/standardise.ts";
import { metricDirection } from "./metric-direction.ts";
import { evaluateReconstruction } from "./metrics/paired.ts";
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
    layers: z
      .array(z.int().min(1).max(65_536))
      .max(16)
      .default([128])
      .describe("Widths of hidden layers between the first side's encoders and the prediction."),
    target: z
      .enum(["features", "cells"])
      .default("features")
      .describe(
        "What of the second side is predicted: what its encoder makes of it, held fixed, or what its cells hold.",
      ),
  })
  .describe("One input predicted from the other.");

export type ReconstructionOptions = z.infer<typeof options>;

/**
 * Predicts the second side from the first: `size` fixed random projections of it, each standardized. No
 * gradient flows into what is predicted, so that an encoder cannot make its work easy.
 */
export const reconstruction: TaskKind<ReconstructionOptions, PairedState, PairedPrediction> = {
  ...pairedVectors,
  name: "reconstruction",
  title: "Cross-modal reconstruction",
  summary: "What one input holds, predicted from another by squared loss.",
  cite: ["ngiam2011"],
  options,
  objective: {
    sides: sidesOf,
    column: ({ relevant }) => relevant,
    comparesRows: false,
    build(builder, [from, to], state, { layers, size, dropout, target }) {
      const wanted = target === "features" ? to.features : to.cells;
      if (!wanted) {
        throw new ConfigError(
          "CONFIG_INVALID",
          `tasks.${state.task}.target: cells of inputs whose type says what they hold in numbers; ${state.sides[1]} has none`,
          { hint: "set target to features" },
        );
      }
      const h = mlp(builder, "layers", builder.dropout(from.features, dropout), {
        sizes: layers,
        dropout,
      });
      const guess = linear(builder, "guess", h, size).mul(from.present);
      const fixed = projected(wanted.stopGradient(), size);
      const answer = standardise(builder, "target", fixed, to.present).mul(to.present);
      return builder.graph.apply("concat", [guess, answer], { axis: 1 });
    },
  },
  loss(raw, _labels, state) {
    const [guess, answer] = [halfOf(raw, state, 0), halfOf(raw, state, 1)];
    const there = isThere(guess).mul(isThere(answer)).squeeze(1);
    return guess.sub(answer).square().mean(1).mul(there);
  },
  primary: "explained",
  direction: (metric) => metricDirection("reconstruction", metric),
  evaluate: (state, truth, outputs, weights) =>
    evaluateReconstruction(retrievalInput(state, truth, outputs, weights)),
  judge(state, truth, outputs, row) {
    const near = neighbours(state, truth, outputs, row);
    if (!near) return undefined;
    const [guess, answer] = state.sides.map((side) => numbersOf(outputs, side));
    let sum = 0;
    for (let i = row * state.size; i < (row + 1) * state.size; i++) {
      sum += (guess[i] - answer[i]) ** 2;
    }
    return { truth: 1, prediction: near.rank, loss: sum / state.size };
  },
};

/** `[B, D]` to `size` directions that are drawn once and for all; the numbers themselves where they are as many. */
function projected(x: Tensor, size: number): Tensor {
  const width = x.shape[1];
  if (width === size) return x;
  const random = Random.from(0, "reconstruction", width, size);
  const directions = Float64Array.from(
    { length: width * size },
    () => random.normal() / Math.sqrt(width),
  );
  return x.matmul(x.graph.constant(directions, [width, size]));
}
