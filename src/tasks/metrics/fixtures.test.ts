import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { binaryConfusion, evaluateBinary } from "./binary.ts";
import { classReports } from "./confusion.ts";
import { evaluateCount } from "./count.ts";
import { rocCurve } from "./curves.ts";
import { MemoryScratch } from "./fixtures/scratch.ts";
import type { Evaluation } from "./metric.ts";
import { evaluateMulticlass, multiclassConfusion } from "./multiclass.ts";
import { MulticlassRows } from "./multiclass-rows.ts";
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

const regressionInput = (fixture: Fixture) => ({
  truth: array(fixture.truth),
  prediction: array(fixture.prediction),
  weights: weightsOf(fixture),
});
const countInput = (fixture: Fixture) => ({
  truth: array(fixture.truth),
  mean: array(fixture.mean),
  weights: weightsOf(fixture),
});
const multilabelInput = (fixture: Fixture) => ({
  truth: array(fixture.truth),
  probabilities: array(fixture.probabilities),
  labels: fixture.labels ?? 0,
  weights: weightsOf(fixture),
});

/** An input cut into blocks of 11 rows, each array by what it has a row. */
function cut<Input extends { readonly truth: Float64Array }>(input: Input, rows: number) {
  const block = (first: number): Input & { first: number } => {
    const entries = Object.entries(input).map(([name, values]) => {
      if (!(values instanceof Float64Array)) return [name, values];
      const width = values.length / rows;
      return [name, values.slice(first * width, (first + 11) * width)];
    });
    return { ...Object.fromEntries(entries), first };
  };
  return () => Array.from({ length: Math.ceil(rows / 11) }, (_, i) => block(11 * i));
}

type Evaluators = Record<LabelPredictionKind, (fixture: Fixture) => Evaluation>;

const evaluators: Evaluators = {
  regression: (f) => evaluateRegression(regressionInput(f)),
  count: (f) => evaluateCount(countInput(f)),
  binary: (f) => evaluateBinary(binaryInput(f)),
  multiclass: (f) => evaluateMulticlass(multiclassInput(f)),
  ordinal: (f) => evaluateOrdinal(multiclassInput(f)),
  multilabel: (f) => evaluateMultilabel(multilabelInput(f)),
};

const scratch = new MemoryScratch();
const inBlocks = <Input extends { readonly truth: Float64Array }>(input: Input, labels = 1) => ({
  scratch,
  blocks: cut(input, input.truth.length / labels),
});
const blockEvaluators: Evaluators = {
  regression: (f) => evaluateRegression(inBlocks(regressionInput(f))),
  count: (f) => evaluateCount(inBlocks(countInput(f))),
  binary: (f) => evaluateBinary(inBlocks(binaryInput(f))),
  multiclass: (f) => evaluateMulticlass(inBlocks(multiclassInput(f))),
  ordinal: (f) => evaluateOrdinal(inBlocks(multiclassInput(f))),
  multilabel: (f) => evaluateMultilabel(inBlocks(multilabelInput(f), f.labels)),
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

  it.each(fixtures.map((f) => [`${f.kind}: ${f.name}`, f] as const))(
    "in blocks, sorted a few at a time: %s",
    (_, fixture) => {
      const before = scratch.opened;
      const result = blockEvaluators[fixture.kind](fixture);
      expect(result.rows).toBe(fixture.rows);
      for (const [name, expected] of Object.entries(fixture.expected)) {
        expectClose(result.metrics[name], expected, name);
      }
      expect(result.undefined).toEqual(evaluators[fixture.kind](fixture).undefined);
      if (fixture.rows > 11) expect(scratch.opened).toBeGreaterThan(before);
      expect(scratch.left).toBe(0);
    },
  );

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
