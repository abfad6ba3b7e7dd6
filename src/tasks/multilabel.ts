import { z } from "zod";
import type { Column } from "../data/columns.ts";
import { multilabelDetail } from "./class-detail.ts";
import { multilabelBlocksDetail } from "./class-detail-blocks.ts";
import { compareClasses } from "./class-labels.ts";
import { namedProbabilities } from "./decide.ts";
import { f1Thresholds } from "./f1-thresholds.ts";
import { type LabelPlace, labelFacts, noLabels, taskError } from "./label-errors.ts";
import { labelSets } from "./label-sets.ts";
import { metricDirection } from "./metric-direction.ts";
import { evaluateMultilabel } from "./metrics/multilabel.ts";
import type { MultilabelInput } from "./metrics/multilabel-rows.ts";
import { logLossOf } from "./metrics/probability.ts";
import { numbersOf } from "./outputs.ts";
import { mapBlocks, type ScoredColumns } from "./scored.ts";
import type { LabelLearning, TaskKind } from "./task.ts";

const options = z
  .strictObject({
    separator: z
      .string()
      .min(1)
      .default(",")
      .describe("What stands between labels where cells are texts; lists need none."),
    minCount: z.int().min(1).default(1).describe("Labels in fewer training rows are not learned."),
    positiveWeight: z
      .enum(["none", "balanced"])
      .default("none")
      .describe(
        "How much having a label counts in the loss: none (as much as not having it) or balanced (rows without it / rows with it).",
      ),
    threshold: z
      .union([z.literal("auto"), z.number().min(0).max(1)])
      .default(0.5)
      .describe(
        "A label is decided for where its probability is greater: one number for all labels, or auto, the number a label that gives the largest F1 on the validation rows.",
      ),
  })
  .describe("Any number of labels.");

export type MultilabelOptions = z.infer<typeof options>;

export interface MultilabelState {
  readonly task: string;
  readonly separator: string;
  /** By code units. */
  readonly labels: readonly string[];
  /** Training rows with each label. */
  readonly counts: readonly number[];
  /** Weight of having each label, or empty where all are 1. */
  readonly positiveWeights: readonly number[];
  /** A label is decided for where its probability is greater; one half for each where left out. */
  readonly thresholds?: readonly number[];
  readonly labelled: number;
  readonly missing: number;
  /** Labels in fewer than `minCount` rows. */
  readonly rareLabels: number;
}

export interface MultilabelPrediction {
  /** Labels whose probability is greater than their threshold. */
  readonly labels: readonly string[];
  readonly probabilities: Readonly<Record<string, number>>;
}

const mostLabels = 10_000;

/** The threshold of labels where none was asked for, or none could be chosen. */
const half = 0.5;

function learn(options: MultilabelOptions, task: string): LabelLearning<MultilabelState> {
  const found = new Map<string, number>();
  let labelled = 0;
  let missing = 0;
  return {
    add(column, firstRow) {
      const place: LabelPlace = { task, code: "TASK_INVALID", firstRow };
      for (const set of labelSets(column, options.separator, place)) {
        if (set === null) {
          missing++;
          continue;
        }
        labelled++;
        for (const name of set) found.set(name, (found.get(name) ?? 0) + 1);
      }
    },
    finish() {
      if (labelled === 0) throw noLabels(task, missing);
      if (![...found.values()].some((count) => count < labelled)) {
        const came = found.size === 0 ? "no label" : "the same labels";
        throw taskError(task, `label sets that vary; got ${came} in all ${labelled} labelled rows`);
      }
      const kept = [...found]
        .filter(([, count]) => count >= options.minCount)
        .sort(([a], [b]) => compareClasses(a, b, "string"));
      if (kept.length === 0) {
        throw taskError(
          task,
          `labels in ${options.minCount} or more training rows; got none among ${found.size} labels`,
          "lower minCount",
        );
      }
      if (kept.length > mostLabels) {
        throw taskError(
          task,
          `at most ${mostLabels} labels; got ${kept.length}`,
          "raise minCount, or set the separator that the cells use",
        );
      }
      const counts = kept.map(([, count]) => count);
      const threshold = options.threshold === "auto" ? half : Math.fround(options.threshold);
      const balanced = options.positiveWeight === "balanced";
      return {
        task,
        separator: options.separator,
        labels: kept.map(([name]) => name),
        counts,
        positiveWeights: balanced
          ? counts.map((count) => (count < labelled ? (labelled - count) / count : 1))
          : [],
        ...(threshold !== half && { thresholds: counts.map(() => threshold) }),
        labelled,
        missing,
        rareLabels: found.size - kept.length,
      };
    },
  };
}

/** `[rows, labels]`: 1 and 0, NaN in the rows without a cell. */
function labelsOf(state: MultilabelState, column: Column, firstRow: number): Float64Array {
  const { labels, separator, task } = state;
  const index = new Map(labels.map((name, i) => [name, i]));
  const out = new Float64Array(column.length * labels.length);
  const sets = labelSets(column, separator, { task, code: "DATA_VALUE", firstRow });
  sets.forEach((set, row) => {
    const first = row * labels.length;
    if (set === null) out.fill(Number.NaN, first, first + labels.length);
    else {
      for (const name of set) {
        const at = index.get(name);
        if (at !== undefined) out[first + at] = 1;
      }
    }
  });
  return out;
}

function inputOf(
  state: MultilabelState,
  { truth, outputs, weights, first }: ScoredColumns,
): MultilabelInput {
  const probabilities = numbersOf(outputs, "probabilities");
  const { labels, thresholds } = state;
  return { truth, probabilities, labels: labels.length, thresholds, weights, first };
}

/** Names of the labels for which `holds`, in order. */
function namesWhere(labels: readonly string[], holds: (label: number) => boolean): string[] {
  return labels.filter((_, label) => holds(label));
}

/** To four digits. */
function thresholdsByName(labels: readonly string[], thresholds: readonly number[]): object {
  return Object.fromEntries(labels.map((name, i) => [name, Number(thresholds[i].toPrecision(4))]));
}

/** Whether a label is decided for at a probability. */
function decides({ thresholds }: MultilabelState, label: number, probability: number): boolean {
  return probability > (thresholds?.[label] ?? half);
}

/**
 * Any number of labels a row, each decided for where its probability is greater than its threshold. Labels that
 * training did not know are not predicted and not measured.
 */
export const multilabel: TaskKind<MultilabelOptions, MultilabelState, MultilabelPrediction> = {
  name: "multilabel",
  title: "Multi-label classification",
  summary:
    "Any number of labels, each learned by logistic loss; a row's loss is the mean over labels.",
  cite: ["hastie2009", "lipton2014"],
  options,
  storage: ["list", "string"],
  recognise: ({ list }) =>
    list && !list.repeats && (list.elements === "string" || list.elements === "number") ? 0.9 : 0,
  learn,
  outputSize: ({ labels }) => labels.length,
  labelWidth: ({ labels }) => labels.length,
  encode(state, column, labels, weights, firstRow) {
    const width = state.labels.length;
    const values = labelsOf(state, column, firstRow);
    for (let row = 0; row < column.length; row++) {
      const missing = Number.isNaN(values[row * width]);
      if (missing) {
        labels.fill(0, row * width, (row + 1) * width);
        weights[row] = 0;
      } else labels.set(values.subarray(row * width, (row + 1) * width), row * width);
    }
  },
  truth: (state, column, firstRow = 0) => labelsOf(state, column, firstRow),
  loss(raw, labels, { positiveWeights }) {
    if (positiveWeights.length === 0) return raw.softplus().sub(raw.mul(labels)).mean(1);
    const having = raw
      .neg()
      .softplus()
      .mul(raw.graph.constant([...positiveWeights]));
    return having
      .mul(labels)
      .add(raw.softplus().mul(labels.neg().add(1)))
      .mean(1);
  },
  link: (raw) => ({ probabilities: raw.sigmoid() }),
  posterior: "sigmoid",
  outputs: ({ labels }) => [
    {
      name: "probabilities",
      dtype: "float32",
      shape: [labels.length],
      labels,
      summary: "Probability of each label.",
    },
    {
      name: "labels",
      dtype: "bool",
      shape: [labels.length],
      labels,
      summary: "Whether each label's probability is greater than its threshold.",
    },
  ],
  labels: ({ labels, thresholds }, linked, onnx) => ({
    labels: onnx.node("Greater", [
      linked.probabilities,
      thresholds
        ? onnx.constant("float32", [labels.length], Float32Array.from(thresholds))
        : onnx.scalar(half),
    ])[0],
  }),
  settle(options, state, truth, outputs, weights) {
    if (options.threshold !== "auto") return state;
    const thresholds = f1Thresholds(inputOf(state, { truth, outputs, weights }), half);
    return { ...state, thresholds };
  },
  settles: ({ threshold }) => (threshold === "auto" ? "threshold" : undefined),
  // Half a row stands for none, so that the log-odds are finite.
  carries: (from, to) => Int32Array.from(to.labels, (name) => from.labels.indexOf(name)),
  prior: ({ counts, labelled }) =>
    Float64Array.from(counts, (count) => Math.log(count / (labelled - count || 0.5))),
  primary: "prAuc",
  direction: (metric) => metricDirection("multilabel", metric),
  evaluate: (state, truth, outputs, weights) =>
    evaluateMultilabel(inputOf(state, { truth, outputs, weights })),
  detail: (state, truth, outputs, weights) =>
    multilabelDetail(inputOf(state, { truth, outputs, weights }), state.labels),
  inBlocks: {
    evaluate: (state, scored) => evaluateMultilabel(mapBlocks(scored, (b) => inputOf(state, b))),
    detail: (state, scored) =>
      multilabelBlocksDetail(
        mapBlocks(scored, (b) => inputOf(state, b)),
        state.labels,
      ),
  },
  judge(state, truth, outputs, row) {
    const { labels } = state;
    const first = row * labels.length;
    if (Number.isNaN(truth[first])) return undefined;
    const p = numbersOf(outputs, "probabilities");
    let loss = 0;
    for (let i = first; i < first + labels.length; i++) {
      loss += logLossOf(truth[i] === 1 ? p[i] : 1 - p[i]) / labels.length;
    }
    const join = (names: readonly string[]) => names.join(", ") || "(none)";
    return {
      truth: join(namesWhere(labels, (label) => truth[first + label] === 1)),
      prediction: join(namesWhere(labels, (label) => decides(state, label, p[first + label]))),
      loss,
    };
  },
  decode(state, outputs, row) {
    const { labels } = state;
    const probabilities = numbersOf(outputs, "probabilities");
    const first = row * labels.length;
    return {
      labels: namesWhere(labels, (label) => decides(state, label, probabilities[first + label])),
      probabilities: namedProbabilities(labels, probabilities, first),
    };
  },
  describe: (state) => ({
    ...labelFacts(state.labelled, state.missing),
    classes: Object.fromEntries(state.labels.map((name, i) => [name, state.counts[i]])),
    ...(state.thresholds && { thresholds: thresholdsByName(state.labels, state.thresholds) }),
    ...(state.rareLabels > 0 && { rareLabels: state.rareLabels }),
  }),
};
