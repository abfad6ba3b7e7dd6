/**
 * The contract of a kind of task: how labels are read, what is lost by a wrong prediction, how raw
 * outputs become predictions, and how good they are. `tasks.ts` is the literal table.
 */
import type { z } from "zod";
import type { Tensor } from "../compiler/graph.ts";
import type { OnnxBuilder } from "../compiler/onnx/builder.ts";
import type { Column, Storage } from "../data/columns.ts";
import type { ColumnProfile } from "../data/profile.ts";
import type { Detail, Judgement } from "./detail.ts";
import type { InBlocks } from "./metrics/blocks.ts";
import type { Objective } from "./objective.ts";
import type { ScoredBlock } from "./scored.ts";

/** Accumulates what a task learns from its training labels (classes, mean, counts). */
export interface LabelLearning<State> {
  /** @throws DataError TASK_INVALID naming the row of a label that this kind cannot learn from. */
  add(column: Column, firstRow: number): void;
  /** @throws DataError TASK_INVALID: no labels, one class, a constant target. */
  finish(): State;
}

/** One named result of a task for each row, as the exported model has it. */
export interface OutputSpec {
  readonly name: string;
  readonly dtype: "float32" | "string" | "int64" | "bool";
  /** Shape of one row, `[]` for one value. */
  readonly shape: readonly number[];
  /** What the elements along the last axis are, where they have names. */
  readonly labels?: readonly string[];
  readonly summary: string;
}

/** Results of a task for some rows: output name → row-major values. */
export type Outputs = Readonly<Record<string, Float32Array | Float64Array | readonly string[]>>;

export interface Evaluation {
  /** Labelled rows the metrics were computed on. */
  readonly rows: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** Metrics that have no value here, and why. */
  readonly undefined: Readonly<Record<string, string>>;
  /** Rows among them whose class was not learned; they count as mistakes. Left out where none is. */
  readonly unknown?: number;
}

export interface TaskKind<Options = unknown, State = unknown, Prediction = unknown> {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly cite?: readonly string[];
  /** Options of a task of this kind; the shared ones (`weight`, …) are added by the configuration. */
  readonly options: z.ZodType<Options>;
  readonly storage: readonly Storage[];
  /** How well a target column fits this kind, 0 to 1; used where a task names no kind. */
  recognise(profile: ColumnProfile): number;
  learn(options: Options, name: string): LabelLearning<State>;
  /** Raw outputs (logits) a row. States are plain data: JSON keeps them. */
  outputSize(state: State): number;
  /** Label numbers a row. */
  labelWidth(state: State): number;
  /**
   * Encodes labels for the loss: `labels` is `[rows, labelWidth]`; `weights[row]` is multiplied by the
   * row's class weight, and becomes 0 where the label is missing (its label numbers are then 0).
   * @throws DataError DATA_VALUE naming the row of a label that cannot be one.
   */
  encode(
    state: State,
    column: Column,
    labels: Float32Array,
    weights: Float32Array,
    firstRow: number,
  ): void;
  /**
   * Labels for the metrics, in the user's units or as class indexes: `[rows, labelWidth]`, NaN =
   * missing. `firstRow` (default 0) is for messages.
   * @throws DataError DATA_VALUE as `encode`.
   */
  truth(state: State, column: Column, firstRow?: number): Float64Array;
  /** Loss of each row: raw `[B, outputSize]`, labels `[B, labelWidth]` → `[B]`. Not yet masked. */
  loss(raw: Tensor, labels: Tensor, state: State): Tensor;
  /** Whether that loss is (raw − label)² of one output and one label; then there are closed forms. */
  squaredError?(state: State): boolean;
  /** Predictions from raw outputs, for every float output: name → `[B, ...shape]`. */
  link(raw: Tensor, state: State): Readonly<Record<string, Tensor>>;
  /** How raw outputs become probabilities: each by itself, or all together; absent for numbers. */
  readonly posterior?: "sigmoid" | "softmax";
  outputs(state: State): readonly OutputSpec[];
  /** Emits the outputs ONNX can compute but tensors cannot, such as class names, from linked ones. */
  labels?(
    state: State,
    linked: Readonly<Record<string, string>>,
    onnx: OnnxBuilder,
  ): Readonly<Record<string, string>>;
  /** The option whose value is chosen from predictions of validation rows, where one is. */
  settles?(options: Options): string | undefined;
  /** The state with what is chosen from predictions of validation rows, after fitting. */
  settle?(
    options: Options,
    state: State,
    truth: Float64Array,
    outputs: Outputs,
    weights?: Float64Array,
  ): State;
  /** The raw output that predicts the mean or the prior for every row. */
  prior(state: State): Float64Array;
  /**
   * Which of a head's outputs keep their meaning in another table, for transfer: places of `from`'s outputs,
   * −1 for those that start anew; heads start anew where it is left out.
   */
  carries?(from: State, to: State): Int32Array;
  /** Name of the metric that model selection reads. */
  readonly primary: string;
  /** Whether a larger value of a metric is better. */
  direction(metric: string): "higher" | "lower";
  evaluate(state: State, truth: Float64Array, outputs: Outputs, weights?: Float64Array): Evaluation;
  /** What the report shows behind the metrics: curves, confusions, residuals of the labelled rows. */
  detail(state: State, truth: Float64Array, outputs: Outputs, weights?: Float64Array): Detail;
  /**
   * Both for more rows than memory should hold: the same numbers, to rounding, from blocks of rows. Kinds
   * without it are given all rows.
   */
  readonly inBlocks?: {
    evaluate(state: State, scored: InBlocks<ScoredBlock>): Evaluation;
    detail(state: State, scored: InBlocks<ScoredBlock>): Detail;
  };
  /** Truth, prediction and loss of one row, to find and show the worst; undefined without a label. */
  judge(state: State, truth: Float64Array, outputs: Outputs, row: number): Judgement | undefined;
  /** A row's results as the API returns them; reads the float outputs only. */
  decode(state: State, outputs: Outputs, row: number): Prediction;
  /**
   * For kinds that compare inputs with each other: what the network builds for them in the place of shared
   * layers and a head. Such a task has no column of labels: a row counts where both its sides are there.
   * `encode` and `truth` read the column that the objective names; where it names none they are given
   * some column of its inputs, and must not look into it.
   */
  readonly objective?: Objective<Options, State>;
  /** Facts for the report: classes, counts, mean. */
  describe(state: State): Readonly<Record<string, unknown>>;
}
