/** Rankings against those of NumPy and scikit-learn; `fixtures/retrieval.py` wrote the numbers. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { averagePrecision, expectedRank, hitAt, reciprocalRank } from "./ranking.ts";
import { evaluateRetrieval, type RetrievalInput } from "./retrieval.ts";

interface Way {
  readonly recall: Readonly<Record<string, number>>;
  readonly medianRank: number;
  readonly mrr: number;
  readonly map: number;
}

const fixture = JSON.parse(
  readFileSync(new URL("./fixtures/retrieval.json", import.meta.url), "utf8"),
) as {
  readonly first: number[];
  readonly second: number[];
  readonly size: number;
  readonly classes: number[];
  readonly forward: Way;
  readonly backward: Way;
  readonly tied: { similarity: number[]; relevant: boolean[]; precision: number };
};

const input: RetrievalInput = {
  first: fixture.first,
  second: fixture.second,
  size: fixture.size,
  truth: fixture.classes,
  classes: true,
};

describe("retrieval", () => {
  it("ranks as an independent script does, rows that lack a side left out", () => {
    const { rows, metrics } = evaluateRetrieval(input);
    expect(rows).toBe(38);
    for (const [name, way] of [
      ["Forward", fixture.forward],
      ["Backward", fixture.backward],
    ] as const) {
      const found = metrics as Record<string, number>;
      for (const k of [1, 5, 10])
        expect(found[`recallAt${k}${name}`]).toBeCloseTo(way.recall[k], 12);
      expect(found[`medianRank${name}`]).toBe(way.medianRank);
      expect(found[`mrr${name}`]).toBeCloseTo(way.mrr, 12);
      expect(found[`map${name}`]).toBeCloseTo(way.map, 12);
    }
    expect(metrics.map).toBeCloseTo((fixture.forward.map + fixture.backward.map) / 2, 12);
  });

  it("without classes the mean average precision is the mean reciprocal rank", () => {
    const { metrics } = evaluateRetrieval({ ...input, classes: false });
    expect(metrics.mapForward).toBe(metrics.mrrForward);
    expect(metrics.mapBackward).toBe(metrics.mrrBackward);
  });

  it("equal vectors for all rows are at chance", () => {
    const rows = 50;
    const same = new Float32Array(rows * 2).fill(0.5);
    const { metrics } = evaluateRetrieval({
      first: same,
      second: same,
      size: 2,
      truth: new Float64Array(rows),
      classes: false,
    });
    expect(metrics.recallAt1Forward).toBeCloseTo(1 / rows, 12);
    expect(metrics.recallAt10Backward).toBeCloseTo(10 / rows, 12);
    expect(metrics.medianRankForward).toBe((rows + 1) / 2);
    const harmonic = Array.from({ length: rows }, (_, i) => 1 / (i + 1)).reduce((a, b) => a + b);
    expect(metrics.map).toBeCloseTo(harmonic / rows, 12);
  });

  it("weights count queries and take no candidate away", () => {
    const weights = fixture.classes.map((_, i) => (i < 20 ? 1 : 0));
    const half = evaluateRetrieval({ ...input, weights }).metrics;
    const other = evaluateRetrieval({ ...input, weights: weights.map((w) => 1 - w) }).metrics;
    const whole = evaluateRetrieval(input).metrics;
    expect((half.mrrForward * 18 + other.mrrForward * 20) / 38).toBeCloseTo(whole.mrrForward, 12);
  });

  it("says why there is no value", () => {
    const none = evaluateRetrieval({ ...input, truth: fixture.classes.map(() => 0) });
    expect(none.undefined.mapForward).toBe("no row has a class");
    const missing = evaluateRetrieval({ ...input, truth: fixture.classes.map(() => Number.NaN) });
    expect(missing.rows).toBe(0);
    const broken = [...fixture.first];
    broken[3] = Number.NaN;
    expect(evaluateRetrieval({ ...input, first: broken }).undefined.map).toBe(
      "the vectors of row 1 are not finite",
    );
  });
});

describe("ties", () => {
  it("average precision is the mean over random orders of equal items", () => {
    const { similarity, relevant, precision } = fixture.tied;
    const order = [2, 0, 1, 3, 4, 5];
    const found = averagePrecision(
      order,
      (i) => similarity[i],
      (i) => relevant[i],
    );
    expect(Math.abs(found - precision)).toBeLessThan(2e-3);
  });

  it("ranks, hits and reciprocal ranks are expectations", () => {
    const standing = { above: 2, tied: 3 };
    expect(expectedRank(standing)).toBe(4);
    expect(hitAt(standing, 2)).toBe(0);
    expect(hitAt(standing, 3)).toBeCloseTo(1 / 3, 12);
    expect(hitAt(standing, 5)).toBe(1);
    expect(reciprocalRank(standing)).toBeCloseTo((1 / 3 + 1 / 4 + 1 / 5) / 3, 12);
    // Beyond a thousand a logarithm stands for the sum.
    const many = { above: 0, tied: 5000 };
    const sum = Array.from({ length: 5000 }, (_, i) => 1 / (i + 1)).reduce((a, b) => a + b);
    expect(Math.abs(reciprocalRank(many) / (sum / 5000) - 1)).toBeLessThan(0.02);
  });
});
