import { z } from "zod";
import type { Tensor } from "../compiler/graph.ts";
import { Moments } from "../core/moments.ts";
import type { Column } from "../data/columns.ts";
import { type LabelPlace, labelFacts, noLabels, taskError } from "./label-errors.ts";
import { meanLinks } from "./mean-link.ts";
import { metricDirection } from "./metric-direction.ts";
import { evaluateRegression, type RegressionInput } from "./metrics/regression.ts";
import { numberBlocksDetail, numberDetail, type ScoredNumbers } from "./number-detail.ts";
import { encodeNumbers, type NumberRule, numberLabels } from "./number-labels.ts";
import { numbersOf } from "./outputs.ts";
import { mapBlocks, type ScoredColumns } from "./scored.ts";
import type { LabelLearning, TaskKind } from "./task.ts";

const options = z
  .strictObject({
    transform: z
      .enum(["standardize", "log", "none"])
      .default("standardize")
      .describe(
        "What the target becomes for training: standardize (mean 0, deviation 1), log (log(1 + y), then standardized; needs y > −1), or none.",
      ),
    link: z
      .enum(["identity", "sqrt", "log"])
      .default("identity")
      .describe(
        "What of the predicted mean adds up: the mean itself (identity), its root (sqrt) or its logarithm (log), so that effects multiply more or less; the loss stays that of the number. sqrt and log need y ≥ 0 and transform standardize.",
      ),
    loss: z
      .enum(["squared", "absolute", "huber"])
      .default("squared")
      .describe("Loss of a row, on the transformed target."),
    delta: z
      .number()
      .positive()
      .finite()
      .default(1)
      .describe("Where the Huber loss turns from squared to absolute, in transformed units."),
  })
  .describe("A number.");

export type RegressionOptions = z.infer<typeof options>;

export interface RegressionState {
  readonly task: string;
  readonly transform: RegressionOptions["transform"];
  /** Left out in models of versions without links. */
  readonly link?: RegressionOptions["link"];
  readonly loss: RegressionOptions["loss"];
  readonly delta: number;
  readonly labelled: number;
  readonly missing: number;
  /** In the user's units. */
  readonly mean: number;
  readonly deviation: number;
  readonly minimum: number;
  readonly maximum: number;
  /** Mean and deviation of the target that is standardized: of y or of log(1 + y). */
  readonly center: number;
  readonly scale: number;
}

export interface RegressionPrediction {
  readonly value: number;
}

/** The largest exponent whose power stays finite in 32 bits with room to spare. */
const largestLog = 80;

const anyNumber: NumberRule = { expected: "a finite number", accepts: () => true };
const aboveMinusOne: NumberRule = {
  expected: "a number greater than −1, for the log transform",
  hint: "use transform: standardize for targets that reach −1 or below",
  accepts: (x) => x > -1,
};

const notNegative: NumberRule = {
  expected: "a number of 0 or more, for a mean with a link",
  hint: "use link: identity for targets below 0",
  accepts: (x) => x >= 0,
};

function ruleOf({ transform, link }: Pick<RegressionState, "transform" | "link">): NumberRule {
  if (link !== undefined && link !== "identity") return notNegative;
  return transform === "log" ? aboveMinusOne : anyNumber;
}

function learn(options: RegressionOptions, task: string): LabelLearning<RegressionState> {
  if (options.link !== "identity" && options.transform !== "standardize") {
    throw taskError(
      task,
      `transform standardize beside link ${options.link}; got ${options.transform}`,
      "transform: log changes the target, link: log only how its mean is made up: choose one",
    );
  }
  const original = new Moments();
  const logs = new Moments();
  let missing = 0;
  return {
    add(column, firstRow) {
      const place: LabelPlace = { task, code: "TASK_INVALID", firstRow };
      for (const y of numberLabels(column, ruleOf(options), place)) {
        if (Number.isNaN(y)) {
          missing++;
          continue;
        }
        original.add(y);
        if (options.transform === "log") logs.add(Math.log1p(y));
      }
    },
    finish() {
      const { count: labelled, mean, deviation, minimum, maximum } = original;
      if (labelled === 0) throw noLabels(task, missing);
      if (labelled === 1) {
        throw taskError(task, `two or more labelled training rows; got 1`);
      }
      const used = options.transform === "log" ? logs : original;
      if (minimum === maximum || !(used.deviation > 0)) {
        throw taskError(
          task,
          `a target that varies; got ${minimum} in all ${labelled} labelled rows`,
          "a constant needs no model: leave the task out",
        );
      }
      const keep = options.transform === "none";
      return {
        task,
        ...options,
        labelled,
        missing,
        mean,
        deviation,
        minimum,
        maximum,
        center: keep ? 0 : used.mean,
        scale: keep ? 1 : used.deviation,
      };
    },
  };
}

function transformed(state: RegressionState, y: number): number {
  // A prediction may round to −1 in 32 bits, where the logarithm ends.
  const target = state.transform === "log" ? Math.log1p(Math.max(y, -1 + 2 ** -24)) : y;
  return (target - state.center) / state.scale;
}

function labelsOf(state: RegressionState, column: Column, firstRow: number): Float64Array {
  const place: LabelPlace = { task: state.task, code: "DATA_VALUE", firstRow };
  return numberLabels(column, ruleOf(state), place);
}

/** The predicted mean in the units of encoded labels, of raw outputs. */
function predicted(raw: Tensor, { link = "identity", mean, deviation }: RegressionState): Tensor {
  if (link === "identity") return raw;
  // A step of the raw output from 0 is one of as many deviations, with and without a link.
  const ratio = deviation / mean;
  return meanLinks[link]
    .relative(raw.mul(ratio))
    .sub(1)
    .mul(1 / ratio);
}

/** The loss of `loss`, for a number. */
function lossOf(state: RegressionState, difference: number): number {
  const size = Math.abs(difference);
  if (state.loss === "squared") return size * size;
  if (state.loss === "absolute") return size;
  const near = Math.min(size, state.delta);
  return near * (size - near / 2);
}

function inputOf({ truth, outputs, weights, first }: ScoredColumns): RegressionInput {
  return { truth, prediction: numbersOf(outputs, "value"), weights, first };
}

function numbersIn({ truth, outputs, weights }: ScoredColumns): ScoredNumbers {
  return { truth, predicted: numbersOf(outputs, "value"), weights };
}

/**
 * A number. Networks see it standardized; predictions are in the user's units. With the log transform
 * and a squared loss they estimate the geometric mean of 1 + y rather than the mean; with a link, the mean.
 */
export const regression: TaskKind<RegressionOptions, RegressionState, RegressionPrediction> = {
  name: "regression",
  title: "Regression",
  summary: "A number, learned by squared, absolute or Huber loss on standardized targets.",
  cite: ["hastie2009", "huber1964", "mccullagh1989"],
  options,
  storage: ["number", "string"],
  recognise: ({ number, text }) => {
    if (number) return number.counter ? 0.2 : 0.8;
    return text && text.numberShare > 0.95 ? 0.6 : 0;
  },
  learn,
  outputSize: () => 1,
  labelWidth: () => 1,
  encode(state, column, labels, weights, firstRow) {
    encodeNumbers(labelsOf(state, column, firstRow), (y) => transformed(state, y), labels, weights);
  },
  truth: (state, column, firstRow = 0) => labelsOf(state, column, firstRow),
  loss(raw, labels, state) {
    const difference = predicted(raw, state).sub(labels).squeeze(1);
    if (state.loss === "squared") return difference.square();
    const size = difference.abs();
    if (state.loss === "absolute") return size;
    const near = size.minimum(state.delta);
    return near.mul(size.sub(near.mul(0.5)));
  },
  squaredError: ({ loss, link = "identity" }) => loss === "squared" && link === "identity",
  link(raw, state): { value: Tensor } {
    const { link = "identity", mean, deviation } = state;
    if (link !== "identity") {
      const relative = meanLinks[link].relative(raw.squeeze(1).mul(deviation / mean));
      return { value: relative.mul(mean) };
    }
    const target = raw.squeeze(1).mul(state.scale).add(state.center);
    return { value: state.transform === "log" ? target.minimum(largestLog).exp().sub(1) : target };
  },
  outputs: () => [
    { name: "value", dtype: "float32", shape: [], summary: "The number, in units of the target." },
  ],
  carries: () => Int32Array.of(0),
  prior: (state) => Float64Array.of(transformed(state, state.mean)),
  primary: "rmse",
  direction: (metric) => metricDirection("regression", metric),
  evaluate: (_, truth, outputs, weights) =>
    evaluateRegression(inputOf({ truth, outputs, weights })),
  detail: (_, truth, outputs, weights) => numberDetail(truth, numbersOf(outputs, "value"), weights),
  inBlocks: {
    evaluate: (_, scored) => evaluateRegression(mapBlocks(scored, inputOf)),
    detail: (_, scored) => numberBlocksDetail(mapBlocks(scored, numbersIn)),
  },
  judge(state, truth, outputs, row) {
    if (Number.isNaN(truth[row])) return undefined;
    const prediction = numbersOf(outputs, "value")[row];
    const difference = transformed(state, prediction) - transformed(state, truth[row]);
    return { truth: truth[row], prediction, loss: lossOf(state, difference) };
  },
  decode: (_, outputs, row) => ({ value: numbersOf(outputs, "value")[row] }),
  describe: (state) => ({
    ...labelFacts(state.labelled, state.missing),
    mean: state.mean,
    deviation: state.deviation,
    minimum: state.minimum,
    maximum: state.maximum,
    transform: state.transform,
    link: state.link ?? "identity",
    loss: state.loss,
  }),
};
