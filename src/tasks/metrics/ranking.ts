/** Ranks among candidates, with ties shared: what would come out on average if ties were broken at random. */

/** Where one wanted item stands: how many candidates are more alike, and how many just as alike (it included). */
export interface Standing {
  readonly above: number;
  readonly tied: number;
}

/** The expected rank, from 1. */
export function expectedRank({ above, tied }: Standing): number {
  return above + (tied + 1) / 2;
}

/** The chance that the item is among the first k. */
export function hitAt({ above, tied }: Standing, k: number): number {
  return Math.min(1, Math.max(0, (k - above) / tied));
}

/** The expected reciprocal of the rank. */
export function reciprocalRank({ above, tied }: Standing): number {
  if (tied > 1000) return Math.log((above + tied + 0.5) / (above + 0.5)) / tied;
  let sum = 0;
  for (let j = 1; j <= tied; j++) sum += 1 / (above + j);
  return sum / tied;
}

/**
 * The average precision of a ranking in which items of equal similarity stand in random order, as its
 * expectation; NaN where nothing is relevant. @cite mcsherry2008
 * @param order candidates, the most alike first.
 */
export function averagePrecision(
  order: ArrayLike<number>,
  similarity: (candidate: number) => number,
  relevant: (candidate: number) => boolean,
): number {
  let sum = 0;
  let found = 0;
  for (let start = 0; start < order.length; ) {
    let end = start;
    let hits = 0;
    const value = similarity(order[start]);
    while (end < order.length && similarity(order[end]) === value) {
      if (relevant(order[end])) hits++;
      end++;
    }
    const size = end - start;
    if (hits > 0) {
      const step = size > 1 ? (hits - 1) / (size - 1) : 0;
      for (let j = 0; j < size; j++)
        sum += ((found + 1 + j * step) / (start + j + 1)) * (hits / size);
    }
    found += hits;
    start = end;
  }
  return found === 0 ? Number.NaN : sum / found;
}
