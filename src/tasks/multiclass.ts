import { z } from "zod";
import { listNames } from "../data/columns.ts";
import { multiclassDetail } from "./class-detail.ts";
import { multiclassBlocksDetail } from "./class-detail-blocks.ts";
import {
  ClassCounter,
  type ClassSource,
  type ClassTally,
  type ClassValue,
  classIndexes,
  classValue,
  encodeClasses,
} from "./class-labels.ts";
import { classWeightsOption, resolveClassWeights } from "./class-weights.ts";
import { argmaxOf, emitClassName, judgeClass, namedProbabilities } from "./decide.ts";
import { type LabelPlace, labelFacts, taskError } from "./label-errors.ts";
import { metricDirection } from "./metric-direction.ts";
import { evaluateMulticlass } from "./metrics/multiclass.ts";
import type { MulticlassInput } from "./metrics/multiclass-rows.ts";
import { numbersOf } from "./outputs.ts";
import { mapBlocks } from "./scored.ts";
import type { LabelLearning, TaskKind } from "./task.ts";

const options = z
  .strictObject({
    classWeights: classWeightsOption,
    labelSmoothing: z
      .number()
      .min(0)
      .max(0.5)
      .default(0)
      .describe("Share of the target probability that is spread evenly over all classes."),
    minCount: z
      .int()
      .min(1)
      .default(1)
      .describe(
        "Classes with fewer training labels are not learned; their rows count as mistakes.",
      ),
  })
  .describe("One of several classes.");

export type MulticlassOptions = z.infer<typeof options>;

export interface MulticlassState {
  readonly task: string;
  readonly source: ClassSource;
  readonly classes: readonly string[];
  readonly counts: readonly number[];
  readonly classWeights: readonly number[];
  readonly labelSmoothing: number;
  readonly labelled: number;
  readonly missing: number;
  /** Classes with fewer labels than `minCount`, and the training rows they have. */
  readonly rareClasses: number;
  readonly rareRows: number;
}

export interface MulticlassPrediction {
  /** The most probable class, as the cells of the training column had it. */
  readonly label: ClassValue;
  /** Of that class. */
  readonly probability: number;
  readonly probabilities: Readonly<Record<string, number>>;
}

/** Rows from which a class a row looks like an identifier rather than a small sample. */
const identifierRows = 10;
const mostClasses = 100_000;

function learn(options: MulticlassOptions, task: string): LabelLearning<MulticlassState> {
  const counter = new ClassCounter(task);
  return {
    add: (column, firstRow) => counter.add(column, firstRow),
    finish() {
      const tally = counter.finish();
      refuseIdentifiers(tally, task);
      const kept = tally.classes
        .map((_, c) => c)
        .filter((c) => tally.counts[c] >= options.minCount);
      if (kept.length < 2) {
        throw taskError(
          task,
          `two or more classes with ${options.minCount} training labels; got ${kept.length} of ${tally.classes.length} classes`,
          "lower minCount",
        );
      }
      const classes = kept.map((c) => tally.classes[c]);
      const counts = kept.map((c) => tally.counts[c]);
      const { classWeights, labelSmoothing } = options;
      return {
        task,
        source: tally.source,
        classes,
        counts,
        classWeights: resolveClassWeights(classWeights, task, classes, counts, tally.source),
        labelSmoothing,
        labelled: tally.labelled,
        missing: tally.missing,
        rareClasses: tally.classes.length - classes.length,
        rareRows: tally.labelled - counts.reduce((sum, count) => sum + count, 0),
      };
    },
  };
}

function refuseIdentifiers({ classes, labelled, source }: ClassTally, task: string): void {
  const single = classes.length === labelled && labelled >= identifierRows;
  if (!single && classes.length <= mostClasses) return;
  const expected = single ? "classes that repeat" : `at most ${mostClasses} classes`;
  throw taskError(
    task,
    `${expected}; got ${classes.length} classes in ${labelled} labelled rows: ${listNames(classes, 3)}`,
    source === "number"
      ? "is this an identifier? a number to be estimated is of kind regression"
      : "is this an identifier or free text?",
  );
}

/** Rows of unknown classes count as mistakes: one more class, to which no probability is given. */
function withUnknown(truth: Float64Array, probabilities: ArrayLike<number>, classes: number) {
  let unknown = 0;
  for (const label of truth) if (label === classes) unknown++;
  const input = { truth, probabilities, classes };
  return { ...(unknown > 0 ? padded(input) : input), unknown };
}

/** With one more class, of probability 0. */
function padded({ truth, probabilities, classes }: MulticlassInput): MulticlassInput {
  const wider = new Float32Array(truth.length * (classes + 1));
  for (let row = 0; row < truth.length; row++) {
    for (let c = 0; c < classes; c++) {
      wider[row * (classes + 1) + c] = probabilities[row * classes + c];
    }
  }
  return { truth, probabilities: wider, classes: classes + 1 };
}

/**
 * One of several classes. A label that training did not know cannot be predicted: it is left out of
 * the loss and counts as a mistake in the metrics, as one more class of probability 0.
 */
export const multiclass: TaskKind<MulticlassOptions, MulticlassState, MulticlassPrediction> = {
  name: "multiclass",
  title: "Classification",
  summary: "One of several classes, learned by cross-entropy of a softmax.",
  cite: ["hastie2009"],
  options,
  storage: ["string", "number", "boolean"],
  recognise: ({ storage, number, text, distinct, distinctCapped, distinctShare }) => {
    if (storage === "number") {
      const code = number?.integer && !number.counter && distinct <= 10 && distinctShare <= 0.1;
      return code ? 0.85 : 0.1;
    }
    if (storage !== "string") return 0;
    if (text && text.numberShare > 0.95) return 0.5;
    return distinctCapped || distinctShare > 0.5 ? 0.2 : 0.9;
  },
  learn,
  outputSize: ({ classes }) => classes.length,
  labelWidth: () => 1,
  encode(state, column, labels, weights, firstRow) {
    const place: LabelPlace = { task: state.task, code: "DATA_VALUE", firstRow };
    encodeClasses(classIndexes(column, state, place), state.classWeights, labels, weights);
  },
  truth: (state, column, firstRow = 0) =>
    classIndexes(column, state, { task: state.task, code: "DATA_VALUE", firstRow }),
  loss(raw, labels, { classes, labelSmoothing }) {
    const logs = raw.logSoftmax();
    const hot = labels.squeeze(1).cast("int32").oneHot(classes.length);
    const hit = logs.mul(hot).sum(1).neg();
    if (labelSmoothing === 0) return hit;
    return hit.mul(1 - labelSmoothing).sub(logs.mean(1).mul(labelSmoothing));
  },
  link: (raw) => ({ probabilities: raw.softmax() }),
  posterior: "softmax",
  outputs: ({ classes }) => [
    {
      name: "probabilities",
      dtype: "float32",
      shape: [classes.length],
      labels: classes,
      summary: "Probability of each class.",
    },
    { name: "label", dtype: "string", shape: [], summary: "The most probable class." },
  ],
  labels: ({ classes }, linked, onnx) => ({
    label: emitClassName(classes, linked.probabilities, onnx),
  }),
  carries: (from, to) => Int32Array.from(to.classes, (name) => from.classes.indexOf(name)),
  prior: ({ counts }) => {
    const rows = counts.reduce((sum, count) => sum + count, 0);
    return Float64Array.from(counts, (count) => Math.log(count / rows));
  },
  primary: "accuracy",
  direction: (metric) => metricDirection("multiclass", metric),
  evaluate({ classes }, truth, outputs, weights) {
    const probabilities = numbersOf(outputs, "probabilities");
    const { unknown, ...input } = withUnknown(truth, probabilities, classes.length);
    const evaluation = evaluateMulticlass({ ...input, weights });
    return unknown > 0 ? { ...evaluation, unknown } : evaluation;
  },
  detail({ classes }, truth, outputs, weights) {
    const probabilities = numbersOf(outputs, "probabilities");
    const known = truth.map((label) => (label === classes.length ? Number.NaN : label));
    const input = { truth: known, probabilities, classes: classes.length, weights };
    return multiclassDetail(input, classes);
  },
  inBlocks: {
    evaluate({ classes }, scored) {
      let unknown = 0;
      for (const { truth } of scored.blocks())
        for (const label of truth) if (label === classes.length) unknown++;
      // All blocks have the class of mistakes where one needs it.
      const evaluation = evaluateMulticlass(
        mapBlocks(scored, ({ truth, outputs, weights, first }) => {
          const probabilities = numbersOf(outputs, "probabilities");
          const input = { truth, probabilities, classes: classes.length };
          return { ...(unknown > 0 ? padded(input) : input), weights, first };
        }),
      );
      return unknown > 0 ? { ...evaluation, unknown } : evaluation;
    },
    detail: ({ classes }, scored) =>
      multiclassBlocksDetail(
        mapBlocks(scored, ({ truth, outputs, weights, first }) => ({
          truth: truth.map((label) => (label === classes.length ? Number.NaN : label)),
          probabilities: numbersOf(outputs, "probabilities"),
          classes: classes.length,
          weights,
          first,
        })),
        classes,
      ),
  },
  judge: ({ classes }, truth, outputs, row) =>
    judgeClass(classes, numbersOf(outputs, "probabilities"), row, truth[row]),
  decode({ classes, source }, outputs, row) {
    const probabilities = numbersOf(outputs, "probabilities");
    const first = row * classes.length;
    const decided = argmaxOf(probabilities, first, classes.length);
    return {
      label: classValue(classes[decided], source),
      probability: probabilities[first + decided],
      probabilities: namedProbabilities(classes, probabilities, first),
    };
  },
  describe: (state) => ({
    ...labelFacts(state.labelled, state.missing),
    classes: Object.fromEntries(state.classes.map((name, c) => [name, state.counts[c]])),
    ...(state.rareClasses > 0 && { rareClasses: state.rareClasses, rareRows: state.rareRows }),
  }),
};
