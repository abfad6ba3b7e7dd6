import { describe, expect, it } from "vitest";
import { ConfigError, DataError, ShapeError } from "../../core/errors.ts";
import { references } from "../../core/references.ts";
import { binaryMetrics, evaluateBinary } from "./binary.ts";
import { evaluateCount } from "./count.ts";
import type { MetricFacts } from "./metric.ts";
import { evaluateMulticlass } from "./multiclass.ts";
import { evaluateMultilabel } from "./multilabel.ts";
import { evaluateOrdinal } from "./ordinal.ts";
import { evaluateRegression, regressionMetrics } from "./regression.ts";
import { metricFacts, metricTables, type PredictionKind } from "./table.ts";

const nan = Number.NaN;
const f64 = (...values: number[]) => Float64Array.from(values);

describe("the tables", () => {
  it("describe every metric", () => {
    for (const [kind, table] of Object.entries(metricTables)) {
      for (const [name, metric] of Object.entries<MetricFacts>(table)) {
        expect(metric.name).toBe(name);
        expect(metric.title, `${kind} ${name}`).not.toBe("");
        expect(metric.summary, `${kind} ${name}`).toMatch(/\.$/);
        expect(metric.range[0]).toBeLessThan(metric.range[1]);
        if (metric.cite) expect(references[metric.cite]).toBeDefined();
        // The better end of the range is finite: a perfect model can reach it.
        expect(Number.isFinite(metric.range[metric.direction === "higher" ? 1 : 0])).toBe(true);
      }
    }
  });

  it("find the facts of a metric by kind and name", () => {
    expect(metricFacts("binary", "rocAuc")?.direction).toBe("higher");
    expect(metricFacts("regression", "rocAuc")).toBeUndefined();
    expect(metricFacts("regression", "toString")).toBeUndefined();
  });
});

describe("a metric on its own", () => {
  it("computes from the input", () => {
    const input = { truth: f64(1, nan, 3), prediction: f64(2, 9, 3) };
    expect(regressionMetrics.mae.compute(input)).toBe(0.5);
  });

  it("is NaN where undefined", () => {
    const input = { truth: f64(1, 1), probability: f64(0.2, 0.7) };
    expect(binaryMetrics.rocAuc.compute(input)).toBeNaN();
  });
});

describe("evaluation of chosen metrics", () => {
  it("computes only those, in the order named", () => {
    const result = evaluateRegression(
      { truth: f64(1, 2), prediction: f64(1, 4) },
      { which: ["mae", "rmse"] },
    );
    expect(result).toEqual({ rows: 2, metrics: { mae: 1, rmse: Math.SQRT2 }, undefined: {} });
    expect(Object.keys(result.metrics)).toEqual(["mae", "rmse"]);
  });

  it("refuses an unknown name with a hint", () => {
    const act = () =>
      evaluateRegression(
        { truth: f64(), prediction: f64() },
        // @ts-expect-error: the type knows the names
        { which: ["rmsee"] },
      );
    expect(act).toThrow(ConfigError);
    expect(act).toThrow("metrics: expected one of rmse, mae, r2, explainedVariance");
    try {
      act();
    } catch (error) {
      expect((error as ConfigError).hint).toBe('did you mean "rmse"?');
    }
  });
});

describe("decisions", () => {
  it("take class 1 only above 0.5, and the first of equal classes", () => {
    const half = { truth: f64(0, 1), probability: f64(0.5, 0.5) };
    expect(evaluateBinary(half).metrics).toMatchObject({ accuracy: 0.5, recall: 0 });
    const tie = { truth: f64(1), probabilities: f64(0.2, 0.4, 0.4), classes: 3 };
    expect(evaluateMulticlass(tie).metrics.accuracy).toBe(1);
  });

  it("count a label among the top five by index on a tie", () => {
    const probabilities = new Float64Array(7 * 2).fill(1 / 7);
    const result = evaluateMulticlass({ truth: f64(4, 5), probabilities, classes: 7 });
    expect(result.metrics.top5Accuracy).toBe(0.5);
  });
});

describe("reasons why a metric is undefined", () => {
  it.each([
    [
      "no labels",
      evaluateRegression({ truth: f64(nan), prediction: f64(1) }),
      "rmse",
      "no row has a label",
    ],
    [
      "no rows",
      evaluateMultilabel({ truth: f64(), probabilities: f64(), labels: 3 }),
      "rocAuc",
      "no row has a label",
    ],
    [
      "constant labels",
      evaluateRegression({ truth: f64(2, 2), prediction: f64(1, 3) }),
      "r2",
      "every label is 2",
    ],
    [
      "one row",
      evaluateRegression({ truth: f64(2), prediction: f64(1) }),
      "kendall",
      "only one row has a label",
    ],
    [
      "constant predictions",
      evaluateRegression({ truth: f64(1, 2), prediction: f64(7, 7) }),
      "spearman",
      "every prediction is 7",
    ],
    [
      "a label of 0",
      evaluateRegression({ truth: f64(0, 2), prediction: f64(7, 7) }),
      "mape",
      "1 of 2 labels are 0",
    ],
    [
      "one class",
      evaluateBinary({ truth: f64(0, 0), probability: f64(0.1, 0.9) }),
      "rocAuc",
      "every label is 0",
    ],
    [
      "no positives",
      evaluateBinary({ truth: f64(0, 0), probability: f64(0.1, 0.9) }),
      "recall",
      "every label is 0",
    ],
    [
      "few classes",
      evaluateMulticlass({ truth: f64(0), probabilities: f64(1, 0), classes: 2 }),
      "top5Accuracy",
      "there are only 2 classes",
    ],
    [
      "one class of several",
      evaluateMulticlass({ truth: f64(0), probabilities: f64(1, 0), classes: 2 }),
      "rocAuc",
      "no class has both rows of it and rows of others",
    ],
    [
      "one class of several",
      evaluateMulticlass({ truth: f64(1), probabilities: f64(1, 0), classes: 2 }),
      "matthews",
      "every label is class 1",
    ],
    [
      "one ordered class",
      evaluateOrdinal({ truth: f64(0), probabilities: f64(1, 0), classes: 2 }),
      "quadraticWeightedKappa",
      "every label and every decision is class 0",
    ],
    [
      "no positive label",
      evaluateMultilabel({ truth: f64(0, 0), probabilities: f64(0.1, 0), labels: 2 }),
      "macroF1",
      "no positive label and no positive decision",
    ],
    [
      "mean of 0",
      evaluateCount({ truth: f64(1, 0), mean: f64(1, 0) }),
      "poissonDeviance",
      "a predicted mean is 0",
    ],
    [
      "a prediction that is NaN",
      evaluateRegression({ truth: f64(nan, 1), prediction: f64(nan, nan) }),
      "mae",
      "the prediction of row 2 is NaN",
    ],
    [
      "a probability above 1",
      evaluateBinary({ truth: f64(1), probability: f64(1.5) }),
      "brier",
      "the probability of row 1 is 1.5",
    ],
    [
      "a probability that is NaN",
      evaluateMulticlass({ truth: f64(1), probabilities: f64(0, nan), classes: 2 }),
      "accuracy",
      "the probability of class 1 of row 1 is NaN",
    ],
    [
      "overflow",
      evaluateRegression({ truth: f64(1e200, 0), prediction: f64(-1e200, 0) }),
      "rmse",
      "the value is too large for a number",
    ],
  ])("%s", (_, result, name, reason) => {
    const metrics: Record<string, number> = result.metrics;
    const reasons: Record<string, string | undefined> = result.undefined;
    expect(reasons[name]).toBe(reason);
    expect(metrics[name]).toBeNaN();
  });

  it("is no reason: the other metrics are there", () => {
    const result = evaluateBinary({ truth: f64(1, 1), probability: f64(0.2, 0.7) });
    expect(result.metrics).toMatchObject({ accuracy: 0.5, recall: 0.5, prAuc: 1 });
    expect(Object.keys(result.undefined)).toEqual(["rocAuc", "matthews"]);
  });
});

describe("bad input", () => {
  it.each([
    [
      () => evaluateRegression({ truth: f64(1, 2), prediction: f64(1) }),
      ShapeError,
      "regression metrics: expected 2 predictions, one a row; came 1",
    ],
    [
      () => evaluateRegression({ truth: f64(1), prediction: f64(1), weights: f64(1, 2) }),
      ShapeError,
      "regression metrics: expected 1 weights, one a row; came 2",
    ],
    [
      () => evaluateRegression({ truth: f64(1), prediction: f64(1), weights: f64(-1) }),
      DataError,
      "regression metrics, row 1: expected a finite weight of 0 or more; came -1",
    ],
    [
      () => evaluateRegression({ truth: f64(1, Infinity), prediction: f64(1, 1) }),
      DataError,
      "regression metrics, row 2: expected a finite label; came Infinity",
    ],
    [
      () => evaluateBinary({ truth: f64(0, 2), probability: f64(0, 0) }),
      DataError,
      "binary metrics, row 2: expected a label of 0 or 1; came 2",
    ],
    [
      () => evaluateMulticlass({ truth: f64(0.5), probabilities: f64(1, 0), classes: 2 }),
      DataError,
      "multiclass metrics, row 1: expected a class index from 0 to 1; came 0.5",
    ],
    [
      () => evaluateOrdinal({ truth: f64(2), probabilities: f64(1, 0), classes: 2 }),
      DataError,
      "ordinal metrics, row 1: expected a class index from 0 to 1; came 2",
    ],
    [
      () => evaluateOrdinal({ truth: f64(2), probabilities: f64(1), classes: 2 }),
      ShapeError,
      "ordinal metrics: expected 2 probabilities (1 × 2); came 1",
    ],
    [
      () => evaluateMultilabel({ truth: f64(0, 1, 1), probabilities: f64(0, 1, 1), labels: 2 }),
      ShapeError,
      "multilabel metrics: expected 4 labels (2 × 2); came 3",
    ],
    [
      () => evaluateMultilabel({ truth: f64(0, 3), probabilities: f64(0, 1), labels: 2 }),
      DataError,
      "multilabel metrics, row 1: expected labels of 0 or 1; came 3",
    ],
    [
      () => evaluateCount({ truth: f64(nan, -1), mean: f64(1, 1) }),
      DataError,
      "count metrics, row 2: expected a label of 0 or more; came -1",
    ],
  ] as const)("case %#", (act, type, message) => {
    expect(act).toThrow(type);
    expect(act).toThrow(message);
  });

  it("may hide where no label is: such rows are not looked at", () => {
    const result = evaluateBinary({ truth: f64(nan, 1), probability: f64(nan, 0.9) });
    expect(result.metrics.accuracy).toBe(1);
  });
});

it("kinds are those of the tables", () => {
  const kinds: PredictionKind[] = [
    "regression",
    "binary",
    "multiclass",
    "multilabel",
    "ordinal",
    "count",
    "contrastive",
    "cca",
    "reconstruction",
  ];
  expect(Object.keys(metricTables)).toEqual(kinds);
});
