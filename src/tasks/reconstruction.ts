import { z } from "zod";
import type { Tensor } from "../compiler/graph.ts";
import { ConfigError } from "../core/errors.ts";
import { Random } from "../core/random.ts";
import type { Builder } from "../nn/builder.ts";
import { linear } from "../nn/linear.ts";
import { mlp } from "../nn/mlp.ts";
import { standardise } from "../nn/standardise.ts";
import type { Answers } from "./answers.ts";
import { buildCells } from "./cells/build.ts";
import { type CellsPrediction, cellAnswers, cellMembers } from "./cells/cells.ts";
import type { CellsState } from "./cells/state.ts";
import { metricDirection } from "./metric-direction.ts";
import { evaluateReconstruction } from "./metrics/paired.ts";
import { neighbours } from "./neighbours.ts";
import type { EncodedSide } from "./objective.ts";
import { numbersOf } from "./outputs.ts";
import {
  halfOf,
  isThere,
  learnPaired,
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
        "What of the second side is predicted: what its encoder makes of it, held fixed, or what its cells hold: numbers, pixels, words.",
      ),
    terms: z
      .int()
      .min(1)
      .max(20_000)
      .default(500)
      .describe(
        "With `target: cells`: most frequent words of a text, members of a set or values of a category that are told apart.",
      ),
    pixels: z
      .literal([8, 16, 32, 64])
      .default(16)
      .describe("With `target: cells`: rows and columns of a predicted picture."),
    steps: z
      .int()
      .min(1)
      .max(4096)
      .default(32)
      .describe(
        "With `target: cells`: most steps of a predicted series; where training series are longer, as many equal stretches of each.",
      ),
    stretches: z
      .int()
      .min(1)
      .max(256)
      .default(16)
      .describe("With `target: cells`: equal stretches of time of a predicted recording."),
    bands: z
      .int()
      .min(1)
      .max(256)
      .default(20)
      .describe("With `target: cells`: ranges of pitch of a predicted recording."),
  })
  .describe("One input predicted from the other.");

export type ReconstructionOptions = z.infer<typeof options>;

/** Vectors of what an encoder makes of the second side, or its cells. */
export type ReconstructionState = PairedState | CellsState;

function predictsCells(state: ReconstructionState): state is CellsState {
  return "cells" in state;
}

/** The members of a kind of task that depend on what is predicted. */
type Members<State> = Pick<
  TaskKind<ReconstructionOptions, State, PairedPrediction | CellsPrediction>,
  | "outputSize"
  | "labelWidth"
  | "encode"
  | "truth"
  | "loss"
  | "link"
  | "outputs"
  | "prior"
  | "evaluate"
  | "detail"
  | "judge"
  | "decode"
  | "describe"
>;

/** `size` fixed random projections of what the second side's encoder makes of it, each standardized. */
const vectorMembers: Members<PairedState> = {
  ...pairedVectors,
  loss(raw, _labels, state) {
    const [guess, answer] = [halfOf(raw, state, 0), halfOf(raw, state, 1)];
    const there = isThere(guess).mul(isThere(answer)).squeeze(1);
    return guess.sub(answer).square().mean(1).mul(there);
  },
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

function membersFor(state: ReconstructionState): Members<ReconstructionState> {
  const members = predictsCells(state)
    ? (cellMembers satisfies Members<CellsState>)
    : vectorMembers;
  return members as unknown as Members<ReconstructionState>;
}

const answers: Answers<ReconstructionOptions, ReconstructionState> = {
  how: ({ target, ...how }) => (target === "cells" ? how : undefined),
  settle: (state, inputs) => (predictsCells(state) ? cellAnswers.settle(state, inputs) : state),
  inputs: (state) => (predictsCells(state) ? cellAnswers.inputs(state) : []),
  label(state, truth, labels) {
    if (predictsCells(state)) cellAnswers.label(state, truth, labels);
  },
};

/**
 * Predicts the second side from the first: what its encoder makes of it, into which no gradient flows, so that an
 * encoder cannot make its work easy; or what its cells hold, as their modalities say.
 */
export const reconstruction: TaskKind<
  ReconstructionOptions,
  ReconstructionState,
  PairedPrediction | CellsPrediction
> = {
  name: "reconstruction",
  title: "Cross-modal reconstruction",
  summary: "What one input holds, predicted from another: its features or its cells.",
  cite: ["ngiam2011"],
  options,
  storage: pairedVectors.storage,
  recognise: pairedVectors.recognise,
  learn(given, task) {
    const { inputs, target, relevant } = given;
    if (target === "features") return learnPaired(given, task);
    if (relevant !== undefined) {
      throw new ConfigError(
        "CONFIG_INVALID",
        `tasks.${task}.relevant: no column, where cells are predicted and no rows are found; got ${relevant}`,
        { hint: "leave relevant out, or set target to features" },
      );
    }
    const [first, second] = inputs;
    return { add() {}, finish: () => ({ task, sides: [first, second], cells: [] }) };
  },
  objective: {
    sides: sidesOf,
    column: ({ relevant }) => relevant,
    comparesRows: false,
    answers,
    build(builder, [from, to], state, { layers, size, dropout }) {
      const h = mlp(builder, "layers", builder.dropout(from.features, dropout), {
        sizes: layers,
        dropout,
      });
      return predictsCells(state)
        ? buildCells(builder, h, from.present, state)
        : buildVectors(builder, h, from.present, to, size);
    },
  },
  outputSize: (state) => membersFor(state).outputSize(state),
  labelWidth: (state) => membersFor(state).labelWidth(state),
  encode: (state, ...rest) => membersFor(state).encode(state, ...rest),
  truth: (state, ...rest) => membersFor(state).truth(state, ...rest),
  loss: (raw, labels, state) => membersFor(state).loss(raw, labels, state),
  link: (raw, state) => membersFor(state).link(raw, state),
  outputs: (state) => membersFor(state).outputs(state),
  prior: (state) => membersFor(state).prior(state),
  primary: "explained",
  direction: (metric) => metricDirection("reconstruction", metric),
  evaluate: (state, ...rest) => membersFor(state).evaluate(state, ...rest),
  detail: (state, ...rest) => membersFor(state).detail(state, ...rest),
  judge: (state, ...rest) => membersFor(state).judge(state, ...rest),
  decode: (state, ...rest) => membersFor(state).decode(state, ...rest),
  describe: (state) => membersFor(state).describe(state),
};

/** The guess and what it should be, side by side, 0 where their side is missing. */
function buildVectors(
  builder: Builder,
  h: Tensor,
  there: Tensor,
  to: EncodedSide,
  size: number,
): Tensor {
  const guess = linear(builder, "guess", h, size).mul(there);
  const fixed = projected(to.features.stopGradient(), size);
  const answer = standardise(builder, "target", fixed, to.present).mul(to.present);
  return builder.graph.apply("concat", [guess, answer], { axis: 1 });
}

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
