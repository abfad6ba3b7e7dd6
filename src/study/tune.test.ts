import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseConfig } from "../config/load.ts";
import { ConfigError } from "../core/errors.ts";
import { Random } from "../core/random.ts";
import { taskTable } from "./fixtures/tables.ts";
import type { Tried } from "./samplers/sampler.ts";
import { type SamplerName, samplers } from "./samplers/samplers.ts";
import { gridOf, type Point, parseParameter, readSpace } from "./search-space.ts";
import { oneStandardError, simplexPoints, tuneWeights } from "./task-weights.ts";
import { tune } from "./tune.ts";

describe("a search space", () => {
  it("reads lists and ranges", () => {
    expect(parseParameter("learner.trunk.sizes=[4],[8]")).toMatchObject({ values: ["[4]", "[8]"] });
    expect(parseParameter("training.epochs=2..9")).toMatchObject({
      low: 2,
      high: 9,
      whole: true,
      log: false,
    });
    expect(parseParameter("training.optimizer.learningRate=log:1e-4..0.1")).toMatchObject({
      low: 1e-4,
      high: 0.1,
      log: true,
      whole: false,
    });
    expect(gridOf([parseParameter("a=x,y"), parseParameter("b=1..3")])).toHaveLength(6);
  });

  it("keeps commas inside brackets, and takes lists of a configuration", () => {
    expect(parseParameter("learner.trunk.sizes=[8,4],[]")).toMatchObject({
      values: ["[8,4]", "[]"],
    });
    const [list] = readSpace({ "learner.trunk.sizes": [[8, 4], []] });
    expect(list).toMatchObject({ kind: "values", values: ["[8,4]", "[]"] });
    expect(() => readSpace({ "learner.penalty.l2": "log:1..0" })).toThrow(
      'tune.space.learner.penalty.l2: a range from a lower to a higher number; got "log:1..0"',
    );
  });

  it("refuses what is no range and what would change the rows", () => {
    for (const text of ["a", "a=", "=1", "a=3..1", "a=log:0..1", "split.seed=1,2", "a=1,,2"])
      expect(() => parseParameter(text), text).toThrow(ConfigError);
  });
});

describe("what is tried next", () => {
  const space = [parseParameter("x=0.0..1.0001"), parseParameter("kind=a,b,c")];
  const goodness = (point: Point) => -((Number(point.x) - 0.3) ** 2) - (point.kind === "b" ? 0 : 1);

  function search(name: SamplerName, steps: number, seed: number): Tried[] {
    const tried: Tried[] = [];
    for (let i = 0; i < steps; i++) {
      const random = Random.from(seed, name, i);
      for (const point of samplers[name].next(space, tried, 1, random))
        tried.push({ point, score: goodness(point) });
    }
    return tried;
  }

  it("tpe comes back to where it was good, random does not", () => {
    const mean = (name: SamplerName) => {
      const late = [1, 2, 3, 4].flatMap((seed) => search(name, 60, seed).slice(30));
      return late.reduce((sum, t) => sum + t.score, 0) / late.length;
    };
    expect(mean("tpe")).toBeGreaterThan(mean("random") + 0.3);
  });

  it("grid tries everything once", () => {
    const tried = search("grid", 99, 1);
    expect(new Set(tried.map((t) => JSON.stringify(t.point))).size).toBe(15);
    expect(tried).toHaveLength(15);
  });
});

describe("weights on a simplex", () => {
  it("are inside of it, equal ones first", () => {
    for (const [tasks, count] of [
      [2, 9],
      [3, 15],
      [7, 12],
    ]) {
      const points = simplexPoints(tasks, count, 3);
      expect(points[0]).toEqual(new Array(tasks).fill(1 / tasks));
      expect(points.length).toBeLessThanOrEqual(count + 1);
      expect(points.length).toBeGreaterThan(count / 2);
      for (const point of points) {
        expect(Math.min(...point)).toBeGreaterThan(0);
        expect(point.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
      }
    }
  });

  it("are chosen nearest to equal within one standard error of the best", () => {
    const points = [
      { mean: 0, error: 0, distance: 0 },
      { mean: 0.08, error: 0.02, distance: 0.3 },
      { mean: 0.1, error: 0.03, distance: 0.6 },
      { mean: Number.NaN, error: Number.NaN, distance: 0.1 },
    ];
    expect(oneStandardError(points)).toEqual({ best: points[2], chosen: points[1] });
  });
});

describe("tuning on folds", () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "polytask-tune-"));
    writeFileSync(join(dir, "rows.csv"), taskTable("apart", { rows: 80, inputs: 4, tasks: 2 }));
  });
  afterAll(() => rm(dir, { recursive: true }));

  const text = `
data: rows.csv
tasks: { y1: regression, y2: regression }
learner: { type: neural, trunk: { sizes: [4], activation: tanh, dropout: 0 } }
training: { epochs: 6, batchSize: 16, threads: 1, optimizer: { type: adam, learningRate: 0.0001 } }
`;
  const configure = (point: Point) =>
    parseConfig(text, {
      file: "config.yaml",
      overrides: Object.entries(point).map(([path, value]) => ({ path, value, shown: path })),
    }).config;
  const options = { folds: 2, seeds: 1, jobs: 0, versions: {} };

  it("finds the learning rate that learns, and says which values are invalid", async () => {
    const space = [parseParameter("training.optimizer.learningRate=0.0001,0.05,-1")];
    const shared = { ...options, baseDir: dir, folder: join(dir, "grid"), configure, space };
    const found = await tune(configure({}), {
      ...shared,
      sampler: "grid",
      trials: 10,
      halving: { type: "none" },
      seed: 0,
    });
    expect(found.points).toHaveLength(3);
    expect(found.best?.point).toEqual({ "training.optimizer.learningRate": "0.05" });
    expect(found.best?.mean).toBeGreaterThan(0.1);
    expect(found.points[2].failure?.code).toBe("CONFIG_INVALID");
  }, 60_000);

  it("drops what does not learn after few epochs", async () => {
    const space = [parseParameter("training.optimizer.learningRate=0.00001,0.0001,0.05")];
    const shared = { ...options, baseDir: dir, folder: join(dir, "halving"), configure, space };
    const found = await tune(configure({}), {
      ...shared,
      sampler: "grid",
      trials: 3,
      halving: { type: "synchronous", eta: 3 },
      seed: 0,
    });
    expect(found.points.map((p) => p.epochs)).toEqual([6, 2, 2]);
    expect(found.best?.point["training.optimizer.learningRate"]).toBe("0.05");
  }, 60_000);

  it("halves asynchronously, with the same steps when it is replayed or resumed", async () => {
    const space = [parseParameter("training.optimizer.learningRate=log:0.00001..0.1")];
    const search = (folder: string, jobs = 0) =>
      tune(configure({}), {
        ...options,
        jobs,
        execArgv: ["--import", "tsx"],
        baseDir: dir,
        folder: join(dir, folder),
        configure,
        space,
        sampler: "random",
        trials: 9,
        seed: 3,
        halving: { type: "asha", eta: 3, brackets: 1, minEpochs: 1 },
      });
    const first = await search("asha", 2);
    expect(new Set(first.points.map((p) => p.epochs))).toEqual(new Set([2, 6]));
    expect(first.best?.epochs).toBe(6);
    expect(existsSync(join(dir, "asha", "checkpoints"))).toBe(false);
    // What two processes decided is taken again in the same order, also with none of their results.
    const course = readFileSync(join(dir, "asha", "search.jsonl"), "utf8");
    mkdirSync(join(dir, "replay"));
    writeFileSync(join(dir, "replay", "search.jsonl"), course);
    expect(await search("replay")).toEqual(first);
    // Cut off in the middle of a line, as by a process that was killed.
    const log = readFileSync(join(dir, "asha", "fits.jsonl"), "utf8").split("\n");
    writeFileSync(join(dir, "asha", "fits.jsonl"), log.slice(0, 9).join("\n"));
    writeFileSync(join(dir, "asha", "search.jsonl"), course.slice(0, course.length / 2));
    const again = await search("asha");
    expect(again.points).toHaveLength(9);
    const whole = course.slice(0, course.lastIndexOf("\n", course.length / 2));
    const resumed = readFileSync(join(dir, "asha", "search.jsonl"), "utf8");
    expect(resumed.slice(0, whole.length)).toBe(whole);
  }, 240_000);

  it("draws other points for another seed, and ranks by the objective", async () => {
    const space = [parseParameter("training.optimizer.learningRate=log:0.001..0.1")];
    const search = (seed: number, objective: string) =>
      tune(configure({}), {
        ...options,
        baseDir: dir,
        folder: join(dir, "objective"),
        configure,
        space,
        sampler: "random",
        trials: 3,
        seed,
        objective,
        halving: { type: "none" },
      });
    const [ranks, metric, other] = [
      await search(1, "meanRank"),
      await search(1, "y1"),
      await search(2, "deltaM"),
    ];
    expect(other.points.map((p) => p.point)).not.toEqual(metric.points.map((p) => p.point));
    // Four are ranked, the reference among them.
    expect(ranks.points[0].mean).toBeLessThanOrEqual(3);
    const best = metric.points[0];
    expect(best.mean).toBeCloseTo(metric.reference.tasks.y1 - best.tasks.y1, 9);
    await expect(search(1, "speed")).rejects.toThrow(
      'tune.objective: deltaM, meanRank, y1, y2; got "speed"',
    );
  }, 60_000);

  it("weighs tasks against equal weights, which are 0 by definition", async () => {
    const config = configure({ "training.optimizer.learningRate": "0.05" });
    const found = await tuneWeights(config, {
      ...options,
      baseDir: dir,
      folder: join(dir, "weights"),
      points: 4,
      outer: 0,
      seed: 0,
    });
    expect(found.points[0]).toMatchObject({ mean: 0, weights: { y1: 0.5, y2: 0.5 }, distance: 0 });
    expect(found.points.length).toBeGreaterThan(3);
    expect(found.chosen.mean).toBeGreaterThanOrEqual(found.best.mean - found.best.error);
    expect(found.nested).toBeUndefined();
    const { nested } = await tuneWeights(config, {
      ...options,
      baseDir: dir,
      folder: join(dir, "weights"),
      points: 2,
      outer: 3,
      seed: 0,
    });
    expect(nested?.chosen).toHaveLength(3);
    const [first, second] = nested?.tasks ?? [];
    expect(first.scores.equal.measured).toBe(3);
    const gain = [first, second].map(({ scores }) => 1 - scores.chosen.mean / scores.equal.mean);
    expect(nested?.improvement.mean).toBeCloseTo((gain[0] + gain[1]) / 2, 9);
    await expect(
      tuneWeights(configure({ "learner.weighting": "uncertainty" }), {
        ...options,
        baseDir: dir,
        folder: join(dir, "refused"),
        points: 3,
        outer: 0,
        seed: 0,
      }),
    ).rejects.toThrow("learner.weighting: fixed, which reads the tasks' weights; got uncertainty");
  }, 60_000);
});
