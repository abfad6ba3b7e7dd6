import { describe, expect, it } from "vitest";
import { Random } from "../../core/random.ts";
import { evaluateBinary } from "./binary.ts";
import { calibrationError } from "./calibration.ts";
import {
  binaryReliability,
  multiclassReliability,
  multilabelReliability,
  oneLabel,
  oneVersusRest,
  positiveReliability,
  precisionRecallCurve,
  rocCurve,
} from "./curves.ts";
import { evaluateMulticlass } from "./multiclass.ts";
import { evaluateMultilabel } from "./multilabel.ts";

const random = Random.from(3, "curves");

function sample(n: number, share: number, signal: number) {
  const truth = new Float64Array(n);
  const probability = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    truth[i] = random.uniform() < share ? 1 : 0;
    const score = signal * (truth[i] - 0.5) + 4 * (random.uniform() - 0.5);
    probability[i] = 1 / (1 + Math.exp(-score));
    if (random.uniform() < 0.1) truth[i] = Number.NaN;
  }
  return { truth, probability };
}

function trapezoids(x: Float64Array, y: Float64Array): number {
  let area = 0;
  for (let i = 1; i < x.length; i++) area += ((x[i] - x[i - 1]) * (y[i] + y[i - 1])) / 2;
  return area;
}

function steps(x: Float64Array, y: Float64Array): number {
  let area = 0;
  for (let i = 1; i < x.length; i++) area += (x[i] - x[i - 1]) * y[i];
  return area;
}

describe("thinned curves keep their area", () => {
  it.each([
    [50_000, 0.5, 1],
    [50_000, 0.01, 3],
    [3000, 0.2, 0],
    [500, 0.5, 2],
  ])("%d rows, %d positive, signal %d", (n, share, signal) => {
    const input = sample(n, share, signal);
    const { rocAuc, prAuc } = evaluateBinary(input).metrics;
    const roc = rocCurve(input);
    const pr = precisionRecallCurve(input);
    if (roc === undefined || pr === undefined) throw new Error("the curves exist");
    expect(roc.threshold.length).toBeLessThanOrEqual(200);
    expect(pr.threshold.length).toBeLessThanOrEqual(200);
    if (n > 1000) expect(roc.threshold.length).toBeGreaterThan(150);
    expect(roc.area).toBe(rocAuc);
    expect(pr.area).toBe(prAuc);
    expect(Math.abs(trapezoids(roc.falsePositiveRate, roc.truePositiveRate) - rocAuc)).toBeLessThan(
      5e-4,
    );
    expect(Math.abs(steps(pr.recall, pr.precision) - prAuc)).toBeLessThan(2e-3);
    expect([roc.falsePositiveRate[0], roc.truePositiveRate[0]]).toEqual([0, 0]);
    expect([roc.falsePositiveRate.at(-1), roc.truePositiveRate.at(-1)]).toEqual([1, 1]);
    expect([pr.recall[0], pr.recall.at(-1)]).toEqual([0, 1]);
    for (const curve of [roc.falsePositiveRate, roc.truePositiveRate, pr.recall]) {
      expect(curve.every((v, i) => i === 0 || v >= curve[i - 1])).toBe(true);
    }
  });

  it("have every corner where there are few", () => {
    const input = {
      truth: Float64Array.of(1, 1, 0, 1, 0, 0),
      probability: Float64Array.of(0.9, 0.8, 0.7, 0.6, 0.5, 0.4),
    };
    const roc = rocCurve(input);
    expect(Array.from(roc?.truePositiveRate ?? [])).toEqual([0, 2 / 3, 2 / 3, 1, 1]);
    expect(Array.from(roc?.falsePositiveRate ?? [])).toEqual([0, 0, 1 / 3, 1 / 3, 1]);
    const pr = precisionRecallCurve(input);
    expect(Array.from(pr?.recall ?? [])).toEqual([0, 2 / 3, 2 / 3, 1]);
    expect(Array.from(pr?.precision ?? [])).toEqual([1, 1, 2 / 3, 3 / 4]);
  });

  it("do not exist with one class or with a score that is NaN", () => {
    const ones = { truth: Float64Array.of(1, 1), probability: Float64Array.of(0.2, 0.3) };
    expect(rocCurve(ones)).toBeUndefined();
    expect(precisionRecallCurve({ ...ones, truth: Float64Array.of(0, 0) })).toBeUndefined();
    const broken = { truth: Float64Array.of(0, 1), probability: Float64Array.of(Number.NaN, 0.3) };
    expect(rocCurve(broken)).toBeUndefined();
    expect(precisionRecallCurve(broken)).toBeUndefined();
    expect(binaryReliability(broken)).toBeUndefined();
  });
});

describe("reliability curves", () => {
  it("have the expected calibration error of the metric", () => {
    const input = sample(2000, 0.4, 2);
    const bins = binaryReliability(input) ?? [];
    const { metrics, rows } = evaluateBinary(input);
    expect(bins.length).toBe(15);
    expect(bins.reduce((sum, bin) => sum + bin.count, 0)).toBe(rows);
    expect(calibrationError(bins)).toBe(metrics.expectedCalibrationError);
  });

  it("compare the probability of class 1 with its frequency", () => {
    const input = {
      truth: Float64Array.of(0, 1, 1, Number.NaN),
      probability: Float64Array.of(0.05, 0.1, 0.95, 0.5),
    };
    const bins = positiveReliability(input, 10) ?? [];
    expect(bins[0]).toMatchObject({ lower: 0, upper: 0.1, accuracy: 0.5, count: 2, weight: 2 });
    expect(bins[0].confidence).toBeCloseTo(0.075, 12);
    expect(bins[9]).toMatchObject({ accuracy: 1, confidence: 0.95, count: 1 });
    expect(bins[4]).toMatchObject({ count: 0, accuracy: Number.NaN });
  });

  it("cover several classes and labels", () => {
    const classes = {
      truth: Float64Array.of(0, 2),
      probabilities: Float64Array.of(0.7, 0.2, 0.1, 0.3, 0.4, 0.3),
      classes: 3,
    };
    expect(calibrationError(multiclassReliability(classes) ?? [])).toBeCloseTo((0.3 + 0.4) / 2, 12);
    const labels = {
      truth: Float64Array.of(0, 1),
      probabilities: Float64Array.of(0.2, 0.9),
      labels: 2,
    };
    expect(calibrationError(multilabelReliability(labels) ?? [])).toBeCloseTo((0.2 + 0.1) / 2, 12);
  });
});

describe("one class or label as two classes", () => {
  it("averages to the area over classes", () => {
    const n = 60;
    const truth = Float64Array.from({ length: n }, (_, i) => (i % 7 === 0 ? Number.NaN : i % 3));
    const probabilities = Float64Array.from({ length: 3 * n }, () => random.uniform());
    const input = { truth, probabilities, classes: 3 };
    const areas = [0, 1, 2].map((c) => rocCurve(oneVersusRest(input, c))?.area ?? Number.NaN);
    const { rocAuc } = evaluateMulticlass(input).metrics;
    expect((areas[0] + areas[1] + areas[2]) / 3).toBeCloseTo(rocAuc, 12);
  });

  it("averages to the area over labels", () => {
    const n = 40;
    const truth = Float64Array.from({ length: 2 * n }, (_, i) =>
      i % 5 === 0 ? Number.NaN : (i >> 2) % 2,
    );
    const probabilities = Float64Array.from({ length: 2 * n }, () => random.uniform());
    const input = { truth, probabilities, labels: 2 };
    const areas = [0, 1].map((label) => rocCurve(oneLabel(input, label))?.area ?? Number.NaN);
    expect((areas[0] + areas[1]) / 2).toBeCloseTo(evaluateMultilabel(input).metrics.rocAuc, 12);
  });
});
