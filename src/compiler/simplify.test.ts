import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../core/random.ts";
import { difference } from "./check.ts";
import { grad } from "./grad.ts";
import { concat, Graph, type Tensor } from "./graph.ts";
import { compileJs } from "./js/run.ts";
import { needed } from "./needed.ts";
import { compileProgram } from "./onnx/program.ts";
import { isOp, type OpName, type OpParams, type TensorType } from "./op.ts";
import { ops } from "./ops.ts";

/** A graph that takes every application as it is written. */
class PlainGraph extends Graph {
  override apply<K extends OpName>(op: K, inputs: readonly Tensor[], params: OpParams[K]): Tensor {
    return this.make(op, inputs, params, ops[op].infer(inputs, params) as TensorType);
  }
}

/** The operations that some tensors need, sources left out. */
function operations(...outputs: Tensor[]): string[] {
  return needed(outputs.map((t) => t.node))
    .map((n) => n.op)
    .filter((op) => op !== "input" && op !== "const");
}

/** Grows a value by random steps; the steps are those for which the rules of simplification look. */
function grow(graph: Graph, random: Random): Tensor {
  const x = graph.input("x", [4, 6]);
  const pool: Tensor[] = [x, graph.input("y", [6]), graph.input("z", [])];
  const pick = () => pool[random.integer(pool.length)];
  const scalar = () => graph.constant([0, 1, -1, 2, 0.5][random.integer(5)], []);
  for (let step = 0; step < 12; step++) {
    const a = pick();
    const b = pick();
    const wide = x.mul(a.rank <= 2 && (a.rank === 0 || a.shape.at(-1) === 6) ? scalar() : 1);
    const steps: (() => Tensor)[] = [
      () => a.neg(),
      () => a.add(scalar()),
      () => scalar().add(a),
      () => a.sub(scalar()),
      () => scalar().sub(a),
      () => a.mul(scalar()),
      () => scalar().mul(a),
      () => a.div(graph.constant(random.integer(2) + 1, [])),
      () => (b.shape.join() === a.shape.join() ? a.add(b.neg()) : wide),
      () => (b.shape.join() === a.shape.join() ? a.neg().sub(b.neg()) : wide),
      () => a.mul(a).add(1).pow([-1, 0.5, 1, 2][random.integer(4)]),
      () => a.reshape([a.size]).reshape(a.shape),
      () => (a.rank === 2 ? a.transpose().transpose() : a),
      () => (a.rank === 2 ? a.transpose() : a),
      () =>
        a
          .sum(a.rank - 1 < 0 ? [] : [a.rank - 1], { keepDims: true })
          .expand(a.shape)
          .mul(a),
      () =>
        a.rank > 0 && a.shape[0] > 2
          ? concat([a.slice(0, 0, 1), a.slice(0, 1, 2), a.slice(0, 2)], 0)
          : a,
      () =>
        a.rank > 0
          ? a.slice(0, 0).pad(
              a.shape.map(() => 0),
              a.shape.map(() => 0),
            )
          : a,
      () => a.cast(a.dtype).tanh(),
    ];
    pool.push(steps[random.integer(steps.length)]());
  }
  return pool.map((t) => t.sum()).reduce((a, b) => a.add(b));
}

describe("simplify", () => {
  it("leaves values and gradients of random graphs as they are", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const results = [new Graph(), new PlainGraph()].map((graph) => {
          const loss = grow(graph, Random.from(seed));
          const wrt = [graph.input("x", [4, 6]), graph.input("y", [6]), graph.input("z", [])];
          const outputs = [loss, ...grad(loss, wrt)];
          const random = Random.from(seed, "feeds");
          const draw = (n: number) => Float64Array.from({ length: n }, () => random.normal());
          return compileJs(outputs).run({ x: draw(24), y: draw(6), z: draw(1) });
        });
        results[0].forEach((values, i) => {
          const scale = Math.max(1, ...results[1][i].map(Math.abs));
          const [a, b] = [values.map((v) => v / scale), results[1][i].map((v) => v / scale)];
          expect(difference(a, b)).toBeLessThan(1e-11);
        });
      }),
      { numRuns: 150 },
    );
  });

  const graph = new Graph();
  const x = graph.input("x", [6, 4]);
  const row = graph.input("row", [4]);

  it("writes an expression that occurs twice once", () => {
    expect(x.mul(row).node).toBe(x.mul(row).node);
    expect(graph.constant(Number.NaN).node).toBe(graph.constant(Number.NaN).node);
    expect(graph.constant(0).node).not.toBe(graph.constant(-0).node);
  });

  it("drops what does nothing", () => {
    for (const same of [
      x.add(0),
      x.sub(0),
      x.mul(1),
      x.div(1),
      x.pow(1),
      x.neg().neg(),
      x.mul(-1).neg(),
      x.reshape([24]).reshape([6, 4]),
      x.transpose().transpose(),
      x.expand([6, 4]),
      x.slice(0, 0, 6),
      x.pad([0, 0], [0, 0]),
      x.cast("float32"),
      concat([x], 0),
      concat([x.slice(0, 0, 2), x.slice(0, 2, 6)], 0),
    ]) {
      expect(same.node).toBe(x.node);
    }
  });

  it("keeps an addition of zero that broadcasts", () => {
    const zeros = graph.zeros([2, 6, 4]);
    expect(x.add(zeros).shape).toEqual([2, 6, 4]);
  });

  it("folds constants", () => {
    const two = graph.constant(2);
    expect(two.mul(3).add(1).sqrt().node).toBe(graph.constant(Math.sqrt(7)).node);
    const list = graph.constant([1, 2, 3, 4], [2, 2]).transpose();
    expect(isOp(list.node, "const") && [...(list.node.params.value as Float64Array)]).toEqual([
      1, 3, 2, 4,
    ]);
    expect(isOp(x.mul(2).mul(3).node, "mul") && x.mul(2).mul(3).node).toBe(x.mul(6).node);
  });

  it("turns powers, and signs beside a sum, into cheaper operations", () => {
    expect(operations(x.pow(2))).toEqual(["mul"]);
    expect(operations(x.pow(0.5))).toEqual(["sqrt"]);
    expect(operations(x.neg().add(1))).toEqual(["sub"]);
    expect(operations(x.add(row.neg()))).toEqual(["sub"]);
    expect(operations(x.sub(row.neg()))).toEqual(["add"]);
  });

  it("lets an elementwise operation broadcast instead of its operand being expanded", () => {
    expect(operations(x.mul(row.expand([6, 4])))).toEqual(["mul"]);
    expect(operations(x.add(graph.input("z", []).expand([6, 4])))).toEqual(["add"]);
    const both = row
      .expand([6, 4])
      .mul(row.exp().expand([6, 4]))
      .neg();
    expect(operations(both)).toEqual(["exp", "mul", "neg", "expand"]);
    expect(needed([both.node]).filter((n) => n.shape.length === 2)).toEqual([both.node]);
  });

  it("joins neighbouring slices again, and only those", () => {
    const joined = concat([x.slice(0, 1, 2), x.slice(0, 2, 5)], 0);
    expect(joined.node).toBe(x.slice(0, 1, 5).node);
    const swapped = concat([x.slice(0, 2, 5), x.slice(0, 1, 2)], 0);
    expect(operations(swapped)).toContain("concat");
  });

  it("joins the cotangents of slices in one concatenation", () => {
    const loss = [0, 1, 2]
      .map((i) =>
        x
          .slice(0, 2 * i, 2 * i + 2)
          .exp()
          .sum(),
      )
      .reduce((a, b) => a.add(b));
    const list = operations(...grad(loss, [x]));
    expect(list.filter((op) => op === "concat").length).toBe(1);
    expect(list).not.toContain("pad");
    const gap = x
      .slice(0, 0, 2)
      .exp()
      .sum()
      .add(x.slice(0, 4, 6).exp().sum());
    expect(operations(...grad(gap, [x]))).not.toContain("pad");
  });

  it("does not give ONNX an empty list of axes, which there means all", () => {
    const single = graph.input("single", [1, 3]);
    for (const y of [single.sumSquares([]), single.logSumExp([]), single.sum([]), single.max(0)]) {
      expect(operations(y).some((op) => ops[op as OpName].traits.includes("reduction"))).toBe(
        false,
      );
    }
  });

  it("emits only what is needed", () => {
    x.mul(row).tanh();
    expect(compileProgram({ y: x.exp() }).nodes).toBe(2);
  });
});
