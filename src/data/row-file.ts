import { closeSync, fstatSync, openSync, rmSync } from "node:fs";
import { BackendError } from "../core/errors.ts";
import {
  checkArrays,
  type RowArray,
  type RowLayout,
  type RowStoreWriter,
  rowOutOfRange,
  type WrittenRows,
} from "./rows.ts";
import { guardFile, readAll, writeAll } from "./whole-io.ts";

const magic = "polyrows";
/** The header: the magic word, its own length, then the layout and row count as JSON. */
const headerBytes = 16;
/** Neighbouring records closer than this are read with the gap between them. */
const gapBytes = 1 << 14;
/** Longest single read or write. */
const blockBytes = 1 << 22;

/** Where each entry lies in a record: in order, each from a multiple of 4 bytes. */
interface RecordShape {
  readonly bytes: number;
  readonly offsets: readonly number[];
}

function recordShape(layout: RowLayout): RecordShape {
  const offsets: number[] = [];
  let bytes = 0;
  for (const { dtype, width } of layout) {
    offsets.push(bytes);
    bytes += Math.ceil((width * (dtype === "uint8" ? 1 : 4)) / 4) * 4;
  }
  return { bytes, offsets };
}

/** Views of one buffer as each entry's type. */
function viewsOf(layout: RowLayout, buffer: ArrayBuffer): RowArray[] {
  return layout.map(({ dtype }) =>
    dtype === "float32"
      ? new Float32Array(buffer)
      : dtype === "int32"
        ? new Int32Array(buffer)
        : new Uint8Array(buffer),
  );
}

/** Copies one entry of consecutive records between a record buffer and a plain array. */
function copyField(
  from: RowArray,
  fromStart: number,
  fromStep: number,
  to: RowArray,
  toStart: number,
  toStep: number,
  width: number,
  count: number,
): void {
  if (width < 32) {
    for (let i = 0; i < count; i++) {
      const a = fromStart + i * fromStep;
      const b = toStart + i * toStep;
      for (let j = 0; j < width; j++) to[b + j] = from[a + j];
    }
    return;
  }
  for (let i = 0; i < count; i++) {
    const a = fromStart + i * fromStep;
    to.set(from.subarray(a, a + width), toStart + i * toStep);
  }
}

/**
 * A writer into a file of fixed-width records, for tables larger than memory. The file is complete once
 * `finish` has returned; `discard` removes it.
 * @throws BackendError IO where the file cannot be written, for example on a full disk.
 */
export function fileRowWriter(layout: RowLayout, path: string): RowStoreWriter {
  const shape = recordShape(layout);
  const perBlock = Math.max(1, Math.floor(blockBytes / Math.max(1, shape.bytes)));
  const block = new ArrayBuffer(perBlock * shape.bytes);
  const views = viewsOf(layout, block);
  const steps = views.map((view) => shape.bytes / view.BYTES_PER_ELEMENT);
  const starts = views.map((view, k) => shape.offsets[k] / view.BYTES_PER_ELEMENT);
  const file = guard(path, () => openSync(path, "w+"));
  let rows = 0;
  let position = guard(path, () => writeAll(file, header(layout, 0), 0));
  return {
    append(count, arrays) {
      checkArrays(layout, count, arrays);
      for (let done = 0; done < count; ) {
        const part = Math.min(perBlock, count - done);
        layout.forEach(({ width }, k) => {
          copyField(arrays[k], done * width, width, views[k], starts[k], steps[k], width, part);
        });
        const bytes = new Uint8Array(block, 0, part * shape.bytes);
        position += guard(path, () => writeAll(file, bytes, position));
        done += part;
        rows += part;
      }
    },
    finish() {
      guard(path, () => {
        writeAll(file, header(layout, rows), 0);
        closeSync(file);
      });
      return openRowFile(layout, path);
    },
    discard() {
      closeSync(file);
      rmSync(path, { force: true });
    },
  };
}

function header(layout: RowLayout, rows: number): Uint8Array {
  // The count is padded so that the header keeps its length.
  const text = JSON.stringify({ rows: String(rows).padStart(16), layout });
  const body = new TextEncoder().encode(text);
  const bytes = new Uint8Array(Math.ceil((headerBytes + body.length) / 8) * 8).fill(0x20);
  bytes.set(new TextEncoder().encode(magic));
  new DataView(bytes.buffer).setUint32(8, bytes.length, true);
  bytes.set(body, headerBytes);
  return bytes;
}

/**
 * Opens a file that `fileRowWriter` wrote. Reads are positioned; rows that lie near each other in the file
 * are read together, so indexes need not be sorted.
 * @throws BackendError IO for a file that is missing, cut off or of another layout.
 */
export function openRowFile(layout: RowLayout, path: string): WrittenRows {
  const shape = recordShape(layout);
  const file = guard(path, () => openSync(path, "r+"));
  const { rows, start } = readHeader(layout, path, file, shape.bytes);
  let block = new ArrayBuffer(Math.max(1 << 16, shape.bytes));
  let views = viewsOf(layout, block);
  let positions = new Int32Array(0);

  const readRun = (first: number, last: number): void => {
    const bytes = (last - first + 1) * shape.bytes;
    if (bytes > block.byteLength) {
      block = new ArrayBuffer(
        Math.min(Math.max(bytes, block.byteLength * 2), blockBytes + shape.bytes + gapBytes),
      );
      views = viewsOf(layout, block);
    }
    const into = new Uint8Array(block, 0, bytes);
    guard(path, () => readAll(path, file, into, start + first * shape.bytes));
  };

  return {
    rows,
    layout,
    filed: true,
    gather(indexes, offset, count, outputs) {
      checkArrays(layout, count, outputs);
      if (positions.length < count) positions = new Int32Array(count);
      const order = sortedPositions(indexes, offset, count, rows, positions.subarray(0, count));
      for (let i = 0; i < count; ) {
        const first = indexes[offset + order[i]];
        let last = first;
        let end = i + 1;
        for (; end < count; end++) {
          const row = indexes[offset + order[end]];
          if ((row - last - 1) * shape.bytes > gapBytes) break;
          if ((row - first + 1) * shape.bytes > blockBytes) break;
          last = row;
        }
        readRun(first, last);
        for (let k = 0; k < layout.length; k++) {
          const { width } = layout[k];
          const view = views[k];
          const step = shape.bytes / view.BYTES_PER_ELEMENT;
          const at = shape.offsets[k] / view.BYTES_PER_ELEMENT;
          for (let j = i; j < end; j++) {
            const from = at + (indexes[offset + order[j]] - first) * step;
            copyField(view, from, step, outputs[k], order[j] * width, width, width, 1);
          }
        }
        i = end;
      }
    },
    put(places, first, arrays) {
      const fields = layout.slice(first, first + arrays.length);
      checkArrays(fields, places.length, arrays);
      const own = recordShape(fields);
      const bytes = new Uint8Array(own.bytes);
      const fieldViews = viewsOf(fields, bytes.buffer);
      places.forEach((row, i) => {
        if (!(row >= 0 && row < rows)) throw rowOutOfRange(row, rows);
        fields.forEach(({ width }, k) => {
          const view = fieldViews[k];
          const at = own.offsets[k] / view.BYTES_PER_ELEMENT;
          copyField(arrays[k], i * width, width, view, at, width, width, 1);
        });
        const at = start + row * shape.bytes + shape.offsets[first];
        guard(path, () => writeAll(file, bytes, at));
      });
    },
    close() {
      closeSync(file);
    },
  };
}

/** Positions `0 … count` in ascending order of the row they ask for. */
function sortedPositions(
  indexes: Int32Array | readonly number[],
  offset: number,
  count: number,
  rows: number,
  order: Int32Array,
): Int32Array {
  let sorted = true;
  for (let i = 0; i < count; i++) {
    const row = indexes[offset + i];
    if (!(row >= 0 && row < rows)) throw rowOutOfRange(row, rows);
    order[i] = i;
    if (i > 0 && row < indexes[offset + i - 1]) sorted = false;
  }
  return sorted ? order : order.sort((a, b) => indexes[offset + a] - indexes[offset + b]);
}

function readHeader(
  layout: RowLayout,
  path: string,
  file: number,
  recordBytes: number,
): { rows: number; start: number } {
  const size = fstatSync(file).size;
  const fail = (came: string) => {
    closeSync(file);
    return new BackendError("IO", `${path}: a file of encoded rows; ${came}`, {
      hint: "remove it; it is made again from the data",
    });
  };
  if (size < headerBytes) throw fail(`it has ${size} bytes`);
  const fixed = new Uint8Array(headerBytes);
  guard(path, () => readAll(path, file, fixed, 0));
  const start = new DataView(fixed.buffer).getUint32(8, true);
  if (new TextDecoder().decode(fixed.subarray(0, 8)) !== magic || start > size) {
    throw fail("it is another file or damaged");
  }
  const body = new Uint8Array(start - headerBytes);
  guard(path, () => readAll(path, file, body, headerBytes));
  let found: { rows: string; layout: RowLayout };
  try {
    found = JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw fail("its header is damaged");
  }
  if (JSON.stringify(found.layout) !== JSON.stringify(layout)) {
    throw fail("its rows have another layout");
  }
  const rows = Number(found.rows);
  if (size !== start + rows * recordBytes) {
    throw fail(`${rows} rows take ${start + rows * recordBytes} bytes, it has ${size}`);
  }
  return { rows, start };
}

function guard<T>(path: string, work: () => T): T {
  return guardFile(path, "encoded rows", work);
}
