import { describe, expect, it } from "vitest";
import { exampleProblem } from "../learners/example.ts";
import { neuralConfig } from "../learners/neural/config.ts";
import { groupOf } from "../learners/neural/groups.ts";
import { neuralNetwork } from "../learners/neural/network.ts";
import { neural } from "../learners/neural/neural.ts";
import { Arena } from "../optim/memory.ts";
import { createOptimizer } from "../optim/optimizers.ts";
import { trainingConfig } from "./config.ts";
import { traceTraining } from "./network.ts";
import { initializeParameters, layoutParameters, type WarmStart } from "./parameters.ts";
import { type RateRules, Rates, withoutTasks } from "./rates.ts";

const problem = await exampleProblem(neural.can, { rows: 96, seed: 5 });
const config = neuralConfig.parse({ trunk: { sizes: [12, 8], dropout: 0 } });

/** The parameters before training. */
const drawn: WarmStart = (() => {
  const { builder } = traceTraining(neuralNetwork(problem, config), 4);
  const layout = layoutParameters(builder.parameters.values());
  const weights = new Float32Array(layout.length);
  initializeParameters(builder.parameters, layout, weights, problem.seed);
  return new Map(
    layout.slots.map((s) => [
      s.name,
      { shape: s.shape, values: weights.slice(s.start, s.start + s.size) },
    ]),
  );
})();

async function fitted(
  training: object,
  options: { warmStart?: WarmStart; carriedRates?: RateRules } = {},
  learner = config,
): Promise<WarmStart> {
  const model = await neural.fit(problem, learner, {
    threads: 1,
    training: trainingConfig.parse({ epochs: 3, batchSize: 32, ...training }),
    ...options,
  });
  const found = model.warmStart?.() as WarmStart;
  model.dispose();
  return found;
}

const plainSgd = (learningRate = 0.05) => ({
  optimizer: { type: "sgd", learningRate, momentum: 0, weightDecay: 0.1 },
});
const namesOf = (beginning: string) => [...drawn.keys()].filter((n) => n.startsWith(beginning));
const bits = (values: WarmStart, name: string) => [
  ...new Uint32Array(values.get(name)?.values.slice().buffer ?? new ArrayBuffer(0)),
];

describe("frozen parameters", () => {
  const optimizers = [
    { type: "sgd", momentum: 0.9, weightDecay: 0.1 },
    { type: "adam", weightDecay: 0.1 },
    { type: "adamw", weightDecay: 0.1 },
  ];
  it.each(optimizers)("stay as they are to the bit under $type", async (optimizer) => {
    for (const rules of [{ freeze: { encoders: "always" } }, { learningRates: { encoders: 0 } }]) {
      const after = await fitted(
        { optimizer, ...rules },
        {},
        neuralConfig.parse({ trunk: { sizes: [12, 8] }, regularization: { l1: 0.01, l2: 0.1 } }),
      );
      const [encoders, others] = [namesOf("encoder."), namesOf("sharing.")];
      expect(encoders.length).toBeGreaterThan(3);
      for (const name of encoders) expect(bits(after, name), name).toEqual(bits(drawn, name));
      for (const name of others) expect(bits(after, name), name).not.toEqual(bits(drawn, name));
    }
  });

  it("begin to move after their epochs", async () => {
    const until = async (epochs: number) =>
      fitted({ epochs, freeze: { "encoder.note": 2 }, optimizer: { type: "adam" } });
    const note = "encoder.note.embedding.table";
    expect(bits(await until(2), note)).toEqual(bits(drawn, note));
    expect(bits(await until(3), note)).not.toEqual(bits(drawn, note));
  });

  it("do not count in the norm that clipping looks at", async () => {
    const clip = { type: "norm", maximum: 1e-3 };
    const step = async (rules: object) => {
      const after = await fitted({ ...plainSgd(1), epochs: 1, batchSize: 96, clip, ...rules });
      let squares = 0;
      for (const [name, { values }] of after)
        for (let i = 0; i < values.length; i++)
          squares += (values[i] - (drawn.get(name)?.values[i] ?? 0)) ** 2;
      return Math.sqrt(squares);
    };
    // Without decay the whole step is as long as the clip allows, whatever is frozen.
    const plain = { optimizer: { type: "sgd", learningRate: 1, momentum: 0, weightDecay: 0 } };
    expect(await step(plain)).toBeCloseTo(1e-3, 6);
    expect(await step({ ...plain, freeze: { encoders: "always" } })).toBeCloseTo(1e-3, 6);
  });
});

describe("learning rates of groups", () => {
  it("scale the update of plain SGD, to the bit that of a run at that rate", async () => {
    const once = { epochs: 1, batchSize: 96 };
    const scaled = await fitted({ ...plainSgd(0.05), ...once, learningRates: { sharing: 0.25 } });
    const slow = await fitted({ ...plainSgd(0.05 * 0.25), ...once });
    const fast = await fitted({ ...plainSgd(0.05), ...once });
    for (const name of namesOf("sharing.")) expect(bits(scaled, name)).toEqual(bits(slow, name));
    for (const name of [...namesOf("encoder."), ...namesOf("head.")])
      expect(bits(scaled, name)).toEqual(bits(fast, name));
    const weight = "sharing.trunk.0.linear.weight";
    const move = (from: WarmStart, i: number) =>
      (from.get(weight)?.values[i] ?? 0) - (drawn.get(weight)?.values[i] ?? 0);
    let moved = 0;
    for (let i = 0; i < 12; i++) {
      expect(move(scaled, i)).toBeCloseTo(0.25 * move(fast, i), 6);
      moved += Math.abs(move(fast, i));
    }
    expect(moved).toBeGreaterThan(1e-4);
  });

  it("are those of the finest name", async () => {
    const rules = { sharing: 1, "sharing.trunk.1": 0, "head.price.bias": 0 };
    const after = await fitted({ ...plainSgd(), learningRates: rules });
    for (const name of drawn.keys()) {
      const held = name.startsWith("sharing.trunk.1.") || name === "head.price.bias";
      if (name.endsWith(".missing") || name.startsWith("encoder.")) continue;
      if (held) expect(bits(after, name), name).toEqual(bits(drawn, name));
      else expect(bits(after, name), name).not.toEqual(bits(drawn, name));
    }
  });

  it("of what was carried over leave the rest alone", async () => {
    const name = "sharing.trunk.0.linear.weight";
    const { shape, values } = drawn.get(name) as { shape: number[]; values: Float32Array };
    const taken = new Uint8Array(values.length).fill(1, 0, 24);
    const warm: WarmStart = new Map([[name, { shape, values: values.map((v) => v + 1), taken }]]);
    const after = await fitted(plainSgd(), {
      warmStart: warm,
      carriedRates: { learningRates: {}, freeze: { sharing: "always" } },
    });
    const found = after.get(name)?.values as Float32Array;
    for (let i = 0; i < values.length; i++) {
      if (i < 24) expect(found[i]).toBe(Math.fround(values[i] + 1));
      else expect(found[i]).not.toBe(values[i]);
    }
    expect(bits(after, "sharing.trunk.1.linear.weight")).not.toEqual(
      bits(drawn, "sharing.trunk.1.linear.weight"),
    );
  });

  it("refuse names that nothing has, and solvers that know one rate", async () => {
    await expect(fitted({ learningRates: { encoder: 0.1, "encoder.nota": 1 } })).rejects.toThrow(
      /^training\.learningRates: groups of parameters \(encoders, sharing, heads, .*; got "encoder\.nota"$/,
    );
    await expect(fitted({ freeze: { headz: 1 } })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      hint: "did you mean heads?",
    });
    await expect(fitted({ optimizer: { type: "lbfgs" }, freeze: { heads: 1 } })).rejects.toThrow(
      "training.freeze: one rate for all parameters, and none frozen, with",
    );
    const tied = neuralConfig.parse({
      trunk: { sizes: [8], dropout: 0 },
      regularization: { tasks: "l21" },
    });
    await expect(fitted({ learningRates: { "head.price": 0.1 } }, {}, tied)).rejects.toThrow(
      "training: one learning rate for parameters that a penalty ties (head.price.weight",
    );
  });
});

describe("moments of a range that was frozen", () => {
  it.each(["adam", "adamw"] as const)("are corrected from its first step on: %s", (type) => {
    const stepped = (since: number, t: number) => {
      const names = ["weights", "gradients", "first", "second"];
      const arena = new Arena(names.map((name) => ({ name, dtype: "float32", length: 8 })));
      const [weights, gradients, first, second] = names.map((n) => arena.float32(n));
      weights.fill(1);
      gradients.forEach((_, i) => {
        gradients[i] = i - 3.5;
      });
      const groups = [
        { start: 0, end: 4, frozen: true },
        { start: 4, end: 8, since },
      ];
      const state = {
        kernels: arena.kernels,
        weights,
        gradients,
        moments: [first, second],
        groups,
      };
      createOptimizer(
        { type, learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
        state,
      ).step(0.1, t);
      return [...weights];
    };
    expect(stepped(40, 41)).toEqual(stepped(0, 1));
    expect(stepped(40, 41)).toEqual([
      1,
      1,
      1,
      1,
      ...[0, 1, 2, 3].map(() => expect.closeTo(0.9, 4)),
    ]);
    expect(stepped(0, 41)).not.toEqual(stepped(0, 1));
  });
});

const noRules: RateRules = { learningRates: {}, freeze: {} };

describe("ranges", () => {
  it("of tasks that are not learned have no rules", () => {
    const rules = {
      learningRates: { "head.a": 0.5, "sharing.tower.b": 2, heads: 1 },
      freeze: { "head.a.bias": 1 },
    };
    expect(withoutTasks(rules, ["a", "b"])).toEqual({ learningRates: { heads: 1 }, freeze: {} });
    expect(withoutTasks(rules, ["bias"])).toEqual(rules);
  });

  const spec = (name: string, shape: number[], decay = true) => ({
    name,
    shape,
    decay,
    initialize: () => {},
  });
  const layout = layoutParameters([
    spec("encoder.a.table", [3, 2]),
    spec("encoder.a.missing", [2], false),
    spec("head.y.weight", [2, 1]),
  ]);

  it("of equal rules are one, and change at the epochs named", () => {
    const rates = new Rates({ layout, groupOf, rules: { ...noRules, freeze: { encoders: 2 } } });
    expect(rates.groups(0, 5)).toEqual([
      { start: 0, end: 6, weightDecay: true, learningRate: 1, frozen: true, since: 0 },
      { start: 6, end: 8, weightDecay: false, learningRate: 1, frozen: true, since: 0 },
      { start: 8, end: 10, weightDecay: true, learningRate: 1, frozen: false, since: 0 },
    ]);
    expect(rates.groups(2, 5)[0]).toMatchObject({ frozen: false, since: 10 });
    expect([0, 1, 2, 3].map((e) => rates.changesAt(e))).toEqual([false, false, true, false]);
  });

  it("are cut where values were taken, unless they alternate too often", () => {
    const carried: RateRules = { learningRates: { encoders: 0.5 }, freeze: {} };
    const cut = (size: number, every: number) => {
      const long = layoutParameters([spec("encoder.a.table", [size, 1])]);
      const taken = Uint8Array.from({ length: size }, (_, i) => (i % every === 0 ? 1 : 0));
      const map = new Map([["encoder.a.table", taken]]);
      return new Rates({ layout: long, groupOf, rules: noRules, carried, taken: map }).groups(0, 1);
    };
    expect(cut(4, 4).map((g) => [g.start, g.end, g.learningRate])).toEqual([
      [0, 1, 0.5],
      [1, 4, 1],
    ]);
    expect(cut(600, 2)).toMatchObject([{ start: 0, end: 600, learningRate: 1 }]);
  });
});
