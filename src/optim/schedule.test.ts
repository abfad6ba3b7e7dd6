import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { scheduleConfig, scheduleFactor } from "./schedule.ts";

type Input = z.input<typeof scheduleConfig>;

const fixture: { schedules: { config: Input; factors: number[] }[] } = JSON.parse(
  readFileSync(new URL("./fixtures/optimizers.json", import.meta.url), "utf8"),
);

const factors = (input: Input, total: number, steps = total) =>
  Array.from({ length: steps }, (_, i) => scheduleFactor(scheduleConfig.parse(input), i, total));

describe("factors equal torch's", () => {
  it.each(fixture.schedules)("$config.type", ({ config, factors: expected }) => {
    const got = factors(config, expected.length);
    for (const [i, factor] of expected.entries()) expect(got[i]).toBeCloseTo(factor, 12);
  });
});

it("warms up linearly, then starts the schedule", () => {
  expect(factors({ type: "constant", warmup: 0.4 }, 10)).toEqual([
    0.25, 0.5, 0.75, 1, 1, 1, 1, 1, 1, 1,
  ]);
  const cosine = factors({ type: "cosine", warmup: 0.2 }, 10);
  expect(cosine.slice(0, 2)).toEqual([0.5, 1]);
  expect(cosine.slice(2)).toEqual(factors({ type: "cosine" }, 8));
});

it("drops on its step where shares do not divide exactly", () => {
  const got = factors({ type: "step", every: 0.1, factor: 0.5 }, 30);
  expect(got.map((f) => Math.round(Math.log2(f)) + 0)).toEqual(
    Array.from({ length: 30 }, (_, i) => 0 - Math.floor(i / 3)),
  );
});

it.each(["constant", "step", "exponential", "cosine", "oneCycle"] as const)(
  "%s is finite and in 0 to 1 for runs of any length and beyond their end",
  (type) => {
    for (const total of [1, 2, 3, 7, 100]) {
      for (const warmup of type === "oneCycle" ? [undefined] : [undefined, 0.1, 0.99]) {
        const input = (warmup === undefined ? { type } : { type, warmup }) as Input;
        for (const factor of factors(input, total, total + 3)) {
          expect(factor).toBeGreaterThanOrEqual(0);
          expect(factor).toBeLessThanOrEqual(1);
        }
      }
    }
  },
);
