import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resolveConfig } from "../config/load.ts";
import type { PolytaskError } from "../core/errors.ts";
import { compareRegimes } from "./compare.ts";
import type { CompareEvent, CompareOptions } from "./comparison.ts";
import { taskTable } from "./fixtures/tables.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "polytask-compare-"));
});
afterAll(() => rm(dir, { recursive: true }));

type Options = Readonly<Record<string, unknown>>;
let made = 0;

/** Compares on a table, in this process unless told otherwise. */
function compare(csv: string, config: Options, options: Partial<CompareOptions> = {}) {
  const name = `table${++made}`;
  writeFileSync(join(dir, `${name}.csv`), csv);
  return compareRegimes(
    resolveConfig({
      data: `${name}.csv`,
      split: { type: "random", fractions: { validation: 0, test: 0 } },
      ...config,
    }),
    {
      baseDir: dir,
      folder: join(dir, name),
      folds: 2,
      seeds: 1,
      jobs: 0,
      versions: {},
      ...options,
    },
  );
}

const learner = (width: number) => ({
  type: "neural",
  trunk: { sizes: [width], activation: "tanh", dropout: 0 },
});
const training = (epochs: number) => ({
  epochs,
  batchSize: 32,
  threads: 1,
  optimizer: { type: "adam", learningRate: 0.02 },
});
const tasks = (...names: string[]) => Object.fromEntries(names.map((n) => [n, "regression"]));
const quick = { tasks: tasks("y1", "y2"), learner: learner(2), training: training(2) };

async function failureOf(work: Promise<unknown>): Promise<PolytaskError> {
  const error = await work.then(
    () => undefined,
    (e) => e,
  );
  expect(error).toBeInstanceOf(Error);
  return error;
}

describe("a comparison", () => {
  it("sees that a task with few labels is helped by one that knows the same", async () => {
    const found = await compare(
      taskTable("shared", { rows: 300, inputs: 24, tasks: 2, missing: 0.88, noise: 0.1 }),
      { tasks: tasks("y1", "y2"), learner: learner(2), training: training(25) },
      { folds: 5, seeds: 2, regimes: ["multiTask"] },
    );
    const [task] = found.tasks;
    expect(task.scores.multiTask.mean).toBeLessThan(task.scores.independent.mean * 0.8);
    expect(task.against.multiTask.verdict).toBe("helps");
    expect(found.regimes.map((r) => r.name)).toEqual(["independent", "multiTask"]);
  }, 120_000);

  it("sees that tasks with nothing in common hurt each other in one unit", async () => {
    const found = await compare(
      taskTable("apart", { rows: 200, tasks: 3, noise: 0.1 }),
      { tasks: tasks("y1", "y2", "y3"), learner: learner(1), training: training(20) },
      { folds: 5, seeds: 2, regimes: ["multiTask"] },
    );
    expect(
      found.tasks.filter((t) => t.against.multiTask.verdict === "hurts").length,
    ).toBeGreaterThan(1);
    expect(found.deltaM.multiTask).toBeLessThan(-0.3);
    const { cosine, course } = found.pull ?? { cosine: [], course: [] };
    expect(cosine.map((row, i) => row[i])).toEqual([1, 1, 1].map((one) => expect.closeTo(one, 5)));
    expect(course.at(-1)?.conflicts).toBeGreaterThan(0.5);
  }, 120_000);

  it("runs every regime on the same folds in child processes, and again from its log", async () => {
    const csv = taskTable("shared", { rows: 60, tasks: 2 });
    const events: CompareEvent[] = [];
    const options = {
      jobs: 2,
      execArgv: ["--import", "tsx"],
      folder: join(dir, "children"),
      onEvent: (event: CompareEvent) => void events.push(event),
    };
    const first = await compare(csv, quick, options);
    expect(first.regimes.map((r) => r.name)).toEqual([
      "independent",
      "multiTask",
      "joint",
      "stacked",
      "transfer",
      "grouped",
    ]);
    for (const task of first.tasks)
      for (const score of Object.values(task.scores)) expect(score.measured).toBe(2);
    expect(first.failures).toEqual([]);
    // The log is cut in the middle of a line, as by a process that was killed.
    const log = join(dir, "children", "fits.jsonl");
    const lines = readFileSync(log, "utf8").trimEnd().split("\n");
    writeFileSync(log, `${lines.slice(0, 5).join("\n")}\n${lines[5].slice(0, 40)}`);
    events.length = 0;
    made--;
    const again = await compare(csv, quick, { ...options, jobs: 0 });
    expect(again.tasks).toEqual(first.tasks);
    expect(events[0]).toMatchObject({ type: "plan", done: 5 });
  }, 120_000);

  it("learns one task where epochs are chosen by another, and shares that name absent tasks", async () => {
    const found = await compare(
      taskTable("shared", { rows: 80, tasks: 2 }),
      {
        ...quick,
        split: { type: "random", fractions: { validation: 0.2, test: 0.1 } },
        learner: { ...learner(2), sharing: { type: "taskDependency", dependsOn: { y1: ["y2"] } } },
        training: { ...training(3), earlyStopping: { patience: 2, rule: "y2" } },
      },
      { regimes: ["transfer"] },
    );
    expect(found.failures).toEqual([]);
    expect(found.tasks.map((t) => t.scores.transfer.measured)).toEqual([2, 2]);
    expect(found.rows).toMatchObject({ used: 72, test: 8, heldOut: 36 });
    expect(found.rows.validation).toBeGreaterThan(0);
  }, 60_000);

  it("gives every model the same points, chooses on validation rows, and keeps no predictions", async () => {
    const csv = taskTable("shared", { rows: 80, tasks: 2 });
    const split = { type: "random", fractions: { validation: 0.2, test: 0 } };
    const config = { ...quick, split, training: { ...training(4), optimizer: { type: "adam" } } };
    const rate = "training.optimizer.learningRate";
    const configure = (point: Readonly<Record<string, string>>) =>
      resolveConfig({
        data: `table${made}.csv`,
        ...config,
        training: {
          ...training(4),
          optimizer: { type: "adam", learningRate: Number(point[rate] ?? 1e-9) },
        },
      });
    const tune = { trials: 3, space: { [rate]: ["0.02", "0.05"] }, configure };
    const folder = join(dir, "tuned");
    const found = await compare(
      csv,
      { ...config, training: { ...training(4), optimizer: { type: "adam", learningRate: 1e-9 } } },
      { folder, regimes: ["joint"], tune },
    );
    const { points, models } = found.tuning ?? { points: [], models: [] };
    expect(points).toHaveLength(3);
    // Two single-task models and one of both in each of two folds; none learns as it is.
    expect(models).toHaveLength(6);
    expect(models.every(({ point }) => point > 0)).toBe(true);
    expect(existsSync(join(folder, "predictions"))).toBe(false);
    // What a blend needs is fitted again where it was not kept.
    made--;
    const more = await compare(
      csv,
      { ...config, training: { ...training(4), optimizer: { type: "adam", learningRate: 1e-9 } } },
      { folder, regimes: ["joint", "stacked"], tune },
    );
    expect(more.tasks.map((t) => t.scores.stacked.measured)).toEqual([2, 2]);
    expect(more.tasks.map((t) => t.scores.joint)).toEqual(found.tasks.map((t) => t.scores.joint));
  }, 120_000);

  it("blends the predictions of the models it names", async () => {
    const found = await compare(taskTable("shared", { rows: 60, tasks: 2 }), quick, {
      regimes: ["joint"],
    });
    for (const { scores } of found.tasks) {
      // The error of a mean is at most the mean of the errors.
      expect(scores.joint.mean).toBeLessThanOrEqual(
        (scores.independent.mean + scores.multiTask.mean) / 2 + 1e-9,
      );
    }
  }, 60_000);

  it("says what a family cannot do, and finds no difference where nothing is shared", async () => {
    const found = await compare(taskTable("shared", { rows: 60, tasks: 2 }), {
      tasks: tasks("y1", "y2"),
      learner: { type: "linear", penalty: { l2: 0.1 } },
    });
    expect(Object.keys(found.refused)).toEqual(["transfer", "grouped"]);
    for (const task of found.tasks) {
      expect(task.against.multiTask.verdict).toBe("no difference");
      expect(task.scores.multiTask.mean).toBeCloseTo(task.scores.independent.mean, 4);
    }
    expect(found.groups).toBeUndefined();
  }, 60_000);
});

describe("a comparison of what cannot be compared", () => {
  it("refuses a single task", async () => {
    const error = await failureOf(compare(taskTable("shared"), { ...quick, tasks: tasks("y1") }));
    expect(error.message).toBe(
      "tasks: at least two to compare learning them together with learning them alone; got 1",
    );
  });

  it("refuses a task with five labels in five folds", async () => {
    const lines = taskTable("shared", { rows: 60, tasks: 2 }).trimEnd().split("\n");
    const few = lines.map((line, i) => (i > 5 ? line.replace(/,[^,]*$/, ",") : line)).join("\n");
    const error = await failureOf(compare(few, quick, { folds: 5 }));
    expect(error.message).toBe(
      "tasks.y2: at least 10 labelled rows, two a fold, for 5 folds; got 5",
    );
    expect(error.hint).toBe("use at most 2 folds");
    const split = { type: "random", fractions: { test: 0.5, validation: 0.1 } };
    const apart = await failureOf(compare(few, { ...quick, split }, { folds: 5 }));
    expect(apart.message).toMatch(/ for 5 folds; got \d, besides [1-5] in test rows$/);
  });

  it("refuses a constant task, and no validation rows to tune on", async () => {
    const lines = taskTable("shared", { rows: 60, tasks: 2 }).trimEnd().split("\n");
    const flat = lines.map((line, i) => (i > 0 ? line.replace(/,[^,]*$/, ",7") : line)).join("\n");
    const constant = await failureOf(compare(flat, quick));
    expect(constant.message).toBe('task "y2": a target that varies; got 7 in all 60 labelled rows');
    const tune = { trials: 2, configure: () => resolveConfig(quick) };
    const rows = await failureOf(compare(taskTable("shared", { rows: 60 }), quick, { tune }));
    expect(rows.message).toBe(
      "compare.tune: validation rows, as values are chosen on them; the split has none",
    );
  });

  it("leaves a task out of folds in which it is constant, and keeps the others", async () => {
    // Two rows differ from the rest: with two groups, each fold's training rows miss one of them.
    const rows = Array.from({ length: 60 }, (_, i) => {
      const group = i < 30 ? "a" : "b";
      return `${i % 7},${group},${(i % 7) * 2 + (i % 3)},${group === "a" ? "yes" : i % 2 === 0 ? "yes" : "no"}`;
    });
    const found = await compare(["x,g,y,c", ...rows].join("\n"), {
      inputs: { x: "number" },
      tasks: { y: "regression", c: "binary" },
      split: { type: "group", column: "g", fractions: { validation: 0, test: 0 } },
      learner: learner(2),
      training: training(2),
    });
    const [y, c] = found.tasks;
    expect(y.scores.multiTask.measured).toBe(2);
    expect(c.scores.multiTask.measured).toBeLessThan(2);
    expect(found.notes.some((n) => n.startsWith("Left out in 1 of 2 folds: c"))).toBe(true);
  }, 60_000);

  it("compares on the folds that have a rare class, and says how many those are", async () => {
    const lines = taskTable("shared", { rows: 60, tasks: 2 }).trimEnd().split("\n");
    const rare = lines.map(
      (line, i) => `${line},${i === 0 ? "rare" : i % 20 === 1 ? "yes" : "no"}`,
    );
    const found = await compare(
      rare.join("\n"),
      { ...quick, tasks: { ...tasks("y1"), rare: "binary" } },
      { folds: 5, regimes: ["multiTask"] },
    );
    expect(found.tasks[0].scores.independent.measured).toBe(5);
    expect(found.tasks[1].scores.independent.measured).toBe(3);
    expect(found.notes.at(-1)).toMatch(/^rare: \w+ has a value in 3 of 5 folds/);
    expect(found.failures).toEqual([]);
  }, 60_000);

  it("says that tasks meet in no row", async () => {
    const lines = taskTable("shared", { rows: 80, tasks: 2 }).trimEnd().split("\n");
    const apart = lines.map((line, i) => {
      const cells = line.split(",");
      if (i > 0) cells[cells.length - 1 - (i % 2)] = "";
      return cells.join(",");
    });
    const found = await compare(apart.join("\n"), quick, { regimes: ["multiTask"] });
    expect(found.notes[0]).toMatch(/^No row has labels of two tasks/);
    expect(found.tasks[0].scores.multiTask.measured).toBe(2);
  }, 60_000);

  it("stops where every fit fails, with the reason of the first", async () => {
    const error = await failureOf(
      compare(taskTable("shared", { rows: 60, tasks: 2 }), {
        ...quick,
        learner: { ...learner(8), trunk: { sizes: [8], dropout: 0 } },
        training: { ...training(8), optimizer: { type: "sgd", learningRate: 1000 } },
      }),
    );
    expect(error.code).toBe("NON_FINITE");
  }, 60_000);

  it("reports a fit whose process dies, and goes on with the others", async () => {
    const marker = join(dir, "died");
    const dies = `import fs from "node:fs";
      if (!fs.existsSync(${JSON.stringify(marker)})) {
        fs.writeFileSync(${JSON.stringify(marker)}, "");
        process.exit(3);
      }`;
    const found = await compare(taskTable("shared", { rows: 60, tasks: 2 }), quick, {
      jobs: 1,
      regimes: ["multiTask"],
      execArgv: ["--import", "tsx", "--import", `data:text/javascript,${encodeURIComponent(dies)}`],
    });
    expect(found.failures).toEqual([
      {
        where: "independent, seed 1, fold 1, y1",
        message: "fit: a process that lives to answer; it ended with code 3",
      },
    ]);
    expect(found.tasks.map((t) => t.scores.independent.measured)).toEqual([1, 2]);
  }, 60_000);

  it("keeps what was done when it is interrupted", async () => {
    const controller = new AbortController();
    let done = 0;
    const folder = join(dir, "interrupted");
    const csv = taskTable("shared", { rows: 60, tasks: 2 });
    const error = await failureOf(
      compare(csv, quick, {
        folder,
        signal: controller.signal,
        onEvent: (event) => {
          if (event.type === "fit" && ++done === 2) controller.abort();
        },
      }),
    );
    expect(error.code).toBe("INTERRUPTED");
    expect(readFileSync(join(folder, "fits.jsonl"), "utf8").trimEnd().split("\n")).toHaveLength(2);
  }, 60_000);
});
