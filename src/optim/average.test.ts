import { expect, it } from "vitest";
import type { z } from "zod";
import { averageConfig, createAverage } from "./average.ts";
import { Arena } from "./memory.ts";

function prepare(input: z.input<typeof averageConfig>) {
  const config = averageConfig.parse(input);
  if (config.type === "none") throw new Error("an average is needed here");
  const arena = new Arena(1024);
  const weights = arena.float32("weights", 3);
  const average = arena.float32("average", 3).fill(99);
  return { config, arena, weights, average };
}

it("averages the end of a run uniformly", () => {
  const { config, arena, weights, average } = prepare({ type: "uniform", start: 0.5, every: 2 });
  const run = createAverage(config, arena.kernels, weights, average);
  for (let step = 0; step < 20; step++) {
    weights.set([step, -step, 1]);
    run.update(step, 20);
  }
  expect(run.count).toBe(5);
  // Steps 10, 12, 14, 16, 18.
  expect([...average].map((a) => Math.round(a * 1e5) / 1e5)).toEqual([14, -14, 1]);
});

it("averages exponentially from the first weights seen", () => {
  const { config, arena, weights, average } = prepare({ type: "exponential", decay: 0.9 });
  const run = createAverage(config, arena.kernels, weights, average);
  let expected = 0;
  for (let step = 0; step < 30; step++) {
    weights.set([Math.sin(step), 0.5, step]);
    expected = step === 0 ? Math.sin(0) : 0.9 * expected + 0.1 * Math.sin(step);
    run.update(step, 30);
  }
  expect(average[0]).toBeCloseTo(expected, 6);
  expect(average[1]).toBe(0.5);
});

it("continues bit for bit from its vector and count", () => {
  const straight = prepare({ type: "uniform", start: 0 });
  const parts = prepare({ type: "uniform", start: 0 });
  const one = createAverage(
    straight.config,
    straight.arena.kernels,
    straight.weights,
    straight.average,
  );
  let two = createAverage(parts.config, parts.arena.kernels, parts.weights, parts.average);
  for (let step = 0; step < 9; step++) {
    if (step === 4) {
      two = createAverage(
        parts.config,
        parts.arena.kernels,
        parts.weights,
        parts.average,
        two.count,
      );
    }
    for (const [prepared, run] of [[straight, one] as const, [parts, two] as const]) {
      prepared.weights.set([Math.cos(step), step / 7, 1 / (step + 1)]);
      run.update(step, 9);
    }
  }
  expect(parts.average).toEqual(straight.average);
});
