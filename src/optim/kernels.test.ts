import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { generateKernels } from "../../scripts/build-kernels.ts";
import { Random } from "../core/random.ts";
import { kernelsBase64 } from "./kernels.generated.ts";
import { type AdamStep, gramPiece, type Kernels, type MomentumStep } from "./kernels.ts";
import { referenceKernels } from "./kernels-reference.ts";
import { Arena } from "./memory.ts";
import { decodeBase64 } from "./webassembly.ts";

/** Lengths around the unrolled blocks, and starts that are not 16-byte aligned. */
const lengths = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100, 257];
const starts = [0, 1, 2, 3];
const guard = 8;

type Call = (kernels: Kernels, ...vectors: Float32Array[]) => unknown;

/**
 * Runs a call on the SIMD kernels and on the reference, over the same random vectors, and expects
 * equal results, equal vectors and untouched floats around them.
 */
function expectEqualBits(vectors: number, call: Call): void {
  const random = Random.from(11, "kernels");
  for (const length of lengths) {
    for (const start of starts) {
      const arena = new Arena(vectors * (length + start + 2 * guard) * 4 + 16 * vectors);
      const ours: Float32Array[] = [];
      const theirs: Float32Array[] = [];
      for (let v = 0; v < vectors; v++) {
        const all = arena.float32(`v${v}`, length + start + 2 * guard);
        for (let i = 0; i < all.length; i++) all[i] = random.normal();
        // The fourth vector is the second moment, which is never negative.
        if (vectors === 4 && v === 3)
          for (let i = 0; i < all.length; i++) all[i] = Math.abs(all[i]);
        ours.push(all);
        theirs.push(all.slice());
      }
      const part = (a: Float32Array) => a.subarray(guard + start, guard + start + length);
      const got = call(arena.kernels, ...ours.map(part));
      const expected = call(referenceKernels, ...theirs.map(part));
      expect(got).toEqual(expected);
      for (let v = 0; v < vectors; v++) {
        expect(bits(ours[v]), `vector ${v}, length ${length}, start ${start}`).toEqual(
          bits(theirs[v]),
        );
      }
    }
  }
}

function bits(x: Float32Array): Int32Array {
  return new Int32Array(x.slice().buffer);
}

const sgd = { learningRate: 0.01, weightDecay: 0.1 };
const momentum: MomentumStep = { ...sgd, momentum: 0.9, nesterov: false };
const adam: AdamStep = { ...sgd, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, t: 3 };

describe("SIMD kernels equal their reference bit for bit", () => {
  const calls: [string, number, Call][] = [
    ["fill", 1, (k, x) => k.fill(x, 0.1)],
    ["scale", 1, (k, x) => k.scale(x, 0.1)],
    ["axpy", 2, (k, x, y) => k.axpy(-1.7, x, y)],
    ["addScaled", 3, (k, x, y, out) => k.addScaled(x, 0.3, y, out)],
    ["addScaled in place", 2, (k, x, y) => k.addScaled(x, 0.3, y, x)],
    ["ema", 2, (k, average, x) => k.ema(average, x, 0.001)],
    ["clamp", 1, (k, x) => k.clamp(x, 0.5)],
    ["softThreshold", 2, (k, x, out) => k.softThreshold(x, 0.4, out)],
    ["softThreshold in place", 1, (k, x) => k.softThreshold(x, 0.4)],
    ["elasticNetProx", 2, (k, x, out) => k.elasticNetProx(x, 0.2, 0.7, out)],
    ["sgd", 2, (k, w, g) => k.sgd(sgd, w, g)],
    ["sgdMomentum", 3, (k, w, g, b) => k.sgdMomentum(momentum, w, g, b)],
    ["nesterov", 3, (k, w, g, b) => k.sgdMomentum({ ...momentum, nesterov: true }, w, g, b)],
    ["adam", 4, (k, w, g, m, v) => k.adam(adam, w, g, m, v)],
    ["adamw", 4, (k, w, g, m, v) => k.adamw(adam, w, g, m, v)],
    ["dot", 2, (k, x, y) => k.dot(x, y)],
    ["squaredNorm", 1, (k, x) => k.squaredNorm(x)],
    ["gram", 3, (k, ...vectors) => k.gram(vectors)],
    ["firstNonFinite", 1, (k, x) => k.firstNonFinite(x)],
    ["dropoutMask", 1, (k, x) => k.dropoutMask(x, 0.3, [12, -7], 0xfffffff0)],
  ];
  it.each(calls)("%s", (_, vectors, call) => expectEqualBits(vectors, call));

  it("keeps NaN, infinities and signed zeros as the reference does", () => {
    const special = [Number.NaN, Infinity, -Infinity, 0, -0, 1e-42, -1e-42, 3.4e38, -3.4e38];
    const arena = new Arena(1024);
    const x = arena.float32("x", special.length);
    for (const apply of [
      (k: Kernels, v: Float32Array) => k.clamp(v, 1),
      (k: Kernels, v: Float32Array) => k.softThreshold(v, 1),
      (k: Kernels, v: Float32Array) => k.clamp(v, 0),
      (k: Kernels, v: Float32Array) => k.scale(v, 2),
    ]) {
      x.set(special);
      const y = x.slice();
      apply(arena.kernels, x);
      apply(referenceKernels, y);
      expect([...x]).toEqual([...y]);
    }
  });
});

it("sums inner products over several pieces", () => {
  const n = 2 * gramPiece + 37;
  const arena = new Arena(3 * (4 * n + 16));
  const random = Random.from(3);
  const vectors = ["a", "b", "c"].map((name) => arena.float32(name, n));
  for (const v of vectors) for (let i = 0; i < n; i++) v[i] = random.normal();
  const gram = arena.kernels.gram(vectors);
  expect(gram).toEqual(referenceKernels.gram(vectors));
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += vectors[i][k] * vectors[j][k];
      expect(Math.abs(gram[3 * i + j] - sum)).toBeLessThan(1e-10 * n);
    }
  }
});

it("finds the first value that is not finite, wherever it is", () => {
  const arena = new Arena(4096);
  const x = arena.float32("x", 37);
  for (const bad of [Number.NaN, Infinity, -Infinity]) {
    for (let i = 0; i < x.length; i++) {
      x.fill(3.4e38);
      x[i] = bad;
      if (i + 5 < x.length) x[i + 5] = Number.NaN;
      expect(arena.kernels.firstNonFinite(x)).toBe(i);
    }
  }
  x.fill(-3.4e38);
  expect(arena.kernels.firstNonFinite(x)).toBe(-1);
});

describe("scatterAddRows", () => {
  it("adds rows, repeated ids included, and skips negative ids", () => {
    const example = fc.record({
      width: fc.integer({ min: 1, max: 37 }),
      table: fc.integer({ min: 1, max: 6 }),
      picks: fc.array(fc.nat(), { maxLength: 12 }),
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(example, ({ width, table, picks, seed }) => {
        const arena = new Arena(16384);
        const random = Random.from(seed);
        const target = arena.float32("table", table * width);
        const rows = arena.float32("rows", picks.length * width);
        const ids = arena.int32("ids", picks.length);
        ids.set(picks.map((p) => (p % (table + 1)) - 1));
        for (const v of [target, rows]) for (let i = 0; i < v.length; i++) v[i] = random.normal();
        const expected = target.slice();
        referenceKernels.scatterAddRows(expected, ids, rows, width);
        arena.kernels.scatterAddRows(target, ids, rows, width);
        expect(bits(target)).toEqual(bits(expected));
      }),
      { numRuns: 60 },
    );
  });

  it("refuses an id outside the table and leaves the table as it was", () => {
    const arena = new Arena(1024);
    const table = arena.float32("table", 6);
    const rows = arena.float32("rows", 6).fill(1);
    const ids = arena.int32("ids", 3);
    ids.set([0, 3, 1]);
    for (const kernels of [arena.kernels, referenceKernels]) {
      expect(() => kernels.scatterAddRows(table, ids, rows, 2)).toThrow(
        "scatterAddRows: ids below the table's 3 rows; got 3 at position 1",
      );
      expect(() => kernels.scatterAddRows(table, ids, rows, 4)).toThrow("whole rows of 4 floats");
    }
    expect([...table]).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe("dropoutMask", () => {
  const arena = new Arena(1 << 20);
  const n = 100_000;
  const mask = arena.float32("mask", n);

  it.each([0, 0.1, 0.5, 0.9])("drops a share of %d and keeps the expectation", (rate) => {
    arena.kernels.dropoutMask(mask, rate, [1, 2]);
    const zeros = mask.filter((v) => v === 0).length;
    // Five standard deviations of a binomial share.
    expect(Math.abs(zeros / n - rate)).toBeLessThanOrEqual(5 * Math.sqrt((rate * (1 - rate)) / n));
    expect(new Set(mask.filter((v) => v !== 0))).toEqual(new Set([Math.fround(1 / (1 - rate))]));
  });

  it("has neighbours, strides and seeds that look independent", () => {
    const other = arena.float32("other", n);
    const zero = (v: number) => (v === 0 ? 1 : -1);
    const correlation = (a: Float32Array, b: Float32Array, lag: number) => {
      let sum = 0;
      for (let i = 0; i + lag < n; i++) sum += zero(a[i]) * zero(b[i + lag]);
      return Math.abs(sum) / Math.sqrt(n - lag);
    };
    arena.kernels.dropoutMask(mask, 0.5, [5, 6]);
    for (const lag of [1, 2, 3, 4, 8, 16, 64, 128, 256, 1024, 4096]) {
      expect(correlation(mask, mask, lag)).toBeLessThan(4.5);
    }
    for (const seed of [
      [5, 7],
      [4, 6],
      [6, 5],
      [7, 6],
    ] as [number, number][]) {
      arena.kernels.dropoutMask(other, 0.5, seed);
      for (const lag of [0, 1, 2]) expect(correlation(mask, other, lag)).toBeLessThan(4.5);
    }
  });

  it("can be made in parts", () => {
    arena.kernels.dropoutMask(mask, 0.4, [9, 9], 70);
    const whole = mask.slice(0, 50);
    arena.kernels.dropoutMask(mask.subarray(0, 13), 0.4, [9, 9], 70);
    arena.kernels.dropoutMask(mask.subarray(13, 50), 0.4, [9, 9], 83);
    expect(mask.slice(0, 50)).toEqual(whole);
  });

  it("refuses a rate of one", () => {
    expect(() => arena.kernels.dropoutMask(mask, 1, [0, 0])).toThrow("a rate from 0 to below 1");
  });
});

it("refuses vectors of other lengths or of another memory", () => {
  const arena = new Arena(1024);
  const x = arena.float32("x", 4);
  const y = arena.float32("y", 5);
  expect(() => arena.kernels.axpy(1, x, y)).toThrow("axpy: vectors of one length; got 4, 5");
  expect(() => arena.kernels.axpy(1, x, new Float32Array(4))).toThrow(
    "axpy: views of the kernels' memory",
  );
});

describe("the assembled module", () => {
  it("is the committed source", async () => {
    const committed = readFileSync(new URL("./kernels.generated.ts", import.meta.url), "utf8");
    expect(committed).toBe(await generateKernels());
  });

  it("is small enough for browsers that compile only 4 KiB synchronously", () => {
    const bytes = decodeBase64(kernelsBase64);
    expect(bytes).toEqual(new Uint8Array(Buffer.from(kernelsBase64, "base64")));
    expect(bytes.length).toBeLessThan(4096);
  });
});
