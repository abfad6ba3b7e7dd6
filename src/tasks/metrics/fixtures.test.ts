import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { binaryConfusion, evaluateBinary } from "./binary.ts";
import { classReports } from "./confusion.ts";
import { evaluateCount } from "./count.ts";
import { rocCurve } from "./curves.ts";
import type { Evaluation } from "./metric.ts";
import { evaluateMulticlass, MulticlassRows, multiclassConfusion } from "./multiclass.ts";
import { evaluateMultilabel } from "./multilabel.ts";
import { evaluateOrdinal } from "./ordinal.ts";
import { evaluateRegression } from "./regression.ts";
import { type LabelPredictionKind, labelMetricTables } from "./table.ts";

type Numbers = (number | null)[];

interface Fixture {
  name: string;
  kind: LabelPredictionKind;
  rows: number;
  truth: Numbers;
  prediction?: Numbers;
  mean?: Numbers;
  probability?: Numbers;
  probabilities?: Numbers;
  classes?: number;
  labels?: number;
  weights?: Numbers;
  expected: Record<string, number>;
  curve?: Record<"fpr" | "tpr" | "threshold", Numbers>;
  confusion?: Numbers;
  perClass?: Record<"precision" | "recall" | "f1", Numbers>;
}

const url = new URL("./fixtures/fixtures.json", import.meta.url);
const fixtures: Fixture[] = JSON.parse(readFileSync(url, "utf8"));

const array = (values: Numbers | undefined) =>
  Float64Array.from(values ?? [], (value) => value ?? Number.NaN);
const weightsOf = (fixture: Fixture) => fixture.weights && array(fixture.weights);
const multiclassInput = (fixture: Fixture) => ({
  truth: array(fixture.truth),
  probabilities: array(fixture.probabilities),
  classes: fixture.classes ?? 0,
  weights: weightsOf(fixture),
});
const binaryInput = (fixture: Fixture) => ({
  truth: array(fixture.truth),
  probability: array(fixture.probability),
  weights: weightsOf(fixture),
});

const evaluators: Record<LabelPredictionKind, (fixture: Fixture) => Evaluation> = {
  regression: (f) =>
    evaluateRegression({
      truth: array(f.truth),
      prediction: array(f.prediction),
      weights: weightsOf(f),
    }),
  count: (f) =>
    evaluateCount({ truth: array(f.truth), mean: array(f.mean), weights: weightsOf(f) }),
  binary: (f) => evaluateBinary(binaryInput(f)),
  multiclass: (f) => evaluateMulticlass(multiclassInput(f)),
  ordinal: (f) => evaluateOrdinal(multiclassInput(f)),
  multilabel: (f) =>
    evaluateMultilabel({
      truth: array(f.truth),
      probabilities: array(f.probabilities),
      labels: f.labels ?? 0,
      weights: weightsOf(f),
    }),
};

function expectClose(actual: number, expected: number, what: string): void {
  const error = Math.abs(actual - expected) / Math.max(1, Math.abs(expected));
  expect(error, `${what}: ${actual} for ${expected}`).toBeLessThanOrEqual(1e-9);
}

describe("metrics equal scikit-learn and scipy", () => {
  it.each(fixtures.map((f) => [`${f.kind}: ${f.name}`, f] as const))("%s", (_, fixture) => {
    const result = evaluators[fixture.kind](fixture);
    expect(result.rows).toBe(fixture.rows);
    for (const [name, expected] of Object.entries(fixture.expected)) {
      expectClose(result.metrics[name], expected, name);
    }
  });

  it("covers every metric of every kind", () => {
    for (const kind of Object.keys(labelMetricTables) as LabelPredictionKind[]) {
      const covered = new Set(
        fixtures.filter((f) => f.kind === kind).flatMap((f) => Object.keys(f.expected)),
      );
      expect([kind, ...Object.keys(labelMetricTables[kind]).sort()]).toEqual([
        kind,
        ...[...covered].sort(),
      ]);
    }
  });
});

describe("confusion and curves equal scikit-learn", () => {
  it.each(fixtures.filter((f) => f.confusion).map((f) => [`${f.kind}: ${f.name}`, f] as const))(
    "matrix of %s",
    (_, fixture) => {
      const { matrix } =
        fixture.kind === "binary"
          ? binaryConfusion(binaryInput(fixture))
          : multiclassConfusion(multiclassInput(fixture));
      const expected = array(fixture.confusion);
      expect(matrix.length).toBe(expected.length);
      matrix.forEach((value, i) => {
        expectClose(value, expected[i], `cell ${i}`);
      });
    },
  );

  it.each(fixtures.filter((f) => f.perClass).map((f) => [f.name, f] as const))(
    "class reports of %s",
    (_, fixture) => {
      const reports = classReports(new MulticlassRows(multiclassInput(fixture)).tallies);
      const { recall, f1, precision } = fixture.perClass as NonNullable<Fixture["perClass"]>;
      reports.forEach((report, c) => {
        // Where nothing is decided for a class, its precision is 0 here.
        expectClose(report.precision, precision[c] ?? 0, `precision ${c}`);
        if (recall[c] === null) expect(report.recall).toBeNaN();
        else expectClose(report.recall, recall[c], `recall ${c}`);
        if (f1[c] === null) expect(report.f1).toBeNaN();
        else expectClose(report.f1, f1[c], `f1 ${c}`);
        const { truePositives, falsePositives, trueNegatives, falseNegatives } = report;
        const total = array(fixture.confusion).reduce((sum, cell) => sum + cell, 0);
        expectClose(
          truePositives + falsePositives + trueNegatives + falseNegatives,
          total,
          "total",
        );
      });
    },
  );

  it.each(fixtures.filter((f) => f.curve).map((f) => [f.name, f] as const))(
    "ROC points of %s",
    (_, fixture) => {
      const curve = rocCurve(binaryInput(fixture), 10_000);
      const { fpr, tpr, threshold } = fixture.curve as NonNullable<Fixture["curve"]>;
      const reference = new Map(threshold.map((t, i) => [t, [fpr[i], tpr[i]]]));
      expect(curve?.threshold[0]).toBe(Number.POSITIVE_INFINITY);
      for (let i = 1; i < (curve?.threshold.length ?? 0); i++) {
        const [x, y] = reference.get(curve?.threshold[i] ?? null) ?? [];
        expectClose(
          curve?.falsePositiveRate[i] ?? Number.NaN,
          x ?? Number.NaN,
          "false positive rate",
        );
        expectClose(
          curve?.truePositiveRate[i] ?? Number.NaN,
          y ?? Number.NaN,
          "true positive rate",
        );
      }
      expectClose(curve?.area ?? Number.NaN, fixture.expected.rocAuc, "area");
    },
  );
});
