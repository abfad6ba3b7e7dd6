import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Random } from "../../../core/random.ts";
import { difference, type Feeds } from "../../check.ts";
import { vjp } from "../../grad.ts";
import { Graph, type Tensor } from "../../graph.ts";
import { compileJs } from "../../js/run.ts";
import { OnnxBuilder } from "../builder.ts";
import { evaluateOnnx } from "../session/evaluate.ts";
import { createSession } from "../session/session.ts";
import type { OnnxTensor } from "../tensor-data.ts";
import { embedImported } from "./embed.ts";
import { importOnnx } from "./import.ts";

type Make = (rows: number) => Record<string, OnnxTensor>;

const tokens = 9;

const text: Make = (rows) => {
  const random = Random.from(rows, "text");
  const int64 = (value: (i: number) => number): OnnxTensor => ({
    dtype: "int64",
    dims: [rows, tokens],
    data: BigInt64Array.from({ length: rows * tokens }, (_, i) => BigInt(value(i))),
  });
  return {
    input_ids: int64(() => random.integer(50)),
    // Texts of several lengths: the mask matters.
    attention_mask: int64((i) => +(i % tokens < 3 + (Math.floor(i / tokens) % 7))),
    token_type_ids: int64((i) => +(i % tokens > 4)),
  };
};

const picture: Make = (rows) => {
  const random = Random.from(rows, "picture");
  const data = Float32Array.from({ length: rows * 3 * 256 }, () => random.normal());
  return { pixel_values: { dtype: "float32", dims: [rows, 3, 16, 16], data } };
};

/** Models that torch wrote (fixtures/make.py), in four versions of ONNX. */
const models: readonly (readonly [string, Make, readonly string[]])[] = [
  ["text-14", text, ["last_hidden_state", "pooler_output"]],
  ["text-20", text, ["last_hidden_state", "pooler_output"]],
  ["mobile", picture, ["features"]],
  ["residual", picture, ["features"]],
];

const numbers = (tensor: OnnxTensor) => Float64Array.from(tensor.data as Float32Array, Number);

describe.each(models)("%s, written by torch", (name, make, outputs) => {
  const bytes = readFileSync(new URL(`./fixtures/${name}.onnx`, import.meta.url));
  const model = importOnnx(bytes, name);

  const declare = (graph: Graph, fed: Readonly<Record<string, OnnxTensor>>, rows: number) =>
    Object.fromEntries(
      Object.entries(fed).map(([input, { dims, dtype }]) => [
        input,
        graph.input(input, [rows, ...dims.slice(1)], dtype === "int64" ? "int32" : "float32"),
      ]),
    );

  function traced(rows: number) {
    const fed = make(rows);
    const graph = new Graph();
    const values: Feeds = Object.fromEntries(
      Object.entries(fed).map(([input, tensor]) => [input, numbers(tensor)]),
    );
    const weights: Tensor[] = [];
    const results = model.trace(
      graph,
      declare(graph, fed, rows),
      (weight) => {
        values[weight.name] = Float64Array.from(weight.values());
        const tensor = graph.input(weight.name, weight.shape);
        if (weight.trainable) weights.push(tensor);
        return tensor;
      },
      outputs,
    );
    return { fed, results: outputs.map((o) => results[o]), values, weights };
  }

  async function byEngine(file: Uint8Array, fed: Readonly<Record<string, OnnxTensor>>) {
    const session = await createSession(file, { threads: 1 });
    const results = await session.run(fed, outputs);
    await session.dispose();
    return outputs.map((o) => numbers(results[o]));
  }

  test("has no operator that cannot be read", () => {
    expect(model.unsupported).toEqual([]);
    expect(Object.values(model.operators).reduce((a, b) => a + b)).toBeGreaterThan(10);
  });

  test("the traced function gives what the engine gives", async () => {
    const { fed, results, values } = traced(5);
    const expected = await byEngine(bytes, fed);
    const computed = await evaluateOnnx(results, values);
    results.forEach((_, i) => {
      expect(difference(computed[i], expected[i])).toBeLessThan(1e-5);
    });
  });

  test("its gradient equals the slope of the function along random directions", () => {
    const { results, values, weights } = traced(2);
    const random = Random.from(4, name);
    const { graph } = results[0];
    const draw = (size: number) => Float64Array.from({ length: size }, () => random.normal());
    const cotangent = graph.constant(draw(results[0].size), results[0].shape);
    const loss = compileJs([results[0].mul(cotangent).sum()]);
    const gradients = compileJs(vjp(results[0], cotangent, weights))
      .run(values)
      .map((g) => g.slice());
    expect(weights.length).toBeGreaterThan(5);
    weights.forEach((weight, k) => {
      const { name: at } = weight.node.params as { readonly name: string };
      const direction = draw(weight.size);
      const [low, high] = [-1e-5, 1e-5].map((step) => {
        const moved = values[at].map((v, i) => v + step * direction[i]);
        return loss.run({ ...values, [at]: moved })[0][0];
      });
      const slope = gradients[k].reduce((sum, g, i) => sum + g * direction[i], 0);
      expect(Math.abs(slope - (high - low) / 2e-5) / (1 + Math.abs(slope))).toBeLessThan(1e-5);
    });
  });

  test("embedded in another file it takes any number of rows", async () => {
    const onnx = new OnnxBuilder();
    const fed = make(3);
    const inputs = Object.fromEntries(
      Object.entries(fed).map(([input, { dtype, dims }]) => [
        input,
        onnx.input(input, dtype === "int64" ? "int32" : "float32", ["rows", ...dims.slice(1)]),
      ]),
    );
    const values = embedImported(onnx, "encoder", {
      inputs,
      rows: Object.keys(fed)[0],
      trace(graph, rows, weight) {
        const results = model.trace(graph, declare(graph, fed, rows), weight, outputs);
        return outputs.map((o) => results[o]);
      },
    });
    const shapes = traced(3).results.map((t) => t.shape.slice(1));
    outputs.forEach((output, i) => {
      onnx.node("Identity", [values[i]], { outputs: [output] });
      onnx.output(output, "float32", ["rows", ...shapes[i]]);
    });
    const file = onnx.toBytes();
    for (const rows of [1, 4]) {
      const more = make(rows);
      const narrow = Object.fromEntries(
        Object.entries(more).map(([input, tensor]) => [
          input,
          tensor.dtype === "int64"
            ? { dtype: "int32" as const, dims: tensor.dims, data: Int32Array.from(numbers(tensor)) }
            : tensor,
        ]),
      );
      const [expected, got] = [await byEngine(bytes, more), await byEngine(file, narrow)];
      outputs.forEach((_, i) => {
        expect(difference(got[i], expected[i])).toBeLessThan(1e-5);
      });
    }
  });
});
