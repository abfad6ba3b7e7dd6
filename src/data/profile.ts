import {
  type BytesColumn,
  type Column,
  countMissing,
  type ListColumn,
  type Storage,
  type StringColumn,
} from "./columns.ts";
import { toNumber, toTime } from "./from-rows.ts";
import { parseList } from "./list-text.ts";
import { mediaOfBytes, mediaOfPath } from "./media.ts";

/**
 * What can be said about a column without knowing its role: the facts by which a modality recognises its
 * columns and a task kind its labels. Shares are of the cells that are not missing, from 0 to 1; all
 * are 0 for a column without any.
 */
export interface ColumnProfile {
  readonly name: string;
  readonly storage: Storage;
  /** Cells, missing ones included. */
  readonly rows: number;
  readonly missing: number;
  /** Distinct values that are not missing, counted up to `distinctLimit`; 0 for bytes. */
  readonly distinct: number;
  /** Whether there are more distinct values than were counted. */
  readonly distinctCapped: boolean;
  /** Distinct values over present cells: near 1 for identifiers and free text, near 0 for classes. */
  readonly distinctShare: number;
  /** Share of the most frequent value (of the values counted). */
  readonly topShare: number;
  /** The first few distinct values, as text. */
  readonly examples: readonly string[];
  /** Number and datetime (milliseconds) columns. */
  readonly number?: NumberProfile;
  /** String columns. */
  readonly text?: TextProfile;
  /** List columns. */
  readonly list?: ListProfile;
  /** String columns whose cells are all lists, written as JSON (of the cells that were looked at). */
  readonly listText?: ListProfile;
  /** Bytes columns. */
  readonly bytes?: BytesProfile;
}

export interface NumberProfile {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Standard deviation (of the population). */
  readonly std: number;
  /** Whether all values are whole numbers. */
  readonly integer: boolean;
  /** Whether values are whole, distinct and each one more than the last: a row number. */
  readonly counter: boolean;
}

export interface TextProfile {
  /** In characters. */
  readonly meanLength: number;
  readonly maxLength: number;
  /** Words a cell: runs between spaces; in scripts written without spaces, one for two characters. */
  readonly meanWords: number;
  /** Share of cells that read as numbers. */
  readonly numberShare: number;
  /** Share of cells that read as ISO dates or times. */
  readonly datetimeShare: number;
  /** Share of cells that end like the name of an image file. */
  readonly imagePathShare: number;
  /** Share of cells that end like the name of an audio file. */
  readonly audioPathShare: number;
  /** Share of a few such paths that are files; 0 where none were looked for. */
  readonly pathsFoundShare: number;
}

export interface ListProfile {
  /** What all present elements are; `mixed` where they differ, `none` where all lists are empty. */
  readonly elements: "string" | "number" | "boolean" | "list" | "mixed" | "none";
  readonly minLength: number;
  readonly maxLength: number;
  readonly meanLength: number;
  /** Share of the lists that have the commonest length. */
  readonly sameLengthShare: number;
  /** Distinct elements of lists of strings and numbers, counted up to `distinctLimit`. */
  readonly distinctElements: number;
  /** Whether an element occurs twice in some list: never so for label sets. */
  readonly repeats: boolean;
  /** Of lists of numbers: whether all are whole. */
  readonly whole?: boolean;
  /** Of lists of lists: the elements of the inner ones, and how many those have. */
  readonly inner?: Pick<ListProfile, "elements" | "minLength" | "maxLength">;
}

export interface BytesProfile {
  readonly meanBytes: number;
  /** Share of cells by format: `png`, `jpeg`, `wav`, …, `unknown`. */
  readonly formats: Readonly<Record<string, number>>;
  readonly imageShare: number;
  readonly audioShare: number;
}

/** Distinct values are counted up to this many. */
const distinctLimit = 10_000;
/** Paths looked for on disk. */
const pathsTried = 20;

export interface ProfileOptions {
  /** Says whether a path found in a cell is that of a file; `fileFinder` of `files.ts` makes one. */
  readonly fileExists?: (path: string) => boolean;
}

/** Profiles a column in one pass over its cells. */
export function profileColumn(column: Column, options: ProfileOptions = {}): ColumnProfile {
  const base = {
    name: column.name,
    storage: column.storage,
    rows: column.length,
    missing: countMissing(column),
  };
  switch (column.storage) {
    case "number":
    case "datetime": {
      const counts = countValues(column.values, column.valid);
      const show = (value: number) =>
        column.storage === "number" ? String(value) : new Date(value).toISOString();
      return {
        ...base,
        ...distinctFacts(counts, base.rows - base.missing, show),
        number: numberProfile(column.values, column.valid),
      };
    }
    case "boolean": {
      const counts = countValues(column.values, column.valid);
      return {
        ...base,
        ...distinctFacts(counts, base.rows - base.missing, (value) => String(value === 1)),
      };
    }
    case "string": {
      const counts = countCodes(column);
      const show = (code: number) => column.dictionary[code];
      return {
        ...base,
        ...distinctFacts(counts, base.rows - base.missing, show),
        text: textProfile(column, counts, options.fileExists),
        ...listTexts(column, counts),
      };
    }
    case "list":
      return { ...base, ...listFacts(column) };
    case "bytes":
      return {
        ...base,
        ...distinctFacts(new Map(), 0, String),
        bytes: bytesProfile(column),
      };
  }
}

type Counts = ReadonlyMap<number, number>;

function countValues(values: Float64Array | Uint8Array, valid: Uint8Array): Counts {
  const counts = new Map<number, number>();
  for (let row = 0; row < values.length; row++) {
    if (valid[row] === 0) continue;
    const known = counts.get(values[row]);
    if (known !== undefined || counts.size <= distinctLimit)
      counts.set(values[row], (known ?? 0) + 1);
  }
  return counts;
}

/** Counts of all the codes in use, in order of first use. */
function countCodes(column: StringColumn): Counts {
  const perCode = new Float64Array(column.dictionary.length);
  const counts = new Map<number, number>();
  for (const code of column.codes) {
    if (code >= 0 && perCode[code]++ === 0) counts.set(code, 0);
  }
  for (const code of counts.keys()) counts.set(code, perCode[code]);
  return counts;
}

function distinctFacts(counts: Counts, present: number, show: (key: number) => string) {
  let top = 0;
  for (const count of counts.values()) if (count > top) top = count;
  const examples: string[] = [];
  for (const key of counts.keys()) {
    if (examples.length === 5) break;
    examples.push(show(key).slice(0, 80));
  }
  const distinct = Math.min(counts.size, distinctLimit);
  return {
    distinct,
    distinctCapped: counts.size > distinctLimit,
    distinctShare: present === 0 ? 0 : Math.min(counts.size, present) / present,
    topShare: present === 0 ? 0 : top / present,
    examples,
  };
}

function numberProfile(values: Float64Array, valid: Uint8Array): NumberProfile {
  let count = 0;
  let mean = 0;
  let squares = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let integer = true;
  let counter = true;
  let last = Number.NaN;
  for (let row = 0; row < values.length; row++) {
    if (valid[row] === 0) continue;
    const value = values[row];
    count++;
    const delta = value - mean;
    mean += delta / count;
    squares += delta * (value - mean);
    if (value < min) min = value;
    if (value > max) max = value;
    if (integer && !Number.isInteger(value)) integer = false;
    if (count > 1 && value !== last + 1) counter = false;
    last = value;
  }
  if (count === 0) return { min: 0, max: 0, mean: 0, std: 0, integer: false, counter: false };
  const std = Math.sqrt(squares / count);
  return { min, max, mean, std, integer, counter: counter && integer && count > 1 };
}

/** Characters of scripts that put no spaces between words. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/gu;

/** Words of a text, estimated: see `TextProfile.meanWords`. */
function countWords(text: string): number {
  const compact = text.match(unspaced)?.length ?? 0;
  const spaced = compact === 0 ? text : text.replace(unspaced, " ");
  return (spaced.match(/[^\s]+/g)?.length ?? 0) + Math.ceil(compact / 2);
}

function textProfile(
  column: StringColumn,
  counts: Counts,
  fileExists?: (path: string) => boolean,
): TextProfile {
  const sums = { cells: 0, length: 0, words: 0, number: 0, datetime: 0, image: 0, audio: 0 };
  let maxLength = 0;
  let seen = 0;
  let tried = 0;
  let found = 0;
  for (const [code, count] of counts) {
    if (seen++ === distinctLimit) break;
    const text = column.dictionary[code];
    sums.cells += count;
    sums.length += text.length * count;
    if (text.length > maxLength) maxLength = text.length;
    sums.words += countWords(text) * count;
    if (toNumber(text) !== undefined) sums.number += count;
    else if (toTime(text) !== undefined) sums.datetime += count;
    const media = mediaOfPath(text);
    if (media === undefined) continue;
    sums[media] += count;
    if (fileExists && tried < pathsTried) {
      tried++;
      if (fileExists(text)) found++;
    }
  }
  const share = (sum: number) => (sums.cells === 0 ? 0 : sum / sums.cells);
  return {
    meanLength: share(sums.length),
    maxLength,
    meanWords: share(sums.words),
    numberShare: share(sums.number),
    datetimeShare: share(sums.datetime),
    imagePathShare: share(sums.image),
    audioPathShare: share(sums.audio),
    pathsFoundShare: tried === 0 ? 0 : found / tried,
  };
}

function listFacts(column: ListColumn) {
  let elements: ListProfile["elements"] = "none";
  let min = Number.POSITIVE_INFINITY;
  let max = 0;
  let sum = 0;
  let present = 0;
  let repeats = false;
  const distinct = new Set<unknown>();
  const lists = new Map<string, number>();
  const inside: (readonly unknown[])[] = [];
  const lengths = new Map<number, number>();
  let whole = true;
  for (const list of column.values) {
    if (list === null) continue;
    present++;
    lengths.set(list.length, (lengths.get(list.length) ?? 0) + 1);
    min = Math.min(min, list.length);
    max = Math.max(max, list.length);
    sum += list.length;
    for (const item of list) {
      if (item === null || item === undefined) continue;
      const kind = kindOf(item);
      elements = elements === "none" || elements === kind ? kind : "mixed";
      if (distinct.size < distinctLimit && typeof item !== "object") distinct.add(item);
      if (typeof item === "number" && !Number.isInteger(item)) whole = false;
      if (Array.isArray(item) && inside.length < distinctLimit) inside.push(item);
    }
    if (!repeats) repeats = new Set(list).size < list.length;
    if (lists.size <= distinctLimit) {
      const key = JSON.stringify(list);
      lists.set(key, (lists.get(key) ?? 0) + 1);
    }
  }
  const keys = [...lists.keys()];
  const counts = new Map([...lists.values()].map((count, i) => [i, count]));
  const list: ListProfile = {
    elements,
    minLength: present === 0 ? 0 : min,
    maxLength: max,
    meanLength: present === 0 ? 0 : sum / present,
    sameLengthShare:
      [...lengths.values()].reduce((a, b) => Math.max(a, b), 0) / Math.max(1, present),
    distinctElements: distinct.size,
    repeats,
    ...(elements === "number" && { whole }),
    ...(inside.length > 0 && { inner: innerFacts(inside) }),
  };
  return { ...distinctFacts(counts, present, (i) => keys[i]), list };
}

function innerFacts(lists: readonly (readonly unknown[])[]): NonNullable<ListProfile["inner"]> {
  let elements: ListProfile["elements"] = "none";
  for (const item of lists.flat()) {
    if (item === null || item === undefined) continue;
    const kind = kindOf(item);
    elements = elements === "none" || elements === kind ? kind : "mixed";
  }
  const lengths = lists.map((list) => list.length);
  const range = (pick: (a: number, b: number) => number) => lengths.reduce((a, b) => pick(a, b));
  return { elements, minLength: range(Math.min), maxLength: range(Math.max) };
}

/** Texts looked at to see whether all are lists. */
const listsTried = 1000;

function listTexts(column: StringColumn, counts: Counts): { listText?: ListProfile } {
  const values: (readonly unknown[])[] = [];
  for (const code of counts.keys()) {
    if (values.length === listsTried) break;
    const text = column.dictionary[code];
    if (text.trim() === "") continue;
    const list = parseList(text);
    if (list === undefined) return {};
    values.push(list);
  }
  if (values.length === 0) return {};
  const { list } = listFacts({ storage: "list", name: column.name, length: values.length, values });
  return { listText: list };
}

function kindOf(item: unknown): ListProfile["elements"] {
  switch (typeof item) {
    case "string":
      return "string";
    case "number":
      return "number";
    case "boolean":
      return "boolean";
    default:
      return Array.isArray(item) ? "list" : "mixed";
  }
}

function bytesProfile(column: BytesColumn): BytesProfile {
  const formats: Record<string, number> = {};
  let present = 0;
  let size = 0;
  let image = 0;
  let audio = 0;
  for (const value of column.values) {
    if (value === null) continue;
    present++;
    size += value.length;
    const { format, kind } = mediaOfBytes(value);
    formats[format] = (formats[format] ?? 0) + 1;
    if (kind === "image") image++;
    if (kind === "audio") audio++;
  }
  const share = (sum: number) => (present === 0 ? 0 : sum / present);
  for (const format of Object.keys(formats)) formats[format] = share(formats[format]);
  return { meanBytes: share(size), formats, imageShare: share(image), audioShare: share(audio) };
}
