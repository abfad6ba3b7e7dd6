/** Losses against those of PyTorch and scikit-learn; `fixtures/losses.py` wrote the numbers. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { grad } from "../compiler/grad.ts";
import { Graph } from "../compiler/graph.ts";
import { compileJs } from "../compiler/js/run.ts";
import type { Column } from "../data/columns.ts";
import { tableFromRows } from "../data/from-rows.ts";
import type { TaskKind } from "./task.ts";
import { type LabelKindName, labelKinds } from "./tasks.ts";

interface Case {
  readonly labels: readonly unknown[];
  readonly raw: readonly number[];
  readonly losses: readonly number[];
  readonly gradient: readonly number[];
}

const fixtures = JSON.parse(
  readFileSync(new URL("./fixtures/losses.json", import.meta.url), "utf8"),
) as Record<
  string,
  Case & { readonly weights: number[]; readonly probabilities: number[]; readonly means: number[] }
>;

function columnOf(cells: readonly unknown[]): Column {
  return tableFromRows(cells.map((y) => ({ y }))).columns.get("y") as Column;
}

function fitted(name: LabelKindName, options: Record<string, unknown>, cells: readonly unknown[]) {
  const kind: TaskKind = labelKinds[name];
  const column = columnOf(cells);
  const learning = kind.learn(kind.options.parse(options), "y");
  learning.add(column, 0);
  const state = learning.finish();
  const labels = new Float32Array(cells.length * kind.labelWidth(state));
  const weights = new Float32Array(cells.length).fill(1);
  kind.encode(state, column, labels, weights, 0);
  return { kind, state, labels, weights };
}

const cases: readonly (readonly [string, LabelKindName, Record<string, unknown>])[] = [
  ["squared", "regression", {}],
  ["absolute", "regression", { loss: "absolute" }],
  ["huber", "regression", { loss: "huber", delta: 0.7 }],
  ["sqrtLink", "regression", { link: "sqrt" }],
  ["logLink", "regression", { link: "log" }],
  ["logistic", "binary", {}],
  ["crossEntropy", "multiclass", {}],
  ["smoothed", "multiclass", { labelSmoothing: 0.15 }],
  ["multilabel", "multilabel", {}],
  ["balancedMultilabel", "multilabel", { positiveWeight: "balanced" }],
  ["poisson", "count", {}],
  ["ordinal", "ordinal", {}],
];

describe("losses and gradients", () => {
  it.each(cases)("%s", (fixture, name, options) => {
    const { labels: cells, raw, losses, gradient } = fixtures[fixture];
    const { kind, state, labels } = fitted(name, options, cells);
    const graph = new Graph();
    const x = graph.input("raw", [cells.length, kind.outputSize(state)]);
    const t = graph.input("labels", [cells.length, kind.labelWidth(state)]);
    const loss = kind.loss(x, t, state);
    expect(loss.shape).toEqual([cells.length]);
    const [each, slope] = compileJs([loss, grad(loss.sum(), [x])[0]]).run({ raw, labels });
    // Labels that are fractions are held in 32 bits.
    losses.forEach((value, i) => {
      expect(Math.abs(each[i] - value)).toBeLessThan(1e-6 * Math.max(1, value));
    });
    gradient.forEach((value, i) => {
      expect(Math.abs(slope[i] - value)).toBeLessThan(1e-6 * Math.max(1, Math.abs(value)));
    });
  });

  it("huge logits cost what they should", () => {
    const { kind, state } = fitted("binary", {}, [0, 1]);
    const graph = new Graph();
    const loss = kind.loss(graph.input("raw", [4, 1]), graph.input("labels", [4, 1]), state);
    const [each] = compileJs([loss]).run({ raw: [800, 800, -800, -800], labels: [0, 1, 0, 1] });
    expect([...each]).toEqual([800, 0, 0, 800]);
  });
});

describe("links", () => {
  it("ordinal probabilities are those of the sequential model", () => {
    const { labels: cells, raw, probabilities } = fixtures.ordinal;
    const { kind, state } = fitted("ordinal", {}, cells);
    const link = kind.link(new Graph().input("raw", [cells.length, 3]), state);
    const [p, value] = compileJs([link.probabilities, link.value]).run({ raw });
    probabilities.forEach((expected, i) => {
      expect(p[i]).toBeCloseTo(expected, 12);
    });
    value.forEach((level, row) => {
      const own = probabilities.slice(row * 4, row * 4 + 4);
      expect(level).toBeCloseTo(
        own.reduce((sum, q, i) => sum + q * (i + 1), 0),
        12,
      );
    });
  });

  it("the log transform is undone, and stays finite", () => {
    const cells = [0, Math.E - 1, Math.E ** 2 - 1];
    const { kind, state, labels } = fitted("regression", { transform: "log" }, cells);
    const link = kind.link(new Graph().input("raw", [4, 1]), state);
    const [values] = compileJs([link.value]).run({ raw: [...labels, 1e6] });
    cells.forEach((y, i) => {
      expect(values[i]).toBeCloseTo(y, 5);
    });
    expect(values[3]).toBeLessThan(3.4e38);
    expect(values[3]).toBeGreaterThan(1e30);
  });

  it.each(["sqrt", "log"] as const)("the mean with the link %s is that of PyTorch", (link) => {
    const { labels: cells, raw, means } = fixtures[`${link}Link`];
    const { kind, state } = fitted("regression", { link }, cells);
    const { value } = kind.link(new Graph().input("raw", [cells.length, 1]), state);
    const [found] = compileJs([value]).run({ raw });
    means.forEach((mean, i) => {
      expect(Math.abs(found[i] / mean - 1)).toBeLessThan(1e-9);
    });
    const far = kind.link(new Graph().input("raw", [2, 1]), state).value;
    for (const mean of compileJs([far]).run({ raw: [-1e6, 1e6] })[0]) {
      expect(mean).toBeGreaterThanOrEqual(0);
      expect(mean).toBeLessThan(3.4e38);
    }
  });

  it("predicted counts are positive and finite however far the raw output is", () => {
    const { kind, state } = fitted("count", {}, [0, 4]);
    const link = kind.link(new Graph().input("raw", [3, 1]), state);
    const [values] = compileJs([link.value]).run({ raw: [-1e6, 0, 1e6] });
    expect(Math.fround(values[0])).toBeGreaterThan(0);
    expect(values[1]).toBeCloseTo(2, 12);
    expect(Math.fround(values[2])).toBeLessThan(Number.POSITIVE_INFINITY);
  });
});

describe("class weights", () => {
  const { labels: cells, weights: expected } = fixtures.balancedWeights;

  it("balanced ones are scikit-learn's", () => {
    for (const name of ["multiclass", "ordinal"] as const) {
      const { weights } = fitted(name, { classWeights: "balanced" }, cells);
      cells.forEach((c, row) => {
        expect(weights[row]).toBeCloseTo(expected[c as number], 6);
      });
    }
  });

  it("named ones apply to their class, in any spelling of the number", () => {
    const { weights } = fitted("multiclass", { classWeights: { "2.0": 5 } }, cells);
    expect([...weights]).toEqual(cells.map((c) => (c === 2 ? 5 : 1)));
  });

  it("of an unknown class are an error", () => {
    expect(() => fitted("binary", { classWeights: { yes: 2, non: 1 } }, ["yes", "no"])).toThrow(
      expect.objectContaining({
        code: "CONFIG_INVALID",
        message: 'task "y", classWeights: classes among "no", "yes"; got "non"',
        hint: 'did you mean "no"?',
      }),
    );
  });
});
