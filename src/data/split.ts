import { ConfigError, DataError, show } from "../core/errors.ts";
import { Random } from "../core/random.ts";
import { type Column, cell, isMissing, listNames } from "./columns.ts";
import { dealGroups, groupRows } from "./groups.ts";
import { dealRows, type StrataOptions, strataOf } from "./stratify.ts";

/** Row indexes of each part, ascending; no row is in two parts. */
export interface Split {
  readonly train: Int32Array;
  readonly validation: Int32Array;
  readonly test: Int32Array;
}

/** Shares of the rows: each from 0 to 1, 1 in all; `train` is what the others leave where absent. */
export interface Fractions {
  readonly train?: number;
  readonly validation: number;
  readonly test: number;
}

export interface SplitOptions {
  readonly fractions: Fractions;
  readonly seed: number;
}

const parts = ["train", "validation", "test"] as const;

/**
 * Splits rows at random.
 * @throws ConfigError SPLIT_INVALID for bad fractions, DataError SPLIT_INVALID where a part would be empty.
 */
export function randomSplit(rows: number, options: SplitOptions): Split {
  return gatherParts(randomParts(rows, options), checkFractions(options.fractions));
}

/**
 * The part of each row (0, 1, 2 for train, validation, test) under the same split.
 * @throws as `randomSplit` does.
 */
export function randomParts(rows: number, options: SplitOptions): Uint8Array {
  const sizes = partSizes(rows, checkFractions(options.fractions));
  const order = Random.from(options.seed, "split").permutation(rows);
  const part = new Uint8Array(rows);
  for (let i = sizes[0]; i < rows; i++) part[order[i]] = i < sizes[0] + sizes[1] ? 1 : 2;
  return part;
}

/**
 * Splits rows so that each part holds its share of every label of every column given: values, elements
 * of lists, quantile bins of numbers, and missing cells (iterative stratification; sechidis2011).
 * @throws as `randomSplit` does.
 */
export function stratifiedSplit(
  labels: readonly Column[],
  options: SplitOptions & StrataOptions,
): Split {
  const shares = checkFractions(options.fractions);
  const rows = labels[0]?.length ?? 0;
  partSizes(rows, shares);
  const random = Random.from(options.seed, "split");
  const part = dealRows(strataOf(labels, options), shares, random);
  return gatherParts(fillEmpty(part, shares, random), shares);
}

/**
 * Splits rows so that the rows of a group stay together; with `strata`, labels are kept near their shares
 * as far as whole groups allow. A row without a group is a group of its own.
 * @throws as `randomSplit` does, and DataError SPLIT_INVALID for fewer groups than parts.
 */
export function groupSplit(
  groups: Column,
  options: SplitOptions & StrataOptions & { readonly strata?: readonly Column[] },
): Split {
  const shares = checkFractions(options.fractions);
  const asked = shares.filter((share) => share > 0).length;
  const found = groupRows(groups);
  if (found.length < asked) throw tooFewGroups(groups.name, found.length, asked, "parts");
  const random = Random.from(options.seed, "split");
  const strata = options.strata?.length ? strataOf(options.strata, options) : undefined;
  return gatherParts(dealGroups(found, shares, random, strata), shares);
}

/**
 * Splits rows by time: the first are for training, the last for the test. Rows of the same time stay
 * together, in the earlier part.
 * @throws as `randomSplit` does, and DataError SPLIT_INVALID for a column without order or with missing
 *   cells.
 */
export function timeSplit(times: Column, fractions: Fractions): Split {
  const shares = checkFractions(fractions);
  const where = `split by time, column ${show(times.name)}`;
  if (times.storage !== "datetime" && times.storage !== "number") {
    throw new DataError(
      "SPLIT_INVALID",
      `${where}: dates, times or numbers; got ${times.storage}s`,
      {
        hint: `declare the column's type as datetime, or convert it to dates such as 2024-05-01`,
      },
    );
  }
  const { values, valid, length } = times;
  const missing = valid.reduce((sum, one) => sum + 1 - one, 0);
  if (missing > 0) {
    throw new DataError(
      "SPLIT_INVALID",
      `${where}: a time in every row; ${missing} of ${length} rows have none`,
      { details: { missing, rows: length } },
    );
  }
  const sizes = partSizes(length, shares);
  const order = Int32Array.from({ length }, (_, row) => row).sort(
    (a, b) => values[a] - values[b] || a - b,
  );
  const afterTies = (end: number) => {
    let at = end;
    while (at > 0 && at < length && values[order[at]] === values[order[at - 1]]) at++;
    return at;
  };
  const first = afterTies(sizes[0]);
  const second = afterTies(Math.max(first, sizes[0] + sizes[1]));
  const part = new Int32Array(length);
  for (let i = first; i < length; i++) part[order[i]] = i < second ? 1 : 2;
  return gatherParts(part, shares);
}

const partWords: Readonly<Record<string, number>> = {
  train: 0,
  training: 0,
  "0": 0,
  validation: 1,
  valid: 1,
  val: 1,
  dev: 1,
  "1": 1,
  test: 2,
  testing: 2,
  "2": 2,
};

/**
 * Splits rows by a column that names each row's part: train, validation (valid, val, dev) or test, or
 * 0, 1, 2. A part that no row names is empty.
 * @throws DataError SPLIT_INVALID for another word, a missing cell, or no training rows.
 */
export function columnSplit(column: Column): Split {
  const where = `split by column ${show(column.name)}`;
  const part = new Int32Array(column.length);
  for (let row = 0; row < column.length; row++) {
    const word = isMissing(column, row) ? null : cell(column, row);
    const choice = partWords[String(word).trim().toLowerCase()];
    if (word === null || choice === undefined) {
      throw new DataError(
        "SPLIT_INVALID",
        `${where}: train, validation or test in every row; row ${row + 1} has ${word === null ? "nothing" : show(word)}`,
        { details: { row: row + 1 } },
      );
    }
    part[row] = choice;
  }
  const split = gatherParts(part, [1, 0, 0]);
  if (split.validation.length + split.test.length === 0) {
    throw new DataError(
      "SPLIT_INVALID",
      `${where}: rows for validation or test; all ${column.length} are for training`,
    );
  }
  return split;
}

/**
 * The split of files read one after another, from their row counts.
 * @throws DataError SPLIT_INVALID where there are no training rows.
 */
export function filesSplit(rows: { train: number; validation?: number; test?: number }): Split {
  const counts = [rows.train, rows.validation ?? 0, rows.test ?? 0];
  const part = new Int32Array(counts[0] + counts[1] + counts[2]);
  part.fill(1, counts[0]).fill(2, counts[0] + counts[1]);
  return gatherParts(part, [1, 0, 0]);
}

/**
 * Moves a share of the training rows to an empty validation part, stratified where labels are given.
 * @throws as `randomSplit` does.
 */
export function carveValidation(
  split: Split,
  share: number,
  options: { readonly seed: number; readonly labels?: readonly Column[] } & StrataOptions,
): Split {
  const shares = checkFractions({ validation: share, test: 0 });
  const rows = split.train.length;
  partSizes(rows, shares);
  const random = Random.from(options.seed, "split", "validation");
  const labels = options.labels ?? [];
  const strata = strataOf(labels, options);
  const ids: number[] = [];
  const starts = new Int32Array(rows + 1);
  split.train.forEach((row, i) => {
    if (labels.length > 0) {
      for (let k = strata.starts[row]; k < strata.starts[row + 1]; k++) ids.push(strata.ids[k]);
    }
    starts[i + 1] = ids.length;
  });
  const within = { rows, labels: strata.labels, starts, ids: Int32Array.from(ids) };
  const dealt = gatherParts(fillEmpty(dealRows(within, shares, random), shares, random), shares);
  return {
    train: dealt.train.map((i) => split.train[i]),
    validation: dealt.validation.map((i) => split.train[i]),
    test: split.test,
  };
}

/**
 * Cuts rows into `k` folds, each the test part of one split whose training part is the rest.
 * @throws ConfigError SPLIT_INVALID for `k` below 2, DataError SPLIT_INVALID for more folds than rows or
 *   groups.
 */
export function kFold(
  rows: number,
  k: number,
  options: {
    readonly seed: number;
    readonly strata?: readonly Column[];
    readonly groups?: Column;
  } & StrataOptions,
): Split[] {
  if (!Number.isInteger(k) || k < 2) {
    throw new ConfigError("SPLIT_INVALID", `folds: a whole number of at least 2; got ${show(k)}`);
  }
  if (rows < k) {
    throw new DataError("SPLIT_INVALID", `folds: at least ${k} rows for ${k} folds; got ${rows}`, {
      details: { rows, folds: k },
    });
  }
  const shares = new Array<number>(k).fill(1 / k);
  const random = Random.from(options.seed, "folds");
  const strata = options.strata?.length ? strataOf(options.strata, options) : undefined;
  let fold: Int32Array;
  if (options.groups) {
    const groups = groupRows(options.groups);
    if (groups.length < k) throw tooFewGroups(options.groups.name, groups.length, k, "folds");
    fold = dealGroups(groups, shares, random, strata);
  } else if (strata) fold = dealRows(strata, shares, random);
  else {
    fold = new Int32Array(rows);
    random.permutation(rows).forEach((row, i) => {
      fold[row] = i % k;
    });
  }
  return shares.map((_, f) => ({
    train: rowsWhere(fold, (one) => one !== f),
    validation: new Int32Array(0),
    test: rowsWhere(fold, (one) => one === f),
  }));
}

/**
 * Shares of train, validation and test.
 * @throws ConfigError SPLIT_INVALID for a share below 0, above 1, or shares that do not make 1.
 */
export function checkFractions(fractions: Fractions): number[] {
  const { validation, test } = fractions;
  const train = fractions.train ?? Math.round((1 - validation - test) * 1e12) / 1e12;
  const shares = [train, validation, test];
  const text = parts.map((part, j) => `${part} ${show(shares[j])}`).join(", ");
  if (shares.some((share) => !(share >= 0 && share <= 1)) || train === 0) {
    throw new ConfigError(
      "SPLIT_INVALID",
      `split.fractions: shares from 0 to 1, above 0 for train; got ${text}`,
    );
  }
  const sum = train + validation + test;
  if (Math.abs(sum - 1) > 1e-9) {
    throw new ConfigError(
      "SPLIT_INVALID",
      `split.fractions: shares that make 1; got ${text}, which make ${Number(sum.toFixed(6))}`,
    );
  }
  return shares;
}

/** Rounds shares to whole rows; a part with a share gets at least one row. */
export function partSizes(rows: number, shares: readonly number[]): number[] {
  const asked = shares.filter((share) => share > 0).length;
  if (rows < asked) {
    throw new DataError(
      "SPLIT_INVALID",
      `split: at least ${asked} rows, one for each of ${listNames(parts.filter((_, j) => shares[j] > 0))}; got ${rows}`,
      { details: { rows, parts: asked } },
    );
  }
  const atLeast = (share: number) => (share > 0 ? Math.max(1, Math.round(share * rows)) : 0);
  let validation = atLeast(shares[1]);
  let test = atLeast(shares[2]);
  while (validation + test > rows - 1) {
    if (validation > test) validation--;
    else test--;
  }
  return [rows - validation - test, validation, test];
}

/** Moves a row of the biggest part to each part that has a share and, the rows being few, got none. */
function fillEmpty(part: Int32Array, shares: readonly number[], random: Random): Int32Array {
  const rows = parts.map((_, j) => Array.from(rowsWhere(part, (one) => one === j)));
  shares.forEach((share, j) => {
    if (share === 0 || rows[j].length > 0) return;
    const biggest = rows.reduce((a, b) => (b.length > a.length ? b : a));
    const [row] = biggest.splice(random.integer(biggest.length), 1);
    rows[j].push(row);
    part[row] = j;
  });
  return part;
}

/** Collects the rows of each part. @throws DataError SPLIT_INVALID where a part with a share has none. */
function gatherParts(part: Int32Array | Uint8Array, shares: readonly number[]): Split {
  const rows = parts.map((_, j) => rowsWhere(part, (one) => one === j));
  parts.forEach((name, j) => {
    if (shares[j] === 0 || rows[j].length > 0) return;
    const counts = parts.map((other, i) => `${other} ${rows[i].length}`).join(", ");
    throw new DataError("SPLIT_INVALID", `split: rows for ${name}; got ${counts}`, {
      hint: "use other fractions, another kind of split, or more rows",
      details: { train: rows[0].length, validation: rows[1].length, test: rows[2].length },
    });
  });
  return { train: rows[0], validation: rows[1], test: rows[2] };
}

function rowsWhere(
  part: Int32Array | Uint8Array,
  keep: (part: number) => boolean,
): Int32Array<ArrayBuffer> {
  let count = 0;
  for (let row = 0; row < part.length; row++) if (keep(part[row])) count++;
  const rows = new Int32Array(count);
  for (let row = 0, at = 0; at < count; row++) if (keep(part[row])) rows[at++] = row;
  return rows;
}

function tooFewGroups(name: string, groups: number, asked: number, of: string): DataError {
  return new DataError(
    "SPLIT_INVALID",
    `split by group, column ${show(name)}: at least ${asked} groups for ${asked} ${of}; got ${groups}`,
    { details: { groups, [of]: asked } },
  );
}
