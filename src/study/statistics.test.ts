import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { incompleteBeta, normalTwoSided, tQuantile, tTwoSided } from "./distributions.ts";
import { correctedInterval, correctedResampledT, holm, wilcoxonSignedRank } from "./statistics.ts";

interface Fixtures {
  readonly beta: readonly [number, number, number, number][];
  readonly quantiles: readonly [number, number, number][];
  readonly twoSided: readonly [number, number, number][];
  readonly normal: readonly [number, number][];
  readonly corrected: readonly {
    readonly values: readonly number[];
    readonly ratio: number;
    readonly statistic: number;
    readonly p: number;
    readonly low: number;
    readonly high: number;
  }[];
  readonly wilcoxon: readonly {
    readonly values: readonly number[];
    readonly statistic: number;
    readonly p: number;
  }[];
  readonly holm: { readonly ps: readonly number[]; readonly adjusted: readonly number[] };
}

const scipy = JSON.parse(
  readFileSync(new URL("./fixtures/statistics.json", import.meta.url), "utf8"),
) as Fixtures;

function near(got: number, want: number, relative = 1e-10): void {
  expect(Math.abs(got - want)).toBeLessThanOrEqual(relative * Math.abs(want) + 1e-14);
}

describe("statistics as SciPy computes them", () => {
  it("the incomplete beta function", () => {
    for (const [x, a, b, want] of scipy.beta) near(incompleteBeta(x, a, b), want);
  });

  it("Student's t", () => {
    for (const [p, degrees, want] of scipy.quantiles) near(tQuantile(p, degrees), want, 1e-9);
    for (const [t, degrees, want] of scipy.twoSided) near(tTwoSided(t, degrees), want);
  });

  it("the normal distribution", () => {
    for (const [z, want] of scipy.normal) near(normalTwoSided(z), want, 1e-11);
  });

  it("the corrected resampled t-test and its interval", () => {
    for (const { values, ratio, statistic, p, low, high } of scipy.corrected) {
      const test = correctedResampledT(values, ratio);
      near(test.statistic, statistic);
      near(test.p, p);
      const interval = correctedInterval(values, ratio);
      near(interval.low, low, 1e-8);
      near(interval.high, high, 1e-8);
    }
  });

  it("Wilcoxon's signed ranks, exact and with ties", () => {
    for (const { values, statistic, p } of scipy.wilcoxon) {
      const test = wilcoxonSignedRank(values);
      near(test.statistic, statistic);
      near(test.p, p, 1e-9);
    }
  });

  it("Holm's adjustment", () => {
    holm(scipy.holm.ps).forEach((p, i) => {
      near(p, scipy.holm.adjusted[i]);
    });
  });
});

describe("statistics where there is little to go by", () => {
  it("same scores everywhere are no difference, one pair says nothing", () => {
    expect(correctedResampledT([0, 0, 0], 0.25).p).toBe(1);
    expect(correctedResampledT([0.5], 0.25).p).toBeNaN();
    expect(wilcoxonSignedRank([0, 0]).p).toBe(1);
    expect(wilcoxonSignedRank([]).p).toBeNaN();
    expect(correctedInterval([0.5], 0.25)).toMatchObject({ mean: 0.5, low: Number.NaN });
  });

  it("the same difference everywhere is beyond doubt", () => {
    expect(correctedResampledT([1, 1, 1], 0.25).p).toBe(0);
  });

  it("Holm leaves tests out that have no p-value", () => {
    expect(holm([0.04, Number.NaN, 0.01])).toEqual([0.04, Number.NaN, 0.02]);
  });
});
