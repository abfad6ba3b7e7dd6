import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { Arena } from "./memory.ts";
import type { OptimizerState, ParameterGroup } from "./optimizer.ts";
import {
  createOptimizer,
  momentsOf,
  type OptimizerConfig,
  optimizerConfig,
  optimizers,
} from "./optimizers.ts";

interface Fixture {
  weights: number[];
  gradients: number[][];
  cases: {
    name: string;
    config: z.input<typeof optimizerConfig>;
    weights: Record<string, number[]>;
  }[];
}

const fixture: Fixture = JSON.parse(
  readFileSync(new URL("./fixtures/optimizers.json", import.meta.url), "utf8"),
);

function prepare(config: OptimizerConfig, groups?: ParameterGroup[]): OptimizerState {
  const n = fixture.weights.length;
  const count = momentsOf(config);
  const arena = new Arena((2 + count) * (4 * n + 16));
  const weights = arena.float32("weights", n);
  weights.set(fixture.weights);
  return {
    kernels: arena.kernels,
    weights,
    gradients: arena.float32("gradients", n),
    moments: Array.from({ length: count }, (_, i) => arena.float32(`moment ${i}`, n)),
    groups,
  };
}

function advance(config: OptimizerConfig, state: OptimizerState, from: number, to: number): void {
  const run = createOptimizer(config, state);
  for (let t = from; t <= to; t++) {
    state.gradients.set(fixture.gradients[t - 1]);
    run.step(config.learningRate, t);
  }
}

describe("50 steps equal torch's", () => {
  it.each(fixture.cases)("$name", ({ config: input, weights }) => {
    const config = optimizerConfig.parse(input);
    const state = prepare(config);
    let done = 0;
    for (const [t, expected] of Object.entries(weights)) {
      advance(config, state, done + 1, Number(t));
      done = Number(t);
      // A rounding of float32 a step, in weights of size about 1.
      for (const [i, w] of expected.entries()) {
        expect(Math.abs(state.weights[i] - w), `step ${t}, weight ${i}`).toBeLessThan(2e-6);
      }
    }
    expect(done).toBe(50);
  });
});

const configs = [
  optimizerConfig.parse({ type: "gd", weightDecay: 0.1 }),
  optimizerConfig.parse({ type: "sgd", weightDecay: 0.1, nesterov: true }),
  optimizerConfig.parse({ type: "adam", weightDecay: 0.1 }),
  optimizerConfig.parse({ type: "adamw", weightDecay: 0.1 }),
];

describe.each(configs)("$type", (config) => {
  it("resumes bit for bit from weights, moments and the number of steps", () => {
    const straight = prepare(config);
    advance(config, straight, 1, 40);
    const before = prepare(config);
    advance(config, before, 1, 17);
    const after = prepare(config);
    after.weights.set(before.weights);
    for (const [i, moment] of after.moments.entries()) moment.set(before.moments[i]);
    advance(config, after, 18, 40);
    expect(after.weights).toEqual(straight.weights);
    expect(after.moments).toEqual(straight.moments);
  });

  it("obeys its groups", () => {
    const plain = prepare({ ...config, weightDecay: 0 });
    advance({ ...config, weightDecay: 0 }, plain, 1, 5);
    const whole = prepare(config);
    advance(config, whole, 1, 5);
    const half = prepare(config);
    advance({ ...config, learningRate: config.learningRate / 2 }, half, 1, 5);
    const grouped = prepare(config, [
      { start: 0, end: 3, weightDecay: false },
      { start: 3, end: 5, frozen: true },
      { start: 5, end: 8, learningRate: 0.5 },
      { start: 10, end: 11 },
    ]);
    advance(config, grouped, 1, 5);
    const got = [...grouped.weights];
    expect(got.slice(0, 3)).toEqual([...plain.weights.slice(0, 3)]);
    expect(got.slice(3, 5)).toEqual(fixture.weights.slice(3, 5).map(Math.fround));
    expect(got.slice(5, 8)).toEqual([...half.weights.slice(5, 8)]);
    expect(got.slice(8, 10)).toEqual(fixture.weights.slice(8, 10).map(Math.fround));
    expect(got[10]).toBe(whole.weights[10]);
  });

  it("refuses groups that overlap and vectors that do not fit", () => {
    const overlap = [
      { start: 0, end: 4 },
      { start: 3, end: 5 },
    ];
    expect(() => createOptimizer(config, prepare(config, overlap))).toThrow(
      `${config.type}: groups in order inside 0 to 11; got 3 to 5 as group 1, after 4`,
    );
    const state = prepare(config);
    const short = { ...state, gradients: state.gradients.subarray(1) };
    expect(() => createOptimizer(config, short)).toThrow("of one length; got lengths 11, 10");
    const negative = prepare(config, [{ start: 0, end: 1, learningRate: -1 }]);
    expect(() => createOptimizer(config, negative)).toThrow("multiplier of at least 0");
  });
});

describe("the table", () => {
  it.each(Object.entries(optimizers))("%s names itself and describes every option", (key, row) => {
    expect(row.name).toBe(key);
    expect(row.config.parse({ type: key })).toMatchObject({
      type: key,
      weightDecay: expect.anything(),
    });
    const schema = z.toJSONSchema(row.config, { io: "input" });
    for (const [option, property] of Object.entries(schema.properties ?? {})) {
      if (option === "type") continue;
      expect(property, `${key}.${option}`).toMatchObject({
        description: expect.any(String),
        default: expect.anything(),
      });
    }
  });

  it("refuses what is out of range or unknown", () => {
    const bad = [
      { type: "adam", beta1: 1 },
      { type: "adam", learningRate: 0 },
      { type: "sgd", nesterov: true, momentum: 0 },
      { type: "gd", momentum: 0.5 },
      { type: "sgd", weightDecay: -1 },
      { type: "adagrad" },
    ];
    for (const config of bad) expect(optimizerConfig.safeParse(config).success).toBe(false);
  });
});
