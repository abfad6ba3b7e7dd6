import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { grad } from "../../compiler/grad.ts";
import { concat, Graph, type Tensor } from "../../compiler/graph.ts";
import { compileJs } from "../../compiler/js/run.ts";
import { ConfigError } from "../../core/errors.ts";
import { references } from "../../core/references.ts";
import { Builder } from "../../nn/builder.ts";
import { traceForward } from "../../train/network.ts";
import type { ProblemInput } from "../../train/problem.ts";
import { exampleProblem } from "../example.ts";
import { neuralConfig } from "./config.ts";
import { madeUpFeeds, madeUpInputs } from "./fixtures/inputs.ts";
import { groupOf } from "./groups.ts";
import { neuralNetwork } from "./network.ts";
import { neural } from "./neural.ts";
import { type Columns, tables } from "./table.ts";

type Numbers = Readonly<Record<string, readonly number[]>>;
const fixture: {
  readonly config: object;
  readonly widths: Readonly<Record<string, number>>;
  readonly columns: Numbers;
  readonly weights: readonly number[];
  readonly parameters: Numbers;
  readonly features: readonly number[];
  readonly vectors: readonly number[];
  readonly gradients: Numbers;
} = JSON.parse(readFileSync(new URL("./fixtures/table.json", import.meta.url), "utf8"));

describe("the feature-tokenizer transformer equals PyTorch's", () => {
  const names = Object.keys(fixture.widths);
  const builder = new Builder(new Graph(), true);
  const way = tables.transformer as Columns;
  const columns = names.map((name) => ({
    name,
    features: builder.feed(name, [4, fixture.widths[name]]),
    present: builder.feed(`${name}.present`, [4, 1]),
  }));
  const { features, sequence } = way.build(builder, columns, way.config.parse(fixture.config));
  const { values, mask } = sequence as { values: Tensor; mask: Tensor };
  const feeds: Record<string, readonly number[]> = { ...fixture.columns, ...fixture.parameters };
  names.forEach((name, i) => {
    feeds[`${name}.present`] = [1, 1, 0, i === 0 ? 1 : 0];
  });
  const specs = [...builder.parameters.values()];

  it("in its parameters, states and what is there", () => {
    expect(specs.map((s) => s.name).sort()).toEqual(Object.keys(fixture.parameters).sort());
    const [f, v, m] = compileJs([features, values, mask])
      .run(feeds)
      .map((x) => [...x]);
    f.forEach((x, i) => {
      expect(x).toBeCloseTo(fixture.features[i], 9);
    });
    v.forEach((x, i) => {
      expect(x).toBeCloseTo(fixture.vectors[i], 9);
    });
    expect([f.length, v.length]).toEqual([fixture.features.length, fixture.vectors.length]);
    expect(m).toEqual([1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1]);
  });

  it("in every gradient", () => {
    const all = concat([features.unsqueeze(1), values], 1);
    const weights = builder.graph.constant(fixture.weights, all.shape);
    const inputs = specs.map((s) => builder.graph.input(s.name, s.shape));
    const got = compileJs(grad(all.mul(weights).sum([0, 1, 2]), inputs)).run(feeds);
    specs.forEach((spec, i) => {
      fixture.gradients[spec.name].forEach((g, j) => {
        expect(Math.abs(got[i][j] - g)).toBeLessThan(1e-9 * (1 + Math.abs(g)));
      });
    });
  });
});

const inputs = madeUpInputs.slice(0, 3);
const { tasks } = await exampleProblem(neural.can);
const rows = 5;
const table = { type: "transformer", size: 8, heads: 2, layers: 1, dropout: 0 };

/** Raw outputs of a network, by what the feeds are changed to. */
function evaluation(options: object, some = inputs) {
  const config = neuralConfig.parse({
    trunk: { sizes: [5], dropout: 0, activation: "tanh" },
    ...options,
  });
  const { builder, outputs } = traceForward(neuralNetwork({ inputs: some, tasks }, config), rows);
  const feeds = madeUpFeeds(builder, some, rows);
  const run = compileJs(tasks.map((t) => outputs[t.name]));
  const predict = (changes: object = {}) =>
    run.run({ ...feeds, ...changes }).map((values) => [...values]);
  return { builder, feeds, predict };
}

describe.each(["concat", "bottleneck", "crossAttention", "lateAverage"])(
  "a table read by attention, fused by %s",
  (fusion) => {
    const { builder, feeds, predict } = evaluation({ fusion, table });

    it("changes with each column, in the rows that change alone", () => {
      const before = predict();
      for (const name of ["age", "size", "photo"]) {
        const width = feeds[`${name}.x`].length / rows;
        const after = predict({
          [`${name}.x`]: feeds[`${name}.x`].map((v, i) => (i < width ? v + 1 : v)),
        });
        after.forEach((raw, t) => {
          const size = raw.length / rows;
          expect(raw.slice(0, size)).not.toEqual(before[t].slice(0, size));
          expect(raw.slice(size)).toEqual(before[t].slice(size));
        });
      }
    });

    it("does not read what a missing column holds", () => {
      const missing = { "age.present": new Float64Array(rows) };
      const before = predict(missing);
      expect(predict({ ...missing, "age.x": feeds["age.x"].map(() => 99) })).toEqual(before);
      expect(before).not.toEqual(predict());
      expect(before.flat().every(Number.isFinite)).toBe(true);
    });

    it("has parameters of a group", () => {
      const made = [...builder.parameters.keys()].filter((name) => name.startsWith("columns."));
      expect(made).toContain("columns.tokens.age.weight");
      expect(new Set(made.map(groupOf))).toEqual(new Set(["encoders"]));
    });
  },
);

describe("ways to read a table", () => {
  it("cite what there is", () => {
    for (const way of Object.values<Columns>(tables))
      for (const key of way.cite ?? []) expect(references).toHaveProperty(key);
  });

  it("are one without a table, and read a single column too", () => {
    const names = (some: ProblemInput[]) => [
      ...evaluation({ table }, some).builder.parameters.keys(),
    ];
    expect(names([inputs[1]]).some((name) => name.startsWith("columns."))).toBe(false);
    expect(names([inputs[0]])).toContain("columns.class");
  });

  it("refuse heads that do not divide the size", () => {
    const bad = { table: { ...table, heads: 3 } };
    expect(() => evaluation(bad)).toThrow(ConfigError);
    expect(() => evaluation(bad)).toThrow(
      "learner.table.heads: a number that divides size, 8; got 3",
    );
  });
});
