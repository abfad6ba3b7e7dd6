import { describe, expect, it } from "vitest";
import { countClasses, mostConfused, scoresOf } from "./classes.ts";
import type { MetricRow, TaskRecord } from "./record.ts";
import { gainInterval, gainOf, primaryRow, verdictOf } from "./results.ts";

const accuracy: MetricRow = {
  part: "test",
  metric: "accuracy",
  better: "higher",
  ideal: 1,
  rows: 100,
  model: 0.8,
  baseline: 0.5,
};
const rmse: MetricRow = {
  ...accuracy,
  metric: "rmse",
  better: "lower",
  ideal: 0,
  model: 3,
  baseline: 4,
};

describe("gain", () => {
  it("is the share of the way from the baseline to a perfect model, either way round", () => {
    expect(gainOf(accuracy)).toBeCloseTo(0.6, 12);
    expect(gainOf(rmse)).toBe(0.25);
    expect(gainOf({ ...rmse, model: 5 })).toBe(-0.25);
  });

  it("does not exist without an ideal, a value, or room above the baseline", () => {
    expect(gainOf({ ...accuracy, ideal: undefined })).toBeUndefined();
    expect(gainOf({ ...accuracy, model: null })).toBeUndefined();
    expect(gainOf({ ...accuracy, baseline: 1 })).toBeUndefined();
  });

  it("orders the interval of a metric where lower is better", () => {
    expect(gainInterval({ ...rmse, interval: [2, 3.6] })).toEqual([expect.closeTo(0.1, 12), 0.5]);
  });
});

describe("verdict", () => {
  it("needs the baseline outside of the interval when there is one", () => {
    expect(verdictOf({ ...accuracy, interval: [0.7, 0.9] })).toBe("above");
    expect(verdictOf({ ...accuracy, interval: [0.45, 0.95] })).toBe("unclear");
    expect(verdictOf({ ...rmse, model: 6, interval: [5, 7] })).toBe("below");
  });

  it("goes by the difference without one", () => {
    expect(verdictOf(rmse)).toBe("above");
    expect(verdictOf({ ...accuracy, model: 0.5 })).toBe("unclear");
    expect(verdictOf({ ...accuracy, model: Number.NaN })).toBe("unmeasured");
    expect(verdictOf(undefined)).toBe("unmeasured");
  });
});

describe("primary metric", () => {
  it("is read from test rows, and from validation rows where test has none", () => {
    const task = { primary: "accuracy", metrics: [{ ...accuracy, part: "validation" }, accuracy] };
    expect(primaryRow(task as unknown as TaskRecord)?.part).toBe("test");
    const unscored = {
      ...task,
      metrics: [
        { ...accuracy, part: "validation" },
        { ...accuracy, model: null },
      ],
    };
    expect(primaryRow(unscored as unknown as TaskRecord)?.part).toBe("validation");
  });
});

describe("classes", () => {
  // Three classes: 5 + 1 + 0, 2 + 3 + 0, 0 + 0 + 0 rows.
  const confusion = [
    [5, 1, 0],
    [2, 3, 0],
    [0, 0, 0],
  ];

  it("counts each class against the rest", () => {
    expect(countClasses(confusion, ["a", "b", "c"])).toEqual([
      { label: "a", tp: 5, fp: 2, fn: 1, tn: 3 },
      { label: "b", tp: 3, fp: 1, fn: 2, tn: 5 },
      { label: "c", tp: 0, fp: 0, fn: 0, tn: 11 },
    ]);
  });

  it("derives scores, and none where the ratio is 0 / 0", () => {
    const [a, , c] = countClasses(confusion, ["a", "b", "c"]).map(scoresOf);
    expect(a).toEqual({ precision: 5 / 7, recall: 5 / 6, f1: 10 / 13, support: 6 });
    expect(c).toEqual({ precision: null, recall: null, f1: null, support: 0 });
  });

  it("lists wrong cells by rows", () => {
    expect(mostConfused(confusion, ["a", "b", "c"], 5)).toEqual([
      { truth: "b", predicted: "a", rows: 2, share: 0.4 },
      { truth: "a", predicted: "b", rows: 1, share: 1 / 6 },
    ]);
  });
});
