import { describe, expect, it } from "vitest";
import { PolytaskError } from "../core/errors.ts";
import { references } from "../core/references.ts";
import { weightingAliases, weightingOptionAliases } from "./aliases.ts";
import type { StepFacts, Weighting } from "./weighting.ts";
import { type WeightingName, weightings } from "./weightings.ts";

const tasks = { names: ["price", "sold"], lambda: Float64Array.of(0.5, 0.5), seed: 3 };
const make = (name: WeightingName, config: object = {}) => {
  const row = weightings[name] as Weighting;
  return row.create(row.config.parse(config), tasks);
};
const facts = (over: Partial<StepFacts> = {}): StepFacts => ({
  epoch: 0,
  step: 0,
  losses: Float64Array.of(1, 2),
  gram: Float64Array.of(1, 0, 0, 1),
  ...over,
});

function failure(run: () => unknown): PolytaskError {
  try {
    run();
  } catch (error) {
    if (error instanceof PolytaskError) return error;
    throw error;
  }
  throw new Error("no error");
}

const preferring: WeightingName[] = [
  "stch",
  "cagrad",
  "nashMtl",
  "fairgrad",
  "alignedMtl",
  "upgrad",
  "dualproj",
  "conFIG",
  "sdmgrad",
];

describe("options that do not fit the tasks", () => {
  it.each(preferring)("%s: a preference of the wrong length names the tasks", (name) => {
    const { code, message } = failure(() => make(name, { preference: [1, 2, 3] }));
    expect(code).toBe("CONFIG_INVALID");
    expect(message).toBe("learner.weighting.preference: one number a task (price, sold); got 3");
  });

  it.each(preferring)("%s: preferences are positive, and only ratios count", (name) => {
    expect(() => make(name, { preference: [1, 0] })).toThrow();
    expect(() => make(name, { preference: [1, -1] })).toThrow();
    const at = facts({ epoch: 9, cross: Float64Array.of(1, 0.2, 0.2, 1) });
    const one = make(name, { preference: [1, 3] }).weights(at);
    const two = make(name, { preference: [2, 6] }).weights(at);
    one.forEach((v, i) => {
      expect(two[i]).toBeCloseTo(v, 12);
    });
    const other = make(name, { preference: [3, 1] }).weights(at);
    expect(Math.abs(other[0] - one[0])).toBeGreaterThan(1e-6);
  });

  it("names of tasks are checked, with a guess", () => {
    const main = failure(() => make("metabalance", { main: "pryce" }));
    expect(main.message).toContain("(price, sold)");
    expect(main.hint).toBe("did you mean price?");
    const primary = failure(() => make("autoLambda", { primary: ["solt"] }));
    expect(primary.hint).toBe("did you mean sold?");
  });

  it.each(["gls", "logTransform", "stch", "famo"] as const)(
    "%s: a negative loss has no logarithm",
    (name) => {
      const losses = Float64Array.of(1, -0.25);
      const { code, message } = failure(() => make(name).weights(facts({ losses })));
      expect(code).toBe("CONFIG_INVALID");
      expect(message).toBe(
        `learner.weighting ${name}: losses of at least 0; got -0.25 for task sold`,
      );
    },
  );
});

describe("numbers that are not finite", () => {
  it.each(["mgda", "pcgrad", "nashMtl", "imtl", "gradnorm", "upgrad"] as const)(
    "%s names the task",
    (name) => {
      const gram = Float64Array.of(1, 0, 0, Number.POSITIVE_INFINITY);
      const { code, message } = failure(() => make(name).weights(facts({ gram, learningRate: 1 })));
      expect(code).toBe("NON_FINITE");
      expect(message).toContain("task sold");
    },
  );
});

describe("checkpoints", () => {
  it.each(Object.keys(weightings) as WeightingName[])("%s refuses another's state", (name) => {
    const weigher = make(name);
    if (weigher.state() === null) return;
    const { code } = failure(() => weigher.restore({ nothing: [1] }));
    expect(code).toBe("CHECKPOINT_CORRUPT");
    expect(() => weigher.restore(weigher.state())).not.toThrow();
  });
});

describe("the table", () => {
  it.each(Object.entries(weightings))("%s is well declared", (key, row: Weighting) => {
    expect(row.name).toBe(key);
    for (const cite of row.cite ?? []) expect(Object.keys(references)).toContain(cite);
    expect(row.config.parse({})).toBeDefined();
    expect(() => row.config.parse({ nonsense: 1 })).toThrow();
  });

  it("aliases lead to rows and to their options", () => {
    for (const name of Object.values(weightingAliases)) expect(weightings).toHaveProperty(name);
    for (const [name, options] of Object.entries(weightingOptionAliases)) {
      const row = weightings[name as WeightingName] as unknown as {
        config: { shape: Record<string, unknown> };
      };
      for (const ours of Object.values(options)) {
        if (ours !== null) expect(Object.keys(row.config.shape)).toContain(ours);
      }
    }
  });
});
