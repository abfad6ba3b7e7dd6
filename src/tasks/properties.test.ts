import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Graph } from "../compiler/graph.ts";
import { compileJs } from "../compiler/js/run.ts";
import type { NumberColumn } from "../data/columns.ts";
import { binary } from "./binary.ts";
import { histogram } from "./number-detail.ts";
import { ordinal } from "./ordinal.ts";
import { regression } from "./regression.ts";

function numbers(values: readonly number[]): NumberColumn {
  const { length } = values;
  return {
    storage: "number",
    name: "y",
    length,
    values: Float64Array.from(values),
    valid: new Uint8Array(length).fill(1),
  };
}

const target = fc
  .array(fc.double({ min: -0.9, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 20 })
  .filter((values) => Math.max(...values) - Math.min(...values) > 1e-3);

describe("regression", () => {
  it("the link undoes the encoding", () => {
    fc.assert(
      fc.property(target, fc.constantFrom("standardize", "log", "none"), (values, transform) => {
        const learning = regression.learn(regression.options.parse({ transform }), "y");
        learning.add(numbers(values), 0);
        const state = learning.finish();
        const labels = new Float32Array(values.length);
        regression.encode(state, numbers(values), labels, new Float32Array(values.length), 0);
        const raw = new Graph().input("raw", [values.length, 1]);
        const [back] = compileJs([regression.link(raw, state).value]).run({ raw: labels });
        // Labels have 24 bits; the log transform stretches that by the size of 1 + y.
        const spread = Math.max(
          state.maximum - state.minimum,
          ...values.map((y) => Math.abs(y + 1)),
        );
        values.forEach((y, i) => {
          expect(Math.abs(back[i] - y)).toBeLessThan(1e-5 * spread);
        });
      }),
    );
  });

  it("standardized labels have mean 0 and deviation 1", () => {
    fc.assert(
      fc.property(target, (values) => {
        const learning = regression.learn(regression.options.parse({}), "y");
        learning.add(numbers(values), 0);
        const labels = new Float32Array(values.length);
        regression.encode(
          learning.finish(),
          numbers(values),
          labels,
          new Float32Array(values.length),
          0,
        );
        const mean = labels.reduce((sum, z) => sum + z, 0) / labels.length;
        const variance = labels.reduce((sum, z) => sum + (z - mean) ** 2, 0) / labels.length;
        expect(Math.abs(mean)).toBeLessThan(1e-4);
        expect(Math.abs(variance - 1)).toBeLessThan(1e-3);
      }),
    );
  });
});

describe("ordinal", () => {
  it("probabilities are a distribution and the loss is its negative logarithm", () => {
    const raws = fc.array(fc.double({ min: -30, max: 30, noNaN: true }), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(raws, fc.nat(), (raw, pick) => {
        const levels = Array.from({ length: raw.length + 1 }, (_, i) => i);
        const learning = ordinal.learn(ordinal.options.parse({}), "y");
        learning.add(numbers(levels), 0);
        const state = learning.finish();
        const graph = new Graph();
        const x = graph.input("raw", [1, raw.length]);
        const y = graph.input("label", [1, 1]);
        const { probabilities } = ordinal.link(x, state);
        const label = pick % levels.length;
        const [p, loss] = compileJs([probabilities, ordinal.loss(x, y, state)]).run({
          raw,
          label: [label],
        });
        expect(p.reduce((sum, q) => sum + q, 0)).toBeCloseTo(1, 9);
        expect(loss[0]).toBeCloseTo(-Math.log(p[label]), 6);
      }),
    );
  });
});

describe("binary", () => {
  it("balanced weights give both classes the same total", () => {
    const labels = fc
      .array(fc.constantFrom(0, 1), { minLength: 2, maxLength: 50 })
      .filter((list) => list.includes(0) && list.includes(1));
    fc.assert(
      fc.property(labels, (list) => {
        const learning = binary.learn(binary.options.parse({ classWeights: "balanced" }), "y");
        learning.add(numbers(list), 0);
        const weights = new Float32Array(list.length).fill(1);
        binary.encode(learning.finish(), numbers(list), new Float32Array(list.length), weights, 0);
        const total = (c: number) =>
          list.reduce<number>((sum, y, i) => sum + (y === c ? weights[i] : 0), 0);
        expect(total(0)).toBeCloseTo(list.length / 2, 4);
        expect(total(1)).toBeCloseTo(list.length / 2, 4);
      }),
    );
  });
});

describe("histogram", () => {
  it("counts every value in the bin that holds it", () => {
    const values = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(values, (list) => {
        const { edges, counts } = histogram(Float64Array.from(list));
        expect(edges.length).toBe(counts.length + 1);
        expect(counts.reduce((sum, n) => sum + n, 0)).toBe(list.length);
        for (let i = 1; i < edges.length; i++)
          expect(edges[i]).toBeGreaterThanOrEqual(edges[i - 1]);
        expect(edges[0]).toBeLessThanOrEqual(Math.min(...list));
        expect(edges[edges.length - 1]).toBeGreaterThanOrEqual(Math.max(...list));
      }),
      { examples: [[[-5e-323, 5.4e-323]]] },
    );
  });
});
