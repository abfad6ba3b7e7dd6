/** Strings of more bytes than this are compared as texts; the bytes of shorter ones are kept. */
const keptBytes = 256;
/** Words of a block of kept bytes. */
const blockWords = 1 << 16;
/** Words of a slot: hash, length in bytes, place of the kept bytes or −1, code + 1 or 0 for none. */
const slotWords = 4;

/**
 * Gives a code to every distinct string of UTF-8 bytes, in a table of open addressing: equal bytes are
 * found by hash and compared as words, so that a string is decoded when it is new, not each time. The
 * bytes of a long string are not kept: there equal hashes are compared as decoded texts.
 */
export class ByteInterner {
  private slots = new Int32Array(slotWords << 8);
  private entries = 0;
  private readonly blocks: Int32Array[] = [];
  private used = blockWords;
  private readonly dictionary: string[];
  /** What `warm` saw; storing it keeps the looks from being left out. */
  private readonly seen = new Int32Array(1);

  /** @param dictionary where the text of a new string goes; its index there is the code. */
  constructor(dictionary: string[]) {
    this.dictionary = dictionary;
  }

  /**
   * Looks at the places that these hashes lead to. The looks do not depend on each other, so the
   * processor waits for many of them at once; `code` then finds them in its cache.
   */
  warm(hashes: Int32Array, from: number, to: number): void {
    const { slots, blocks } = this;
    const mask = slots.length / slotWords - 1;
    let sum = 0;
    for (let k = from; k < to; k++) {
      const s = (hashes[k] & mask) * slotWords;
      const place = slots[s + 2];
      if (slots[s + 3] !== 0 && place >= 0) sum ^= blocks[place >>> 16][place & (blockWords - 1)];
    }
    this.seen[0] = sum;
  }

  /** The code of the string at `from`, of `length` ≥ 4 bytes and with that `hashBytes`. */
  code(h: number, bytes: Buffer, view: DataView, from: number, length: number): number {
    const { slots } = this;
    const mask = slots.length / slotWords - 1;
    let slot = h & mask;
    for (;;) {
      const s = slot * slotWords;
      const code = slots[s + 3] - 1;
      if (code < 0) return this.add(s, h, bytes, view, from, length);
      if (slots[s] === h && slots[s + 1] === length) {
        const place = slots[s + 2];
        const same =
          place >= 0
            ? sameBytes(this.blocks[place >>> 16], place & (blockWords - 1), view, from, length)
            : this.dictionary[code] === bytes.toString("utf8", from, from + length);
        if (same) return code;
      }
      slot = (slot + 1) & mask;
    }
  }

  private add(
    s: number,
    h: number,
    bytes: Buffer,
    view: DataView,
    from: number,
    length: number,
  ): number {
    const code = this.dictionary.push(bytes.toString("utf8", from, from + length)) - 1;
    const { slots } = this;
    slots[s] = h;
    slots[s + 1] = length;
    slots[s + 2] = length > keptBytes ? -1 : this.keep(view, from, length);
    slots[s + 3] = code + 1;
    if (++this.entries * 2 * slotWords >= slots.length) this.grow();
    return code;
  }

  /** Copies the words of a string, the last of which may overlap the one before. */
  private keep(view: DataView, from: number, length: number): number {
    const words = (length + 3) >> 2;
    if (this.used + words > blockWords) {
      // Place numbers end at 2³¹ words; longer dictionaries compare texts.
      if (this.blocks.length === 1 << 15) return -1;
      this.blocks.push(new Int32Array(blockWords));
      this.used = 0;
    }
    const block = this.blocks[this.blocks.length - 1];
    const at = this.used;
    for (let i = 0; i < words - 1; i++) block[at + i] = view.getInt32(from + 4 * i, true);
    block[at + words - 1] = view.getInt32(from + length - 4, true);
    this.used += words;
    return (this.blocks.length - 1) * blockWords + at;
  }

  private grow(): void {
    const old = this.slots;
    const slots = new Int32Array(old.length * 2);
    const mask = slots.length / slotWords - 1;
    for (let from = 0; from < old.length; from += slotWords) {
      if (old[from + 3] === 0) continue;
      let slot = old[from] & mask;
      while (slots[slot * slotWords + 3] !== 0) slot = (slot + 1) & mask;
      for (let i = 0; i < slotWords; i++) slots[slot * slotWords + i] = old[from + i];
    }
    this.slots = slots;
  }
}

function sameBytes(
  block: Int32Array,
  at: number,
  view: DataView,
  from: number,
  length: number,
): boolean {
  const whole = ((length + 3) >> 2) - 1;
  for (let i = 0; i < whole; i++) {
    if (block[at + i] !== view.getInt32(from + 4 * i, true)) return false;
  }
  return block[at + whole] === view.getInt32(from + length - 4, true);
}

/** A hash of at least 4 bytes: word after word multiplied and folded, the last at the string's end. */
export function hashBytes(view: DataView, from: number, length: number): number {
  let h = length;
  const last = from + length - 4;
  for (let at = from; at < last; at += 4) {
    h = Math.imul(h ^ view.getInt32(at, true), 0x9e3779b1);
    h ^= h >>> 15;
  }
  h = Math.imul(h ^ view.getInt32(last, true), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
