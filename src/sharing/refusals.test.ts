import { describe, expect, test } from "vitest";
import { ConfigError } from "../core/errors.ts";
import { type ExampleOptions, traceExample } from "./example.ts";
import type { SharingName } from "./sharings.ts";

describe("options that cannot be are refused", () => {
  test.each<[string, SharingName, ExampleOptions, string]>([
    ["no layers", "mmoe", { trunk: [] }, "learner.trunk.sizes: at least one layer"],
    [
      "more choices than experts",
      "dselectK",
      { config: { experts: 2, select: 3 } },
      "learner.sharing.select: at most the number of experts, 2; got 3",
    ],
    [
      "a width that cannot be cut",
      "sluice",
      { trunk: [5] },
      "learner.sharing.subspaces: a number that divides the trunk's widths; got 2 for a layer of 5",
    ],
    [
      "an unknown task",
      "esmm",
      { config: { chain: ["a", "z"] } },
      'learner.sharing.chain: names of tasks ("a", "b"); got "z"',
    ],
    [
      "a task twice",
      "aitm",
      { config: { chain: ["a", "b", "a"] } },
      'each task once; got "a" twice',
    ],
  ])("%s", (_, name, options, message) => {
    expect(() => traceExample(name, options)).toThrow(ConfigError);
    expect(() => traceExample(name, options)).toThrow(message);
  });
});
