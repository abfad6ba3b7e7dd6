import { describe, expect, it } from "vitest";
import { Random } from "../core/random.ts";
import { f1Thresholds } from "./f1-thresholds.ts";

/** F1 of one label decided for above a threshold, counted plainly. */
function f1(
  truth: readonly number[],
  p: readonly number[],
  threshold: number,
  weights: readonly number[],
): number {
  let [hits, decided, support] = [0, 0, 0];
  truth.forEach((t, row) => {
    if (Number.isNaN(t)) return;
    if (p[row] > threshold) decided += weights[row];
    if (t === 1) support += weights[row];
    if (p[row] > threshold && t === 1) hits += weights[row];
  });
  return (2 * hits) / (decided + support);
}

describe("f1Thresholds", () => {
  it("gives each label the largest F1 that any threshold gives", () => {
    const random = Random.from(5, "thresholds");
    const rows = 40;
    for (let round = 0; round < 20; round++) {
      // Few distinct probabilities, so that many are equal.
      const p = Array.from({ length: 2 * rows }, () => Math.fround(random.integer(12) / 11));
      const truth = p.map((x) =>
        random.uniform() < 0.1 ? Number.NaN : random.uniform() < x * 0.6 + 0.1 ? 1 : 0,
      );
      const weights = Array.from({ length: rows }, () => 0.5 + random.uniform());
      const found = f1Thresholds({ truth, probabilities: p, labels: 2, weights }, 0.5);
      for (const label of [0, 1]) {
        const own = (values: readonly number[]) => values.filter((_, i) => i % 2 === label);
        const at = (threshold: number) => f1(own(truth), own(p), threshold, weights);
        const best = Math.max(...[-1, ...own(p)].map(at));
        expect(at(found[label])).toBeCloseTo(Number.isFinite(best) ? best : 0, 12);
      }
    }
  });

  it("lies halfway between probabilities, at float32, and takes the largest of equally good ones", () => {
    const probabilities = [0.9, 0.8, 0.3, 0.2];
    expect(f1Thresholds({ truth: [1, 1, 0, 0], probabilities, labels: 1 }, 0.5)).toEqual([
      Math.fround(0.55),
    ]);
    // F1 is 2/3 at one row and at four.
    expect(f1Thresholds({ truth: [1, 0, 0, 1], probabilities, labels: 1 }, 0.5)).toEqual([
      Math.fround(0.85),
    ]);
  });

  it("separates neighbouring float32 numbers", () => {
    const low = Math.fround(0.7);
    const high = new Float32Array(
      Int32Array.of(1 + new Int32Array(Float32Array.of(low).buffer)[0]).buffer,
    )[0];
    const [threshold] = f1Thresholds({ truth: [1, 0], probabilities: [high, low], labels: 1 }, 0.5);
    expect(high > threshold && !(low > threshold)).toBe(true);
  });

  it("leaves a label that no row has, and all where a probability is none", () => {
    expect(
      f1Thresholds({ truth: [0, 1, 0, 0], probabilities: [0.9, 0.4, 0.1, 0.2], labels: 2 }, 0.5),
    ).toEqual([0.5, Math.fround(0.3)]);
    expect(
      f1Thresholds({ truth: [1, 0], probabilities: [Number.NaN, 0.2], labels: 1 }, 0.25),
    ).toEqual([0.25]);
  });
});
