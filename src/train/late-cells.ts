/** Cells kept as they were read until their turn to be encoded comes, in whichever order of rows. */
import { take } from "../data/columns.ts";
import type { NumberedBatch } from "./numbered-batches.ts";

/** Rows of one table, and their places among the rows of the part. */
export interface PlacedBatch {
  readonly places: Int32Array;
  readonly batch: NumberedBatch;
}

/** The kept cells of a part. */
export interface LateCells {
  /** The cells of some rows of the part, those that came in one batch together. */
  read(places: Int32Array): PlacedBatch[];
  close(): void;
}

/** Takes cells in the order of the rows and turns into all of them. */
export interface LateCellsWriter {
  append(batch: NumberedBatch): void;
  finish(): LateCells;
  /** Gives up the cells written so far. */
  discard(): void;
}

/** Makes the writer of the cells of some columns. */
export type MakeLateCells = (columns: readonly string[]) => LateCellsWriter;

/** Keeps the columns as they are: where the table is in memory anyway, that takes no more. */
export function memoryLateCells(columns: readonly string[]): LateCellsWriter {
  const batches: { readonly first: number; readonly batch: NumberedBatch }[] = [];
  let rows = 0;
  const close = () => {
    batches.length = 0;
  };
  return {
    append(batch) {
      const own = [...batch.table.columns].filter(([name]) => columns.includes(name));
      const table = { ...batch.table, columns: new Map(own) };
      batches.push({ first: rows, batch: { ...batch, table } });
      rows += table.rows;
    },
    finish: () => ({
      read: (places) =>
        [...groupedByStart(batches, places)].map(([{ first, batch }, own]) => {
          const local = own.map((place) => place - first);
          const numberOf = (row: number) => batch.numberOf(local[row]);
          const picked = [...batch.table.columns].map(
            ([name, column]) => [name, take(column, local)] as const,
          );
          const table = { ...batch.table, columns: new Map(picked), rows: local.length };
          return { places: own, batch: { table, first: numberOf(0), numberOf } };
        }),
      close,
    }),
    discard: close,
  };
}

/** Places by what holds them, in the order asked. Those who hold are in order of their first place. */
export function groupedByStart<Holder extends { readonly first: number }>(
  holders: readonly Holder[],
  places: Int32Array,
): Map<Holder, Int32Array> {
  const groups = new Map<Holder, number[]>();
  for (const place of places) {
    let [low, high] = [0, holders.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (holders[middle].first <= place) low = middle;
      else high = middle - 1;
    }
    const group = groups.get(holders[low]);
    if (group) group.push(place);
    else groups.set(holders[low], [place]);
  }
  return new Map([...groups].map(([holder, own]) => [holder, Int32Array.from(own)]));
}
