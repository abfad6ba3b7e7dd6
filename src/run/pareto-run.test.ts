import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { resolveConfig } from "../config/load.ts";
import { Random } from "../core/random.ts";
import type { FrontRecord } from "../report/record.ts";
import { runFiles } from "./folder.ts";
import { type FrontEvent, paretoRun } from "./pareto-run.ts";

const dir = mkdtempSync(join(tmpdir(), "front-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Two tasks that want opposite things of the one unit they share. */
function table(): string {
  const random = Random.from(3, "front");
  const rows = Array.from({ length: 160 }, () => {
    const [a, b] = [random.normal(), random.normal()];
    return [a, b, a + 0.1 * random.normal(), b + 0.1 * random.normal(), a > 0 ? "p" : "n"].join();
  });
  return ["a,b,first,second,sign", ...rows].join("\n");
}
writeFileSync(join(dir, "table.csv"), table());

function configOf(more: object = {}) {
  return resolveConfig({
    data: "table.csv",
    inputs: { a: "number", b: "number" },
    tasks: { first: "regression", second: "regression" },
    split: { type: "random", fractions: { validation: 0.25, test: 0.25 } },
    learner: {
      type: "neural",
      trunk: { sizes: [1], activation: "tanh", dropout: 0 },
      weighting: "fixed",
    },
    training: {
      epochs: 20,
      batchSize: 20,
      threads: 1,
      optimizer: { type: "adam", learningRate: 0.03 },
    },
    pareto: 3,
    ...more,
  });
}

describe("a run of several preferences", () => {
  it("trains a model for each, places them, and leaves the one that gains most", async () => {
    const out = join(dir, "run");
    const events: FrontEvent[] = [];
    const config = configOf();
    const { front, ...summary } = await paretoRun(config, {
      out,
      baseDir: dir,
      jobs: 0,
      onEvent: (event) => void events.push(event),
    });
    expect(events.map((e) => e.type)).toEqual(["plan", "fit", "fit", "fit"]);
    expect(front.failures).toEqual([]);
    expect(front.models.map((m) => m.preference)).toEqual([
      [expect.closeTo(1 / 6), expect.closeTo(5 / 6)],
      [0.5, 0.5],
      [expect.closeTo(5 / 6), expect.closeTo(1 / 6)],
    ]);
    // With one unit, who cares most for a task is best at it.
    const [few, , much] = front.models.map((m) => Number(m.validation[0]));
    expect(much).toBeLessThan(few);
    expect(front.models.filter((m) => !m.dominated).length).toBeGreaterThan(1);

    // The volume between the reference and the scores, counted on a fine grid of points.
    const { tasks, models } = front;
    const gains = models.map((m) => m.validation.map((v, t) => tasks[t].reference - Number(v)));
    const most = tasks.map((_, t) => Math.max(...gains.map((g) => g[t])));
    const steps = 400;
    let inside = 0;
    for (let i = 0; i < steps; i++)
      for (let j = 0; j < steps; j++) {
        const [x, y] = [((i + 0.5) / steps) * most[0], ((j + 0.5) / steps) * most[1]];
        if (gains.some(([g, h]) => x <= g && y <= h)) inside++;
      }
    const counted = (inside / steps ** 2) * most[0] * most[1];
    expect(front.hypervolume / counted).toBeCloseTo(1, 1);
    const volumes = gains.map(([g, h]) => Math.max(0, g) * Math.max(0, h));
    expect(front.main).toBe(volumes.indexOf(Math.max(...volumes)) + 1);

    // The folder is a run folder like any other, with the runs of all models in it.
    const read = (...path: string[]) => readFileSync(join(out, ...path));
    expect(read(runFiles.model)).toEqual(read("front", String(front.main), runFiles.model));
    expect(readdirSync(join(out, "front")).sort()).toEqual(["1", "2", "3"]);
    expect(JSON.parse(read(runFiles.frontScores).toString())).toEqual(front);
    expect(read(runFiles.report).toString()).toContain("The front of preferences");
    expect(read(runFiles.config).toString()).toMatch(/pareto: 3/);
    expect(summary.dir).toBe(out);
    expect(Object.keys(summary.tasks)).toEqual(["first", "second"]);
  }, 180_000);

  it("goes on where it was interrupted, to the same front", async () => {
    const whole = JSON.parse(
      readFileSync(join(dir, "run", runFiles.frontScores), "utf8"),
    ) as FrontRecord;
    const out = join(dir, "again");
    const stop = new AbortController();
    const interrupted = paretoRun(configOf(), {
      out,
      baseDir: dir,
      jobs: 0,
      signal: stop.signal,
      onEvent: (event) => {
        if (event.type === "fit") stop.abort();
      },
    });
    await expect(interrupted).rejects.toMatchObject({ code: "INTERRUPTED" });
    expect(existsSync(join(out, "front", "1"))).toBe(true);
    expect(existsSync(join(out, "front", "3"))).toBe(false);
    await expect(paretoRun(configOf(), { out, baseDir: dir, jobs: 0 })).rejects.toThrow();
    const { front } = await paretoRun(configOf(), { out, baseDir: dir, jobs: 0, resume: true });
    expect(front).toEqual(whole);
  }, 180_000);

  it.each([
    [
      "a single task",
      { tasks: { first: "regression" } },
      "pareto: at least two tasks to prefer one to another; got 1",
    ],
    [
      "no validation rows",
      { split: { type: "random", fractions: { validation: 0, test: 0.2 } } },
      "pareto: validation rows, by which models are placed; the split has none",
    ],
    [
      "a weighting without preference",
      { learner: { type: "neural", weighting: "uncertainty" } },
      "learner.weighting: fixed, or one with a preference, to train a front; got uncertainty",
    ],
    [
      "a learner that shares nothing",
      { learner: { type: "baseline" } },
      "learner.weighting: fixed, or one with a preference, to train a front; got baseline",
    ],
    ["no number", { pareto: undefined }, "pareto: how many models the front has; got nothing"],
  ])("is refused with %s", async (name, more, message) => {
    const out = join(dir, name.replaceAll(" ", "-"));
    await expect(paretoRun(configOf(more), { out, baseDir: dir, jobs: 0 })).rejects.toThrow(
      message,
    );
    expect(existsSync(out)).toBe(false);
  });
});
