import { z } from "zod";
import { CompileError } from "../core/errors.ts";
import type { StepFacts } from "./weighting.ts";

/** The option of weightings that learn numbers by gradient steps. */
export const learningRate = z
  .number()
  .positive()
  .max(10)
  .nullable()
  .default(null)
  .describe("Step size of what the weighting learns; null takes the network's.");

/** The rate of a step. @throws CompileError where neither the option nor the engine gives one. */
export function rateOf(option: number | null | undefined, facts: StepFacts): number {
  const rate = option ?? facts.learningRate;
  if (rate !== undefined) return rate;
  throw new CompileError("weighting: facts.learningRate; got none");
}
