import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { resolveConfig } from "../config/load.ts";
import { Random } from "../core/random.ts";
import { tableFromRows } from "../data/from-rows.ts";
import { evaluateBatches } from "../model/evaluate-batches.ts";
import { Model } from "../model/model.ts";
import type { RunEvent } from "./experiment.ts";
import { runExperiment } from "./experiment.ts";
import { trainRun } from "./train-run.ts";

const folder = mkdtempSync(join(tmpdir(), "by-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const slopes: Readonly<Record<string, number>> = { 1: 2, 2: -1, 3: 0.5 };

/** A line of its own for each value of `site`, with noise. */
function lines(count = 240) {
  const random = Random.from(4, "lines");
  return Array.from({ length: count }, (_, i) => {
    const site = 1 + (i % 3);
    const x = random.normal();
    return { x, site, y: 10 * site + slopes[site] * x + 0.1 * random.normal() };
  });
}

function configOf(learner: object, more: object = {}) {
  return resolveConfig({
    name: "lines",
    inputs: { x: { type: "number" } },
    tasks: { y: { type: "regression", by: "site" } },
    split: { type: "stratified", columns: ["site"] },
    learner,
    ...more,
  });
}

const linear = { type: "linear" };

async function experiment(
  rows: readonly Readonly<Record<string, unknown>>[],
  config = configOf(linear),
  onEvent?: (event: RunEvent) => void,
) {
  const run = await runExperiment(config, { rows, baseDir: folder, onEvent });
  run.close();
  return run;
}

describe("one task for each value of a column", () => {
  it.each([
    ["linear", linear, {}],
    [
      "linear, tied",
      { type: "linear", regularizer: { type: "meanRegularised", weight: 1e-3 } },
      {},
    ],
    [
      "neural",
      { type: "neural", trunk: { sizes: [8], dropout: 0 } },
      {
        training: { epochs: 150, batchSize: 32, optimizer: { type: "adamw", learningRate: 0.02 } },
      },
    ],
  ])("learns each from its own rows: %s", async (_, learner, more) => {
    const { outcome, model, parity } = await experiment(lines(), configOf(learner, more));
    expect(outcome.tasks.map((t) => t.name)).toEqual(["y.1", "y.2", "y.3"]);
    expect(outcome.reported.map((t) => t.name)).toEqual(["y"]);
    const scores = outcome.results.test?.evaluations ?? {};
    for (const name of ["y.1", "y.2"]) expect(scores[name].metrics.r2, name).toBeGreaterThan(0.9);
    expect(scores.y.metrics.r2).toBeGreaterThan(0.99);
    const own = ["y.1", "y.2", "y.3"].map((name) => scores[name].rows);
    expect(scores.y.rows).toBe(own.reduce((a, b) => a + b, 0));
    expect(parity.maxAbsDifference).toBeLessThan(1e-3);

    const opened = await Model.open(model);
    try {
      expect(opened.tasks.map((t) => t.name)).toEqual(["y"]);
      expect(opened.columns).toEqual(["x", "site"]);
      const at = (x: number, site: unknown) => ({ x, site });
      const table = tableFromRows([at(1, 1), at(1, 2), at(1, 3), at(1, 7), at(1, null)]);
      const predicted = (await opened.predictTable(table)) as { y: { value: number } }[];
      const [a, b, c, unseen, missing] = predicted.map((row) => row.y.value);
      expect(a).toBeCloseTo(12, 0);
      expect(b).toBeCloseTo(19, 0);
      // A value that no task was learned from gets the mean of all.
      expect(unseen).toBeCloseTo((a + b + c) / 3, 3);
      expect(missing).toBeCloseTo(unseen, 5);
      const evaluated = await opened.evaluateTable(tableFromRows(lines()));
      expect(Object.keys(evaluated)).toEqual(["y", "y.1", "y.2", "y.3"]);
      expect(evaluated["y.1"].rows).toBe(80);
      // Read a few rows at a time, and with many of them.
      const few = [0, 1, 2].map((k) => tableFromRows(lines().slice(80 * k, 80 * (k + 1))));
      expect(await evaluateBatches(opened, few, "lines")).toEqual(evaluated);
      const many = Array.from({ length: 60 }, () => tableFromRows(lines()));
      const all = await evaluateBatches(opened, many, "lines");
      expect(Object.keys(all)).toEqual(["y", "y.1", "y.2", "y.3"]);
      for (const [name, { rows, metrics }] of Object.entries(evaluated)) {
        expect(all[name].rows).toBe(60 * rows);
        for (const metric of ["rmse", "r2", "medianAbsoluteError", "spearman"])
          expect(all[name].metrics[metric]).toBeCloseTo(metrics[metric], 9);
      }
      const blank = tableFromRows(lines().map(({ x, site }) => ({ x, site, y: null })));
      await expect(evaluateBatches(opened, [blank], "blank.csv")).rejects.toThrow(
        "blank.csv: rows with labels; got none in 240 rows of y",
      );
      await expect(opened.predictTable(tableFromRows([{ x: 1 }]))).rejects.toThrow(
        "input columns site; the table has x",
      );
    } finally {
      await opened.dispose();
    }
  });

  it("is one task in the files of a run, with the metrics of every value", async () => {
    const out = join(folder, "run");
    writeFileSync(
      join(folder, "lines.csv"),
      ["x,site,y", ...lines().map(({ x, site, y }) => [x, site, y].join())].join("\n"),
    );
    const config = configOf(linear, { data: { path: "lines.csv" } });
    const { tasks } = await trainRun(config, { baseDir: folder, out });
    expect(Object.keys(tasks)).toEqual(["y"]);
    const read = (name: string) => readFileSync(join(out, name), "utf8");
    expect(read("predictions.csv").split("\n")[0]).toBe("row,part,y.truth,y.value");
    const metrics = JSON.parse(read("metrics.json")).tasks.y;
    expect(metrics.by).toBe("site");
    expect(Object.keys(metrics.values)).toEqual(["1", "2", "3"]);
    expect(metrics.values[2].test.metrics.r2).toBeGreaterThan(0.9);
    // The configuration of the folder trains the same again.
    expect(read("config.yaml")).toMatch(/by: site/);
    expect(read("config.yaml")).not.toMatch(/y\.1/);
  });

  it("shares the classes of several values, and may have one label of a value", async () => {
    const random = Random.from(1, "classes");
    const rows = Array.from({ length: 120 }, (_, i) => {
      const site = i === 0 ? "rare" : i % 2 === 0 ? "north" : "south";
      const x = random.normal();
      return { x, site, y: x > 0 === (site === "north") ? "up" : "down" };
    });
    const config = configOf(linear, {
      tasks: { y: { type: "binary", by: "site" } },
      split: { type: "random", fractions: { train: 0.7, validation: 0.1, test: 0.2 } },
    });
    const { outcome } = await experiment(rows, config);
    expect(new Set(outcome.tasks.map((t) => t.state)).size).toBe(1);
    expect(outcome.results.test?.evaluations.y.metrics.accuracy).toBeGreaterThan(0.9);
  });

  it("makes no task of a value without labels, and says so of one without training labels", async () => {
    const rows = lines().map((row, i) => ({
      ...row,
      y: row.site === 3 ? null : row.y,
      part: row.site === 2 && i % 2 === 0 ? "test" : "train",
    }));
    const unlabelled = await experiment(rows);
    expect(unlabelled.outcome.tasks.map((t) => t.name)).toEqual(["y.1", "y.2"]);
    const messages: string[] = [];
    const apart = rows.map((row) => ({ ...row, part: row.site === 2 ? "test" : "train" }));
    const more = [...apart, ...lines(30).map((r) => ({ ...r, site: 5, part: "train" }))];
    const config = configOf(linear, { split: { type: "column", column: "part", carve: 0.1 } });
    const { outcome } = await experiment(more, config, (event) => {
      if (event.type === "warning") messages.push(event.message);
    });
    expect(outcome.tasks.map((t) => t.name)).toEqual(["y.1", "y.5"]);
    expect(messages).toEqual([
      "task y: no label in the training rows of 2; their rows get the mean of the other tasks",
    ]);
    // Their rows count in the metrics of the whole.
    expect(outcome.results.test?.evaluations.y.rows).toBe(80);
  });

  it.each([
    ["a column that is not there", lines(), { by: "sitt" }, "did you mean site", "hint"],
    [
      "one value",
      lines().map((r) => ({ ...r, site: 1 })),
      {},
      'tasks.y.by: a column of at least 2 values; column site of rows has one, "1"',
    ],
    [
      "ten thousand values",
      Array.from({ length: 10_000 }, (_, i) => ({ x: i % 7, site: i, y: i % 5 })),
      {},
      "tasks.y.by: a column of at most 1000 values, each a task; column site of rows has 10000",
    ],
    [
      "no labels",
      lines().map((r, i) => ({ ...r, site: i < 3 ? null : r.site, y: i < 3 ? i : null })),
      {},
      "tasks.y.by: values whose rows have labels; column site of rows has labels of y in no row",
    ],
    [
      "lists",
      lines().map((r) => ({ ...r, site: [r.site, 2] })),
      {},
      "tasks.y.by: a column of words, whole numbers or truths; column site holds list",
    ],
  ])("refuses %s", async (_, rows, options, message, where = "message") => {
    const config = configOf(linear, {
      tasks: { y: { type: "regression", by: "site", ...options } },
    });
    const error = await experiment(rows, {
      ...config,
      split: { ...config.split, type: "random" } as never,
    }).catch((e) => e);
    expect(String(error[where])).toContain(message);
  });

  it("chooses the epoch by the declared task: its metric over the rows of all values", async () => {
    const neural = { type: "neural", trunk: { sizes: [8] } };
    // Sites of very different sizes, so that the mean over values is another choice than that over rows.
    const rows = lines(400).filter(({ site }, i) => site === 1 || i % 8 === 0);
    const training = {
      epochs: 30,
      batchSize: 16,
      threads: 1,
      optimizer: { type: "adam", learningRate: 0.3 },
      earlyStopping: { rule: "y" },
    };
    const { outcome } = await experiment(rows, configOf(neural, { training }));
    const found = outcome.results.validation?.evaluations ?? {};
    const values = ["y.1", "y.2", "y.3"];
    const total = values.reduce((sum, name) => sum + found[name].rows, 0);
    expect(new Set(values.map((name) => found[name].rows)).size).toBeGreaterThan(1);
    const errors = (outcome.fitted.history ?? []).map(({ tasks }) =>
      values.reduce(
        (sum, name) => sum + (found[name].rows * (tasks[name].validation?.rmse ?? 0) ** 2) / total,
        0,
      ),
    );
    const best = errors.indexOf(Math.min(...errors)) + 1;
    expect(outcome.fitted.facts.epoch).toBe(best);
    expect(best).toBeLessThan(30);
    expect(found.y.metrics.rmse).toBeCloseTo(Math.sqrt(errors[best - 1]), 5);
    const one = (rule: string) =>
      experiment(
        rows,
        configOf(neural, { training: { ...training, epochs: 1, earlyStopping: { rule } } }),
      );
    await one("y.2");
    await expect(one("y.4")).rejects.toThrow("a task (y, y.1, y.2, y.3); got");
  });

  it("refuses labels of tasks as values, and epochs chosen by what is no task", () => {
    const by =
      (tasks: object, more: object = {}) =>
      () =>
        configOf(linear, { tasks, ...more });
    expect(by({ y: { type: "regression", by: "y" } })).toThrow("a column without labels");
    const rule = (name: string) =>
      by(
        { y: { type: "regression", by: "site" } },
        { training: { earlyStopping: { rule: name } } },
      );
    expect(rule("y")).not.toThrow();
    expect(rule("y.north")).not.toThrow();
    expect(rule("yy")).toThrow(expect.objectContaining({ hint: "did you mean y?" }));
  });
});
