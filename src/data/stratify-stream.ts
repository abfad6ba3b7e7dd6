import { Random } from "../core/random.ts";
import { type Column, cell, columnOf, isMissing, type Table } from "./columns.ts";
import { PackedSplit } from "./row-set.ts";
import { checkFractions, partSizes, type SplitOptions } from "./split.ts";
import { quantileBins, type StrataOptions } from "./stratify.ts";

/** What reads the columns to keep balanced, from the first row at each call. */
export type ReadBatches = () => AsyncIterable<Table> | Iterable<Table>;

/** Numbers of a column that its quantiles are taken from. */
const sampledNumbers = 1 << 16;
/** Distinct values of a column that are counted; what comes first beyond them counts as rare. */
const countedValues = 1 << 16;
/** How strongly a part that lacks a label is favoured: e^strength a row lacked. */
const strength = 2;

/**
 * Splits rows as `stratifiedSplit` does, but in two passes that hold nothing of a row but its part: one
 * that finds the labels, one that deals each row as it comes by a biased coin to the part that lacks its
 * labels most (minimisation; pocock1975). Sizes of parts are exact; labels are within a few rows of
 * their shares. Quantiles of a number column come from 65,536 numbers drawn at random.
 * @throws as `randomSplit` does.
 */
export async function streamedStratifiedSplit(
  read: ReadBatches,
  names: readonly string[],
  rows: number,
  options: SplitOptions & StrataOptions,
): Promise<PackedSplit> {
  const shares = checkFractions(options.fractions);
  const sizes = partSizes(rows, shares);
  const columns = names.map((name) => new ColumnLabels(name, options));
  for await (const table of read()) {
    for (const column of columns) column.look(columnOf(table, column.name));
  }
  // Label 0 is that of every row, which keeps the parts' sizes in step.
  let labels = 1;
  for (const column of columns) labels = column.settle(labels);
  const deal = new Dealer(sizes, labels, Random.from(options.seed, "split", "streamed"));
  const split = new PackedSplit(rows);
  let row = 0;
  for await (const table of read()) {
    const labelsOf = columns.map((column) => column.reader(columnOf(table, column.name)));
    for (let i = 0; i < table.rows; i++) {
      const ids = [0];
      for (const labelOf of labelsOf) labelOf(i, ids);
      split.place(row++, deal.next(ids));
    }
  }
  return split;
}

/** The labels of one column: its values, elements of lists, or quantile bins. */
class ColumnLabels {
  readonly name: string;
  private readonly options: StrataOptions;
  private readonly random: Random;
  private readonly counts = new Map<string | number, number>();
  private readonly sample = new Float64Array(sampledNumbers);
  private numbers = 0;
  private binOf: ((value: number) => number) | undefined;
  private readonly ids = new Map<string | number, number>();
  private rare = 0;

  constructor(name: string, options: SplitOptions & StrataOptions) {
    this.name = name;
    this.options = options;
    this.random = Random.from(options.seed, "split", "quantiles", name);
  }

  look(column: Column): void {
    const numeric = column.storage === "number" || column.storage === "datetime";
    for (let row = 0; row < column.length; row++) {
      if (numeric && !isMissing(column, row)) this.draw(column.values[row]);
      else for (const key of keysOf(column, row)) this.count(key);
    }
  }

  /** Keeps each number so far with equal chance. */
  private draw(value: number): void {
    const at = this.numbers++;
    const slot = at < sampledNumbers ? at : this.random.integer(at + 1);
    if (slot < sampledNumbers) this.sample[slot] = value;
  }

  private count(key: string | number): void {
    const known = this.counts.get(key);
    if (known !== undefined) this.counts.set(key, known + 1);
    else if (this.counts.size < countedValues) this.counts.set(key, 1);
  }

  /** Numbers the labels from `first`; returns the next free number. */
  settle(first: number): number {
    const { bins = 10, maxValues = 1000 } = this.options;
    const drawn = this.sample.slice(0, Math.min(this.numbers, sampledNumbers));
    if (this.numbers > 0) {
      this.binOf = quantileBins(drawn, new Uint8Array(drawn.length).fill(1), bins);
      for (const value of drawn) this.count(this.binOf(value));
    }
    // As in memory: values that occur once, and those beyond the limit, share a label.
    const kept = [...this.counts].filter(([, count]) => count > 1).sort((a, b) => b[1] - a[1]);
    this.rare = first;
    for (const [key] of kept.slice(0, maxValues)) this.ids.set(key, first + 1 + this.ids.size);
    return first + 1 + this.ids.size;
  }

  /** Adds the labels of a row of a batch to a list. */
  reader(column: Column): (row: number, into: number[]) => void {
    const { ids, rare, binOf } = this;
    if ((column.storage === "number" || column.storage === "datetime") && binOf) {
      const { values } = column;
      const missing = ids.get("missing") ?? rare;
      return (row, into) =>
        into.push(isMissing(column, row) ? missing : (ids.get(binOf(values[row])) ?? rare));
    }
    return (row, into) => {
      for (const key of keysOf(column, row)) into.push(ids.get(key) ?? rare);
    };
  }
}

/** What tells the labels of a row apart, the same in every batch. */
function keysOf(column: Column, row: number): Iterable<string> {
  if (isMissing(column, row)) return ["missing"];
  if (column.storage === "bytes") return ["present"];
  if (column.storage === "list") {
    return new Set((column.values[row] ?? []).map((item) => `=${String(item)}`));
  }
  return [`=${String(cell(column, row))}`];
}

/** Deals rows one after another. */
class Dealer {
  private readonly shares: readonly number[];
  private readonly left: number[];
  /** Rows with each label so far, and of them those in each part. */
  private readonly seen: Int32Array;
  private readonly placed: readonly Int32Array[];
  private readonly random: Random;

  constructor(sizes: readonly number[], labels: number, random: Random) {
    const rows = sizes.reduce((sum, size) => sum + size, 0);
    this.shares = sizes.map((size) => size / rows);
    this.left = [...sizes];
    this.seen = new Int32Array(labels);
    this.placed = sizes.map(() => new Int32Array(labels));
    this.random = random;
  }

  /** The part of the next row, which has these labels. */
  next(ids: readonly number[]): number {
    const { shares, left, seen, placed, random } = this;
    for (const id of ids) seen[id]++;
    let total = 0;
    // The odds of a part: its share, and what it lacks of the row's labels.
    const odds = shares.map((share, j) => {
      if (left[j] === 0) return 0;
      let lacking = 0;
      for (const id of ids) lacking += share * seen[id] - placed[j][id];
      const odd = share * Math.exp(Math.max(-30, Math.min(30, strength * lacking)));
      total += odd;
      return odd;
    });
    let at = random.uniform() * total;
    let part = -1;
    for (let j = 0; j < odds.length; j++) {
      if (odds[j] === 0) continue;
      part = j;
      at -= odds[j];
      if (at < 0) break;
    }
    left[part]--;
    for (const id of ids) placed[part][id]++;
    return part;
  }
}
