/** Numbers of rows, ascending, read piece by piece. */
export interface RowSet {
  readonly length: number;
  /** Those of the set from `first` up to but not `end`. */
  between(first: number, end: number): Int32Array;
}

/** Numbers of rows as an array, or as a set that holds none of them as a number. */
export type Rows = Int32Array | RowSet;

const names = ["train", "validation", "test"] as const;

/**
 * A split that holds two bits a row instead of row numbers, for tables larger than memory. Its arrays are
 * made when they are asked for and not held.
 */
export class PackedSplit {
  /** Rows of each part. */
  private readonly sizes = [0, 0, 0];
  private readonly bits: Uint8Array;
  private readonly rows: number;
  private readonly made: (WeakRef<Int32Array> | undefined)[] = [];

  constructor(rows: number) {
    this.rows = rows;
    this.bits = new Uint8Array(Math.ceil(rows / 4));
    this.sizes[0] = rows;
  }

  /** Packs the part (0, 1, 2) of each row. */
  static of(parts: Uint8Array): PackedSplit {
    const split = new PackedSplit(parts.length);
    for (let row = 0; row < parts.length; row++) split.place(row, parts[row]);
    return split;
  }

  /** Moves a training row to a part: 1 is validation, 2 the test. */
  place(row: number, part: number): void {
    if (part === 0) return;
    this.bits[row >> 2] |= part << (2 * (row & 3));
    this.sizes[0]--;
    this.sizes[part]++;
  }

  get train(): Int32Array {
    return this.array(0);
  }

  get validation(): Int32Array {
    return this.array(1);
  }

  get test(): Int32Array {
    return this.array(2);
  }

  set(name: (typeof names)[number]): RowSet {
    const part = names.indexOf(name);
    return { length: this.sizes[part], between: (first, end) => this.between(part, first, end) };
  }

  private between(part: number, first: number, end: number): Int32Array {
    const stop = Math.min(end, this.rows);
    const found = new Int32Array(Math.max(0, Math.min(this.sizes[part], stop - first)));
    let count = 0;
    for (let row = first; row < stop; row++) {
      if (((this.bits[row >> 2] >> (2 * (row & 3))) & 3) === part) found[count++] = row;
    }
    return found.subarray(0, count);
  }

  private array(part: number): Int32Array {
    const known = this.made[part]?.deref();
    if (known) return known;
    const array = this.between(part, 0, this.rows);
    this.made[part] = new WeakRef(array);
    return array;
  }
}

/** Rows of a set that are looked through for the next ones at a time. */
const lookedThrough = 1 << 14;

/** Gives numbers of rows in order, some at a time. */
export class RowNumbers {
  private readonly rows: Rows;
  /** Numbers given so far; where to look next, and what was found there and not given. */
  private given = 0;
  private next = 0;
  private found: Int32Array = new Int32Array(0);

  constructor(rows: Rows) {
    this.rows = rows;
  }

  /** The next numbers; fewer where there are no more. */
  take(count: number): Int32Array {
    const { rows } = this;
    const wanted = Math.min(count, rows.length - this.given);
    const first = this.given;
    this.given += wanted;
    if (rows instanceof Int32Array) return rows.subarray(first, this.given);
    const taken = new Int32Array(wanted);
    for (let filled = 0; filled < wanted; ) {
      if (this.found.length === 0) {
        this.found = rows.between(this.next, this.next + lookedThrough);
        this.next += lookedThrough;
      }
      const part = this.found.subarray(0, wanted - filled);
      taken.set(part, filled);
      filled += part.length;
      this.found = this.found.subarray(part.length);
    }
    return taken;
  }
}

/** The rows of each part of a split. */
export interface SplitArrays {
  readonly train: Int32Array;
  readonly validation: Int32Array;
  readonly test: Int32Array;
}

/** The rows of one part of a split, as it holds them. */
export function rowsOfPart(split: SplitArrays, name: (typeof names)[number]): Rows {
  return split instanceof PackedSplit ? split.set(name) : split[name];
}

/** The same split in two bits a row. */
export function packSplit(split: SplitArrays): PackedSplit {
  const packed = new PackedSplit(names.reduce((sum, name) => sum + split[name].length, 0));
  for (const row of split.validation) packed.place(row, 1);
  for (const row of split.test) packed.place(row, 2);
  return packed;
}
