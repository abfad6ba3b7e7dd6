import { expect, it } from "vitest";
import { logGamma } from "./log-gamma.ts";

it("is the logarithm of the factorial at whole numbers", () => {
  let logFactorial = 0;
  for (let n = 1; n <= 200; n++) {
    expect(Math.abs(logGamma(n) - logFactorial)).toBeLessThan(1e-12 * Math.max(1, logFactorial));
    logFactorial += Math.log(n);
  }
});

it("knows the halves: Γ(1/2) = √π, Γ(x + 1) = x Γ(x)", () => {
  expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 14);
  for (const x of [0.001, 0.3, 2.7, 9.99, 10.01, 123.4]) {
    expect(logGamma(x + 1) - logGamma(x)).toBeCloseTo(Math.log(x), 11);
  }
});
