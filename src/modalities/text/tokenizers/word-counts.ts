/** Distinct words counted before those seen once are forgotten, to bound memory. */
const wordLimit = 2_000_000;

/** How often each word occurs. */
export class WordCounts {
  private readonly counts = new Map<string, number>();

  add(word: string): void {
    this.counts.set(word, (this.counts.get(word) ?? 0) + 1);
    if (this.counts.size <= wordLimit) return;
    for (const [rare, count] of this.counts) if (count === 1) this.counts.delete(rare);
  }

  /** Words by code unit order, so that nothing depends on which came first. */
  sorted(): [word: string, count: number][] {
    return [...this.counts].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** The most frequent ones, equal ones by code unit order. */
  mostFrequent(most: number, least: number): string[] {
    return this.sorted()
      .filter(([, count]) => count >= least)
      .sort(([, m], [, n]) => n - m)
      .slice(0, most)
      .map(([word]) => word);
  }
}
