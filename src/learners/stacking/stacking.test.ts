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

async function problem(config: unknown, used = stacking, rows = table): Promise<Problem> {
  const input = (name: string, type: "number" | "text") => {
    const modality = modalityNamed(type);
    return { name, modality, options: modality.options.parse({}) };
  };
  const task = (name: string, type: "binary" | "regression") => {
    const kind = taskKinds[type] as TaskKind;
    return { name, kind, options: kind.options.parse({}), weight: 0.5 };
  };
  const inputs = [input("x", "number"), input("note", "text")];
  const learned = await learnStates([rows], inputs, [
    task("rise", "binary"),
    task("much", "regression"),
  ]);
  const view = viewsFor(used, used.config.parse(config), inputs);
  const train = await encodeRows([rows], { ...learned, view });
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
    expect(views({})).toEqual({ x: "both", note: "both" });
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
      copies: 1,
      family: stacking,
      config: {},
    });
    const members = [member("a", ["x"]), member("b", ["y"])];
    const kind = taskKinds.regression as unknown as TaskKind;
    const task = { name: "t", kind, state: { mean: 0, deviation: 1 }, options: {}, weight: 0.5 };
    const network = combinerNetwork(members, [task], { weights: "task", l2: 1e-3, across: {} });
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

describe("members of a stack", () => {
  it("may learn some of the tasks, and have copies of which the mean counts", async () => {
    const config = {
      folds: 3,
      across: [],
      members: {
        rise: { inputs: ["note"], tasks: ["rise"], learner: "linear" },
        both: { inputs: ["x"], learner: "linear" },
        nets: { inputs: ["x"], tasks: ["much"], copies: 2, learner: "neural" },
      },
    };
    const of = await problem(config);
    const fitted = await stacking.fit(of, stacking.config.parse(config), { training });
    const { weights } = fitted.facts as { weights: Record<string, Record<string, number>> };
    expect(Object.keys(weights.rise)).toEqual(["rise", "both"]);
    expect(Object.keys(weights.much)).toEqual(["both", "nets"]);
    const one = { ...config.members.nets, copies: 1 };
    const single = { ...config, members: { ...config.members, nets: one } };
    const other = await stacking.fit(of, stacking.config.parse(single), { training });
    const [a, b] = [fitted.parameters, other.parameters];
    expect(a).toBeGreaterThan(b);
    const rows = Int32Array.of(0, 1, 2);
    const [mean, first] = [
      await fitted.predict(of.train.store, rows),
      await other.predict(of.train.store, rows),
    ];
    expect([...mean.much]).not.toEqual([...first.much]);
    // The copies are of one task: the other is what it was.
    mean.rise.forEach((v, i) => {
      expect(v).toBeCloseTo(first.rise[i], 3);
    });
    fitted.dispose();
    other.dispose();
  });

  it("are left out where only some tasks are learned", () => {
    const config = stacking.config.parse({
      members: {
        a: { tasks: ["rise"], learner: "linear" },
        b: { tasks: ["much", "rise"], learner: "linear" },
      },
    });
    const some = stacking.forTasks?.(config, [{ name: "much", kind: "regression" }]) as {
      members: Record<string, { tasks?: string[] }>;
    };
    expect(Object.keys(some.members)).toEqual(["b"]);
    expect(some.members.b.tasks).toEqual(["much"]);
  });

  it("are named where a task is none, or has none", async () => {
    const learn = async (members: unknown) => {
      const of = await problem({ members });
      return stacking.fit(of, stacking.config.parse({ members }), { training });
    };
    await expect(learn({ a: { tasks: ["rize"], learner: "linear" } })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: 'learner.members.a.tasks: names of tasks (rise, much); got "rize"',
      hint: "did you mean rise?",
    });
    await expect(learn({ a: { tasks: ["rise"], learner: "linear" } })).rejects.toThrow(
      "learner.members: a member for each task; none learns much",
    );
  });
});

/** A sign that x tells, and an amount that only the sign, not x itself, tells. */
const bent = tableFromRows(
  Array.from({ length: 240 }, (_, i) => {
    const random = Random.from(2, "bent", i);
    const x = random.normal();
    return { x, note: "-", rise: x > 0, much: (x > 0 ? 1 : -1) + 0.1 * random.normal() };
  }),
);

describe("a stack's tasks", () => {
  const members = { line: { inputs: ["x"], learner: "linear" } };

  async function learn(options: object) {
    const config = { folds: 3, members, ...options };
    const of = await problem(config, stacking, bent);
    const fitted = await stacking.fit(of, stacking.config.parse(config), { training });
    const { store, truth } = of.train;
    const { much } = await fitted.predict(
      store,
      Int32Array.from({ length: 240 }, (_, i) => i),
    );
    fitted.dispose();
    const { mean, scale } = moments(truth.much);
    const error = much.reduce((sum, v, i) => sum + (v - (truth.much[i] - mean) / scale) ** 2, 0);
    return { error: error / 240, across: fitted.facts.across as Record<string, number> };
  }

  function moments(values: Float64Array) {
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const square = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
    return { mean, scale: Math.sqrt(square / values.length) };
  }

  it("learn from what is said of others where that helps", async () => {
    const alone = await learn({ across: [] });
    const helped = await learn({ across: [1e-3, 1e6] });
    expect(alone.across).toEqual({});
    expect(helped.across.much).toBe(1e-3);
    expect(helped.error).toBeLessThan(0.7 * alone.error);
  });

  it("learn nothing from tasks whose members see more", async () => {
    const apart = {
      much: { inputs: ["x"], tasks: ["much"], learner: "linear" },
      rise: { inputs: ["x", "note"], tasks: ["rise"], learner: "linear" },
    };
    const { across } = await learn({ members: apart, across: [1e-3] });
    expect(across.much).toBeUndefined();
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
