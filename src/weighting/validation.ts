import { CompileError, ConfigError, didYouMean, show } from "../core/errors.ts";
import type { StepFacts, ValidationFacts } from "./weighting.ts";

/** @throws CompileError where the engine gave no validation gradients. */
export function validationOf(facts: StepFacts): ValidationFacts {
  if (facts.validation) return facts.validation;
  throw new CompileError("weighting: facts.validation; got none");
}

/** Which tasks a list of names counts; all where there is none. @throws ConfigError CONFIG_INVALID. */
export function countedTasks(
  primary: readonly string[] | null | undefined,
  names: readonly string[],
): boolean[] {
  for (const name of primary ?? []) {
    if (names.includes(name)) continue;
    const near = didYouMean(name, names);
    throw new ConfigError(
      "CONFIG_INVALID",
      `learner.weighting.primary: names of tasks (${names.join(", ")}); got ${show(name)}`,
      { hint: near && `did you mean ${near}?` },
    );
  }
  return names.map((name) => primary === undefined || primary === null || primary.includes(name));
}
