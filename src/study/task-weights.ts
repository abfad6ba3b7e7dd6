import type { ExperimentConfig } from "../config/experiment.ts";
import { ConfigError } from "../core/errors.ts";
import { Random } from "../core/random.ts";
import { type TrialOptions, type TrialScore, Trials } from "./trials.ts";

export interface WeightOptions extends TrialOptions {
  /** Weights to try, about. */
  readonly points: number;
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
  readonly testRows: number;
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
  const tasks = Object.keys(config.tasks);
  if (tasks.length < 2) {
    throw new ConfigError(
      "CONFIG_INVALID",
      `tasks: at least two whose weights can be chosen; got ${tasks.length}`,
    );
  }
  const weighting = (config.learner as { weighting?: { type: string } }).weighting?.type;
  if (weighting !== undefined && weighting !== "fixed") {
    throw new ConfigError(
      "CONFIG_INVALID",
      `learner.weighting: fixed, which reads the tasks' weights; got ${weighting}`,
      { hint: "add --learner.weighting fixed" },
    );
  }
  const trials = await Trials.open(config, options);
  try {
    const named = simplexPoints(tasks.length, options.points, config.seed).map((point) =>
      Object.fromEntries(tasks.map((task, i) => [task, point[i]])),
    );
    const all = named.map((weights) => ({ name: describe(weights), config, weights }));
    await trials.against(all[0]);
    const scores = await trials.score(all);
    const points = scores.map(
      (score, i): WeighedPoint => ({
        ...score,
        weights: named[i],
        distance: tasks.reduce((sum, t) => sum + Math.abs(named[i][t] - 1 / tasks.length), 0),
      }),
    );
    const { best, chosen } = oneStandardError(points);
    return { points, best, chosen, testRows: trials.rows.opened.split.test.length };
  } finally {
    trials.close();
  }
}

/** The best point, and of those within its standard error the one nearest to equal weights. */
export function oneStandardError<P extends Pick<WeighedPoint, "mean" | "error" | "distance">>(
  points: readonly P[],
): { readonly best: P; readonly chosen: P } {
  const known = points.filter((p) => Number.isFinite(p.mean));
  const best = known.reduce((a, b) => (b.mean > a.mean ? b : a));
  const enough = best.mean - (Number.isFinite(best.error) ? best.error : 0);
  const chosen = known
    .filter((p) => p.mean >= enough)
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
