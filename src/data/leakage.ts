import { type Column, cell, isMissing } from "./columns.ts";

/** Why an input is suspected of giving a target away. */
export interface Leakage {
  readonly input: string;
  readonly target: string;
  /**
   * `equal`: every cell that both have is the same; `correlation`: the two numbers go together almost
   * perfectly; `rule`: the input's value (or range of values) alone tells the class on rows held out.
   */
  readonly kind: "equal" | "correlation" | "rule";
  /** Share of equal cells, |correlation|, or accuracy of the rule on held-out rows. */
  readonly score: number;
  /** What a guess without the input scores: share of the commonest class; 0 for `correlation`. */
  readonly baseline: number;
  /** Rows on which both are present. */
  readonly rows: number;
}

/** Above this |correlation| a number input gives a number target away. */
const correlationLimit = 0.995;
/** Above this held-out accuracy an input gives classes away; errors must also fall to a twentieth. */
const accuracyLimit = 0.98;
/** Fewer rows prove nothing. */
const fewestRows = 20;
/** Numbers with more distinct values than this are no classes. */
const mostNumberClasses = 20;
/** Ranges into which the values of a number input are cut. */
const ranges = 64;

/** Whether one input alone predicts one target nearly perfectly, by cheap one-column rules. */
export function findLeakage(input: Column, target: Column): Leakage | undefined {
  const rows: number[] = [];
  for (let row = 0; row < target.length; row++) {
    if (!isMissing(input, row) && !isMissing(target, row)) rows.push(row);
  }
  if (rows.length < fewestRows) return undefined;
  const about = { input: input.name, target: target.name, rows: rows.length };
  const classes = rows.map((row) => keyOf(target, row));
  const baseline = commonest(classes) / rows.length;
  if (baseline === 1) return undefined;

  if (rows.every((row, i) => keyOf(input, row) === classes[i])) {
    return { ...about, kind: "equal", score: 1, baseline };
  }
  const numeric = (column: Column) => column.storage === "number" || column.storage === "datetime";
  if (numeric(input) && numeric(target)) {
    const score = Math.abs(correlation(input, target, rows));
    if (score > correlationLimit) {
      return { ...about, kind: "correlation", score, baseline: 0 };
    }
  }
  if (numeric(target) && new Set(classes).size > mostNumberClasses) return undefined;
  const keys = numeric(input) ? rangeKeys(input, rows) : rows.map((row) => keyOf(input, row));
  if (keys === undefined) return undefined;
  const score = heldOutAccuracy(keys, classes);
  const sure = score > accuracyLimit && 1 - score < (1 - baseline) / 20;
  return sure ? { ...about, kind: "rule", score, baseline } : undefined;
}

/** A cell as text that equals another column's text where the values are the same. */
function keyOf(column: Column, row: number): string {
  const value = cell(column, row);
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "boolean") return value ? "1" : "0";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function commonest(keys: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return Math.max(...counts.values());
}

function correlation(a: Column, b: Column, rows: readonly number[]): number {
  const x = rows.map((row) => (a as { values: Float64Array }).values[row]);
  const y = rows.map((row) => (b as { values: Float64Array }).values[row]);
  const meanX = x.reduce((sum, v) => sum + v, 0) / x.length;
  const meanY = y.reduce((sum, v) => sum + v, 0) / y.length;
  let xy = 0;
  let xx = 0;
  let yy = 0;
  for (let i = 0; i < x.length; i++) {
    xy += (x[i] - meanX) * (y[i] - meanY);
    xx += (x[i] - meanX) ** 2;
    yy += (y[i] - meanY) ** 2;
  }
  return xx === 0 || yy === 0 ? 0 : xy / Math.sqrt(xx * yy);
}

/** The quantile range of each number; undefined where all are the same. */
function rangeKeys(column: Column, rows: readonly number[]): string[] | undefined {
  const { values } = column as { values: Float64Array };
  const sorted = Float64Array.from(rows, (row) => values[row]).sort();
  if (sorted[0] === sorted[sorted.length - 1]) return undefined;
  const count = Math.min(ranges, Math.max(2, Math.floor(rows.length / 10)));
  const edges: number[] = [];
  for (let k = 1; k < count; k++) {
    const edge = sorted[Math.floor((k * sorted.length) / count)];
    if (edge !== edges[edges.length - 1]) edges.push(edge);
  }
  return rows.map((row) => String(edges.filter((edge) => edge <= values[row]).length));
}

/** Accuracy of "the commonest class of this key" over five folds; unseen keys count as wrong. */
function heldOutAccuracy(keys: readonly string[], classes: readonly string[]): number {
  const folds = 5;
  let right = 0;
  for (let fold = 0; fold < folds; fold++) {
    const counts = new Map<string, Map<string, number>>();
    for (let i = 0; i < keys.length; i++) {
      if (i % folds === fold) continue;
      let byClass = counts.get(keys[i]);
      if (byClass === undefined) {
        byClass = new Map();
        counts.set(keys[i], byClass);
      }
      byClass.set(classes[i], (byClass.get(classes[i]) ?? 0) + 1);
    }
    for (let i = fold; i < keys.length; i += folds) {
      const byClass = counts.get(keys[i]);
      if (byClass === undefined) continue;
      let best = "";
      let most = 0;
      for (const [name, count] of byClass) {
        if (count > most) {
          best = name;
          most = count;
        }
      }
      if (best === classes[i]) right++;
    }
  }
  return right / keys.length;
}
