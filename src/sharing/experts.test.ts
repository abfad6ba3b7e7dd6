import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { grad } from "../compiler/grad.ts";
import { compileJs } from "../compiler/js/run.ts";
import { traceExample } from "./example.ts";

type Numbers = Readonly<Record<string, readonly number[]>>;

interface Recorded {
  readonly config: Readonly<Record<string, unknown>>;
  readonly x: readonly number[];
  readonly labels: Numbers;
  readonly parameters: Numbers;
  readonly raw: Numbers;
  readonly loss: number;
  readonly gradients: Numbers;
}

const fixture: Readonly<Record<"mmoe" | "ple", Recorded>> = JSON.parse(
  readFileSync(new URL("./fixtures/experts.json", import.meta.url), "utf8"),
);

describe.each(["mmoe", "ple"] as const)("%s equals PyTorch's", (name) => {
  const { config, x, labels, parameters, raw, loss, gradients } = fixture[name];
  const example = traceExample(name, { training: true, config });
  const feeds: Record<string, readonly number[]> = { x, ...parameters };
  for (const task of ["a", "b"]) feeds[`${task}.label`] = labels[task];
  const specs = [...example.builder.parameters.values()];

  test("in its parameters", () => {
    expect(specs.map((s) => s.name).sort()).toEqual(Object.keys(parameters).sort());
  });

  test("in outputs and loss", () => {
    const outputs = compileJs([example.raw.a, example.raw.b, example.loss]).run(feeds);
    const expected = [raw.a, raw.b, [loss]];
    expected.forEach((values, i) => {
      values.forEach((v, j) => {
        expect(outputs[i][j]).toBeCloseTo(v, 10);
      });
    });
  });

  test("in every gradient", () => {
    const inputs = specs.map((s) => example.builder.graph.input(s.name, s.shape));
    const got = compileJs(grad(example.loss, inputs)).run(feeds);
    specs.forEach((spec, i) => {
      gradients[spec.name].forEach((g, j) => {
        expect(got[i][j]).toBeCloseTo(g, 10);
      });
    });
  });
});
