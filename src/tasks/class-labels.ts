import { countRows, show } from "../core/errors.ts";
import { type Column, listNames } from "../data/columns.ts";
import { toBoolean, toNumber } from "../data/from-rows.ts";
import { type LabelPlace, labelError, noLabels, storageError, taskError } from "./label-errors.ts";

/** What the training labels were; other columns are read as if they were the same. */
export type ClassSource = "string" | "number" | "boolean";

/** A class as its cell has it. */
export type ClassValue = string | number | boolean;

/** A column's labels as indexes into distinct texts; −1 is missing. */
export interface CodedLabels {
  readonly codes: Int32Array;
  readonly texts: readonly string[];
}

/** A class in the spelling of the training labels: `1.0` and `1`, `Yes` and `true` are one each. */
export function spellClass(text: string, source: ClassSource): string {
  if (source === "number") {
    const x = toNumber(text);
    return x === undefined || !Number.isFinite(x) ? text : String(x + 0);
  }
  if (source === "boolean") {
    const truth = toBoolean(text);
    return truth === undefined ? text : String(truth);
  }
  // A file cannot hold halves of surrogate pairs.
  return text.replace(/\p{Surrogate}/gu, "\uFFFD");
}

export function classValue(name: string, source: ClassSource): ClassValue {
  if (source === "number") return Number(name);
  return source === "boolean" ? name === "true" : name;
}

/** @throws DataError DATA_SCHEMA for cells that are no labels: dates, bytes, lists. */
export function sourceOf(column: Column, task: string): ClassSource {
  const { storage } = column;
  if (storage === "string" || storage === "number" || storage === "boolean") return storage;
  throw storageError(task, "labels that are words, numbers or true and false", storage);
}

/**
 * Reads the labels of a column; a blank text is a missing label.
 * @throws DataError naming the row of a NaN or infinite label.
 */
export function codeLabels(column: Column, source: ClassSource, place: LabelPlace): CodedLabels {
  const codes = new Int32Array(column.length).fill(-1);
  const texts: string[] = [];
  const codeOf = new Map<string, number>();
  const intern = (text: string): number => {
    if (text.trim() === "") return -1;
    const spelled = spellClass(text, source);
    let code = codeOf.get(spelled);
    if (code === undefined) {
      code = texts.push(spelled) - 1;
      codeOf.set(spelled, code);
    }
    return code;
  };
  if (column.storage === "string") {
    const known = new Map<number, number>();
    for (let row = 0; row < codes.length; row++) {
      const from = column.codes[row];
      if (from < 0) continue;
      let code = known.get(from);
      if (code === undefined) {
        code = intern(column.dictionary[from]);
        known.set(from, code);
      }
      codes[row] = code;
    }
  } else if (column.storage === "number" || column.storage === "boolean") {
    const known = new Map<number, number>();
    for (let row = 0; row < codes.length; row++) {
      if (column.valid[row] !== 1) continue;
      const x = column.values[row];
      if (!Number.isFinite(x)) throw labelError(place, row, "a finite number", x);
      let code = known.get(x);
      if (code === undefined) {
        code = intern(column.storage === "boolean" ? String(x === 1) : String(x + 0));
        known.set(x, code);
      }
      codes[row] = code;
    }
  } else sourceOf(column, place.task);
  return { codes, texts };
}

/** Class names of training labels, with how often each occurs. */
export interface ClassTally {
  readonly source: ClassSource;
  readonly labelled: number;
  readonly missing: number;
  /** In order: numbers by value, the rest by code units, so that false comes before true. */
  readonly classes: readonly string[];
  readonly counts: readonly number[];
}

/** Counts the classes of training labels, chunk by chunk. */
export class ClassCounter {
  private readonly task: string;
  private readonly counts = new Map<string, number>();
  private source: ClassSource | undefined;
  private missing = 0;

  constructor(task: string) {
    this.task = task;
  }

  add(column: Column, firstRow: number): void {
    this.source ??= sourceOf(column, this.task);
    const place: LabelPlace = { task: this.task, code: "TASK_INVALID", firstRow };
    const { codes, texts } = codeLabels(column, this.source, place);
    const found = new Float64Array(texts.length);
    for (const code of codes) {
      if (code < 0) this.missing++;
      else found[code]++;
    }
    texts.forEach((text, i) => {
      if (found[i] > 0) this.counts.set(text, (this.counts.get(text) ?? 0) + found[i]);
    });
  }

  /** @throws DataError TASK_INVALID where there is no label or a single class. */
  finish(): ClassTally {
    const source = this.source ?? "string";
    const sorted = [...this.counts].sort(([a], [b]) => compareClasses(a, b, source));
    const labelled = sorted.reduce((sum, [, count]) => sum + count, 0);
    if (labelled === 0) throw noLabels(this.task, this.missing);
    if (sorted.length === 1) {
      throw taskError(
        this.task,
        `two or more classes among the training labels; got only ${show(sorted[0][0])}, in ${countRows(labelled)}`,
        "a task with one class has nothing to learn: leave it out or give it rows of other classes",
      );
    }
    return {
      source,
      labelled,
      missing: this.missing,
      classes: sorted.map(([name]) => name),
      counts: sorted.map(([, count]) => count),
    };
  }
}

export function compareClasses(a: string, b: string, source: ClassSource): number {
  if (source === "number") return Number(a) - Number(b);
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Class index of each row, NaN where missing, `classes.length` where the class is not known. */
export function classIndexes(
  column: Column,
  { source, classes }: Pick<ClassTally, "source" | "classes">,
  place: LabelPlace,
): Float64Array {
  const index = new Map(classes.map((name, i) => [name, i]));
  const { codes, texts } = codeLabels(column, source, place);
  const known = texts.map((text) => index.get(text) ?? classes.length);
  return Float64Array.from(codes, (code) => (code < 0 ? Number.NaN : known[code]));
}

/** As `classIndexes`. @throws DataError naming the row of an unknown class. */
export function knownClassIndexes(
  column: Column,
  tally: Pick<ClassTally, "source" | "classes">,
  place: LabelPlace,
  hint: string,
): Float64Array {
  const indexes = classIndexes(column, tally, place);
  const row = indexes.indexOf(tally.classes.length);
  if (row < 0) return indexes;
  const { codes, texts } = codeLabels(column, tally.source, place);
  throw labelError(place, row, `one of ${listNames(tally.classes)}`, texts[codes[row]], hint);
}

/** Writes class indexes as labels and multiplies class weights; 0 for missing and unknown ones. */
export function encodeClasses(
  indexes: Float64Array,
  classWeights: readonly number[],
  labels: Float32Array,
  weights: Float32Array,
): void {
  for (let row = 0; row < indexes.length; row++) {
    const known = indexes[row] < classWeights.length;
    labels[row] = known ? indexes[row] : 0;
    weights[row] = known ? weights[row] * classWeights[indexes[row]] : 0;
  }
}

/** Whether two lists name the same classes in the same order. */
export function sameClasses(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i]);
}
