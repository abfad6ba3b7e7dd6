import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../core/errors.ts";
import { parseConfig, resolveConfig } from "./load.ts";
import type { ProblemRecord } from "./problems.ts";
import { rebaseConfig, stringifyConfig } from "./stringify.ts";

const small = "data: a.csv\ninputs: [x]\ntasks:\n  y: regression\n";

function failure(text: string, options: Partial<Parameters<typeof parseConfig>[1]> = {}) {
  try {
    parseConfig(text, { file: "config.yaml", ...options });
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    const { code, message, hint, details } = error as ConfigError;
    return { code, message, hint, problems: details.problems as ProblemRecord[] | undefined };
  }
  throw new Error("no error was thrown");
}

describe("parseConfig", () => {
  it("fills in defaults and columns", () => {
    const { config } = parseConfig(small, { file: "config.yaml" });
    expect(config.name).toBe("a");
    expect(config.data).toEqual({ path: "a.csv", infinite: "error" });
    expect(config.inputs).toEqual({ x: { type: "auto", column: "x" } });
    expect(config.tasks.y).toMatchObject({ type: "regression", column: "y" });
    expect(config.learner.type).toBe("neural");
    expect(config.training.epochs).toBe(30);
  });

  it("leaves inputs that are not named to be found out", () => {
    const { config } = parseConfig("data: a.csv\ntasks: [y]\n", { file: "c.yaml" });
    expect(config.inputs).toBeUndefined();
    expect(config.tasks).toEqual({ y: { type: "auto", column: "y" } });
  });

  it("reads the three ways of writing a choice alike", () => {
    const forms = ["text", "{ type: text }", "{ type: text, column: x }"];
    const [first, ...others] = forms.map(
      (form) => parseConfig(small.replace("[x]", `{ x: ${form} }`), { file: "c.yaml" }).config,
    );
    for (const other of others) expect(other).toEqual(first);
  });

  it("keeps the type of a choice whose options alone are set", () => {
    const { config } = parseConfig(`${small}training: { optimizer: { learningRate: 0.5 } }\n`, {
      file: "c.yaml",
    });
    expect(config.training.optimizer).toMatchObject({ type: "adamw", learningRate: 0.5 });
  });

  it("understands names of other libraries", () => {
    const { config } = parseConfig(
      "data: a.csv\ninputs: { x: numerical, z: { type: categorical } }\ntasks: { y: category }\nlearner: { sharing: HPS, weighting: EW }\ntraining: { optimizer: AdamW }\n",
      { file: "c.yaml" },
    );
    expect(config.inputs?.x.type).toBe("number");
    expect(config.inputs?.z.type).toBe("category");
    expect(config.tasks.y.type).toBe("multiclass");
    expect(config.training.optimizer.type).toBe("adamw");
    expect(config.learner).toMatchObject({
      sharing: { type: "hard" },
      weighting: { type: "equal" },
    });
  });

  it.each([
    ["weighting: { type: DWA, T: 3 }", { weighting: { type: "dwa", temperature: 3 } }],
    [
      "weighting: { type: Nash_MTL, optim_niter: 20, max_norm: 2, update_weights_every: 5 }",
      { weighting: { type: "nashMtl", maxNorm: 2, updateEvery: 5 } },
    ],
    [
      "weighting: { type: CAGrad, calpha: 0.4, rescale: 1 }",
      { weighting: { type: "cagrad", c: 0.4, rescale: "squared" } },
    ],
    [
      "weighting: { type: MGDA, mgda_gn: l2, rep_grad: true }",
      { weighting: { type: "mgda", normalization: "l2", level: "representation" } },
    ],
    ["sharing: { type: MMoE, num_experts: [3] }", { sharing: { type: "mmoe", experts: 3 } }],
    [
      "sharing: { type: CGC, num_experts: [3, 2, 2] }",
      { sharing: { type: "cgc", sharedExperts: 3, taskExperts: 2 } },
    ],
    [
      "sharing: { type: DSelect_k, num_experts: 5, num_nonzeros: 3, kgamma: 0.5 }",
      { sharing: { type: "dselectK", experts: 5, select: 3, gamma: 0.5 } },
    ],
  ])("understands options of LibMTL: %s", (written, learner) => {
    const { config } = parseConfig(`${small}learner: { ${written} }\n`, { file: "c.yaml" });
    expect(config.learner).toMatchObject(learner);
  });

  it("refuses numbers of experts that differ from task to task", () => {
    const { message } = failure(
      `${small}learner: { sharing: { type: PLE, num_experts: [2, 1, 3] } }`,
    );
    expect(message).toContain("learner.sharing.num_experts: a known option for type ple");
  });

  it("says which method runs under another library's name, and nothing for its own", () => {
    const notes = (learner: string) =>
      parseConfig(`${small}learner: ${learner}\n`, { file: "c.yaml" }).notes;
    expect(notes("{ sharing: HPS, weighting: { type: Nash_MTL } }")).toEqual([
      "learner.sharing: HPS is hard here: Hard parameter sharing",
      "learner.weighting: Nash_MTL is nashMtl here: Nash-MTL",
    ]);
    expect(notes("{ weighting: MGDA }")).toEqual(["learner.weighting: MGDA is mgda here"]);
    expect(notes("{ weighting: pcgrad, sharing: { type: mmoe } }")).toEqual([]);
    expect(notes("linear")).toEqual([]);
  });

  it("makes weights that tasks declare count", () => {
    const weighed = small.replace("regression", "{ type: regression, weight: 0.3 }");
    const { config } = parseConfig(weighed, { file: "c.yaml" });
    expect(config.learner).toMatchObject({ weighting: { type: "fixed" } });
    const { message } = failure(`${weighed}learner: { weighting: equal }\n`);
    expect(message).toBe(
      "config.yaml:4:34: tasks.y.weight: no weight where learner.weighting is equal; got 0.3",
    );
  });

  it("reports several problems at their places, ten at most", () => {
    const { message, problems } = failure(
      `${small}training:\n  epochs: 0\n  batch_size: 3\nsead: 1\n`,
    );
    expect(message.split("\n")).toEqual([
      "config.yaml:6:11: training.epochs: an integer from 1 to 100000; got 0",
      "config.yaml:7:3: training.batch_size: a known option; got batch_size",
      "config.yaml:8:1: sead: a known option; got sead",
    ]);
    expect(problems?.[0]).toMatchObject({ file: "config.yaml", line: 6, column: 11 });
    expect(problems?.[1].hint).toContain("did you mean batchSize?");
    expect(problems?.[2].hint).toContain("did you mean seed?");
    const many = Array.from({ length: 14 }, (_, i) => `k${i}: 1\n`).join("");
    expect(failure(small + many).message).toMatch(/and 4 more problems$/);
  });

  it.each([
    ["", "config.yaml: a map with the keys data and tasks; got nothing"],
    ["- a\n", "config.yaml:1:1: a map with the keys data and tasks; got a list"],
    ["just words\n", "config.yaml:1:1: a map with the keys data and tasks; got string"],
    ["a: 1\na: 2\n", "config.yaml:2:1: each key once in its map; got a again"],
    ["a:\n\tb: 1\n", "config.yaml:2:1: indentation by spaces; got a tab"],
    ["a: 'x\n", "config.yaml:2:1: a closing quote or bracket; got none"],
    ["a: 1\n---\nb: 2\n", "config.yaml:2:1: one document; got a second one after ---"],
    ["a: &x { b: *x }\n", "config.yaml:1:12: a.b: values that do not contain themselves; got *x"],
    ["a: *x\n", "config.yaml:1:4: a: an anchor &x before its alias; got none"],
    ["__proto__: 1\n", "config.yaml:1:1: keys that are names; got __proto__"],
    ["a: !!js/function x\n", "config.yaml:1:4: values without tags; got !!js/function"],
  ])("refuses %j", (text, message) => {
    expect(failure(text).message).toContain(message);
  });

  it("refuses nesting and aliases without end in no time", () => {
    expect(failure("[".repeat(200_000)).message).toContain("at most 100 levels of nesting");
    expect(failure("- ".repeat(200_000)).message).toContain("at most 100 levels of nesting");
    const bomb = ["a: &a [1,1,1,1,1,1,1,1,1,1]"];
    for (let i = 0; i < 9; i++) {
      const [from, to] = ["abcdefghijk"[i], "abcdefghijk"[i + 1]];
      bomb.push(`${to}: &${to} [${Array(10).fill(`*${from}`).join(",")}]`);
    }
    expect(failure(bomb.join("\n")).message).toContain("aliases written out");
  });

  it("reads JSON with tabs and places its problems", () => {
    const text =
      '{\n\t"data": "a.csv",\n\t"inputs": {"x": "number"},\n\t"tasks": {"y": "regresion"}\n}';
    const { message, hint } = failure(text, { file: "config.json" });
    expect(message).toMatch(/^config\.json:4:17: tasks\.y\.type: one of .*; got "regresion"$/);
    expect(hint).toBe("did you mean regression?");
  });

  it.each([
    ["a task that is also an input", "inputs: [y, x]", "tasks.y: a task that is not also an input"],
    [
      "two tasks of one column",
      "tasks: { y: {}, z: { column: y } }",
      "tasks.z: a column of its own",
    ],
    ["row weights from an input", "weightColumn: x", "weightColumn: a column that is neither"],
    [
      "shares beyond 1",
      "split: { fractions: { validation: 0.9, test: 0.9 } }",
      "split.fractions: shares",
    ],
    [
      "selection on test",
      "training: { earlyStopping: { rule: test } }",
      "rule: a rule on validation rows",
    ],
    [
      "stopping without validation",
      "split: { fractions: { validation: 0 } }\ntraining: { earlyStopping: { patience: 3 } }",
      "patience: 0 where no row is for validation",
    ],
    ["a size that is none", "memoryLimit: lots", "memoryLimit: a size such as 512MB"],
    ["less memory than reading needs", "memoryLimit: 4MB", "memoryLimit: at least 48MB"],
    ["no inputs", "inputs: {}", "inputs: at least one input; got none"],
    [
      "a column name that YAML reads as a number",
      "inputs: { x: { column: 2024 } }",
      "inputs.x.column: a text that is not empty; got 2024",
    ],
    [
      "other files without any",
      "split: files",
      "split: files for validation, test or both; got neither",
    ],
  ])("refuses %s", (_, line, message) => {
    const key = line.slice(0, line.indexOf(":"));
    const rest = small.replace(new RegExp(`^${key}:.*\n( .*\n)*`, "m"), "");
    expect(failure(`${rest}${line}\n`).message).toContain(message);
  });

  it("names the flag of an option set outside the file", () => {
    const overrides = [{ path: "training.epochs", value: "0", shown: "--training.epochs" }];
    expect(failure(small, { overrides }).message).toBe(
      "--training.epochs: an integer from 1 to 100000; got 0",
    );
  });

  it("lets options set outside the file win", () => {
    const { config } = parseConfig(small, {
      file: "c.yaml",
      overrides: [
        { path: "training.optimizer", value: "sgd", shown: "--set" },
        { path: "training.optimizer.momentum", value: "0.5", shown: "--set" },
        { path: "tasks.y.loss", value: "huber", shown: "--set" },
      ],
    });
    expect(config.training.optimizer).toMatchObject({ type: "sgd", momentum: 0.5 });
    expect(config.tasks.y).toMatchObject({ type: "regression", loss: "huber" });
  });

  it("never throws anything but a ConfigError", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map((text) => `data: a\ninputs: ${text}`),
        ),
        (text) => {
          try {
            parseConfig(text, { file: "c.yaml" });
          } catch (error) {
            expect(error).toBeInstanceOf(ConfigError);
          }
        },
      ),
      { numRuns: 300, seed: 5 },
    );
  });
});

describe("resolveConfig", () => {
  it("takes an object without data and names options that are wrong", () => {
    const config = resolveConfig({ inputs: { x: "number" }, tasks: { y: "binary" }, seed: 3 });
    expect(config).toMatchObject({ name: "experiment", seed: 3, data: undefined });
    expect(() =>
      resolveConfig({ inputs: { x: "number" }, tasks: { y: "binary" }, seed: -1 }),
    ).toThrow("seed: an integer from 0 to 4294967295; got -1");
  });
});

describe("stringifyConfig", () => {
  it("reads back as the same configuration", () => {
    const { config } = parseConfig(
      'data: [a.csv, "b c.csv"]\ninputs: { "a.b": text, "1": image }\ntasks: { yes: binary, n: { type: ordinal } }\nsplit: { type: group, column: g }\nmemoryLimit: 200MB\n',
      { file: "c.yaml" },
    );
    const again = parseConfig(stringifyConfig(config), { file: "other.yaml" });
    expect(again.config).toEqual(config);
  });

  it("moves relative paths to another folder", () => {
    const { config } = parseConfig(small, { file: "c.yaml" });
    expect(rebaseConfig(config, "/work/a", "/work/runs/one").data?.path).toBe("../../a/a.csv");
  });
});
