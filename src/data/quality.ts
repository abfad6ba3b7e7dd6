import {
  type Column,
  cell,
  columnOf,
  countMissing,
  isMissing,
  type Storage,
  type Table,
  take,
} from "./columns.ts";
import { findLeakage, type Leakage } from "./leakage.ts";
import { groupByHash, hashRows } from "./row-hash.ts";
import type { Split } from "./split.ts";

/** What a reader should know about the data before trusting a result; plain JSON. */
export interface DataQuality {
  readonly rows: number;
  /** One entry an input or target, in table order. */
  readonly columns: readonly ColumnQuality[];
  /** Columns whose present cells are all the same (or that have none): they teach nothing. */
  readonly constant: readonly string[];
  /** Pairs of column names that differ in case, spaces or punctuation only. */
  readonly similarNames: readonly (readonly [string, string])[];
  /** One entry a target. */
  readonly labels: readonly LabelQuality[];
  readonly duplicates: DuplicateFacts;
  /** Inputs that alone predict a target nearly perfectly, looked for on the training rows. */
  readonly leakage: readonly Leakage[];
}

export interface ColumnQuality {
  readonly name: string;
  readonly storage: Storage;
  readonly missing: number;
  readonly missingShare: number;
  /** Cells that held NaN or ±Infinity, which count as missing. */
  readonly nonFinite: number;
}

export interface LabelQuality {
  readonly target: string;
  readonly labelled: number;
  readonly labelledShare: number;
  /** Rows by class, commonest first, up to 50; empty for numbers with many distinct values. */
  readonly classes: readonly { readonly value: string; readonly rows: number }[];
  /** Classes in all; 0 for numbers with many distinct values. */
  readonly classCount: number;
  /** Rows of the commonest class over rows of the rarest; 1 where there are no classes. */
  readonly imbalance: number;
  /** Classes with validation or test rows and no training row: they cannot be learned. */
  readonly unseenInTraining: readonly string[];
}

export interface DuplicateFacts {
  /** Rows whose inputs equal those of an earlier row. */
  readonly rows: number;
  /** Validation rows whose inputs equal those of a training row: their score is too good. */
  readonly validationInTrain: number;
  readonly testInTrain: number;
  readonly testInValidation: number;
  /** By target: groups of rows with equal inputs whose labels differ, and the rows in them. */
  readonly conflicts: readonly {
    readonly target: string;
    readonly groups: number;
    readonly rows: number;
  }[];
  /** A few row pairs (counted from 0) with equal inputs in different parts. */
  readonly examples: readonly {
    readonly rows: readonly [number, number];
    readonly parts: readonly [string, string];
  }[];
}

export interface QualityRequest {
  readonly inputs: readonly string[];
  readonly targets: readonly string[];
  /** Without a split there is one part, `train`. */
  readonly split?: Split;
}

/** Rows on which leakage is looked for; more would not change the finding. */
const leakageRows = 20_000;

/**
 * Looks a table over: missing cells, constant columns, imbalance, duplicates, leakage.
 * @throws DataError DATA_SCHEMA for an unknown column.
 */
export function assessQuality(table: Table, request: QualityRequest): DataQuality {
  const inputs = request.inputs.map((name) => columnOf(table, name));
  const targets = request.targets.map((name) => columnOf(table, name));
  const used = new Set([...request.inputs, ...request.targets]);
  const columns = [...table.columns.values()].filter((column) => used.has(column.name));
  const parts = partOfRows(table.rows, request.split);
  return {
    rows: table.rows,
    columns: columns.map(columnQuality),
    constant: columns.filter(isConstant).map((column) => column.name),
    similarNames: similarNames([...table.columns.keys()]),
    labels: targets.map((target) => labelQuality(target, parts)),
    duplicates: duplicateFacts(inputs, targets, table.rows, parts),
    leakage: leakageFacts(inputs, targets, request.split?.train, table.rows),
  };
}

const partNames = ["train", "validation", "test"] as const;

/** 0, 1, 2 for train, validation and test; −1 for rows in no part. */
function partOfRows(rows: number, split: Split | undefined): Int8Array {
  const part = new Int8Array(rows).fill(split === undefined ? 0 : -1);
  if (split === undefined) return part;
  partNames.forEach((name, j) => {
    for (const row of split[name]) part[row] = j;
  });
  return part;
}

function columnQuality(column: Column): ColumnQuality {
  const missing = countMissing(column);
  const nonFinite =
    column.storage === "number" ? (column.nanCount ?? 0) + (column.infiniteCount ?? 0) : 0;
  return {
    name: column.name,
    storage: column.storage,
    missing,
    missingShare: column.length === 0 ? 0 : missing / column.length,
    nonFinite,
  };
}

function isConstant(column: Column): boolean {
  const { high, low } = hashRows([column], column.length);
  let first = -1;
  for (let row = 0; row < column.length; row++) {
    if (isMissing(column, row)) continue;
    if (first < 0) first = row;
    else if (high[row] !== high[first] || low[row] !== low[first]) return false;
  }
  return true;
}

function similarNames(names: readonly string[]): [string, string][] {
  const firstOf = new Map<string, string>();
  const pairs: [string, string][] = [];
  for (const name of names) {
    const plain = name
      .normalize("NFKC")
      .toLowerCase()
      .replace(/[\s\p{P}_]+/gu, "");
    const first = firstOf.get(plain);
    if (first === undefined) firstOf.set(plain, name);
    else if (plain !== "") pairs.push([first, name]);
  }
  return pairs;
}

/** Numbers with more distinct values than this have no classes. */
const mostNumberClasses = 20;
const classesShown = 50;

function labelQuality(target: Column, parts: Int8Array): LabelQuality {
  const counts = new Map<string, [all: number, train: number]>();
  let labelled = 0;
  for (let row = 0; row < target.length; row++) {
    if (isMissing(target, row)) continue;
    labelled++;
    for (const label of labelsOf(target, row)) {
      const known = counts.get(label) ?? [0, 0];
      known[0]++;
      if (parts[row] === 0) known[1]++;
      counts.set(label, known);
    }
  }
  const numeric = target.storage === "number" || target.storage === "datetime";
  const hasClasses = !numeric || counts.size <= mostNumberClasses;
  const ranked = hasClasses ? [...counts].sort((a, b) => b[1][0] - a[1][0]) : [];
  return {
    target: target.name,
    labelled,
    labelledShare: target.length === 0 ? 0 : labelled / target.length,
    classes: ranked.slice(0, classesShown).map(([value, [rows]]) => ({ value, rows })),
    classCount: ranked.length,
    imbalance: ranked.length === 0 ? 1 : ranked[0][1][0] / ranked[ranked.length - 1][1][0],
    unseenInTraining: ranked.filter(([, [, train]]) => train === 0).map(([value]) => value),
  };
}

function labelsOf(column: Column, row: number): string[] {
  const value = cell(column, row);
  if (Array.isArray(value)) return [...new Set(value.map(String))];
  return [value instanceof Date ? value.toISOString() : String(value)];
}

function duplicateFacts(
  inputs: readonly Column[],
  targets: readonly Column[],
  rows: number,
  parts: Int8Array,
): DuplicateFacts {
  if (inputs.length === 0) {
    return {
      rows: 0,
      validationInTrain: 0,
      testInTrain: 0,
      testInValidation: 0,
      conflicts: [],
      examples: [],
    };
  }
  const { groupOf, groups } = groupByHash(hashRows(inputs, rows));
  // The first row of each group in each part, −1 for none.
  const firstIn = partNames.map(() => new Int32Array(groups).fill(-1));
  for (let row = rows - 1; row >= 0; row--) {
    if (parts[row] >= 0) firstIn[parts[row]][groupOf[row]] = row;
  }
  const examples: DuplicateFacts["examples"][number][] = [];
  const crossing = (part: number, other: number): number => {
    let count = 0;
    for (let row = 0; row < rows; row++) {
      const twin = firstIn[other][groupOf[row]];
      if (parts[row] !== part || twin < 0) continue;
      count++;
      if (count <= 3)
        examples.push({ rows: [twin, row], parts: [partNames[other], partNames[part]] });
    }
    return count;
  };
  return {
    rows: rows - groups,
    validationInTrain: crossing(1, 0),
    testInTrain: crossing(2, 0),
    testInValidation: crossing(2, 1),
    conflicts: targets.map((target) => ({
      target: target.name,
      ...conflicts(target, groupOf, groups),
    })),
    examples,
  };
}

function conflicts(
  target: Column,
  groupOf: Int32Array,
  groups: number,
): { groups: number; rows: number } {
  const labels = hashRows([target], target.length);
  const firstRow = new Int32Array(groups).fill(-1);
  const size = new Int32Array(groups);
  const differs = new Uint8Array(groups);
  for (let row = 0; row < target.length; row++) {
    if (isMissing(target, row)) continue;
    const group = groupOf[row];
    const first = firstRow[group];
    size[group]++;
    if (first < 0) firstRow[group] = row;
    else if (labels.high[row] !== labels.high[first] || labels.low[row] !== labels.low[first]) {
      differs[group] = 1;
    }
  }
  let conflicting = 0;
  let rows = 0;
  for (let group = 0; group < groups; group++) {
    if (differs[group] === 0) continue;
    conflicting++;
    rows += size[group];
  }
  return { groups: conflicting, rows };
}

function leakageFacts(
  inputs: readonly Column[],
  targets: readonly Column[],
  train: Int32Array | undefined,
  rows: number,
): Leakage[] {
  const all = train ?? Int32Array.from({ length: rows }, (_, row) => row);
  const step = Math.max(1, Math.ceil(all.length / leakageRows));
  const looked = all.filter((_, i) => i % step === 0);
  const found: Leakage[] = [];
  for (const target of targets) {
    const labels = take(target, looked);
    for (const input of inputs) {
      if (input.storage === "bytes") continue;
      const leakage = findLeakage(take(input, looked), labels);
      if (leakage) found.push(leakage);
    }
  }
  return found;
}
