import { describe, expect, it } from "vitest";
import { isFloat } from "../core/dtype.ts";
import { Random } from "../core/random.ts";
import { sizeOf } from "../core/shape.ts";
import { checkGradient, difference, drawValues, type Feeds } from "./check.ts";
import { vjp } from "./grad.ts";
import { Graph, type Tensor } from "./graph.ts";
import { compileJs } from "./js/run.ts";
import { evaluateOnnx } from "./onnx/session/evaluate.ts";
import type { OpName, OpRow, Sample } from "./op.ts";
import { algebra } from "./ops/algebra.ts";
import { compare } from "./ops/compare.ts";
import { convolution } from "./ops/convolution.ts";
import { elementwise } from "./ops/elementwise.ts";
import { indexing } from "./ops/indexing.ts";
import { linear } from "./ops/linear.ts";
import { movement } from "./ops/movement.ts";
import { normalising } from "./ops/normalising.ts";
import { pooling } from "./ops/pooling.ts";
import { random as randomRows } from "./ops/random.ts";
import { reduce } from "./ops/reduce.ts";
import { scan } from "./ops/scan.ts";
import { source } from "./ops/source.ts";
import { ops } from "./ops.ts";

const groups = [
  source,
  elementwise,
  compare,
  reduce,
  movement,
  indexing,
  linear,
  convolution,
  pooling,
  normalising,
  randomRows,
  algebra,
  scan,
];

interface Problem {
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  readonly feeds: Feeds;
  readonly random: Random;
}

/** Traces a sample and draws its operands. */
function trace(name: OpName, sample: Sample<OpName>, index: number): Problem {
  const random = Random.from(7, name, index);
  const graph = new Graph();
  const feeds: Feeds = {};
  const inputs = sample.shapes.map((shape, i) => {
    const domain = sample.domains?.[i] ?? { from: -2, to: 2 };
    feeds[`x${i}`] = drawValues(random, shape, domain, i);
    return graph.input(`x${i}`, shape, sample.dtypes?.[i] ?? "float32");
  });
  return { inputs, output: graph.apply(name, inputs, sample.params), feeds, random };
}

it("keeps every row of every group", () => {
  const names = groups.flatMap((group) => Object.keys(group));
  expect(new Set(names).size).toBe(names.length);
  expect(Object.keys(ops).sort()).toEqual(names.sort());
});

describe.each(Object.keys(ops) as OpName[])("%s", (name) => {
  const row = ops[name] as OpRow<OpName>;
  const samples = row.samples.map((sample, i) => [i, sample] as const);

  it("says what it does, and why what is missing is missing", () => {
    expect(row.summary.length).toBeGreaterThan(1);
    for (const part of [row.vjp, row.onnx]) {
      if (typeof part !== "function") expect(part.none.length).toBeGreaterThan(5);
    }
    expect(samples.length > 0 || name === "input" || name === "scan").toBe(true);
  });

  it.each(samples)(
    "sample %i: the shape inferred is the shape computed, without holes",
    (i, sample) => {
      const { output, feeds } = trace(name, sample, i);
      const [value] = compileJs([output]).run(feeds);
      expect(value.length).toBe(sizeOf(output.shape));
      expect(value.every((v) => Number.isFinite(v))).toBe(true);
    },
  );

  if (typeof row.onnx === "function") {
    it.each(samples)(
      "sample %i: ONNX computes what JavaScript does, the gradient too",
      async (i, sample) => {
        const { inputs, output, feeds, random } = trace(name, sample, i);
        const outputs = [output];
        if (typeof row.vjp === "function" && isFloat(output.dtype)) {
          const seed = drawValues(random, output.shape, { from: -1, to: 1 }, 0);
          const cotangent = output.graph.constant(seed, output.shape, output.dtype);
          outputs.push(
            ...vjp(
              output,
              cotangent,
              inputs.filter((t) => isFloat(t.dtype)),
            ),
          );
        }
        const expected = compileJs(outputs).run(feeds);
        for (const target of ["cpu", "webgpu", "export"] as const) {
          const actual = await evaluateOnnx(outputs, feeds, target);
          expected.forEach((e, k) => {
            expect(difference(actual[k], e), `${target}, output ${k}`).toBeLessThan(1e-5);
          });
        }
      },
    );
  }

  if (typeof row.vjp === "function") {
    it.each(samples)("sample %i: derivatives equal central differences", (i, sample) => {
      const { inputs, output, feeds, random } = trace(name, sample, i);
      if (!isFloat(output.dtype)) return;
      expect(checkGradient(output, inputs, feeds, random).relative).toBeLessThan(1e-7);
    });

    it.each(samples)("sample %i: so do second derivatives", (i, sample) => {
      const { inputs, output, feeds, random } = trace(name, sample, i);
      if (!isFloat(output.dtype)) return;
      const { graph } = output;
      feeds.seed = drawValues(random, output.shape, { from: -1, to: 1 }, 0);
      const seed = graph.input("seed", output.shape, output.dtype);
      const floats = inputs.filter((t) => isFloat(t.dtype));
      if (floats.length === 0) return;
      // A random combination of the first derivatives is one number to differentiate again.
      const mixed = vjp(output, seed, floats).map((d) => {
        const weights = drawValues(random, d.shape, { from: -1, to: 1 }, 0);
        return d.mul(graph.constant(weights, d.shape, d.dtype)).sum();
      });
      const total = mixed.reduce((a, b) => a.add(b));
      expect(checkGradient(total, [...floats, seed], feeds, random).relative).toBeLessThan(1e-6);
    });
  }
});
