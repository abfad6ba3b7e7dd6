import { describe, expect, it } from "vitest";
import { compileJs } from "../../compiler/js/run.ts";
import { Random } from "../../core/random.ts";
import { tableFromRows } from "../../data/from-rows.ts";
import { memoryRowStore, selectEntries } from "../../data/rows.ts";
import { modalityNamed } from "../../modalities/modalities.ts";
import type { TaskKind } from "../../tasks/task.ts";
import { taskKinds } from "../../tasks/tasks.ts";
import { trainingConfig } from "../../train/config.ts";
import { encodeRows } from "../../train/encode.ts";
import { learnStates } from "../../train/learn.ts";
import { traceForward } from "../../train/network.ts";
import type { Problem } from "../../train/problem.ts";
import { families } from "../families.ts";
import { type Family, viewsFor } from "../learner.ts";
import { combinerNetwork, saidBy } from "./combiner.ts";
import type { Member } from "./members.ts";

const stacking = families.stacking as Family;

/** A number that tells much, and a text of words that belong to few rows, which a member can learn by heart. */
const table = tableFromRows(
  Array.from({ length: 200 }, (_, i) => {
    const random = Random.from(8, "stack", i);
    const x = random.normal();
    const words = Array.from({ length: 6 }, () => `w${random.integer(300)}`);
    return {
      x,
      note: i % 8 === 0 ? null : words.join(" "),
      rise: x + 0.5 * random.normal() > 0,
      much: 3 * x + random.normal(),
    };
  }),
);

async function problem(config: unknown, used = stacking): Promise<Problem> {
  const input = (name: string, type: "number" | "text") => {
    const modality = modalityNamed(type);
    return { name, modality, options: modality.options.parse({}) };
  };
  const task = (name: string, type: "binary" | "regression") => {
    const kind = taskKinds[type] as TaskKind;
    return { name, kind, options: kind.options.parse({}), weight: 0.5 };
  };
  const inputs = [input("x", "number"), input("note", "text")];
  const learned = await learnStates([table], inputs, [
    task("rise", "binary"),
    task("much", "regression"),
  ]);
  const view = viewsFor(used, used.config.parse(config), inputs);
  const train = await encodeRows([table], { ...learned, view });
  return { ...learned, train, validation: undefined, seed: 4 };
}

const training = trainingConfig.parse({ epochs: 6, batchSize: 25, threads: 1 });

describe("a stack", () => {
  it("trusts what members say of rows they have not learned from", async () => {
    const config = {
      folds: 4,
      members: {
        number: { inputs: ["x"], learner: "linear" },
        // Learns its rows by heart: without folds it would look best.
        heart: { inputs: ["note"], learner: { type: "linear", penalty: { l2: 1e-7 } } },
      },
    };
    const fitted = await stacking.fit(await problem(config), stacking.config.parse(config), {
      training,
    });
    const { weights } = fitted.facts as { weights: Record<string, Record<string, number>> };
    for (const task of ["rise", "much"]) {
      expect(weights[task].number).toBeGreaterThan(0.8);
      expect(weights[task].number + weights[task].heart).toBeCloseTo(1, 6);
    }
    fitted.dispose();
  });

  it("reads each input as its members do", async () => {
    const inputs = (await problem({})).inputs;
    const views = (members: unknown) =>
      stacking.views?.(stacking.config.parse({ members }), inputs);
    expect(views({})).toEqual({ x: "features", note: "features" });
    expect(
      views({
        net: { learner: "neural" },
        words: { inputs: ["note"], learner: "linear" },
      }),
    ).toEqual({ x: "network", note: "both" });
  });

  it("says which member, input or option is not right", async () => {
    const inputs = (await problem({})).inputs;
    const views = (members: unknown) =>
      stacking.views?.(stacking.config.parse({ members }), inputs);
    expect(() => views({ a: { inputs: ["nite"], learner: "linear" } })).toThrow(
      'learner.members.a.inputs: names of inputs (x, note); got "nite"',
    );
    expect(() => views({ a: { learner: "linaer" } })).toThrow(/did you mean linear\?/);
    expect(() => views({ a: { learner: { type: "linear", penalty: { l2: -1 } } } })).toThrow(
      /an option of linear/,
    );
    expect(() => views({ a: { learner: "stacking" } })).toThrow(/baseline, linear, neural/);
  });

  it("is the weighted mean of its members that are there", () => {
    const member = (name: string, inputs: string[]): Member => ({
      name,
      inputs,
      family: stacking,
      config: {},
    });
    const members = [member("a", ["x"]), member("b", ["y"])];
    const kind = taskKinds.regression as unknown as TaskKind;
    const task = { name: "t", kind, state: { mean: 0, deviation: 1 }, options: {}, weight: 0.5 };
    const network = combinerNetwork(members, [task], "task");
    const { builder, outputs } = traceForward(network, 4);
    expect([...builder.parameters.keys()].sort()).toEqual(["t.bias", "t.weight.a", "t.weight.b"]);
    const v = (w: number) => Math.log(Math.expm1(w)) - Math.log(Math.E - 1);
    const run = compileJs([outputs.t]).run({
      [saidBy("a", "t")]: Float64Array.of(1, 2, 3, 4),
      [saidBy("b", "t")]: Float64Array.of(5, 6, 7, 8),
      "x.present": Float64Array.of(1, 1, 0, 0),
      "y.present": Float64Array.of(1, 0, 1, 0),
      // Weights of 1.5 and 0.5 over two members: 0.75 and 0.25.
      "t.weight.a": Float64Array.of(v(1.5)),
      "t.weight.b": Float64Array.of(v(0.5)),
      "t.bias": Float64Array.of(0.5),
    });
    const expected = [0.75 * 1 + 0.25 * 5 + 0.5, 2.5, 7.5, 0.75 * 4 + 0.25 * 8 + 0.5];
    [...run[0]].forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 10);
    });
  });
});

describe("some entries of a store", () => {
  const layout = [
    { name: "a", dtype: "float32" as const, width: 2 },
    { name: "b", dtype: "int32" as const, width: 1 },
  ];
  const store = memoryRowStore(layout, 3, [
    Float32Array.of(1, 2, 3, 4, 5, 6),
    Int32Array.of(7, 8, 9),
  ]);

  it.each([
    ["in memory", store],
    ["elsewhere", { ...store, select: undefined }],
  ])("are the same rows under other names, %s", (_, from) => {
    const some = selectEntries(from, [{ from: "b", to: "c" }]);
    expect(some.layout).toEqual([{ name: "c", dtype: "int32", width: 1 }]);
    const out = new Int32Array(2);
    some.gather([2, 0], 0, 2, [out]);
    expect([...out]).toEqual([9, 7]);
    expect(() => selectEntries(from, [{ from: "z", to: "c" }])).toThrow(/z is none/);
  });
});
