import { describe, expect, it } from "vitest";
import { grad } from "../grad.ts";
import { concat, Graph } from "../graph.ts";
import { compileJs } from "./run.ts";

const loops = (source: string) => source.match(/for\(/g)?.length ?? 0;

describe("compileJs", () => {
  it("runs a chain of elementwise operations, and the sum at its end, in one loop", () => {
    const graph = new Graph();
    const [x, y] = [graph.input("x", [1000]), graph.input("y", [1000])];
    const f = compileJs([x.mul(y).exp().add(1).log().sum()]);
    expect(loops(f.source)).toBe(1);
    const feeds = { x: new Float64Array(1000).fill(0.5), y: new Float64Array(1000).fill(2) };
    expect(f.run(feeds)[0][0]).toBeCloseTo(1000 * Math.log(Math.E + 1), 9);
  });

  it("keeps single numbers in locals", () => {
    const graph = new Graph();
    const [a, b] = [graph.input("a", []), graph.input("b", [1, 1])];
    const f = compileJs([a.mul(b).sin().add(a).div(3)]);
    expect(loops(f.source)).toBe(0);
    expect(f.run({ a: [2], b: [0.5] })[0][0]).toBe((Math.sin(1) + 2) / 3);
  });

  it("reduces over leading, trailing and middle axes", () => {
    const graph = new Graph();
    const x = graph.input("x", [2, 3, 2]);
    const values = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    const outputs = [x.sum(0), x.mean(2), x.max(1), x.sum([0, 2]), x.mul(2).mean([0, 1]), x.min()];
    const results = compileJs(outputs)
      .run({ x: values })
      .map((r) => [...r]);
    expect(results).toEqual([
      [8, 10, 12, 14, 16, 18],
      [1.5, 3.5, 5.5, 7.5, 9.5, 11.5],
      [5, 6, 11, 12],
      [18, 26, 34],
      [12, 14],
      [1],
    ]);
  });

  it("broadcasts along any axis", () => {
    const graph = new Graph();
    const [column, row] = [graph.input("c", [2, 1, 2]), graph.input("r", [3, 1])];
    const [result] = compileJs([column.add(row)]).run({ c: [1, 2, 3, 4], r: [10, 20, 30] });
    expect([...result]).toEqual([11, 12, 21, 22, 31, 32, 13, 14, 23, 24, 33, 34]);
  });

  it("returns outputs that are inputs, constants, reshapes or one another", () => {
    const graph = new Graph();
    const x = graph.input("x", [2, 2]);
    const y = x.exp();
    const f = compileJs([
      x,
      x.reshape([4]),
      graph.constant([5, 6]),
      y,
      y.reshape([4]),
      x.sum(),
      graph.constant(7),
    ]);
    const feed = Float64Array.of(0, 0, 1, 1);
    const results = f.run({ x: feed });
    expect(results.map((r) => [...r].map((v) => Math.round(v * 100) / 100))).toEqual([
      [0, 0, 1, 1],
      [0, 0, 1, 1],
      [5, 6],
      [1, 1, 2.72, 2.72],
      [1, 1, 2.72, 2.72],
      [2],
      [7],
    ]);
    results[0][0] = 9;
    expect(feed[0]).toBe(0);
  });

  it("gives kernels single numbers and constants in memory", () => {
    const graph = new Graph();
    const a = graph.input("a", []);
    const pair = concat([a.mul(2).reshape([1]), graph.constant([3])], 0);
    expect([...compileJs([pair]).run({ a: [4] })[0]]).toEqual([8, 3]);
  });

  it("starts afresh on every run", () => {
    const graph = new Graph();
    const x = graph.input("x", [3, 2]);
    const f = compileJs([
      x.sum(0),
      ...grad(
        x
          .slice(0, 1, 2)
          .mul(x.slice(0, 2, 3))
          .sum(),
        [x],
      ),
    ]);
    const once = f.run({ x: [1, 2, 3, 4, 5, 6] }).map((r) => [...r]);
    f.run({ x: [7, 7, 7, 7, 7, 7] });
    expect(f.run({ x: [1, 2, 3, 4, 5, 6] }).map((r) => [...r])).toEqual(once);
    expect(once).toEqual([
      [9, 12],
      [0, 0, 5, 6, 3, 4],
    ]);
  });

  it("handles empty tensors", () => {
    const x = new Graph().input("x", [0, 3]);
    const [sum, exp] = compileJs([x.sum(), x.exp()]).run({ x: [] });
    expect([sum[0], exp.length]).toEqual([0, 0]);
  });

  it("names an input that is missing or has a wrong size", () => {
    const f = compileJs([new Graph().input("x", [2, 2]).exp()]);
    expect(() => f.run({})).toThrow("input x: 4 numbers for [2, 2]; got none");
    expect(() => f.run({ x: [1, 2, 3] })).toThrow("input x: 4 numbers for [2, 2]; got 3");
  });
});
