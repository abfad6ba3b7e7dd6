/** Word pieces: learning which to join, and finding them in words. */
import { type Pair, PairCorpus } from "./pair-corpus.ts";

/** Before a piece that does not begin its word. */
const inside = "##";

/** Words longer than this are not looked into. */
const longestWord = 100;

/** x·log x, 0 at 0. */
function xlogx(x: number): number {
  return x > 0 ? x * Math.log(x) : 0;
}

/** The characters of a word, those after the first marked as inside. */
function charactersOf(word: string): string[] {
  return Array.from(word, (character, i) => (i === 0 ? character : inside + character));
}

/**
 * How much joining a pair raises the log likelihood of the corpus, in which each piece has the
 * probability of its share: the sum of c·log c over pieces, less that of all together, after and before.
 */
function gain({ left, right, count }: Pair, counts: readonly number[], total: number): number {
  const joined = left === right ? Math.min(count, Math.floor(counts[left] / 2)) : count;
  const rest =
    left === right
      ? xlogx(counts[left] - 2 * joined) - xlogx(counts[left])
      : xlogx(counts[left] - joined) -
        xlogx(counts[left]) +
        xlogx(counts[right] - joined) -
        xlogx(counts[right]);
  return xlogx(joined) + rest - xlogx(total - joined) + xlogx(total);
}

/** The pairs of greatest gain that share no piece, up to `count`; of equals that of the lowest pieces. */
function best(corpus: PairCorpus, count: number, least: number): Pair[] {
  const total = corpus.unitCounts.reduce((sum, c) => sum + c, 0);
  const scored: { readonly pair: Pair; readonly gain: number }[] = [];
  for (const pair of corpus.pairs.values()) {
    if (pair.count < least) continue;
    const value = gain(pair, corpus.unitCounts, total);
    if (value > 0) scored.push({ pair, gain: value });
  }
  // Pairs share pieces, so more of them are looked at than are taken.
  const gains = Float64Array.from(scored, (one) => one.gain).sort();
  const bound = gains[Math.max(0, gains.length - 8 * count)];
  const order = scored
    .filter((one) => one.gain >= bound)
    .sort((a, b) => b.gain - a.gain || a.pair.left - b.pair.left || a.pair.right - b.pair.right);
  const used = new Set<number>();
  const taken: Pair[] = [];
  for (const { pair } of order) {
    if (taken.length === count) break;
    if (used.has(pair.left) || used.has(pair.right)) continue;
    used.add(pair.left).add(pair.right);
    taken.push(pair);
  }
  return taken;
}

/**
 * Learns pieces: the characters of the words, then again and again the joined pair that raises the
 * likelihood of the corpus most, several that do not touch each other at a time, until there are
 * `vocabulary` pieces or no pair that occurs `least` times raises it. @cite schuster2012
 */
export function learnPieces(
  words: readonly (readonly [word: string, count: number])[],
  vocabulary: number,
  least: number,
): string[] {
  const seen = new Map<string, number>();
  const short = words.filter(([word]) => word.length <= longestWord);
  for (const [word, count] of short) {
    for (const character of charactersOf(word))
      seen.set(character, (seen.get(character) ?? 0) + count);
  }
  const pieces = [...seen]
    .filter(([, count]) => count >= least)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, vocabulary)
    .map(([character]) => character);
  const numbers = new Map(pieces.map((piece, i) => [piece, i]));
  const corpus = new PairCorpus(
    short.flatMap(([word, count]) => {
      const units = charactersOf(word).map((character) => numbers.get(character));
      return units.includes(undefined) ? [] : [[units as number[], count] as const];
    }),
  );
  while (pieces.length < vocabulary) {
    const room = vocabulary - pieces.length;
    const pairs = best(corpus, Math.max(1, Math.floor(room / 20)), least);
    if (pairs.length === 0) break;
    for (const pair of pairs) {
      const joined = pieces[pair.left] + pieces[pair.right].slice(inside.length);
      let number = numbers.get(joined);
      if (number === undefined) {
        number = pieces.length;
        pieces.push(joined);
        numbers.set(joined, number);
      }
      corpus.join(pair, number);
    }
  }
  return pieces;
}

/** Cuts words into the longest pieces there are, from the left. @cite devlin2019 */
export class PieceFinder {
  private readonly idOf: ReadonlyMap<string, number>;
  private readonly unknown: number;
  private readonly longest: number;

  constructor(idOf: ReadonlyMap<string, number>, unknown: number) {
    this.idOf = idOf;
    this.unknown = unknown;
    this.longest = [...idOf.keys()].reduce((most, piece) => Math.max(most, piece.length), 0);
  }

  /** The ids of a word's pieces; the unknown one alone where not all of it is pieces. */
  of(word: string): number[] {
    const ids: number[] = [];
    if (word.length > longestWord) return [this.unknown];
    for (let start = 0; start < word.length; ) {
      const prefix = start === 0 ? "" : inside;
      let end = Math.min(word.length, start + this.longest);
      let id: number | undefined;
      for (; end > start; end--) {
        id = this.idOf.get(prefix + word.slice(start, end));
        if (id !== undefined) break;
      }
      if (id === undefined) return [this.unknown];
      ids.push(id);
      start = end;
    }
    return ids;
  }
}
