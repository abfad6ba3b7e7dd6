/** Byte pair encoding: learning which bytes and pieces to join, and joining them. */
import { type Pair, PairCorpus } from "./pair-corpus.ts";
import { PairQueue } from "./pair-queue.ts";

const utf8 = new TextEncoder();

/**
 * The unit of each byte: printable ones first, in the order of the vocabularies that byte-level tokenizers
 * usually have.
 */
export const unitOfByte: readonly number[] = (() => {
  const printable = (b: number) => (b > 32 && b < 127) || (b > 160 && b !== 173);
  const bytes = Array.from({ length: 256 }, (_, b) => b);
  const order = [...bytes.filter(printable), ...bytes.filter((b) => !printable(b))];
  const units = new Array<number>(256);
  order.forEach((byte, unit) => {
    units[byte] = unit;
  });
  return units;
})();

/** The units of a piece of text before any are joined: its UTF-8 bytes; a lone surrogate is U+FFFD. */
export function bytesOf(piece: string): number[] {
  return Array.from(utf8.encode(piece), (byte) => unitOfByte[byte]);
}

/** What units stand for, as bytes in a string, and the number of each such string. */
class Units {
  private readonly contents: string[] = [];
  private readonly numbers = new Map<string, number>();

  constructor() {
    const byteOf = new Array<number>(256);
    unitOfByte.forEach((unit, byte) => {
      byteOf[unit] = byte;
    });
    for (const byte of byteOf) this.number(String.fromCharCode(byte));
  }

  get count(): number {
    return this.contents.length;
  }

  private number(content: string): number {
    let unit = this.numbers.get(content);
    if (unit === undefined) {
      unit = this.contents.length;
      this.contents.push(content);
      this.numbers.set(content, unit);
    }
    return unit;
  }

  /** The unit that joins two; the same where other two made the same bytes. */
  joined(left: number, right: number): number {
    return this.number(this.contents[left] + this.contents[right]);
  }
}

/**
 * Learns joins: again and again the most frequent pair, of equals the one of the lowest units, until there
 * are `vocabulary` units or no pair occurs `least` times. @cite sennrich2016
 * @returns the joined pairs in order, flat.
 */
export function learnJoins(
  pieces: readonly (readonly [piece: string, count: number])[],
  vocabulary: number,
  least: number,
): number[] {
  const corpus = new PairCorpus(pieces.map(([piece, count]) => [bytesOf(piece), count]));
  const units = new Units();
  const queue = new PairQueue(corpus.pairs.values());
  const joins: number[] = [];
  while (units.count < vocabulary) {
    const pair: Pair | undefined = queue.take();
    if (pair === undefined || pair.count < least) break;
    joins.push(pair.left, pair.right);
    for (const grown of corpus.join(pair, units.joined(pair.left, pair.right))) queue.add(grown);
  }
  return joins;
}

/** Joins the bytes of pieces of text in the order that was learned. */
export class Joiner {
  /** Number of units. */
  readonly count: number;
  private readonly ranks = new Map<number, { readonly rank: number; readonly unit: number }>();

  constructor(joins: ArrayLike<number>) {
    const units = new Units();
    for (let i = 0; i < joins.length; i += 2) {
      const unit = units.joined(joins[i], joins[i + 1]);
      this.ranks.set(joins[i] * 2 ** 22 + joins[i + 1], { rank: i, unit });
    }
    this.count = units.count;
  }

  of(piece: string): number[] {
    const units = bytesOf(piece);
    for (;;) {
      let [best, rank, unit] = [-1, Number.POSITIVE_INFINITY, 0];
      for (let i = 0; i + 1 < units.length; i++) {
        const found = this.ranks.get(units[i] * 2 ** 22 + units[i + 1]);
        if (found !== undefined && found.rank < rank)
          [best, rank, unit] = [i, found.rank, found.unit];
      }
      if (best < 0) return units;
      units.splice(best, 2, unit);
    }
  }
}
