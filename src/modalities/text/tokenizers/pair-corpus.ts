/** Words as rows of units, and how often two units stand side by side. */

/** Two neighbouring units. */
export interface Pair {
  readonly left: number;
  readonly right: number;
  /** How often they stand side by side, each word counted as often as it occurs. */
  count: number;
  /** Places of the left unit, some of which may no longer hold. */
  readonly places: number[];
}

const gone = -1;

/** A factor that keeps two unit numbers apart in one. */
const keyFactor = 2 ** 22;

/**
 * The words of a corpus, each once with its count, in which neighbouring units are joined step by step. A
 * join costs as much as the places where it happens.
 */
export class PairCorpus {
  readonly pairs = new Map<number, Pair>();
  /** How often each unit occurs. */
  readonly unitCounts: number[] = [];
  private readonly units: Int32Array;
  private readonly next: Int32Array;
  private readonly previous: Int32Array;
  private readonly weights: Float64Array;

  /** @param words units of each word, and how often it occurs. */
  constructor(words: readonly (readonly [units: readonly number[], count: number])[]) {
    const total = words.reduce((sum, [units]) => sum + units.length, 0);
    this.units = new Int32Array(total);
    this.next = new Int32Array(total);
    this.previous = new Int32Array(total);
    this.weights = new Float64Array(total);
    let at = 0;
    for (const [units, count] of words) {
      units.forEach((unit, i) => {
        this.units[at] = unit;
        this.weights[at] = count;
        this.previous[at] = i > 0 ? at - 1 : gone;
        this.next[at] = i + 1 < units.length ? at + 1 : gone;
        this.addUnit(unit, count);
        if (i + 1 < units.length) this.addPair(unit, units[i + 1], count, at);
        at++;
      });
    }
  }

  private addUnit(unit: number, count: number): void {
    this.unitCounts[unit] = (this.unitCounts[unit] ?? 0) + count;
  }

  private addPair(left: number, right: number, count: number, place: number): Pair {
    const key = left * keyFactor + right;
    let pair = this.pairs.get(key);
    if (pair === undefined) {
      pair = { left, right, count: 0, places: [] };
      this.pairs.set(key, pair);
    }
    pair.count += count;
    pair.places.push(place);
    return pair;
  }

  private dropPair(left: number, right: number, count: number): void {
    const key = left * keyFactor + right;
    const pair = this.pairs.get(key);
    if (pair === undefined) return;
    pair.count -= count;
    if (pair.count <= 0) this.pairs.delete(key);
  }

  /**
   * Replaces a pair by one unit wherever it stands, from left to right.
   * @returns the pairs that became more frequent.
   */
  join(pair: Pair, unit: number): Set<Pair> {
    const { units, next, previous, weights } = this;
    const { left, right } = pair;
    this.pairs.delete(left * keyFactor + right);
    pair.count = 0;
    const grown = new Set<Pair>();
    for (const place of Int32Array.from(pair.places).sort()) {
      const second = next[place];
      // Earlier joins may have taken one of the two.
      if (units[place] !== left || second === gone || units[second] !== right) continue;
      const count = weights[place];
      const before = previous[place];
      const after = next[second];
      if (before !== gone) {
        this.dropPair(units[before], left, count);
        grown.add(this.addPair(units[before], unit, count, before));
      }
      if (after !== gone) {
        this.dropPair(right, units[after], count);
        grown.add(this.addPair(unit, units[after], count, place));
        previous[after] = place;
      }
      units[place] = unit;
      units[second] = gone;
      next[place] = after;
      this.addUnit(unit, count);
      this.addUnit(left, -count);
      this.addUnit(right, -count);
    }
    return grown;
  }
}
