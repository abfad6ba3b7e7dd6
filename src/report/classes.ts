import type { ClassCounts } from "./record.ts";

/** Two classes that are taken for each other. */
export interface Confusion {
  readonly truth: string;
  readonly predicted: string;
  readonly rows: number;
  /** Share of the rows of the true class, 0..1. */
  readonly share: number;
}

/** What follows from the counts of one class; `null` where the ratio is undefined (0 / 0). */
export interface ClassScores {
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
  /** Rows of the class. */
  readonly support: number;
}

/** Precision TP/(TP+FP), recall TP/(TP+FN), F1 2TP/(2TP+FP+FN) and support TP+FN. */
export function scoresOf({ tp, fp, fn }: ClassCounts): ClassScores {
  const ratio = (part: number, whole: number) => (whole > 0 ? part / whole : null);
  return {
    precision: ratio(tp, tp + fp),
    recall: ratio(tp, tp + fn),
    f1: ratio(2 * tp, 2 * tp + fp + fn),
    support: tp + fn,
  };
}

/** Counts a class from a square confusion matrix, one class against the rest. */
export function countClasses(
  confusion: readonly (readonly number[])[],
  classes: readonly string[],
): ClassCounts[] {
  const rows = confusion.map((row) => row.reduce((a, b) => a + b, 0));
  const total = rows.reduce((a, b) => a + b, 0);
  return confusion.map((row, k) => {
    const tp = row[k] ?? 0;
    const fp = confusion.reduce((sum, other) => sum + (other[k] ?? 0), 0) - tp;
    const fn = rows[k] - tp;
    return { label: classes[k] ?? `class ${k + 1}`, tp, fp, fn, tn: total - tp - fp - fn };
  });
}

/** The wrong cells of a confusion matrix with the most rows, largest first. */
export function mostConfused(
  confusion: readonly (readonly number[])[],
  classes: readonly string[],
  most: number,
): Confusion[] {
  const found: Confusion[] = [];
  confusion.forEach((row, t) => {
    const support = row.reduce((a, b) => a + b, 0);
    row.forEach((rows, p) => {
      if (t === p || !(rows > 0)) return;
      const name = (k: number) => classes[k] ?? `class ${k + 1}`;
      found.push({ truth: name(t), predicted: name(p), rows, share: rows / support });
    });
  });
  return found.sort((a, b) => b.rows - a.rows || b.share - a.share).slice(0, most);
}
