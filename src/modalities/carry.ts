/** How what was learned of one table carries over to another: drift, vocabularies, rows of tables. */

/** A distance between the cells of two tables, from 0 (alike) to 1. */
export interface Drift {
  /** What was measured. */
  readonly measure: "ks" | "totalVariation" | "unknown" | "brightness" | "shape" | "missing";
  /** The quantity that was measured, where cells have several. */
  readonly of?: string;
  readonly value: number;
  /** What so few rows would show on average without any drift. */
  readonly noise: number;
}

/** What of a modality carries over; all of it is optional but the drift. */
export interface Carry<State = unknown, Options = unknown> {
  /** How far the cells that `to` was learned from are from those of `from`. */
  drift(from: State, to: State): readonly Drift[];
  /** The state for new cells that keeps what it can of the old one; the new one where left out. */
  refit?(from: State, to: State): State;
  /** Where the rows of the encoder's tables come from, by the parameter's name in it: a row of the old, −1 for none. */
  rows?(from: State, to: State): Readonly<Record<string, Int32Array>>;
  /** Where the encoder's outputs come from, for those without parameters: places of the old, −1 for none. */
  outputs?(from: State, to: State): Int32Array;
  /** Options under which new cells are encoded to features as wide as the old ones. */
  options?(from: State, options: Options): Options;
  /** What is known of words, categories and the like: kept, new, and no longer seen. */
  vocabulary?(
    from: State,
    to: State,
  ): { readonly known: number; readonly added: number; readonly gone: number };
}

/**
 * The largest distance of two distribution functions, each given by evenly spaced quantiles between
 * which it is linear (Kolmogorov and Smirnov's statistic, to that resolution).
 */
export function kolmogorovSmirnov(
  from: readonly number[],
  to: readonly number[],
  [n, m]: readonly [number, number],
): Drift {
  let value = 0;
  for (const x of [...from, ...to])
    for (const side of [below, atMost])
      value = Math.max(value, Math.abs(side(from, x) - side(to, x)));
  // The mean of Kolmogorov's distribution is √(π/2)·ln 2.
  const noise = Math.sqrt(Math.PI / 2) * Math.LN2 * Math.sqrt(1 / n + 1 / m);
  return { measure: "ks", value, noise: Math.min(1, noise) };
}

/** The share of values at most x; among equal quantiles the last counts. */
function atMost(quantiles: readonly number[], x: number): number {
  const last = quantiles.length - 1;
  if (x >= quantiles[last]) return 1;
  if (x < quantiles[0]) return 0;
  let i = 0;
  while (quantiles[i + 1] <= x) i++;
  return (i + (x - quantiles[i]) / (quantiles[i + 1] - quantiles[i])) / last;
}

/** The share of values below x; among equal quantiles the first counts. */
function below(quantiles: readonly number[], x: number): number {
  const last = quantiles.length - 1;
  if (x > quantiles[last]) return 1;
  if (x <= quantiles[0]) return 0;
  let i = 0;
  while (quantiles[i + 1] < x) i++;
  return (i + (x - quantiles[i]) / (quantiles[i + 1] - quantiles[i])) / last;
}

/** Half the sum of the differences between two sets of frequencies. */
export function totalVariation(
  from: ReadonlyMap<string, number>,
  to: ReadonlyMap<string, number>,
): Drift {
  const sum = (counts: ReadonlyMap<string, number>) =>
    Math.max(
      1,
      [...counts.values()].reduce((a, b) => a + b, 0),
    );
  const [n, m] = [sum(from), sum(to)];
  let [value, noise] = [0, 0];
  for (const name of new Set([...from.keys(), ...to.keys()])) {
    const [a, b] = [from.get(name) ?? 0, to.get(name) ?? 0];
    value += Math.abs(a / n - b / m) / 2;
    // The mean distance of two shares of the same size is √(2/π) of their standard error.
    const share = (a + b) / (n + m);
    noise += Math.sqrt((2 / Math.PI) * share * (1 - share) * (1 / n + 1 / m)) / 2;
  }
  return { measure: "totalVariation", value, noise: Math.min(1, noise) };
}

/** How much more or less often cells are missing. */
export function missingDrift(
  from: { readonly rows: number; readonly missing: number },
  to: { readonly rows: number; readonly missing: number },
): Drift {
  const [n, m] = [Math.max(1, from.rows), Math.max(1, to.rows)];
  const [a, b] = [from.missing / n, to.missing / m];
  const share = (from.missing + to.missing) / (n + m);
  const noise = Math.sqrt((2 / Math.PI) * share * (1 - share) * (1 / n + 1 / m));
  return { measure: "missing", value: Math.abs(a - b), noise };
}

/** 1 where cells hold another count of numbers, which those that read them cannot do without. */
export function shapeDrift(from: number, to: number): Drift[] {
  return from === to ? [] : [{ measure: "shape", value: 1, noise: 0 }];
}

/** Where the numbers of a row come from, by their names. */
export function byName(from: readonly string[], to: readonly string[]): Int32Array {
  return Int32Array.from(to, (name) => from.indexOf(name));
}

/** Known, added and gone members of a vocabulary. */
export function overlap(
  from: ReadonlySet<string>,
  to: ReadonlySet<string>,
): { readonly known: number; readonly added: number; readonly gone: number } {
  let known = 0;
  for (const name of to) if (from.has(name)) known++;
  return { known, added: to.size - known, gone: from.size - known };
}
