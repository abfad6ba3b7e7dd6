/** Scores of tasks of several test parts, and how far the difference of two models is chance. */
import { Random } from "../src/core/random.ts";

/** What a model says of the labelled test rows, a part of the rows after the other. */
export type Said = readonly (readonly number[])[];

export interface Judged {
  /** Of numbers what is true, of two classes 1 for "yes", of more nothing. */
  readonly truth: Said;
  /** Of numbers the number, of two classes the probability of "yes", of more 1 where the class is right. */
  readonly said: Said;
}

/** The score of some rows of one part. */
type Score = (truth: readonly number[], said: readonly number[], rows: Int32Array) => number;

function rmse(truth: readonly number[], said: readonly number[], rows: Int32Array): number {
  const sum = rows.reduce((all, row) => all + (said[row] - truth[row]) ** 2, 0);
  return Math.sqrt(sum / rows.length);
}

/** The share of pairs of a yes and a no in the right order, ties counting half. */
function auc(truth: readonly number[], said: readonly number[], rows: Int32Array): number {
  const [yes, no] = [1, 0].map((label) => [...rows].filter((row) => truth[row] === label));
  if (yes.length === 0 || no.length === 0) return 0.5;
  let right = 0;
  for (const a of yes)
    for (const b of no) right += said[a] > said[b] ? 1 : said[a] === said[b] ? 0.5 : 0;
  return right / (yes.length * no.length);
}

function share(_: readonly number[], said: readonly number[], rows: Int32Array): number {
  return rows.reduce((sum, row) => sum + said[row], 0) / rows.length;
}

/** What a kind of task is scored by, and whether more is better. */
export const metrics: Readonly<
  Record<string, { readonly name: string; readonly better: 1 | -1; readonly score: Score }>
> = {
  regression: { name: "rmse", better: -1, score: rmse },
  binary: { name: "rocAuc", better: 1, score: auc },
  multiclass: { name: "accuracy", better: 1, score: share },
};

const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length;
const everyRow = (count: number) => Int32Array.from({ length: count }, (_, i) => i);

/** The mean score over parts. */
export function scoreOf(kind: string, { truth, said }: Judged): number {
  const { score } = metrics[kind];
  return mean(said.map((one, part) => score(truth[part] ?? [], one, everyRow(one.length))));
}

const draws = 1000;

/**
 * Difference of the mean score of some models (the same with other seeds) and that of another, above 0 where
 * they are better, and its central 95 % over test rows drawn with replacement within each part.
 */
export function difference(kind: string, ours: readonly Judged[], other: Judged) {
  const { score, better } = metrics[kind];
  const { truth } = ours[0];
  const of = (rows: readonly Int32Array[]) => {
    const all = (said: Said) =>
      mean(said.map((one, part) => score(truth[part] ?? [], one, rows[part])));
    return better * (mean(ours.map((model) => all(model.said))) - all(other.said));
  };
  const counts = other.said.map((one) => one.length);
  const random = Random.from(0, "bootstrap", kind);
  const found = Array.from({ length: draws }, () =>
    of(counts.map((count) => Int32Array.from({ length: count }, () => random.integer(count)))),
  ).sort((a, b) => a - b);
  return {
    difference: of(counts.map(everyRow)),
    from: found[Math.floor(0.025 * draws)],
    to: found[Math.ceil(0.975 * draws) - 1],
  };
}
