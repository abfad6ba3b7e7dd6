import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resolveConfig } from "../config/load.ts";
import { Random } from "../core/random.ts";
import type { CompareEvent } from "../study/comparison.ts";
import { compareRun } from "./compare-run.ts";
import { runFiles } from "./folder.ts";
import { tuneRun } from "./tune-run.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "by-study-"));
  writeFileSync(join(dir, "sites.csv"), sites(["north", "south"], 120));
  writeFileSync(join(dir, "few.csv"), `${sites(["north", "south"], 120)}\n1,1,1,rare`);
});
afterAll(() => rm(dir, { recursive: true }));

/** Nearly the same rule at every site, each with its own rows. */
function sites(names: readonly string[], rows: number): string {
  const random = Random.from(7, "sites");
  const lines = Array.from({ length: rows }, (_, i) => {
    const site = i % names.length;
    const [a, b] = [random.normal(), random.normal()];
    return [a, b, a * b + site * 0.2 * a + 0.1 * random.normal(), names[site]].join();
  });
  return ["a,b,y,site", ...lines].join("\n");
}

const neural = { type: "neural", trunk: { sizes: [6], activation: "tanh", dropout: 0 } };
const training = { epochs: 3, batchSize: 32, threads: 1 };

function configOf(more: object = {}) {
  return resolveConfig({
    data: "sites.csv",
    inputs: { a: "number", b: "number" },
    tasks: { y: { type: "regression", by: "site" } },
    split: { type: "stratified", columns: ["site"], fractions: { validation: 0, test: 0.2 } },
    learner: neural,
    training,
    ...more,
  });
}

const shared = () => ({ baseDir: dir, folds: 2, seeds: 1, jobs: 0 });

describe("studies of tasks that values of a column make", () => {
  it("compares every regime over the values, in child processes as in this one", async () => {
    const options = { ...shared(), jobs: 2, execArgv: ["--import", "tsx"] };
    const { summary, comparison } = await compareRun(configOf(), {
      ...options,
      out: join(dir, "children"),
    });
    expect(Object.keys(summary.tasks)).toEqual(["y.north", "y.south"]);
    expect(comparison.failures).toEqual([]);
    const names = ["independent", "multiTask", "joint", "stacked", "transfer", "grouped"];
    expect(comparison.regimes.map((r) => r.name)).toEqual(names);
    expect(comparison.costs.find((c) => c.regime === "independent")?.fits).toBe(2);
    for (const { scores } of comparison.tasks)
      for (const name of names) expect(scores[name].measured, name).toBe(2);
    expect(comparison.notes.join()).toContain("No row has labels of two tasks");
    expect(comparison.pull?.tasks).toEqual(["y.north", "y.south"]);
    // The configuration in the folder has the task as it was declared.
    const written = readFileSync(join(dir, "children", "config.yaml"), "utf8");
    expect(written).toContain("by: site");
    expect(written).not.toContain("y.north");

    const here = await compareRun(configOf(), { ...shared(), out: join(dir, "here") });
    expect(here.summary.tasks).toEqual(summary.tasks);
    const events: CompareEvent[] = [];
    const again = await compareRun(configOf(), {
      ...shared(),
      out: join(dir, "here"),
      resume: true,
      onEvent: (event) => void events.push(event),
    });
    expect(events.some((event) => event.type === "fit")).toBe(false);
    expect(again.summary.tasks).toEqual(summary.tasks);
  }, 240_000);

  it("compares linear learners that tie the values, of which one has a single label", async () => {
    const config = configOf({
      data: "few.csv",
      learner: { type: "linear", regularizer: { type: "meanRegularised", weight: 1 } },
    });
    const { comparison } = await compareRun(config, { ...shared(), out: join(dir, "few") });
    expect(comparison.tasks.map((t) => t.name)).toContain("y.rare");
    expect(comparison.refused).toMatchObject({ transfer: expect.any(String) });
    expect(comparison.notes.join("\n")).toMatch(/y\.rare/);
    expect(comparison.tasks[0].scores.multiTask.measured).toBe(2);
  }, 120_000);

  it("chooses the values' weights, and trains with them what was declared", async () => {
    const found = await tuneRun(configOf({ learner: { ...neural, weighting: "fixed" } }), {
      ...shared(),
      out: join(dir, "weights"),
      space: [],
      sampler: "random",
      trials: 5,
      halving: configOf({ tune: {} }).tune?.halving as never,
      objective: "y.south",
      outer: 0,
      refit: true,
      configure: () => configOf(),
    });
    expect(found.points.length).toBeGreaterThan(2);
    expect(Object.keys(found.points[0].values)).toEqual(["y.north", "y.south"]);
    const written = readFileSync(join(dir, "weights", "config.yaml"), "utf8");
    expect(written).toMatch(/weights:\s+north: 0\.\d+\s+south: 0\.\d+/);
    expect(Object.keys(found.refit?.tasks ?? {})).toEqual(["y"]);
    expect(existsSync(join(dir, "weights", "model", runFiles.model))).toBe(true);
  }, 240_000);

  it("searches values of the configuration, options of the declared task among them", async () => {
    const loss = (type: string) => ({
      tasks: { y: { type: "regression", by: "site", loss: type } },
    });
    const found = await tuneRun(configOf({ learner: { type: "linear" } }), {
      ...shared(),
      out: join(dir, "values"),
      space: [{ path: "tasks.y.loss", type: "choice", values: ["huber"] }] as never,
      sampler: "grid",
      trials: 1,
      halving: configOf({ tune: {} }).tune?.halving as never,
      objective: "deltaM",
      outer: 0,
      refit: false,
      configure: () => configOf({ learner: { type: "linear" }, ...loss("huber") }),
    });
    expect(found.points[0].failure).toBeUndefined();
    expect(Object.keys(found.points[0].tasks)).toEqual(["y.north", "y.south"]);
  }, 120_000);

  it("takes the declared task for the objective: its metric over the rows of all values", async () => {
    const linear = (l2: number) => configOf({ learner: { type: "linear", penalty: { l2 } } });
    const search = (objective: string) =>
      tuneRun(linear(1e-3), {
        ...shared(),
        out: join(dir, `declared-${objective}`),
        space: [{ path: "learner.penalty.l2", type: "choice", values: [100] }] as never,
        sampler: "grid",
        trials: 1,
        halving: configOf({ tune: {} }).tune?.halving as never,
        objective,
        outer: 0,
        refit: false,
        configure: () => linear(100),
      });
    const found = await search("y");
    const [{ tasks, improvement }] = found.points;
    expect(Object.keys(tasks)).toEqual(["y.north", "y.south", "y"]);
    // Values have as many rows each: squared errors over all rows lie between theirs.
    expect(tasks.y).toBeGreaterThan(Math.min(tasks["y.north"], tasks["y.south"]));
    expect(tasks.y).toBeLessThan(Math.max(tasks["y.north"], tasks["y.south"]));
    const one = async (name: string) => (await search(name)).points[0].improvement ?? Number.NaN;
    const [north, south] = [await one("y.north"), await one("y.south")];
    expect(improvement).toBeGreaterThan(Math.min(north, south) - 1e-3);
    expect(improvement).toBeLessThan(Math.max(north, south) + 1e-3);
    await expect(search("yy")).rejects.toMatchObject({
      message: 'tune.objective: deltaM, meanRank, y, y.north, y.south; got "yy"',
      hint: "did you mean y?",
    });
  }, 120_000);
});

describe("weights of values", () => {
  it("are refused beside no column, for a value that is none, and by equal weighting", async () => {
    const tasks = (task: object) => ({ tasks: { y: { type: "regression", ...task } } });
    expect(() => configOf(tasks({ weights: { north: 2 } }))).toThrow(
      "tasks.y.weights: `by` beside it, whose values they weigh; got none",
    );
    expect(() => configOf(tasks({ by: "site", weights: { north: 0 } }))).toThrow(
      "tasks.y.weights.north",
    );
    expect(() =>
      configOf({
        ...tasks({ by: "site", weights: { north: 2 } }),
        learner: { ...neural, weighting: "equal" },
      }),
    ).toThrow("tasks.y.weights: no weights where learner.weighting is equal");
    const misspelt = configOf(tasks({ by: "site", weights: { nort: 2 } }));
    await expect(compareRun(misspelt, { ...shared(), out: join(dir, "misspelt") })).rejects.toThrow(
      'tasks.y.weights: values of column site of sites.csv; got "nort"',
    );
  });
});
