import type { OpenedEncoder } from "./opened.ts";
import { vectorKey } from "./vector-cache.ts";

/** A cell on its way through a frozen encoder. */
export interface FrozenCell {
  readonly row: number;
  /** The bytes that the vector depends on, besides the settings. */
  readonly content: string | Uint8Array;
  /** Cells of one group may be computed together: texts of about one length. */
  readonly group: number;
}

/**
 * Gives each cell its vector: from the cache on disk where the same cell was encoded before, else computed in
 * batches of one size, so that a vector does not depend on which cells are encoded beside it.
 * @param settings names all that a vector depends on besides the encoder and the cell.
 * @param run encodes up to `batch` cells of one group.
 */
export async function encodeFrozen<Cell extends FrozenCell>(
  encoder: OpenedEncoder,
  settings: string,
  cells: readonly Cell[],
  size: number,
  batch: number,
  run: (cells: readonly Cell[], group: number) => Promise<Float32Array>,
  out: Float32Array,
): Promise<void> {
  const cache = encoder.vectors(settings, size);
  const keys = cells.map(({ content }) => vectorKey(content));
  const waiting = new Map<string, Cell>();
  cells.forEach((cell, i) => {
    if (!cache.has(keys[i])) waiting.set(keys[i], cell);
  });
  // Cells that occur twice in a table are computed once.
  const byGroup = new Map<number, [string, Cell][]>();
  for (const [key, cell] of waiting) {
    const group = byGroup.get(cell.group);
    if (group) group.push([key, cell]);
    else byGroup.set(cell.group, [[key, cell]]);
  }
  for (const [group, entries] of [...byGroup].sort(([a], [b]) => a - b)) {
    const vectors = new Float32Array(entries.length * size);
    for (let at = 0; at < entries.length; at += batch) {
      const some = entries.slice(at, at + batch).map(([, cell]) => cell);
      const full = [...some, ...new Array<Cell>(batch - some.length).fill(some[0])];
      const computed = await run(full, group);
      vectors.set(computed.subarray(0, some.length * size), at * size);
    }
    cache.add(
      entries.map(([key]) => key),
      vectors,
    );
  }
  encoder.counts.computed += waiting.size;
  encoder.counts.found += cells.length - waiting.size;
  cells.forEach(({ row }, i) => {
    cache.copy(keys[i], out.subarray(row * size, (row + 1) * size));
  });
}
