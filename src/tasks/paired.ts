/** What tasks share that find one side of a row from the other: options, labels, results, details. */
import { z } from "zod";
import type { Tensor } from "../compiler/graph.ts";
import { ConfigError } from "../core/errors.ts";
import type { Column } from "../data/columns.ts";
import { ClassCounter, type ClassSource, classIndexes } from "./class-labels.ts";
import type { Detail, RetrievalDetail } from "./detail.ts";
import { expectedRank, hitAt } from "./metrics/ranking.ts";
import { type RetrievalInput, RetrievalRows, type Way } from "./metrics/retrieval.ts";
import { numbersOf } from "./outputs.ts";
import type { LabelLearning, OutputSpec, Outputs } from "./task.ts";

/** The options that all such tasks have. */
export const pairedOptions = {
  inputs: z
    .array(z.string().min(1).max(1000))
    .length(2)
    .describe(
      'The two sides: names of inputs. A side of several inputs joins their names by "+"; "*" stands for any characters.',
    ),
  relevant: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Column of classes: rows of the same class count as found in mAP; only a row's own other side where absent.",
    ),
  size: z.int().min(1).max(4096).default(64).describe("Numbers of the vector of each side."),
  layers: z
    .array(z.int().min(1).max(65_536))
    .max(16)
    .default([])
    .describe(
      "Widths of hidden layers between the encoders and the vectors; [] for an affine map.",
    ),
  dropout: z
    .number()
    .min(0)
    .max(0.95)
    .default(0)
    .describe("Share of each side's features dropped while training."),
};

/** Those options, filled in. */
export interface PairedOptions {
  readonly inputs: readonly string[];
  readonly relevant?: string | undefined;
  readonly size: number;
  readonly layers: readonly number[];
  readonly dropout: number;
}

export interface PairedState {
  readonly task: string;
  readonly sides: readonly [string, string];
  readonly size: number;
  /** What `relevant` holds; no classes where it names no column. */
  readonly source: ClassSource;
  readonly classes: readonly string[];
}

/** What a model says of one row. */
export interface PairedPrediction {
  /** Cosine of the two sides' vectors; NaN where one side is missing. */
  readonly similarity: number;
  /** The vector of each side by its name; null where it is missing. */
  readonly embeddings: Readonly<Record<string, readonly number[] | null>>;
}

/** Learns the classes of the column that says what is relevant, where there is one. */
export function learnPaired(
  { inputs, relevant, size }: PairedOptions,
  task: string,
): LabelLearning<PairedState> {
  const [first, second] = inputs;
  const counter = new ClassCounter(task);
  return {
    add(column, firstRow) {
      if (relevant !== undefined) counter.add(column, firstRow);
    },
    finish() {
      const tally = relevant === undefined ? undefined : counter.finish();
      return {
        task,
        sides: [first, second],
        size,
        source: tally?.source ?? "string",
        classes: tally?.classes ?? [],
      };
    },
  };
}

/** Sides as the options name them. */
export function sidesOf({ inputs }: PairedOptions): readonly [string, string] {
  const [first, second] = inputs;
  return [first, second];
}

/** Class of each row from 1; 0 where it has none or one that was not learned. */
function classNumbers(state: PairedState, column: Column, firstRow: number): Float64Array {
  const { task, classes } = state;
  if (classes.length === 0) return new Float64Array(column.length);
  const found = classIndexes(column, state, { task, code: "DATA_VALUE", firstRow });
  return found.map((index) => (index < classes.length ? index + 1 : 0));
}

/** Two vectors of equal size in a row of raw outputs: the members of a kind of task that depend on no loss. */
export const pairedMembers = {
  storage: ["string", "number", "boolean"],
  recognise: () => 0,
  labelWidth: () => 1,
  encode(
    state: PairedState,
    column: Column,
    labels: Float32Array,
    _weights: Float32Array,
    firstRow: number,
  ): void {
    labels.set(classNumbers(state, column, firstRow));
  },
  truth: (state: PairedState, column: Column, firstRow = 0) =>
    classNumbers(state, column, firstRow),
  outputs: ({ sides, size }: PairedState): OutputSpec[] =>
    sides.map((side) => ({
      name: side,
      dtype: "float32",
      shape: [size],
      summary: `Vector of ${side}, to compare by cosine; zeros where it is missing.`,
    })),
  decode({ sides, size }: PairedState, outputs: Outputs, row: number): PairedPrediction {
    const vectors = sides.map((side) =>
      numbersOf(outputs, side).subarray(row * size, (row + 1) * size),
    );
    const [a, b] = vectors;
    let [dot, aa, bb] = [0, 0, 0];
    for (let k = 0; k < size; k++) {
      dot += a[k] * b[k];
      aa += a[k] * a[k];
      bb += b[k] * b[k];
    }
    return {
      similarity: dot / Math.sqrt(aa * bb),
      embeddings: Object.fromEntries(
        sides.map((side, i) => [side, [aa, bb][i] > 0 ? [...vectors[i]] : null]),
      ),
    };
  },
  describe: ({ sides, size, classes }: PairedState) => ({
    sides: sides.join(" and "),
    size,
    ...(classes.length > 0 && { relevantClasses: classes.length }),
  }),
} as const;

/** What the metrics of retrieval read. */
export function retrievalInput(
  { sides: [first, second], size, classes }: PairedState,
  truth: Float64Array,
  outputs: Outputs,
  weights?: Float64Array,
): RetrievalInput {
  return {
    first: numbersOf(outputs, first),
    second: numbersOf(outputs, second),
    size,
    truth,
    weights,
    classes: classes.length > 0,
  };
}

/** Ranks up to which the curve of recall is drawn. */
const curveRanks = 100;

/** Curves and ranks of retrieval for the report. */
export function retrievalDetail(state: PairedState, truth: Float64Array, outputs: Outputs): Detail {
  const rows = new RetrievalRows(retrievalInput(state, truth, outputs));
  const { count } = rows;
  const [first, second] = state.sides;
  const direction = (from: string, to: string, way: Way): RetrievalDetail["directions"][number] => {
    const { standings } = rows[way];
    const most = Math.min(curveRanks, count);
    return {
      from,
      to,
      recall: Array.from({ length: most }, (_, i) => [
        i + 1,
        standings.reduce((sum, s) => sum + hitAt(s, i + 1), 0) / count,
      ]),
      ranks: rankCounts(standings.map(expectedRank), count),
    };
  };
  return {
    rows: count,
    retrieval: {
      candidates: count,
      directions:
        count === 0
          ? []
          : [direction(first, second, "forward"), direction(second, first, "backward")],
    },
  };
}

/** Queries by the rank of what they look for, in ranges that grow: 1, 2–3, 4–10, 11–30, … */
function rankCounts(ranks: readonly number[], most: number): { upTo: number; queries: number }[] {
  const bounds: number[] = [];
  for (let power = 1; ; power *= 10) {
    for (const bound of power === 1 ? [1, 3, 10] : [3 * power, 10 * power]) bounds.push(bound);
    if (bounds[bounds.length - 1] >= most) break;
  }
  const kept = bounds.filter((_, i) => i === 0 || bounds[i - 1] < most);
  return kept.map((bound, i) => ({
    upTo: Math.min(bound, most),
    queries: ranks.filter((rank) => rank <= bound && (i === 0 || rank > kept[i - 1])).length,
  }));
}

/** The vector of a side of raw outputs, which hold both sides one after the other. */
export function halfOf(raw: Tensor, state: PairedState, side: 0 | 1): Tensor {
  return raw.slice(1, side * state.size, (side + 1) * state.size);
}

/** Whether a row of vectors is there, `[B, 1]`: missing ones are 0. */
export function isThere(vectors: Tensor): Tensor {
  return vectors.sumSquares(1, { keepDims: true }).gt(0).cast("float32");
}

/** @throws ConfigError CONFIG_INVALID where an option needs the column of classes and none is named. */
export function needsClasses(task: string, option: string, { relevant }: PairedOptions): void {
  if (relevant !== undefined) return;
  throw new ConfigError(
    "CONFIG_INVALID",
    `tasks.${task}.${option}: a column of classes under \`relevant\`; got none`,
    { hint: "name the column whose equal values make rows alike" },
  );
}

/** As `pairedMembers`, with raw outputs that are the two vectors, which link to the sides as they are. */
export const pairedVectors = {
  ...pairedMembers,
  learn: learnPaired,
  outputSize: ({ size }: PairedState): number => 2 * size,
  link: (raw: Tensor, state: PairedState): Record<string, Tensor> => ({
    [state.sides[0]]: halfOf(raw, state, 0),
    [state.sides[1]]: halfOf(raw, state, 1),
  }),
  /** Two equal vectors for all rows: whatever is asked for stands anywhere. */
  prior({ size }: PairedState): Float64Array {
    const prior = new Float64Array(2 * size);
    prior[0] = 1;
    prior[size] = 1;
    return prior;
  },
  detail: retrievalDetail,
} as const;
