import type { ExperimentConfig } from "../config/experiment.ts";
import { ConfigError } from "../core/errors.ts";
import { Random } from "../core/random.ts";
import { meanOf } from "./objective.ts";
import { correctedInterval, correctedResampledT, type MeanInterval } from "./statistics.ts";
import { type Trial, type TrialOptions, type TrialScore, Trials } from "./trials.ts";
import { type JudgedTask, judge } from "./verdicts.ts";

export interface WeightOptions extends TrialOptions {
  /** Weights to try, about. */
  readonly points: number;
  /** Seed of weights that are drawn. */
  readonly seed: number;
  /** Outer folds of nested cross-validation; 0 for none. */
  readonly outer: number;
}

/** Weights λ of the tasks, which make 1, and how good they were against equal ones. */
export interface WeighedPoint extends TrialScore {
  readonly weights: Readonly<Record<string, number>>;
  /** Distance from equal weights, Σ |λ − 1/K|. */
  readonly distance: number;
}

export interface WeightTuning {
  /** In the order of the grid, equal weights first. */
  readonly points: readonly WeighedPoint[];
  readonly best: WeighedPoint;
  /** The weights nearest to equal that are within one standard error of the best. */
  readonly chosen: WeighedPoint;
  /** What choosing weights so brings on rows that did not choose them; undefined where it was not asked for. */
  readonly nested: NestedEstimate | undefined;
  readonly testRows: number;
  /** What `by` made of declared tasks: the task of each value. */
  readonly groups: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The whole procedure on outer folds: weights chosen by inner folds, against equal ones. */
export interface NestedEstimate {
  readonly outer: number;
  readonly seeds: number;
  /** Mean over tasks of the relative improvement over equal weights, and the paired test of it. */
  readonly improvement: MeanInterval & { readonly p: number };
  /** Scores `equal` and `chosen` of each task, and the second against the first. */
  readonly tasks: readonly JudgedTask[];
  /** What each outer fold chose. */
  readonly chosen: readonly Readonly<Record<string, number>>[];
}

/** Most tasks whose weights lie on a lattice; beyond, they are drawn at random. */
const mostLattice = 4;

/**
 * Chooses the tasks' weights by cross-validation: every point of a grid over the simplex is scored on the
 * same folds by the mean relative improvement over equal weights, and the one-standard-error rule takes
 * the point nearest to equal weights that is as good as the best, within its error. Test rows choose
 * nothing. @cite breiman1984
 * @throws ConfigError for a single task, or a learner whose weighting does not read the weights.
 */
export async function tuneWeights(
  config: ExperimentConfig,
  options: WeightOptions,
): Promise<WeightTuning> {
  const weighting = (config.learner as { weighting?: { type: string } }).weighting?.type;
  if (weighting !== undefined && weighting !== "fixed") {
    throw new ConfigError(
      "CONFIG_INVALID",
      `learner.weighting: fixed, which reads the tasks' weights; got ${weighting}`,
      { hint: "add --learner.weighting fixed" },
    );
  }
  if (options.outer === 1) {
    throw new ConfigError("USAGE", "tune.outer: 0, or at least 2 outer folds; got 1");
  }
  const trials = await Trials.open(config, options);
  try {
    const tasks = trials.rows.names;
    if (tasks.length < 2) {
      throw new ConfigError(
        "CONFIG_INVALID",
        `tasks: at least two whose weights can be chosen; got ${tasks.length}`,
      );
    }
    const grid = simplexPoints(tasks.length, options.points, options.seed).map((point) =>
      Object.fromEntries(tasks.map((task, i) => [task, point[i]])),
    );
    const points = await scorePoints(trials, config, grid);
    const { best, chosen } = oneStandardError(points);
    const nested = options.outer > 0 ? await estimate(trials, config, grid, options) : undefined;
    const { specs, split } = trials.rows.opened;
    const groups: Record<string, Record<string, string>> = {};
    for (const { name, group } of specs.tasks)
      if (group) groups[group.task] = { ...groups[group.task], [group.value]: name };
    return { points, best, chosen, nested, testRows: split.test.length, groups };
  } finally {
    trials.close();
  }
}

type Weights = Readonly<Record<string, number>>;

/** Scores weights against the first of them, which are equal. */
async function scorePoints(
  trials: Trials,
  config: ExperimentConfig,
  grid: readonly Weights[],
): Promise<WeighedPoint[]> {
  const all = grid.map((weights) => trialOf(config, weights));
  await trials.against(all[0]);
  await trials.work(all);
  return trials.scores(all).map((score, i) => ({
    ...score,
    weights: grid[i],
    distance: Object.values(grid[i]).reduce(
      (sum, w, _, { length }) => sum + Math.abs(w - 1 / length),
      0,
    ),
  }));
}

/**
 * Nested cross-validation: on each outer fold the inner folds of its training rows choose weights as the
 * whole search does, and a model with these weights, trained on all of them, is scored on the outer
 * fold's held-out rows beside one with equal weights. @cite varma2006
 */
async function estimate(
  trials: Trials,
  config: ExperimentConfig,
  grid: readonly Weights[],
  { outer: folds, seeds, folds: inner }: WeightOptions,
): Promise<NestedEstimate> {
  const outer = await trials.on(folds, seeds);
  const equal = trialOf(config, grid[0]);
  const chosen: Weights[] = [];
  for (let repeat = 0; repeat < seeds; repeat++) {
    for (let fold = 0; fold < folds; fold++) {
      const within = await trials.on(inner, 1, { folds, repeat, fold });
      const points = await scorePoints(within, config, grid);
      chosen.push(oneStandardError(points).chosen.weights);
    }
  }
  // Only the fit of each fold with its own weights is wanted.
  await outer.work([equal]);
  await outer.workAt(chosen.map((weights) => trialOf(config, weights)));
  const before = outer.values(equal);
  const after = outer.valuesAt(chosen.map((weights) => trialOf(config, weights)));
  const ratio = outer.ratio(equal);
  const judged = outer.judged;
  const gains = chosen.flatMap((_, place) => {
    const known = judged
      .map(({ name, better }) => {
        const sign = better === "higher" ? 1 : -1;
        const scale = Math.abs(meanOf(before[name]));
        return (sign * (after[name][place] - before[name][place])) / scale;
      })
      .filter((g) => Number.isFinite(g));
    return known.length > 0 ? [meanOf(known)] : [];
  });
  return {
    outer: folds,
    seeds,
    improvement: {
      ...correctedInterval(gains, ratio),
      p: correctedResampledT(gains, ratio).p,
    },
    tasks: judge(
      judged.map((task) => ({
        ...task,
        regimes: { equal: before[task.name], chosen: after[task.name] },
      })),
      ["equal", "chosen"],
      "equal",
      ratio,
    ),
    chosen,
  };
}

function trialOf(config: ExperimentConfig, weights: Weights): Trial {
  return { name: describe(weights), config, weights };
}

/** The best point, and of those within its standard error the one nearest to equal weights. */
export function oneStandardError<P extends Pick<WeighedPoint, "mean" | "error" | "distance">>(
  points: readonly P[],
): { readonly best: P; readonly chosen: P } {
  const finite = points.filter((p) => Number.isFinite(p.mean));
  // Where nothing could be measured nothing speaks against the first, which are equal weights.
  const known = finite.length > 0 ? finite : points.slice(0, 1);
  const best = known.reduce((a, b) => (b.mean > a.mean ? b : a));
  const enough = best.mean - (Number.isFinite(best.error) ? best.error : 0);
  const chosen = known
    .filter((p) => !(p.mean < enough))
    .reduce((a, b) =>
      b.distance < a.distance - 1e-12 || (b.distance < a.distance + 1e-12 && b.mean > a.mean)
        ? b
        : a,
    );
  return { best, chosen };
}

/**
 * Points inside a simplex, equal weights first: a lattice without its border for few tasks, the finest
 * that has at most `count` points, random draws for many.
 */
export function simplexPoints(tasks: number, count: number, seed: number): number[][] {
  const equal = new Array<number>(tasks).fill(1 / tasks);
  if (tasks > mostLattice) {
    const random = Random.from(seed, "simplex");
    const draws = Array.from({ length: count - 1 }, () => {
      const parts = equal.map(() => -Math.log(1 - random.uniform()));
      const sum = parts.reduce((a, b) => a + b, 0);
      return parts.map((part) => part / sum);
    });
    return [equal, ...draws];
  }
  let steps = tasks;
  while (choose(steps, tasks - 1) <= count) steps++;
  const found: number[][] = [];
  const place = (point: number[], left: number): void => {
    if (point.length === tasks - 1) {
      found.push([...point, left]);
      return;
    }
    for (let n = 1; n <= left - (tasks - point.length - 1); n++) place([...point, n], left - n);
  };
  place([], steps);
  const apart = found
    .map((point) => point.map((n) => n / steps))
    .filter((point) => point.some((x) => Math.abs(x - 1 / tasks) > 1e-9));
  return [equal, ...apart];
}

function choose(n: number, k: number): number {
  let result = 1;
  for (let i = 1; i <= k; i++) result = (result * (n - k + i)) / i;
  return result;
}

function describe(weights: Readonly<Record<string, number>>): string {
  return Object.entries(weights)
    .map(([task, weight]) => `${task} ${weight.toFixed(2)}`)
    .join(", ");
}
