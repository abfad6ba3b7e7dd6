import { Random } from "./random.ts";

const rounds = 8;

/**
 * A random order of `0 … n-1` that holds none of it: place by place from a keyed permutation, a Feistel
 * network on the bits of the place that is applied again while it leads past the end. The same seed and
 * names give the same order. @cite luby1988, black2002
 */
export class KeyedPermutation {
  readonly length: number;
  private readonly leftBits: number;
  private readonly leftMask: number;
  private readonly rightMask: number;
  private readonly keys: Int32Array;

  /** @param length at most 2^31. */
  constructor(length: number, seed: number, ...path: (string | number)[]) {
    this.length = length;
    const bits = Math.max(2, Math.ceil(Math.log2(Math.max(1, length))));
    this.leftBits = bits >> 1;
    this.leftMask = 2 ** this.leftBits - 1;
    this.rightMask = 2 ** (bits - this.leftBits) - 1;
    const random = Random.from(seed, ...path);
    this.keys = Int32Array.from({ length: rounds }, () => random.uint32());
  }

  /** What stands at a place. */
  at(place: number): number {
    let x = place;
    // A permutation of the next power of two: going round its cycle comes back below the length.
    do x = this.mix(x);
    while (x >= this.length);
    return x;
  }

  private mix(x: number): number {
    const { keys, leftBits, leftMask, rightMask } = this;
    let left = x & leftMask;
    let right = (x >>> leftBits) & rightMask;
    for (let round = 0; round < rounds; round += 2) {
      left ^= scramble(right ^ keys[round]) & leftMask;
      right ^= scramble(left ^ keys[round + 1]) & rightMask;
    }
    return right * (leftMask + 1) + left;
  }
}

/** The finaliser of murmur3: every bit of the result depends on every bit of the word. */
function scramble(word: number): number {
  let x = word ^ (word >>> 16);
  x = Math.imul(x, 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}
