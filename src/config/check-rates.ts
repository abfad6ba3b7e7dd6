import { didYouMean, show } from "../core/errors.ts";
import type { Family } from "../learners/learner.ts";
import type { ExperimentConfig } from "./experiment.ts";
import type { Problem } from "./problems.ts";
import { families } from "./tables.ts";

/** Rates of groups where a family has such, and of inputs that there are. */
export function checkRates({ training, learner, inputs }: ExperimentConfig): Problem[] {
  const family: Family = families[learner.type] as Family;
  return (["learningRates", "freeze"] as const).flatMap((option): Problem[] => {
    const names = Object.keys(training[option]);
    if (names.length === 0) return [];
    if (family.network === undefined) {
      return [
        {
          path: ["training", option],
          key: true,
          expected: `none for the family ${learner.type}, which is not trained in steps`,
          got: names.map((name) => show(name)).join(", "),
          hint: "leave it out, or choose the family neural",
        },
      ];
    }
    const known = Object.keys(inputs ?? {});
    return names.flatMap((name): Problem[] => {
      const input = /^encoder\.(.+)$/.exec(name)?.[1];
      if (input === undefined || inputs === undefined) return [];
      if (known.some((one) => input === one || input.startsWith(`${one}.`))) return [];
      const near = didYouMean(input, known);
      return [
        {
          path: ["training", option, name],
          key: true,
          expected: `encoder. and one of the inputs ${known.join(", ")}`,
          got: show(name),
          hint: near && `did you mean encoder.${near}?`,
        },
      ];
    });
  });
}
