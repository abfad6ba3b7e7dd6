import { describe, it } from "vitest";
import { type CheckOptions, checkFamily } from "./contract.ts";
import { type FamilyName, families } from "./families.ts";
import type { Family } from "./learner.ts";

/** What makes each family fit the example in little time, and what it need not do. */
const settings: Readonly<Record<FamilyName, CheckOptions>> = {
  baseline: {
    exceptions: [
      { check: "fits its example above a floor", reason: "it reads no input" },
      { check: "beats the baseline on rows it has not seen", reason: "it is the baseline" },
    ],
  },
  linear: {},
  stacking: {
    config: { folds: 3 },
    training: {
      epochs: 8,
      batchSize: 32,
      optimizer: { type: "adamw", learningRate: 5e-3 },
      threads: 1,
    },
    taskOrderTolerance: 0.05,
  },
  neural: {
    training: {
      epochs: 12,
      batchSize: 32,
      optimizer: { type: "adamw", learningRate: 5e-3 },
      threads: 1,
    },
    // Rounding differs with the order of the sums, and training amplifies it.
    taskOrderTolerance: 0.05,
  },
};

for (const name of Object.keys(families) as FamilyName[]) {
  describe(`family ${name}`, () => {
    for (const check of checkFamily(families[name] as unknown as Family, settings[name])) {
      if (check.exception === undefined) it(check.name, () => check.run(), 60_000);
      else it.skip(`${check.name} (${check.exception})`);
    }
  });
}
