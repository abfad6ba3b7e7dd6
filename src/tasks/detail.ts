/**
 * What a report shows behind the metrics of a task: plain data that JSON keeps. A number that does
 * not exist is null.
 */

import type { CellForm } from "../core/cell-target.ts";

/** Every block is optional: a kind of task fills those that make sense for it. */
export interface Detail {
  /** Labelled rows behind the details. */
  readonly rows: number;
  /** Weight of rows by true (outer) and predicted (inner) class, in the order of the classes. */
  readonly confusion?: readonly (readonly number[])[];
  /** One class or label against the rest. */
  readonly perClass?: readonly ClassDetail[];
  /** Predicted probability against observed frequency. */
  readonly reliability?: Reliability;
  /** x: false positive rate, y: true positive rate. */
  readonly roc?: readonly Curve[];
  /** x: recall, y: precision. */
  readonly pr?: readonly Curve[];
  readonly scatter?: Scatter;
  /** Histogram of prediction − truth over all labelled rows. */
  readonly residuals?: Histogram;
  /** How both sides of rows are found from each other. */
  readonly retrieval?: RetrievalDetail;
  /** How well the cells of each input are predicted. */
  readonly cells?: readonly CellDetail[];
}

export interface CellDetail {
  readonly input: string;
  readonly form: CellForm;
  /** Shape of what is predicted, `[]` for one number. */
  readonly shape: readonly number[];
  readonly metrics: Readonly<Record<string, number>>;
}

export interface RetrievalDetail {
  /** Rows that are ranked for each query. */
  readonly candidates: number;
  readonly directions: readonly {
    readonly from: string;
    readonly to: string;
    /** Share of queries whose own other side is among the first k, as (k, share). */
    readonly recall: readonly (readonly [number, number])[];
    /** Queries by the rank of their own other side: above the last bound, up to this one. */
    readonly ranks: readonly { readonly upTo: number; readonly queries: number }[];
  }[];
}

export interface ClassDetail {
  readonly label: string;
  readonly tp: number;
  readonly fp: number;
  readonly tn: number;
  readonly fn: number;
}

export interface Reliability {
  /** Bins with at least one row, ordered by `predicted`. */
  readonly bins: readonly {
    readonly predicted: number;
    readonly observed: number;
    readonly rows: number;
  }[];
  /** Mean gap over the bins, weighted by rows. */
  readonly ece: number | null;
}

export interface Curve {
  /** The positive class, or "micro average". */
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
  readonly area: number | null;
  readonly positives: number;
  readonly rows: number;
}

export interface Scatter {
  /** Truth and prediction of all labelled rows, or of a sample. */
  readonly truth: readonly number[];
  readonly predicted: readonly number[];
  /** Rows the sample was taken from, where it is one. */
  readonly of?: number;
}

export interface Histogram {
  /** Ascending, one more than counts. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/** One row against its label. */
export interface Judgement {
  /** Class names (several joined by commas) or numbers. */
  readonly truth: string | number;
  readonly prediction: string | number;
  readonly loss: number;
  /** Probability given to the prediction. */
  readonly probability?: number;
  /** Probability given to the truth. */
  readonly truthProbability?: number;
}
