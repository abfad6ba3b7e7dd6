import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import { compareRun } from "../../src/run/compare-run.ts";
import type { RunEvent } from "../../src/run/experiment.ts";
import { tuneRun } from "../../src/run/tune-run.ts";
import {
  type BadCase,
  configText,
  csv,
  failureOf,
  goodRows,
  trainIn,
  workplace,
} from "./harness.ts";

let dir = "";
afterEach(() => {
  if (dir) rmSync(dir, { recursive: true });
  dir = "";
});

/** Trains, and what was warned of. */
async function warningsOf(config: BadCase["config"], rows = goodRows()): Promise<string[]> {
  dir = workplace({ "rows.csv": csv(rows) }, config);
  const messages: string[] = [];
  await trainIn(dir, config, (event: RunEvent) => {
    if (event.type === "warning") messages.push(event.message);
  });
  return messages;
}

/** What tune says of a configuration. */
async function tuneFailure(config: BadCase["config"], rows = goodRows(), weights = true) {
  dir = workplace({ "rows.csv": csv(rows) }, config);
  return failureOf(async () => {
    const { config: parsed } = parseConfig(configText(config), { file: "config.yaml" });
    await tuneRun(parsed, {
      out: join(dir, "tuned"),
      baseDir: dir,
      space: weights ? [] : [{ path: "training.epochs", type: "choice", values: ["1"] } as never],
      sampler: "random",
      trials: 3,
      halving: { type: "none" } as never,
      objective: "deltaM",
      outer: 0,
      folds: 5,
      jobs: 0,
      refit: false,
      configure: () => parsed,
    });
  });
}

const neural = (more: string) => ({ learner: `{ type: neural, trunk: { sizes: [4] }, ${more} }` });
/** Five rows have a price. */
const few = goodRows().map((row, i) => {
  const [x, kind, price, ok] = row.split(",");
  return [x, kind, i % 12 === 0 ? price : "", ok].join();
});
const constant = goodRows().map((row) => {
  const [x, kind, , ok] = row.split(",");
  return [x, kind, "3.5", ok].join();
});

describe("few labels", () => {
  it("are warned of by train", async () => {
    const config = { split: "{ type: random, fractions: { validation: 0, test: 0 } }" };
    expect(await warningsOf(config, few)).toContain(
      "task price: 5 labels in the training rows; with fewer than 10, scores are mostly chance",
    );
    rmSync(dir, { recursive: true });
    expect(await warningsOf(config)).toEqual([]);
  });

  it("are refused by tune where folds would be without them", async () => {
    const error = await tuneFailure(neural("weighting: fixed"), few);
    expect(error).toMatchObject({ code: "DATA_EMPTY" });
    expect(error.message).toMatch(
      /^tasks\.price: at least 10 labelled rows, two a fold, for 5 folds; got (5|4, besides 1 in test rows)$/,
    );
    expect(error.hint).toBe("use at most 2 folds");
  });
});

describe("a constant task", () => {
  const message = /task "?price"?: .*3\.5/;
  it("is refused by train and by tune", async () => {
    dir = workplace({ "rows.csv": csv(constant) });
    const error = await failureOf(() => trainIn(dir));
    expect(error.code).toBe("TASK_INVALID");
    expect(error.message).toMatch(message);
    rmSync(dir, { recursive: true });
    const tuned = await tuneFailure(neural("weighting: fixed"), constant);
    expect(tuned.code).toBe("TASK_INVALID");
    expect(tuned.message).toMatch(message);
  });
});

describe("a single task", () => {
  const tasks = "{ price: regression }";
  it("is trained with what is for several, and told so", async () => {
    const config = { tasks, ...neural("weighting: pcgrad, sharing: mmoe") };
    expect(await warningsOf(config)).toEqual([
      "learner.weighting: pcgrad weighs tasks against each other; with a single task it changes nothing or only the step's length",
      "learner.sharing: mmoe shares between tasks; with a single task it only makes the model larger",
    ]);
  });

  it("has no weights to tune", async () => {
    const error = await tuneFailure({ tasks });
    expect(error.message).toBe("tasks: at least two whose weights can be chosen; got 1");
  });
});

describe("weights of tasks", () => {
  it.each([
    ["0", /^config\.yaml:\d+:\d+: tasks\.price\.weight: a number above 0 and below 1; got 0/],
    [
      "-0.5",
      /^config\.yaml:\d+:\d+: tasks\.price\.weight: a number above 0 and below 1; got -0\.5/,
    ],
  ])("of %s are refused where they stand", (weight, message) => {
    const text = configText({
      tasks: `{ price: { type: regression, weight: ${weight} }, ok: binary }`,
    });
    expect(() => parseConfig(text, { file: "config.yaml" })).toThrow(message);
  });

  it("that are not read cannot be tuned", async () => {
    const error = await tuneFailure(neural("weighting: uncertainty"));
    expect(error).toMatchObject({ hint: "add --learner.weighting fixed" });
    expect(error.message).toBe(
      "learner.weighting: fixed, which reads the tasks' weights; got uncertainty",
    );
  });

  it("may be preferences only of as many numbers as there are tasks", () => {
    const text = configText(neural("weighting: { type: stch, preference: [0.2, 0.3, 0.5] }"));
    expect(() => parseConfig(text, { file: "config.yaml" })).toThrow(
      /^config\.yaml:4:\d+: learner\.weighting.*: one number a task \(price, ok\); got 3/,
    );
  });
});

it("tasks that wait for one another are refused with the cycle", () => {
  const text = configText(
    neural("sharing: { type: taskDependency, dependsOn: { price: [ok], ok: [price] } }"),
  );
  expect(() => parseConfig(text, { file: "config.yaml" })).toThrow(
    /^config\.yaml:4:\d+: learner\.sharing.*tasks that do not wait for one another; got the cycle (price → ok → price|ok → price → ok)/,
  );
});

it("a class rarer than the folds is left out where it cannot be learned, and compare says so", async () => {
  const rare = goodRows().map((row, i) => {
    const [x, kind, price] = row.split(",");
    return [x, kind, price, i === 7 ? "yes" : "no"].join();
  });
  dir = workplace({ "rows.csv": csv(rare) });
  const text = configText({
    ...neural("weighting: fixed"),
    split: "{ type: random, fractions: { validation: 0, test: 0 } }",
  });
  const { config } = parseConfig(text, { file: "config.yaml" });
  const { comparison } = await compareRun(config, {
    out: join(dir, "compared"),
    baseDir: dir,
    folds: 3,
    seeds: 1,
    jobs: 0,
    regimes: ["multiTask"],
  });
  const notes = comparison.notes.join("\n");
  expect(notes).toMatch(
    /Left out in 1 of 3 folds: ok: task "ok": two or more classes among the training labels/,
  );
  expect(notes).toMatch(
    /ok: rocAuc has a value in 0 of 3 folds; in the others its labels were too few/,
  );
  expect(comparison.tasks.find((t) => t.name === "price")?.scores.multiTask.measured).toBe(3);
});
