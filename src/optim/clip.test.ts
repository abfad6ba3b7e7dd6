import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { clip, clipByNorm, clipConfig } from "./clip.ts";
import { Arena } from "./memory.ts";

const fixture: {
  gradients: number[][];
  clip: { maximum: number; norm: number; clipped: number[] };
} = JSON.parse(readFileSync(new URL("./fixtures/optimizers.json", import.meta.url), "utf8"));

function vector(values: number[]) {
  const arena = new Arena(4 * values.length + 16);
  const gradients = arena.float32("gradients", values.length);
  gradients.set(values);
  return { kernels: arena.kernels, gradients };
}

it("scales to the largest norm as torch does", () => {
  const { kernels, gradients } = vector(fixture.gradients[3]);
  const { maximum, norm, clipped } = fixture.clip;
  expect(clipByNorm(kernels, gradients, maximum)).toBeCloseTo(norm, 5);
  // torch adds 1e-6 to the norm it divides by.
  for (const [i, g] of clipped.entries()) expect(gradients[i]).toBeCloseTo(g, 5);
  expect(Math.sqrt(kernels.squaredNorm(gradients))).toBeCloseTo(maximum, 6);
  const kept = gradients.slice();
  expect(clipByNorm(kernels, gradients, 2 * maximum)).toBeCloseTo(maximum, 6);
  expect(gradients).toEqual(kept);
});

it("does not overflow for large components, and reports a norm that is not finite", () => {
  const large = vector([3e30, 4e30]);
  expect(clipByNorm(large.kernels, large.gradients, 5)).toBeCloseTo(5e30, -25);
  expect(large.gradients[0]).toBeCloseTo(3, 5);
  expect(large.gradients[1]).toBeCloseTo(4, 5);
  const broken = vector([1, Number.NaN]);
  expect(clipByNorm(broken.kernels, broken.gradients, 0.1)).toBeNaN();
  expect(broken.gradients[0]).toBe(1);
});

it("follows its configuration", () => {
  const { kernels, gradients } = vector([3, -4, 0]);
  expect(clip(clipConfig.parse({ type: "none" }), kernels, gradients)).toBe(5);
  expect(clip(clipConfig.parse({ type: "value", maximum: 3.5 }), kernels, gradients)).toBe(5);
  expect([...gradients]).toEqual([3, -3.5, 0]);
  clip(clipConfig.parse({ type: "norm" }), kernels, gradients);
  expect(kernels.squaredNorm(gradients)).toBeCloseTo(1, 6);
});
