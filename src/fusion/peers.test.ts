import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { grad } from "../compiler/grad.ts";
import { compileJs } from "../compiler/js/run.ts";
import { traceExample } from "./example.ts";

type Numbers = Readonly<Record<string, readonly number[]>>;

interface Recorded {
  readonly config: Readonly<Record<string, unknown>>;
  readonly features: Numbers;
  readonly present: Numbers;
  readonly label: readonly number[];
  readonly parameters: Numbers;
  readonly fused: readonly number[];
  readonly raw: readonly number[];
  readonly loss: number;
  readonly gradients: Numbers;
}

const fixture: Readonly<Record<"lowRankTensor" | "transformer", Recorded>> = JSON.parse(
  readFileSync(new URL("./fixtures/peers.json", import.meta.url), "utf8"),
);

describe.each(["lowRankTensor", "transformer"] as const)("%s equals PyTorch's", (name) => {
  const { config, features, present, label, parameters, gradients, ...results } = fixture[name];
  const example = traceExample(name, { widths: [3, 2, 4], training: true, config });
  const feeds: Record<string, readonly number[]> = { label, ...parameters };
  for (const part of ["a", "b", "c"]) {
    feeds[`${part}.features`] = features[part];
    feeds[`${part}.present`] = present[part];
  }
  const specs = [...example.builder.parameters.values()];

  test("in its parameters", () => {
    expect(specs.map((s) => s.name).sort()).toEqual(Object.keys(parameters).sort());
  });

  test("in fused features, outputs and loss, with parts absent", () => {
    const outputs = compileJs([example.fused, example.raw, example.loss]).run(feeds);
    const expected = [results.fused, results.raw, [results.loss]];
    expected.forEach((values, i) => {
      expect(outputs[i].length).toBe(values.length);
      values.forEach((v, j) => {
        expect(outputs[i][j]).toBeCloseTo(v, 9);
      });
    });
  });

  test("in every gradient", () => {
    const inputs = specs.map((s) => example.builder.graph.input(s.name, s.shape));
    const got = compileJs(grad(example.loss, inputs)).run(feeds);
    specs.forEach((spec, i) => {
      gradients[spec.name].forEach((g, j) => {
        expect(Math.abs(got[i][j] - g)).toBeLessThan(1e-9 * (1 + Math.abs(g)));
      });
    });
  });
});
