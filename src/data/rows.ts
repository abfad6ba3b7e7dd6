import { ShapeError } from "../core/errors.ts";

export type RowDType = "float32" | "int32" | "uint8";
export type RowArray = Float32Array | Int32Array | Uint8Array;

/** One entry of an encoded row: `width` elements of one type. */
export interface RowField {
  readonly name: string;
  readonly dtype: RowDType;
  readonly width: number;
}

export type RowLayout = readonly RowField[];

/** Encoded rows of fixed width, read by index: what a training step takes its batch from. */
export interface RowStore {
  readonly rows: number;
  readonly layout: RowLayout;
  /** True where rows are read from a file: there may be too many to hold anything for each of them. */
  readonly filed?: boolean;
  /**
   * Copies the rows `rows[offset … offset + count)` into `outputs`, one array for each layout entry, row
   * after row from element 0.
   * @throws ShapeError SHAPE_MISMATCH for an index out of range or an output that is too short.
   */
  gather(
    rows: Int32Array | readonly number[],
    offset: number,
    count: number,
    outputs: readonly RowArray[],
  ): void;
  /** The same rows with some of the entries, by place and under other names, where that costs nothing. */
  select?(entries: readonly { readonly at: number; readonly name: string }[]): RowStore;
  /** Where rows are still being made while others are read; absent where all are there. */
  readonly arrival?: Arrival;
  /** Frees memory or closes the file. */
  close(): void;
}

/** Rows in an order, by place; one that is computed need not be held. */
export interface PlacedOrder {
  readonly length: number;
  at(place: number): number | undefined;
}

/** Rows that arrive while a store is in use: none may be gathered before it is ready. */
export interface Arrival {
  /**
   * Tells which rows will be asked for, from place `first` on: they are made in that order, before all others. The
   * order is looked at as rows are made, and not copied.
   */
  expect(order: PlacedOrder, first?: number): void;
  /**
   * Waits for the rows `rows[offset … offset + count)`, which are made next; without them for all rows, as they come.
   * @throws what kept a row from being made.
   */
  ready(rows?: Int32Array | readonly number[], offset?: number, count?: number): Promise<void>;
}

/** A store whose rows can be written once more. */
export interface WrittenRows extends RowStore {
  /** Writes `arrays[k]`, row after row from element 0, to entry `first + k` of the rows `rows`. */
  put(rows: Int32Array, first: number, arrays: readonly RowArray[]): void;
}

/** Takes encoded rows in order and turns into the store that holds them. */
export interface RowStoreWriter {
  /** Adds `count` rows; `arrays[k]` holds `count × width` elements of layout entry k. */
  append(count: number, arrays: readonly RowArray[]): void;
  finish(): WrittenRows;
  /** Gives up the rows written so far. */
  discard(): void;
}

/** A typed array for rows of one layout entry. */
function allocateRows(field: RowField, rows: number): RowArray {
  const length = rows * field.width;
  switch (field.dtype) {
    case "float32":
      return new Float32Array(length);
    case "int32":
      return new Int32Array(length);
    case "uint8":
      return new Uint8Array(length);
  }
}

/** Arrays for `rows` rows of a layout, one for each entry. */
export function allocateBatch(layout: RowLayout, rows: number): RowArray[] {
  return layout.map((field) => allocateRows(field, rows));
}

/** @throws ShapeError SHAPE_MISMATCH for a wrong number, type or length of arrays. */
export function checkArrays(layout: RowLayout, count: number, arrays: readonly RowArray[]): void {
  if (arrays.length !== layout.length) {
    throw new ShapeError(
      "SHAPE_MISMATCH",
      `rows: ${layout.length} arrays, one an entry; got ${arrays.length}`,
    );
  }
  layout.forEach((field, k) => {
    const array = arrays[k];
    if (array.length < count * field.width || array.constructor !== arrayType[field.dtype]) {
      throw new ShapeError(
        "SHAPE_MISMATCH",
        `rows, entry ${field.name}: ${field.dtype} of ${count} × ${field.width} elements; got ${array.constructor.name} of ${array.length}`,
      );
    }
  });
}

const arrayType = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array } as const;

export function rowOutOfRange(row: number, rows: number): ShapeError {
  return new ShapeError("SHAPE_MISMATCH", `rows: an index from 0 to ${rows - 1}; got ${row}`);
}

/** Copies of at least this many elements go through `set`, shorter ones through a loop. */
const blockElements = 32;

/** A store over arrays in memory, `arrays[k]` of `rows × width` elements; the arrays are not copied. */
export function memoryRowStore(
  layout: RowLayout,
  rows: number,
  arrays: readonly RowArray[],
): RowStore {
  checkArrays(layout, rows, arrays);
  return {
    rows,
    layout,
    gather(indexes, offset, count, outputs) {
      checkArrays(layout, count, outputs);
      for (let i = offset; i < offset + count; i++) {
        if (!(indexes[i] >= 0 && indexes[i] < rows)) throw rowOutOfRange(indexes[i], rows);
      }
      for (let k = 0; k < layout.length; k++) {
        gatherField(arrays[k], layout[k].width, indexes, offset, count, outputs[k]);
      }
    },
    select: (entries) =>
      memoryRowStore(
        entries.map(({ at, name }) => ({ ...layout[at], name })),
        rows,
        entries.map(({ at }) => arrays[at]),
      ),
    close() {},
  };
}

function gatherField(
  source: RowArray,
  width: number,
  indexes: Int32Array | readonly number[],
  offset: number,
  count: number,
  out: RowArray,
): void {
  if (width === 1) {
    for (let i = 0; i < count; i++) out[i] = source[indexes[offset + i]];
    return;
  }
  for (let i = 0; i < count; ) {
    const row = indexes[offset + i];
    let run = 1;
    while (i + run < count && indexes[offset + i + run] === row + run) run++;
    const length = run * width;
    const from = row * width;
    const to = i * width;
    if (length >= blockElements) out.set(source.subarray(from, from + length), to);
    else for (let j = 0; j < length; j++) out[to + j] = source[from + j];
    i += run;
  }
}

/** A writer into memory; `capacity` rows are allocated at once, more as they come. */
export function memoryRowWriter(layout: RowLayout, capacity = 1024): RowStoreWriter {
  let arrays = allocateBatch(layout, capacity);
  let room = capacity;
  let rows = 0;
  return {
    append(count, parts) {
      checkArrays(layout, count, parts);
      if (rows + count > room) {
        room = Math.max(rows + count, room * 2);
        arrays = arrays.map((old, k) => {
          const grown = allocateRows(layout[k], room);
          grown.set(old.subarray(0, rows * layout[k].width));
          return grown;
        });
      }
      layout.forEach(({ width }, k) => {
        arrays[k].set(parts[k].subarray(0, count * width), rows * width);
      });
      rows += count;
    },
    finish() {
      const kept =
        rows === room ? arrays : arrays.map((a, k) => a.slice(0, rows * layout[k].width));
      return {
        ...memoryRowStore(layout, rows, kept),
        put(places, first, parts) {
          checkArrays(layout.slice(first, first + parts.length), places.length, parts);
          parts.forEach((part, k) => {
            const { width } = layout[first + k];
            places.forEach((row, i) => {
              kept[first + k].set(part.subarray(i * width, (i + 1) * width), row * width);
            });
          });
        },
      };
    },
    discard() {
      arrays = [];
    },
  };
}

/**
 * The rows of a store with some of its entries, `from` by name, under the names `to`. Closing it leaves the
 * store open.
 * @throws ShapeError SHAPE_MISMATCH for an entry that there is not.
 */
export function selectEntries(
  store: RowStore,
  renamed: readonly { readonly from: string; readonly to: string }[],
): RowStore {
  const entries = renamed.map(({ from, to }) => {
    const at = store.layout.findIndex((field) => field.name === from);
    if (at >= 0) return { at, name: to };
    throw new ShapeError("SHAPE_MISMATCH", `rows: an entry of the store; ${from} is none`);
  });
  const selected = store.select?.(entries);
  if (selected) return selected;
  const { rows } = store;
  const layout = entries.map(({ at, name }) => ({ ...store.layout[at], name }));
  let unread: RowArray[] = [];
  return {
    rows,
    layout,
    gather(indexes, offset, count, outputs) {
      checkArrays(layout, count, outputs);
      if (unread.length === 0 || unread[0].length < count * store.layout[0].width)
        unread = allocateBatch(store.layout, count);
      const into = [...unread];
      entries.forEach(({ at }, k) => {
        into[at] = outputs[k];
      });
      store.gather(indexes, offset, count, into);
    },
    ...(store.arrival && { arrival: store.arrival }),
    close() {},
  };
}
