import { closeSync, openSync, rmSync } from "node:fs";
import { guardFile, readAll, writeAll } from "./whole-io.ts";

/** Labels of one task: `width` numbers a row. */
export interface LabelField {
  readonly name: string;
  readonly width: number;
}

/** Labels of rows by task: `[rows, width]` numbers in float64, NaN where missing. */
export type Labels = Readonly<Record<string, Float64Array>>;

/** Takes labels in the order of the rows and turns into all of them. */
export interface LabelWriter {
  /** Adds `count` rows; `labels[k]` holds `count × width` numbers of field k. */
  append(count: number, labels: readonly Float64Array[]): void;
  finish(): Labels;
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
    finish: () => Object.fromEntries(fields.map(({ name }, k) => [name, join(parts[k])])),
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
      const labels = {};
      let at = 0;
      for (const { name, width } of fields) {
        Object.defineProperty(labels, name, readOnDemand(path, rows, stride, at, width));
        at += width;
      }
      return labels;
    },
    discard() {
      closeSync(file);
      rmSync(path, { force: true });
    },
  };
}

function readOnDemand(
  path: string,
  rows: number,
  stride: number,
  at: number,
  width: number,
): PropertyDescriptor {
  // Several looks in one go read the file once.
  let last: WeakRef<Float64Array> | undefined;
  return {
    enumerable: true,
    get: () => {
      const known = last?.deref();
      if (known) return known;
      const labels = readLabels(path, rows, stride, at, width);
      last = new WeakRef(labels);
      return labels;
    },
  };
}

function readLabels(
  path: string,
  rows: number,
  stride: number,
  at: number,
  width: number,
): Float64Array {
  const labels = new Float64Array(rows * width);
  const perBlock = Math.max(1, Math.floor(blockNumbers / Math.max(1, stride)));
  const block = new Float64Array(Math.min(rows, perBlock) * stride);
  const file = guard(path, () => openSync(path, "r"));
  try {
    for (let first = 0; first < rows; first += perBlock) {
      const count = Math.min(perBlock, rows - first);
      const bytes = new Uint8Array(block.buffer, 0, count * stride * 8);
      guard(path, () => readAll(path, file, bytes, first * stride * 8));
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
