import { z } from "zod";
import type { Tensor } from "../compiler/graph.ts";
import { ConfigError, show } from "../core/errors.ts";
import { type Column, listNames } from "../data/columns.ts";
import { toNumber } from "../data/from-rows.ts";
import { multiclassDetail } from "./class-detail.ts";
import { multiclassBlocksDetail } from "./class-detail-blocks.ts";
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
import { argmaxOf, emitClassName, judgeClass, namedProbabilities } from "./decide.ts";
import { type LabelPlace, labelFacts, taskError } from "./label-errors.ts";
import { metricDirection } from "./metric-direction.ts";
import { evaluateOrdinal } from "./metrics/ordinal.ts";
import type { OrdinalInput } from "./metrics/ordinal-rows.ts";
import { numbersOf } from "./outputs.ts";
import { mapBlocks, type ScoredColumns } from "./scored.ts";
import type { LabelLearning, TaskKind } from "./task.ts";

const options = z
  .strictObject({
    levels: z
      .array(z.union([z.string(), z.number(), z.boolean()]))
      .default([])
      .describe("The levels from lowest to highest; may be left out where they are numbers."),
    classWeights: classWeightsOption,
  })
  .describe("One of several levels in order.");

export type OrdinalOptions = z.infer<typeof options>;

export interface OrdinalState {
  readonly task: string;
  readonly source: ClassSource;
  /** Levels, lowest first; those of the option that no training label has are among them. */
  readonly classes: readonly string[];
  readonly counts: readonly number[];
  readonly classWeights: readonly number[];
  /** The levels as numbers, or 0, 1, 2, … where they are words. */
  readonly values: readonly number[];
  readonly labelled: number;
  readonly missing: number;
}

export interface OrdinalPrediction {
  /** The most probable level, as the cells of the training column had it. */
  readonly label: ClassValue;
  /** The expected level: a number, or a position from 0 where levels are words. */
  readonly value: number;
  readonly probabilities: Readonly<Record<string, number>>;
}

const mostLevels = 100;
const hint = "name every level in the option levels, lowest first";

function learn(options: OrdinalOptions, task: string): LabelLearning<OrdinalState> {
  const counter = new ClassCounter(task);
  return {
    add: (column, firstRow) => counter.add(column, firstRow),
    finish() {
      const tally = counter.finish();
      const classes = levelsOf(options, tally, task);
      if (classes.length > mostLevels) {
        throw taskError(
          task,
          `at most ${mostLevels} levels; got ${classes.length}: ${listNames(classes, 5)}`,
          "a number with so many values is of kind regression",
        );
      }
      const counts = classes.map((name) => tally.counts[tally.classes.indexOf(name)] ?? 0);
      const { source, labelled, missing } = tally;
      const classWeights = resolveClassWeights(options.classWeights, task, classes, counts, source);
      const values = numericLevels(classes) ?? classes.map((_, c) => c);
      return { task, source, classes, counts, classWeights, values, labelled, missing };
    },
  };
}

function levelsOf(options: OrdinalOptions, tally: ClassTally, task: string): readonly string[] {
  const { classes, source } = tally;
  const levels = options.levels.map((level) => spellClass(String(level), source));
  if (levels.length > 0) {
    const twice = levels.find((level, i) => levels.indexOf(level) < i);
    if (twice !== undefined) {
      throw new ConfigError(
        "CONFIG_INVALID",
        `task ${show(task)}, levels: each level once; got ${show(twice)} twice`,
      );
    }
    const others = classes.filter((name) => !levels.includes(name));
    if (others.length === 0) return levels;
    throw taskError(
      task,
      `labels among the levels ${listNames(levels)}; got ${listNames(others)}`,
      hint,
    );
  }
  if (source !== "string") return classes;
  const numbers = numericLevels(classes);
  if (numbers === undefined) {
    throw taskError(task, `an order of the levels ${listNames(classes)}; got none`, hint);
  }
  return classes
    .map((_, c) => c)
    .sort((a, b) => numbers[a] - numbers[b])
    .map((c) => classes[c]);
}

function numericLevels(classes: readonly string[]): number[] | undefined {
  const numbers = classes.map((name) => toNumber(name));
  return numbers.every((x) => x !== undefined && Number.isFinite(x))
    ? (numbers as number[])
    : undefined;
}

function labelsOf(state: OrdinalState, column: Column, firstRow: number): Float64Array {
  const place: LabelPlace = { task: state.task, code: "DATA_VALUE", firstRow };
  return knownClassIndexes(column, state, place, hint);
}

function inputOf(
  state: OrdinalState,
  { truth, outputs, weights, first }: ScoredColumns,
): OrdinalInput {
  const probabilities = numbersOf(outputs, "probabilities");
  return { truth, probabilities, classes: state.classes.length, weights, first };
}

/** Steps 0, 1, … between levels. */
function steps(raw: Tensor): Tensor {
  return raw.graph.constant(Array.from({ length: raw.shape[1] }, (_, i) => i));
}

/**
 * One of several levels in order. Raw output k is the log-odds of going beyond level k for a row that
 * has reached it (the sequential, or continuation-ratio, model): P(y > k) is a product of such
 * chances, so it falls with k whatever the outputs are, and the loss is the exact likelihood. A row is
 * decided for its most probable level.
 */
export const ordinal: TaskKind<OrdinalOptions, OrdinalState, OrdinalPrediction> = {
  name: "ordinal",
  title: "Ordinal classification",
  summary:
    "One of several levels in order, learned by the likelihood of climbing from each to the next.",
  cite: ["tutz1991", "shi2023"],
  options,
  storage: ["number", "string", "boolean"],
  recognise: ({ number, distinct, distinctShare }) =>
    number?.integer && !number.counter && distinct > 2 && distinct <= 10 && distinctShare <= 0.1
      ? 0.3
      : 0,
  learn,
  outputSize: ({ classes }) => classes.length - 1,
  labelWidth: () => 1,
  encode: (state, column, labels, weights, firstRow) =>
    encodeClasses(labelsOf(state, column, firstRow), state.classWeights, labels, weights),
  truth: (state, column, firstRow = 0) => labelsOf(state, column, firstRow),
  loss(raw, labels) {
    const at = steps(raw);
    const beyond = labels.gt(at).cast("float32");
    const reached = labels.ge(at).cast("float32");
    return raw.softplus().mul(reached).sub(raw.mul(beyond)).sum(1);
  },
  link(raw, { values }) {
    const stop = raw.softplus().neg();
    const reach = stop.add(raw).cumsum(1);
    // P(y = k) = P(y ≥ k) · (1 − σ(r_k)); all reach the lowest level, none goes beyond the highest.
    const probabilities = reach
      .pad([0, 1], [0, 0])
      .add(stop.pad([0, 0], [0, 1]))
      .exp();
    const value = probabilities.mul(raw.graph.constant([...values])).sum(1);
    return { probabilities, value };
  },
  posterior: "sigmoid",
  outputs: ({ classes, source }) => [
    {
      name: "probabilities",
      dtype: "float32",
      shape: [classes.length],
      labels: classes,
      summary: "Probability of each level, lowest first.",
    },
    {
      name: "value",
      dtype: "float32",
      shape: [],
      summary: source === "number" ? "The expected level." : "The expected level, as a number.",
    },
    { name: "label", dtype: "string", shape: [], summary: "The most probable level." },
  ],
  labels: ({ classes }, linked, onnx) => ({
    label: emitClassName(classes, linked.probabilities, onnx),
  }),
  // Steps between levels mean nothing between others.
  carries: (from, to) =>
    Int32Array.from({ length: to.classes.length - 1 }, (_, i) =>
      sameClasses(from.classes, to.classes) ? i : -1,
    ),
  prior({ counts }) {
    let above = counts.reduce((sum, count) => sum + count, 0);
    return Float64Array.from({ length: counts.length - 1 }, (_, c) => {
      above -= counts[c];
      // Half a row stands for none, so that the log-odds are finite.
      return Math.log((above || 0.5) / (counts[c] || 0.5));
    });
  },
  primary: "quadraticWeightedKappa",
  direction: (metric) => metricDirection("ordinal", metric),
  evaluate: (state, truth, outputs, weights) =>
    evaluateOrdinal(inputOf(state, { truth, outputs, weights })),
  detail: (state, truth, outputs, weights) =>
    multiclassDetail(inputOf(state, { truth, outputs, weights }), state.classes),
  inBlocks: {
    evaluate: (state, scored) => evaluateOrdinal(mapBlocks(scored, (b) => inputOf(state, b))),
    detail: (state, scored) =>
      multiclassBlocksDetail(
        mapBlocks(scored, (b) => inputOf(state, b)),
        state.classes,
      ),
  },
  judge: ({ classes }, truth, outputs, row) =>
    judgeClass(classes, numbersOf(outputs, "probabilities"), row, truth[row]),
  decode({ classes, source }, outputs, row) {
    const probabilities = numbersOf(outputs, "probabilities");
    const first = row * classes.length;
    return {
      label: classValue(classes[argmaxOf(probabilities, first, classes.length)], source),
      value: numbersOf(outputs, "value")[row],
      probabilities: namedProbabilities(classes, probabilities, first),
    };
  },
  describe: (state) => ({
    ...labelFacts(state.labelled, state.missing),
    classes: Object.fromEntries(state.classes.map((name, c) => [name, state.counts[c]])),
  }),
};
