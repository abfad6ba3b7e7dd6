import type { Random } from "../core/random.ts";
import { type Column, cell, isMissing } from "./columns.ts";
import type { Strata } from "./stratify.ts";

/** Rows by group, in order of first use; a row whose group cell is missing is a group of its own. */
export function groupRows(column: Column): number[][] {
  const groups = new Map<unknown, number[]>();
  for (let row = 0; row < column.length; row++) {
    const key = isMissing(column, row)
      ? Symbol()
      : column.storage === "string"
        ? column.codes[row]
        : String(cell(column, row));
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return [...groups.values()];
}

/**
 * Deals whole groups into parts, each next group to the part where it brings sizes, and label counts
 * where strata are given, nearest to the shares. No part with a share stays empty where there are
 * enough groups. Returns the part of each row.
 */
export function dealGroups(
  groups: readonly number[][],
  shares: readonly number[],
  random: Random,
  strata?: Strata,
): Int32Array {
  const rows = groups.reduce((sum, group) => sum + group.length, 0);
  const order = Array.from(random.permutation(groups.length), (k) => groups[k]);
  // Big groups are hard to fit in late. Sorting is stable, so equal sizes stay shuffled.
  order.sort((a, b) => Math.log2(b.length) - Math.log2(a.length));
  const wantedRows = shares.map((share) => share * rows);
  const wanted = strata && wantedLabels(strata, shares);
  const empty = new Set(shares.flatMap((share, j) => (share > 0 ? [j] : [])));
  const part = new Int32Array(rows);
  order.forEach((group, k) => {
    const labels = strata && labelCounts(strata, group);
    const must = order.length - k <= empty.size;
    let best = -1;
    let bestGain = Number.NEGATIVE_INFINITY;
    for (let j = 0; j < shares.length; j++) {
      if (shares[j] === 0 || (must && !empty.has(j))) continue;
      let gain = closer(wantedRows[j], group.length, shares[j] * rows);
      if (wanted && labels) {
        for (const [id, count] of labels) {
          gain += closer(wanted[j][id], count, Math.max(1, shares[j] * wanted[shares.length][id]));
        }
      }
      if (gain > bestGain) {
        best = j;
        bestGain = gain;
      }
    }
    empty.delete(best);
    wantedRows[best] -= group.length;
    if (wanted && labels) for (const [id, count] of labels) wanted[best][id] -= count;
    for (const row of group) part[row] = best;
  });
  return part;
}

/** How much of a relative squared shortfall goes away when `count` is added. */
function closer(lacking: number, count: number, share: number): number {
  return (lacking ** 2 - (lacking - count) ** 2) / (share * Math.max(1, share));
}

/** What each part lacks of each label, and in the last row the label totals. */
function wantedLabels(strata: Strata, shares: readonly number[]): Float64Array[] {
  const totals = new Float64Array(strata.labels);
  for (const id of strata.ids) totals[id]++;
  return [...shares.map((share) => totals.map((count) => count * share)), totals];
}

function labelCounts(strata: Strata, rows: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const row of rows) {
    for (let k = strata.starts[row]; k < strata.starts[row + 1]; k++) {
      counts.set(strata.ids[k], (counts.get(strata.ids[k]) ?? 0) + 1);
    }
  }
  return counts;
}
