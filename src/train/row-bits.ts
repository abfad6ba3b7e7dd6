/** Rows of a count that one bit is kept for. */
const countedRows = 512;
const wordsCounted = countedRows / 32;

/** Some of many rows, in little more than a bit for each of them all. */
export class RowBits {
  private readonly words: Uint32Array;
  /** How many of the rows lie before every 512th. */
  private before = new Int32Array(0);
  private added = 0;

  /** @param rows how many rows there are. */
  constructor(rows: number) {
    this.words = new Uint32Array(Math.ceil(rows / countedRows) * wordsCounted);
  }

  /** Adds a row; each once. */
  add(row: number): void {
    this.words[row >>> 5] |= 1 << (row & 31);
    this.added++;
  }

  /** Makes ready for `at`, once all rows are added. */
  finish(): this {
    this.before = new Int32Array(this.words.length / wordsCounted + 1);
    for (let b = 0; b + 1 < this.before.length; b++) {
      let count = 0;
      for (let w = b * wordsCounted; w < (b + 1) * wordsCounted; w++) count += ones(this.words[w]);
      this.before[b + 1] = this.before[b] + count;
    }
    return this;
  }

  get length(): number {
    return this.added;
  }

  /** The row that `index` of them lie before. */
  at(index: number): number {
    const { before, words } = this;
    let low = 0;
    let high = before.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (before[middle] <= index) low = middle;
      else high = middle;
    }
    let left = index - before[low];
    let word = low * wordsCounted;
    for (let count = ones(words[word]); left >= count; count = ones(words[word])) {
      left -= count;
      word++;
    }
    let bits = words[word];
    for (; left > 0; left--) bits &= bits - 1;
    return word * 32 + (31 - Math.clz32(bits & -bits));
  }
}

/** The bits of a word that are 1. */
function ones(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
