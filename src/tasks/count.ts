import { z } from "zod";
import { Moments } from "../core/moments.ts";
import type { Column } from "../data/columns.ts";
import { type LabelPlace, labelFacts, noLabels, taskError } from "./label-errors.ts";
import { metricDirection } from "./metric-direction.ts";
import { type CountInput, evaluateCount } from "./metrics/count.ts";
import { numberBlocksDetail, numberDetail, type ScoredNumbers } from "./number-detail.ts";
import { encodeNumbers, type NumberRule, numberLabels } from "./number-labels.ts";
import { numbersOf } from "./outputs.ts";
import { mapBlocks, type ScoredColumns } from "./scored.ts";
import type { LabelLearning, TaskKind } from "./task.ts";

const options = z.strictObject({}).describe("A count of events: 0, 1, 2, ….");

export type CountOptions = z.infer<typeof options>;

export interface CountState {
  readonly task: string;
  readonly labelled: number;
  readonly missing: number;
  readonly mean: number;
  readonly deviation: number;
  readonly maximum: number;
  readonly zeros: number;
}

export interface CountPrediction {
  /** The expected count. */
  readonly value: number;
}

/** Bounds of a predicted log mean: its power is a positive finite number in 32 bits. */
const largestLog = 80;

const rule: NumberRule = {
  expected: "a count (0, 1, 2, …)",
  hint: "a number that is no count is of kind regression",
  accepts: (x) => x >= 0 && Number.isInteger(x),
};

function labelsOf(state: CountState, column: Column, firstRow: number): Float64Array {
  return numberLabels(column, rule, { task: state.task, code: "DATA_VALUE", firstRow });
}

function learn(_: CountOptions, task: string): LabelLearning<CountState> {
  const summary = new Moments();
  let missing = 0;
  let zeros = 0;
  return {
    add(column, firstRow) {
      const place: LabelPlace = { task, code: "TASK_INVALID", firstRow };
      for (const y of numberLabels(column, rule, place)) {
        if (Number.isNaN(y)) missing++;
        else {
          summary.add(y);
          if (y === 0) zeros++;
        }
      }
    },
    finish() {
      const { count: labelled, mean, deviation, minimum, maximum } = summary;
      if (labelled === 0) throw noLabels(task, missing);
      if (minimum === maximum) {
        throw taskError(
          task,
          `counts that vary; got ${minimum} in all ${labelled} labelled rows`,
          "a constant needs no model: leave the task out",
        );
      }
      return { task, labelled, missing, mean, deviation, maximum, zeros };
    },
  };
}

/** Half the Poisson deviance of a row, divided by the training mean. */
function lossOf(state: CountState, truth: number, mean: number): number {
  const excess = truth === 0 ? 0 : truth * Math.log(truth / mean);
  return (excess - truth + mean) / state.mean;
}

function inputOf({ truth, outputs, weights, first }: ScoredColumns): CountInput {
  return { truth, mean: numbersOf(outputs, "value"), weights, first };
}

function numbersIn({ truth, outputs, weights }: ScoredColumns): ScoredNumbers {
  return { truth, predicted: numbersOf(outputs, "value"), weights };
}

/**
 * A count, as the mean of a Poisson distribution. The raw output is the logarithm of the mean over the
 * training mean, so that the loss of a task does not grow with the size of its counts.
 */
export const count: TaskKind<CountOptions, CountState, CountPrediction> = {
  name: "count",
  title: "Count",
  summary: "A count of events, learned by Poisson likelihood with a log link.",
  cite: ["hastie2009"],
  options,
  storage: ["number", "string"],
  recognise: ({ number }) => (number?.integer && number.min >= 0 && !number.counter ? 0.3 : 0),
  learn,
  outputSize: () => 1,
  labelWidth: () => 1,
  encode(state, column, labels, weights, firstRow) {
    encodeNumbers(labelsOf(state, column, firstRow), (y) => y / state.mean, labels, weights);
  },
  truth: (state, column, firstRow = 0) => labelsOf(state, column, firstRow),
  loss(raw, labels) {
    // y log y is 0 at y = 0; constant in the raw output, it makes a perfect prediction cost 0.
    const perfect = labels.mul(labels.maximum(1e-30).log()).sub(labels);
    return raw.exp().sub(raw.mul(labels)).add(perfect).squeeze(1);
  },
  link: (raw, state) => ({
    value: raw.squeeze(1).add(Math.log(state.mean)).minimum(largestLog).maximum(-largestLog).exp(),
  }),
  outputs: () => [{ name: "value", dtype: "float32", shape: [], summary: "The expected count." }],
  carries: () => Int32Array.of(0),
  prior: () => Float64Array.of(0),
  primary: "poissonDeviance",
  direction: (metric) => metricDirection("count", metric),
  evaluate: (_, truth, outputs, weights) => evaluateCount(inputOf({ truth, outputs, weights })),
  detail: (_, truth, outputs, weights) => numberDetail(truth, numbersOf(outputs, "value"), weights),
  inBlocks: {
    evaluate: (_, scored) => evaluateCount(mapBlocks(scored, inputOf)),
    detail: (_, scored) => numberBlocksDetail(mapBlocks(scored, numbersIn)),
  },
  judge(state, truth, outputs, row) {
    if (Number.isNaN(truth[row])) return undefined;
    const prediction = numbersOf(outputs, "value")[row];
    return { truth: truth[row], prediction, loss: lossOf(state, truth[row], prediction) };
  },
  decode: (_, outputs, row) => ({ value: numbersOf(outputs, "value")[row] }),
  describe: (state) => ({
    ...labelFacts(state.labelled, state.missing),
    mean: state.mean,
    maximum: state.maximum,
    zeros: state.zeros,
    /** 1 for a Poisson distribution; above 1 is overdispersed. */
    dispersion: state.deviation ** 2 / state.mean,
  }),
};
