import { DataError } from "../core/errors.ts";
import { type Column, isMissing, take } from "../data/columns.ts";
import { carveValidation, groupSplit, kFold, type Split } from "../data/split.ts";

/** What cuts rows into folds. */
export interface FoldOptions {
  readonly folds: number;
  readonly seed: number;
  /** Columns of the tasks: every fold gets its share of each label. */
  readonly labels: readonly Column[];
  /** Rows of a group stay in one fold. */
  readonly groups?: Column;
  /** Share of a fold's training rows that select epochs; 0 for none. */
  readonly validation: number;
}

/**
 * Cuts some rows of a table into folds: the test part of each split is what is held out, and a share of
 * the rest is for validation. The same rows, options and seed give the same folds for whoever asks.
 * @param rows ascending numbers of the rows that may be used; columns are of the whole table.
 * @throws ConfigError, DataError SPLIT_INVALID for fewer than two folds or more folds than rows or groups.
 */
export function cutFolds(rows: Int32Array, options: FoldOptions): Split[] {
  const { folds, seed, validation } = options;
  const labels = options.labels.map((c) => take(c, rows));
  const groups = options.groups && take(options.groups, rows);
  return kFold(rows.length, folds, { seed, strata: labels, groups }).map((split, f) => {
    const parts =
      validation > 0 ? carve(split, validation, { seed: seed + f, labels, groups }) : split;
    const numbers = (part: Int32Array) => part.map((i) => rows[i]);
    return {
      train: numbers(parts.train),
      validation: numbers(parts.validation),
      test: numbers(parts.test),
    };
  });
}

function carve(
  split: Split,
  share: number,
  { seed, labels, groups }: Pick<FoldOptions, "seed" | "labels" | "groups">,
): Split {
  if (groups === undefined) return carveValidation(split, share, { seed, labels });
  const { train, test } = split;
  const inner = groupSplit(take(groups, train), {
    fractions: { validation: share, test: 0 },
    seed,
    strata: labels.map((c) => take(c, train)),
  });
  const back = (part: Int32Array) => part.map((i) => train[i]);
  return { train: back(inner.train), validation: back(inner.validation), test };
}

/** The seed of a repetition: the splits and every fit of it. */
export function repeatSeed(seed: number, repeat: number): number {
  return (seed + repeat * 7919) % 4_294_967_296;
}

/**
 * @param rows the rows that are cut into folds; the others are test rows.
 * @throws DataError DATA_EMPTY where some task has too few labels to be in the training rows of all folds.
 */
export function checkLabels(
  tasks: readonly { readonly name: string; readonly column: Column }[],
  rows: Int32Array,
  folds: number,
): void {
  for (const { name, column } of tasks) {
    let labelled = 0;
    for (const row of rows) if (!isMissing(column, row)) labelled++;
    if (labelled >= 2 * folds) continue;
    let all = 0;
    for (let row = 0; row < column.length; row++) if (!isMissing(column, row)) all++;
    const apart = all > labelled ? `, besides ${all - labelled} in test rows` : "";
    throw new DataError(
      "DATA_EMPTY",
      `tasks.${name}: at least ${2 * folds} labelled rows, two a fold, for ${folds} folds; got ${labelled}${apart}`,
      {
        hint:
          labelled >= 4
            ? `use at most ${Math.floor(labelled / 2)} folds`
            : "label more rows, or leave the task out",
        details: { labelled, folds },
      },
    );
  }
}
