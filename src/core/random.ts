/**
 * A seeded generator (sfc32) with named sub-streams, so that one seed gives every part of a run its
 * own, independent and reproducible stream. Its state is four 32-bit words and can be saved.
 */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private d: number;
  private spare: number | undefined;

  private constructor(state: readonly [number, number, number, number]) {
    [this.a, this.b, this.c, this.d] = state;
  }

  /** A stream for a seed and a path of names; different paths give unrelated streams. */
  static from(seed: number, ...path: (string | number)[]): Random {
    let h = mix(seed | 0, 0x9e3779b9);
    h = mix(h, Math.floor(seed / 4294967296) | 0);
    for (const part of path) {
      const text = typeof part === "number" ? `#${part}` : part;
      for (let i = 0; i < text.length; i++) h = mix(h, text.charCodeAt(i) + 1);
      h = mix(h, 0x85ebca6b);
    }
    const random = new Random([mix(h, 1), mix(h, 2), mix(h, 3), 1]);
    for (let i = 0; i < 12; i++) random.uint32();
    return random;
  }

  static restore(state: readonly number[]): Random {
    return new Random([state[0], state[1], state[2], state[3]]);
  }

  /** The state, for a checkpoint. A cached normal draw is not part of it: draw in pairs or re-draw. */
  state(): [number, number, number, number] {
    return [this.a, this.b, this.c, this.d];
  }

  /** A uniform integer in `[0, 2^32)`. */
  uint32(): number {
    const t = (((this.a + this.b) | 0) + this.d) | 0;
    this.d = (this.d + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + t) | 0;
    return t >>> 0;
  }

  /** Uniform in `[0, 1)` with 53 random bits. */
  uniform(): number {
    return ((this.uint32() >>> 5) * 67108864 + (this.uint32() >>> 6)) / 9007199254740992;
  }

  /** A uniform integer in `[0, bound)`, without modulo bias. */
  integer(bound: number): number {
    if (bound > 4294967296) return Math.floor(this.uniform() * bound);
    const limit = 4294967296 - (4294967296 % bound);
    for (;;) {
      const x = this.uint32();
      if (x < limit) return x % bound;
    }
  }

  /** Standard normal, by Marsaglia's polar method. */
  normal(): number {
    if (this.spare !== undefined) {
      const value = this.spare;
      this.spare = undefined;
      return value;
    }
    for (;;) {
      const u = 2 * this.uniform() - 1;
      const v = 2 * this.uniform() - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) {
        const scale = Math.sqrt((-2 * Math.log(s)) / s);
        this.spare = v * scale;
        return u * scale;
      }
    }
  }

  /** Gamma of a shape above 0 and scale 1, by rejection. @cite marsaglia2000 */
  gamma(shape: number): number {
    // Below 1 the density has no mode: draw of a larger shape, and shrink.
    if (shape < 1) return this.gamma(shape + 1) * (1 - this.uniform()) ** (1 / shape);
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const v = (1 + c * x) ** 3;
      if (v <= 0) continue;
      const u = 1 - this.uniform();
      if (Math.log(u) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
    }
  }

  /** Beta of two shapes above 0, between 0 and 1. */
  beta(a: number, b: number): number {
    const x = this.gamma(a);
    const y = this.gamma(b);
    // Both can be 0 in double precision where the shapes are tiny: then either end is as likely.
    return x + y > 0 ? x / (x + y) : this.integer(2);
  }

  /** Shuffles in place (Fisher–Yates) and returns its argument. */
  shuffle<T extends { [index: number]: unknown; readonly length: number }>(items: T): T {
    const list = items as { [index: number]: unknown };
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const kept = list[i];
      list[i] = list[j];
      list[j] = kept;
    }
    return items;
  }

  /** A random permutation of `0 … n-1`. */
  permutation(n: number): Int32Array {
    const order = new Int32Array(n);
    for (let i = 0; i < n; i++) order[i] = i;
    return this.shuffle(order);
  }
}

/** One round of a 32-bit mixer (murmur3's finaliser over a combined word). */
function mix(h: number, value: number): number {
  let x = (h ^ Math.imul(value, 0xcc9e2d51)) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) | 0;
}
