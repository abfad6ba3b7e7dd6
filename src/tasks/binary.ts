import { z } from "zod";
import { show } from "../core/errors.ts";
import type { Column } from "../data/columns.ts";
import { listNames } from "../data/columns.ts";
import { toBoolean } from "../data/from-rows.ts";
import { binaryDetail } from "./class-detail.ts";
import { binaryBlocksDetail } from "./class-detail-blocks.ts";
import {
  ClassCounter,
  type ClassSource,
  type ClassTally,
  type ClassValue,
  classValue,
  encodeClasses,
  knownClassIndexes,
  sameClasses,
  spellClass,
} from "./class-labels.ts";
import { classWeightsOption, resolveClassWeights } from "./class-weights.ts";
import { type LabelPlace, labelFacts, taskError } from "./label-errors.ts";
import { metricDirection } from "./metric-direction.ts";
import { evaluateBinary } from "./metrics/binary.ts";
import type { BinaryInput } from "./metrics/binary-rows.ts";
import { logLossOf } from "./metrics/probability.ts";
import { numbersOf } from "./outputs.ts";
import { mapBlocks, type ScoredColumns } from "./scored.ts";
import type { LabelLearning, TaskKind } from "./task.ts";

const options = z
  .strictObject({
    positive: z
      .union([z.string(), z.number(), z.boolean()])
      .nullable()
      .default(null)
      .describe(
        "The label whose probability is predicted; null takes the one that says yes (true, yes, y, t, 1), else the later in order.",
      ),
    classWeights: classWeightsOption,
  })
  .describe("One of two classes.");

export type BinaryOptions = z.infer<typeof options>;

export interface BinaryState {
  readonly task: string;
  readonly source: ClassSource;
  /** The negative and the positive class. */
  readonly classes: readonly string[];
  readonly counts: readonly number[];
  readonly classWeights: readonly number[];
  readonly labelled: number;
  readonly missing: number;
}

export interface BinaryPrediction {
  /** The class, as the cells of the training column had it. */
  readonly label: ClassValue;
  /** Of the positive class. */
  readonly probability: number;
}

const hint = "a task with more than two classes is of kind multiclass";

function learn(options: BinaryOptions, task: string): LabelLearning<BinaryState> {
  const counter = new ClassCounter(task);
  return {
    add: (column, firstRow) => counter.add(column, firstRow),
    finish() {
      const tally = counter.finish();
      if (tally.classes.length > 2) {
        throw taskError(
          task,
          `two classes; got ${tally.classes.length}: ${listNames(tally.classes)}`,
          hint,
        );
      }
      const positive = positiveOf(tally, options.positive, task);
      const order = positive === 1 ? [0, 1] : [1, 0];
      const classes = order.map((i) => tally.classes[i]);
      const counts = order.map((i) => tally.counts[i]);
      const { classWeights } = options;
      return {
        task,
        source: tally.source,
        classes,
        counts,
        classWeights: resolveClassWeights(classWeights, task, classes, counts, tally.source),
        labelled: tally.labelled,
        missing: tally.missing,
      };
    },
  };
}

/** Which of two classes in order is the positive one. */
function positiveOf(tally: ClassTally, asked: BinaryOptions["positive"], task: string): number {
  if (asked !== null) {
    const at = tally.classes.indexOf(spellClass(String(asked), tally.source));
    if (at >= 0) return at;
    throw taskError(
      task,
      `a positive label among ${listNames(tally.classes)}; got ${show(asked)}`,
      "set positive to one of the labels",
    );
  }
  const [first, second] = tally.classes.map((name) => toBoolean(name));
  return first === true && second === false ? 0 : 1;
}

function labelsOf(state: BinaryState, column: Column, firstRow: number): Float64Array {
  const place: LabelPlace = { task: state.task, code: "DATA_VALUE", firstRow };
  return knownClassIndexes(column, state, place, hint);
}

function inputOf({ truth, outputs, weights, first }: ScoredColumns): BinaryInput {
  return { truth, probability: numbersOf(outputs, "probability"), weights, first };
}

/** Yes or no. A row is decided positive where its probability is greater than 0.5. */
export const binary: TaskKind<BinaryOptions, BinaryState, BinaryPrediction> = {
  name: "binary",
  title: "Binary classification",
  summary: "One of two classes, learned by logistic loss.",
  cite: ["hastie2009"],
  options,
  storage: ["boolean", "string", "number"],
  recognise: ({ storage, distinct, number }) => {
    if (storage === "boolean") return 1;
    if (distinct !== 2 || (storage !== "string" && storage !== "number")) return 0;
    // Two broken numbers may also be a measurement that hardly varies.
    return number && !number.integer ? 0.7 : 0.95;
  },
  learn,
  outputSize: () => 1,
  labelWidth: () => 1,
  encode: (state, column, labels, weights, firstRow) =>
    encodeClasses(labelsOf(state, column, firstRow), state.classWeights, labels, weights),
  truth: (state, column, firstRow = 0) => labelsOf(state, column, firstRow),
  // −log of the likelihood y log σ(r) + (1 − y) log(1 − σ(r)), without overflow.
  loss: (raw, labels) => raw.softplus().sub(raw.mul(labels)).squeeze(1),
  link: (raw) => ({ probability: raw.squeeze(1).sigmoid() }),
  posterior: "sigmoid",
  outputs: ({ classes }) => [
    {
      name: "probability",
      dtype: "float32",
      shape: [],
      summary: `Probability of ${show(classes[1])}.`,
    },
    {
      name: "label",
      dtype: "string",
      shape: [],
      summary: `${show(classes[1])} where its probability is greater than 0.5, else ${show(classes[0])}.`,
    },
  ],
  labels({ classes: [negative, positive] }, linked, onnx) {
    const [decided] = onnx.node("Greater", [linked.probability, onnx.scalar(0.5)]);
    const names = [positive, negative].map((name) => onnx.constant("string", [], [name]));
    return { label: onnx.node("Where", [decided, ...names])[0] };
  },
  // Log-odds between two classes mean nothing between others.
  carries: (from, to) => Int32Array.of(sameClasses(from.classes, to.classes) ? 0 : -1),
  prior: ({ counts: [negative, positive] }) => Float64Array.of(Math.log(positive / negative)),
  primary: "rocAuc",
  direction: (metric) => metricDirection("binary", metric),
  evaluate: (_, truth, outputs, weights) => evaluateBinary(inputOf({ truth, outputs, weights })),
  detail: (state, truth, outputs, weights) =>
    binaryDetail(inputOf({ truth, outputs, weights }), state.classes),
  inBlocks: {
    evaluate: (_, scored) => evaluateBinary(mapBlocks(scored, inputOf)),
    detail: (state, scored) => binaryBlocksDetail(mapBlocks(scored, inputOf), state.classes),
  },
  judge({ classes }, truth, outputs, row) {
    if (Number.isNaN(truth[row])) return undefined;
    const positive = numbersOf(outputs, "probability")[row];
    const decided = positive > 0.5 ? 1 : 0;
    const truthProbability = truth[row] === 1 ? positive : 1 - positive;
    return {
      truth: classes[truth[row]],
      prediction: classes[decided],
      loss: logLossOf(truthProbability),
      probability: decided === 1 ? positive : 1 - positive,
      truthProbability,
    };
  },
  decode({ classes, source }, outputs, row) {
    const probability = numbersOf(outputs, "probability")[row];
    return { label: classValue(classes[probability > 0.5 ? 1 : 0], source), probability };
  },
  describe: (state) => ({
    ...labelFacts(state.labelled, state.missing),
    classes: Object.fromEntries(state.classes.map((name, c) => [name, state.counts[c]])),
    positive: state.classes[1],
  }),
};
