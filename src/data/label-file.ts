import { closeSync, openSync, rmSync } from "node:fs";
import { guardFile, readAll, writeAll } from "./whole-io.ts";

/** Labels of one task: `width` numbers a row. */
export interface LabelField {
  readonly name: string;
  readonly width: number;
}

/** Labels of rows by task: `[rows, width]` numbers in float64, NaN where missing. */
export type Labels = Readonly<Record<string, Float64Array>>;

/** Labels that were written, all at once or some rows of them. */
export interface WrittenLabels {
  readonly all: Labels;
  /** Those of one field for `count` rows from `first` on, in `into` where it is given and they are in a file. */
  some(name: string, first: number, count: number, into?: Float64Array): Float64Array;
}

/** Takes labels in the order of the rows and turns into all of them. */
export interface LabelWriter {
  /** Adds `count` rows; `labels[k]` holds `count × width` numbers of field k. */
  append(count: number, labels: readonly Float64Array[]): void;
  finish(): WrittenLabels;
  /** Gives up the labels written so far. */
  discard(): void;
}

/** A writer into memory. */
export function memoryLabelWriter(fields: readonly LabelField[]): LabelWriter {
  const parts: Float64Array[][] = fields.map(() => []);
  return {
    append(_, labels) {
      for (const [k, part] of parts.entries()) part.push(labels[k]);
    },
    finish() {
      const all = Object.fromEntries(fields.map(({ name }, k) => [name, join(parts[k])]));
      const widths = new Map(fields.map(({ name, width }) => [name, width]));
      return {
        all,
        some(name, first, count) {
          const width = widths.get(name) ?? 0;
          return all[name].subarray(first * width, (first + count) * width);
        },
      };
    },
    discard() {
      for (const part of parts) part.length = 0;
    },
  };
}

function join(parts: readonly Float64Array[]): Float64Array {
  if (parts.length === 1) return parts[0];
  const whole = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Longest single read, in numbers. */
const blockNumbers = 1 << 17;

/**
 * A writer into a file, for tables larger than memory. The labels of a task are read when they are asked
 * for and not held: whoever needs them for long keeps the array.
 * @throws BackendError IO where the file cannot be written or read.
 */
export function fileLabelWriter(fields: readonly LabelField[], path: string): LabelWriter {
  const stride = fields.reduce((sum, { width }) => sum + width, 0);
  const file = guard(path, () => openSync(path, "w"));
  let rows = 0;
  let position = 0;
  return {
    append(count, labels) {
      const block = new Float64Array(count * stride);
      let at = 0;
      for (const [k, { width }] of fields.entries()) {
        copyLabels(labels[k], 0, width, block, at, stride, width, count);
        at += width;
      }
      position += guard(path, () => writeAll(file, new Uint8Array(block.buffer), position));
      rows += count;
    },
    finish() {
      guard(path, () => closeSync(file));
      // What was read last is read over.
      const block = new Float64Array(Math.max(stride, Math.min(rows * stride, blockNumbers)));
      const all = {};
      const places = new Map<string, { readonly at: number; readonly width: number }>();
      let at = 0;
      for (const { name, width } of fields) {
        Object.defineProperty(all, name, readOnDemand({ path, stride, block, at, width }, rows));
        places.set(name, { at, width });
        at += width;
      }
      return {
        all,
        some(name, first, count, into) {
          const place = places.get(name) ?? { at: 0, width: 0 };
          const labels = into ?? new Float64Array(count * place.width);
          return readLabels({ path, stride, block, ...place }, first, count, labels);
        },
      };
    },
    discard() {
      closeSync(file);
      rmSync(path, { force: true });
    },
  };
}

/** Where the labels of a field lie in a file. */
interface Place {
  readonly path: string;
  /** Numbers of a row, those of the field among them, and where they begin. */
  readonly stride: number;
  /** Room for some rows. */
  readonly block: Float64Array;
  readonly at: number;
  readonly width: number;
}

function readOnDemand(place: Place, rows: number): PropertyDescriptor {
  // Several looks in one go read the file once.
  let last: WeakRef<Float64Array> | undefined;
  return {
    enumerable: true,
    get: () => {
      const known = last?.deref();
      if (known) return known;
      const labels = readLabels(place, 0, rows, new Float64Array(rows * place.width));
      last = new WeakRef(labels);
      return labels;
    },
  };
}

function readLabels(
  { path, stride, block, at, width }: Place,
  from: number,
  rows: number,
  labels: Float64Array,
): Float64Array {
  const perBlock = Math.max(1, Math.floor(block.length / Math.max(1, stride)));
  const file = guard(path, () => openSync(path, "r"));
  try {
    for (let first = 0; first < rows; first += perBlock) {
      const count = Math.min(perBlock, rows - first);
      const bytes = new Uint8Array(block.buffer, 0, count * stride * 8);
      guard(path, () => readAll(path, file, bytes, (from + first) * stride * 8));
      copyLabels(block, at, stride, labels, first * width, width, width, count);
    }
  } finally {
    closeSync(file);
  }
  return labels;
}

/** Copies `width` numbers of each row from one array into another. */
function copyLabels(
  from: Float64Array,
  fromStart: number,
  fromStep: number,
  to: Float64Array,
  toStart: number,
  toStep: number,
  width: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) {
    const a = fromStart + i * fromStep;
    const b = toStart + i * toStep;
    for (let j = 0; j < width; j++) to[b + j] = from[a + j];
  }
}

function guard<T>(path: string, work: () => T): T {
  return guardFile(path, "labels", work);
}
