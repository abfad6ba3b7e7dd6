/**
 * The contract of a modality: how cells of one kind become numbers, and how both look in ONNX.
 * `modalities.ts` is the literal table.
 */
import type { z } from "zod";
import type { Tensor } from "../compiler/graph.ts";
import type { OnnxBuilder } from "../compiler/onnx/builder.ts";
import type { OnnxDType, TensorData } from "../compiler/onnx/tensor-data.ts";
import type { CellTarget, TargetOptions } from "../core/cell-target.ts";
import type { TypedArray } from "../core/dtype.ts";
import type { Random } from "../core/random.ts";
import type { Column, Storage } from "../data/columns.ts";
import type { ColumnProfile } from "../data/profile.ts";
import type { Builder } from "../nn/builder.ts";
import type { Sequence } from "../nn/sequence.ts";
import type { Carry } from "./carry.ts";

/** A tensor of fixed size a row that the cells of a column are encoded to. */
export interface Feed {
  readonly name: string;
  readonly dtype: "float32" | "int32" | "uint8";
  /** Shape of one row; the batch adds an axis at the left. `[]` is one number a row. */
  readonly shape: readonly number[];
}

/** What encoding needs besides the column. */
export interface EncodeContext {
  /** The folder against which paths in cells resolve. */
  readonly baseDir: string | undefined;
  /** Where the rows came from, for messages. */
  readonly origin: string;
  /** The number of the column's first row in its source, from 0. */
  readonly firstRow: number;
  /**
   * Reports a cell that could not be read; it then counts as missing. The receiver counts, reports,
   * or throws, as the user chose.
   */
  problem(row: number, message: string): void;
}

/**
 * Accumulates what a modality learns from the training rows, a chunk of them at a time. How rows are cut
 * into chunks does not matter, their order may. Learning may report the problems that encoding the same
 * cells reports again: give it a context that ignores them.
 */
export interface Learning<State> {
  add(column: Column, context: EncodeContext): void | Promise<void>;
  finish(): State;
}

/** Names of ONNX values that carry an input's feeds. */
export interface Boundary {
  /** Feed name → ONNX value of shape `[rows, ...feed.shape]`. */
  readonly feeds: Readonly<Record<string, string>>;
  /** ONNX float value of shape [rows, 1]: 1 where the cell is there, 0 where it is missing. */
  readonly present: string;
}

/** A value for an ONNX input made from cells. */
export interface RawTensor {
  readonly dtype: OnnxDType;
  readonly dims: readonly number[];
  readonly data: TensorData;
}

/** One way of turning cells into numbers. */
export interface View<State> {
  feeds(state: State): readonly Feed[];
  /**
   * Whether cells take so long to read that they are encoded while a model trains, a few at a time and in any
   * order: a cell's numbers may depend on nothing but the cell, a text or bytes of one column. Where it is left out
   * they do not.
   */
  arrives?(state: State): boolean;
  /**
   * Encodes all cells of a column. `out[i]` takes `column.length` rows of feed i, row-major;
   * `present[row]` becomes 1 or 0. A missing cell leaves zeros, or what the modality sets apart for it
   * (an indicator, an id of its own).
   */
  encode(
    state: State,
    column: Column,
    out: readonly TypedArray[],
    present: Float32Array,
    context: EncodeContext,
  ): void | Promise<void>;
  /**
   * Declares the ONNX inputs of a column called `name` and emits what ONNX can do of the encoding:
   * scaling, lookup, normalisation. The result equals `encode`.
   */
  boundary(state: State, name: string, onnx: OnnxBuilder, rows: string): Boundary;
  /** The values of those ONNX inputs for all cells of a column. */
  raw(
    state: State,
    name: string,
    column: Column,
    context: EncodeContext,
  ): Promise<Readonly<Record<string, RawTensor>>>;
}

/** A block of fixed numeric features, for families that learn no encoder. */
export type FeatureBlock =
  /** The feed's elements are features; `names` has one each. */
  | { readonly kind: "dense"; readonly feed: string; readonly names: readonly string[] }
  /** `ids` (int32, −1 = none) and `values` (float32) of equal width: the non-zero features of a row. */
  | {
      readonly kind: "sparse";
      readonly ids: string;
      readonly values: string;
      readonly size: number;
      name(id: number): string;
    };

export interface FeatureView<State> extends View<State> {
  blocks(state: State): readonly FeatureBlock[];
}

/** What an encoder makes of a cell. */
export interface Encoded {
  /** `[B, D]` */
  readonly features: Tensor;
  /** The vectors behind them, for fusions that look at parts of a text, a sound or a picture. */
  readonly sequence?: Sequence;
}

/**
 * Changes the cells of a training batch in place: `feeds[i]` holds `rows` rows of feed i, row-major.
 * It draws from `random` alone, which depends on the seed and the number of the batch.
 */
export type Augment = (feeds: readonly TypedArray[], rows: number, random: Random) => void;

/** How several columns of a table make one cell a row. */
export interface Joins {
  readonly storage: readonly Storage[];
  /** What columns that go together would be, and what came; undefined where these do. */
  refuses(columns: readonly Column[]): string | undefined;
  /** One column of that name; a row whose cells do not go together is missing and told as a problem. */
  join(name: string, columns: readonly Column[], context: EncodeContext): Column;
}

/** How cells become what is predicted of them, whatever encoder reads them as an input. */
export interface Target<Options> {
  /** Starts learning from training rows, as the input does: names, means, formats. */
  learn(options: Options, how: TargetOptions, name: string): Learning<CellTarget>;
  /** Writes `answerWidth` numbers a cell into `out`, row-major, NaN for what is missing. */
  encode(
    target: CellTarget,
    column: Column,
    out: Float64Array,
    context: EncodeContext,
  ): void | Promise<void>;
}

export interface Modality<Options = unknown, State = unknown> {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly cite?: readonly string[];
  /** Options of an input in the configuration; every leaf has a default and a description. */
  readonly options: z.ZodType<Options>;
  /** Column storages it can read. */
  readonly storage: readonly Storage[];
  /** Inputs of modalities with the same block meet before fusion; `own` stands alone. */
  readonly block: "table" | "own";
  /**
   * How well a column fits, 0 (not at all) to 1; the highest modality is chosen. Where the highest is
   * 0.1 or less the column is an identifier or of no modality here, and better left out.
   */
  recognise(profile: ColumnProfile): number;
  /** Starts learning from training rows. `name` is for messages. */
  learn(options: Options, name: string): Learning<State>;
  /** For networks. */
  readonly network: View<State> & {
    /**
     * Traces the trainable encoder: feeds `[B, ...shape]` to features `[B, D]`, and to the sequence
     * they were made from where there is one. Missing rows may come out as anything finite: the
     * network replaces them by a learned vector.
     */
    encoder(
      builder: Builder,
      feeds: Readonly<Record<string, Tensor>>,
      present: Tensor,
      state: State,
      options: Options,
    ): Encoded;
    /** How the encoded cells of a training batch are varied; not at all where absent or undefined. */
    augment?(state: State, options: Options): Augment | undefined;
  };
  /** For families without an encoder. */
  readonly features: FeatureView<State>;
  /** How it reads several columns; left out where an input is one column. */
  readonly joins?: Joins;
  /** What its cells are as something to predict from other inputs. */
  readonly target: Target<Options>;
  /** What the user is told once of the cells that were encoded, such as licences of what read them. */
  notices?(state: State): readonly string[];
  /** Facts for the report. */
  describe(state: State): Readonly<Record<string, string | number>>;
  /** How what was learned carries over to another table; states are kept as they are where it is left out. */
  readonly carry?: Carry<State, Options>;
}
