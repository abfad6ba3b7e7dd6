import { describe, expect, it } from "vitest";
import { Graph } from "../../compiler/graph.ts";
import { compileJs } from "../../compiler/js/run.ts";
import { Random } from "../../core/random.ts";
import { sizeOf } from "../../core/shape.ts";
import { type FusionName, fusions } from "../../fusion/fusions.ts";
import { Builder } from "../../nn/builder.ts";
import { traceForward, traceTraining } from "../../train/network.ts";
import { exampleProblem } from "../example.ts";
import { neuralConfig } from "./config.ts";
import { madeUpFeeds, madeUpInputs } from "./fixtures/inputs.ts";
import { neuralNetwork } from "./network.ts";
import { neural } from "./neural.ts";
import { partsOf, presence } from "./parts.ts";

const inputs = madeUpInputs;
const { tasks } = await exampleProblem(neural.can);
const [rows, names] = [6, inputs.map((i) => i.name)];

const configOf = (options: object) =>
  neuralConfig.parse({ trunk: { sizes: [5], dropout: 0 }, ...options });

describe("parts", () => {
  const table = { block: "table" } as const;
  const own = { block: "own" } as const;

  it("are the table and each other input", () => {
    expect(partsOf(inputs)).toEqual([
      { name: "table", inputs: [0, 2], table: true },
      { name: "photo", inputs: [1], table: false },
      { name: "note", inputs: [3], table: false },
    ]);
    expect(partsOf([{ name: "photo", modality: own }])).toEqual([
      { name: "photo", inputs: [0], table: false },
    ]);
  });

  it("have names of their own", () => {
    const parts = partsOf([
      { name: "table", modality: own },
      { name: "age", modality: table },
    ]);
    expect(parts.map((p) => p.name)).toEqual(["table:columns", "table"]);
  });
});

describe.each(Object.keys(fusions) as FusionName[])("a network with fusion %s", (type) => {
  const small = { tokens: 2, size: 4, heads: 2, dropout: 0 };
  const attends = ["crossAttention", "transformer", "bottleneck", "perceiver"].includes(type);
  const fusion = { type, ...(attends ? small : {}) };
  const network = neuralNetwork({ inputs, tasks }, configOf({ fusion }));

  it("does not read what a missing cell holds, to the bit, whichever cells are missing", () => {
    const { builder, outputs } = traceForward(network, rows);
    const run = compileJs(Object.values(outputs));
    const feeds = madeUpFeeds(builder, inputs, rows);
    for (let missing = 1; missing < 2 ** inputs.length; missing++) {
      const [holding, garbage] = [{ ...feeds }, { ...feeds }];
      names.forEach((name, i) => {
        if (((missing >> i) & 1) === 0) return;
        const present = Float64Array.of(1, 0, 0, 1, 0, 0);
        const width = feeds[`${name}.x`].length / rows;
        holding[`${name}.present`] = garbage[`${name}.present`] = present;
        garbage[`${name}.x`] = feeds[`${name}.x`].map((v, at) =>
          present[Math.floor(at / width)] ? v : 77,
        );
      });
      const [a, b] = [holding, garbage].map((f) => run.run(f).map((values) => [...values]));
      expect(b).toEqual(a);
      expect(a.flat().every(Number.isFinite)).toBe(true);
    }
  });

  it("trains with a joint loss that reaches the encoder of every part", () => {
    const { builder, outputs } = traceTraining(network, rows);
    const maps = names.map((name) => outputs[`∇encoder.${name}.map.weight`]);
    const gradients = compileJs([...maps, outputs.loss]).run(
      madeUpFeeds(builder, inputs, rows, tasks),
    );
    for (const values of gradients) expect(values.some((v) => Math.abs(v) > 1e-9)).toBe(true);
  });
});

describe("decisions of parts", () => {
  it("come from networks of their own, with every way of sharing's layers", () => {
    for (const sharing of ["hard", "mmoe", "crossStitch"]) {
      const network = neuralNetwork(
        { inputs, tasks },
        configOf({ fusion: "lateProduct", sharing, trunk: { sizes: [5], dropout: 0 } }),
      );
      const { builder } = traceForward(network, rows);
      const made = [...builder.parameters.keys()];
      for (const part of ["table", "photo", "note"])
        for (const { name } of tasks) expect(made).toContain(`part.${part}.head.${name}.weight`);
      expect(made.filter((n) => n.startsWith("head.") || n.startsWith("sharing."))).toEqual([]);
    }
  });

  it("become probabilities as their kinds say", () => {
    for (const { kind, state } of tasks) {
      const raw = new Graph().input("raw", [2, kind.outputSize(state)]);
      const values = { raw: Float64Array.from({ length: raw.size }, (_, i) => 0.7 * i - 0.4) };
      const { probability, probabilities = probability } = kind.link(raw, state);
      expect(kind.posterior === undefined).toBe(probabilities === undefined);
      if (kind.posterior === undefined) continue;
      const [got, expected] = compileJs([probabilities, raw[kind.posterior]()]).run(values);
      expect([...got]).toEqual([...expected]);
    }
  });

  it("start at the prior together", () => {
    for (const fusion of ["lateAverage", "lateProduct", "lateStack"]) {
      const network = neuralNetwork({ inputs, tasks }, configOf({ fusion }));
      const { builder, outputs } = traceForward(network, rows);
      const feeds = madeUpFeeds(builder, inputs, rows);
      for (const { name, shape, initialize } of builder.parameters.values()) {
        const start = new Float32Array(sizeOf(shape));
        initialize(start, shape, Random.from(1, name));
        feeds[name] = Float64Array.from(start);
        if (/head\..*weight$/.test(name)) feeds[name].fill(0);
      }
      for (const { name, kind, state } of tasks) {
        const [raw] = compileJs([outputs[name]]).run(feeds);
        const prior = kind.prior(state);
        prior.forEach((p, i) => {
          expect(raw[i]).toBeCloseTo(p, 5);
        });
      }
    }
  });
});

describe("modality dropout", () => {
  const count = 4000;
  /** Which inputs a step sees where some are there, row by row. */
  function seen(rate: number, there: Readonly<Record<string, number>>, training = true) {
    const builder = new Builder(new Graph(), training);
    const fed = Object.fromEntries(
      names.map((n) => [`${n}.present`, builder.feed(`${n}.present`, [count, 1])]),
    );
    const kept = presence(builder, inputs, fed, rate);
    const feeds: Record<string, Float64Array> = {};
    for (const n of names) feeds[`${n}.present`] = new Float64Array(count).fill(there[n] ?? 1);
    for (const mask of builder.masks) {
      const random = Random.from(4, mask.name);
      feeds[mask.name] = Float64Array.from({ length: count }, () => random.uniform());
    }
    const values = compileJs(kept)
      .run(feeds)
      .map((v) => v.slice());
    return { builder, shares: values.map((v) => v.reduce((a, b) => a + b) / count), values };
  }

  it("leaves out parts as often as it says, but never all of a row", () => {
    const { values, shares } = seen(0.5, {});
    const [age, photo, size, note] = values;
    expect(size).toEqual(age);
    for (let r = 0; r < count; r++) expect(age[r] + photo[r] + note[r]).toBeGreaterThan(0);
    // A part goes with probability 0.5, less 0.5³ / 3 of rows where it alone is kept after all.
    const expected = 0.5 + 0.5 ** 3 / 3;
    const error = Math.sqrt((expected * (1 - expected)) / count);
    for (const share of shares) expect(Math.abs(share - expected)).toBeLessThan(5 * error);
  });

  it("keeps the only part that is there, and brings none back", () => {
    const { shares } = seen(0.9, { age: 0, size: 0, photo: 0 });
    expect(shares).toEqual([0, 0, 0, 1]);
    expect(seen(0.9, { age: 0, size: 0, photo: 0, note: 0 }).shares).toEqual([0, 0, 0, 0]);
  });

  it("keeps apart the cells of a table that are missing", () => {
    const { values } = seen(0.5, { age: 0 });
    expect(values[0].every((v) => v === 0)).toBe(true);
    expect(values[2].some((v) => v === 1)).toBe(true);
  });

  it("draws nothing in evaluation, at 0, or with one part", () => {
    expect(seen(0.5, {}, false).builder.masks).toEqual([]);
    expect(seen(0, {}).builder.masks).toEqual([]);
    const builder = new Builder(new Graph(), true);
    const present = builder.feed("age.present", [3, 1]);
    presence(builder, [inputs[0]], { "age.present": present }, 0.5);
    expect(builder.masks).toEqual([]);
    expect(seen(0.5, {}).builder.masks).toHaveLength(3);
  });
});
