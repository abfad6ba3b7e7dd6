import type { ExperimentConfig } from "../config/experiment.ts";
import { ConfigError } from "../core/errors.ts";
import { Random } from "../core/random.ts";
import type { Sampler, Tried } from "./samplers/sampler.ts";
import { type SamplerName, samplers } from "./samplers/samplers.ts";
import type { Parameter, Point } from "./search-space.ts";
import { type TrialOptions, type TrialScore, Trials } from "./trials.ts";

export interface TuneOptions extends TrialOptions {
  readonly space: readonly Parameter[];
  readonly sampler: SamplerName;
  /** Points to try besides the configuration as it is. */
  readonly trials: number;
  /** Successive halving: all start with few epochs, the better third goes on with three times as many. */
  readonly halving: boolean;
  /** The configuration with the values of a point. @throws ConfigError. */
  configure(point: Point): ExperimentConfig;
}

/** A point with what it gave. */
export interface TunedPoint extends TrialScore {
  readonly point: Point;
  /** Epochs it was trained for. */
  readonly epochs: number;
}

export interface Tuning {
  /** The configuration as it is, which the others are measured against. */
  readonly reference: TrialScore;
  /** Every point, best first; with halving those that were trained longest come first. */
  readonly points: readonly TunedPoint[];
  /** The best point; undefined where none is better than the configuration as it is. */
  readonly best: TunedPoint | undefined;
  /** Test rows of the configuration, which chose nothing. */
  readonly testRows: number;
}

/** Points that are proposed together; fixed, so that the number of processes changes no result. */
const together = 4;
/** Of how many points one goes on in a round of halving. */
const keepOne = 3;

/**
 * Searches values of the configuration that do better on held-out folds: by the mean over tasks of the
 * relative improvement over the configuration as it is. Test rows choose nothing. With halving, points
 * are dropped after few epochs. @cite jamieson2016
 * @throws ConfigError for an empty space; the error of the configuration as it is where that cannot be learned.
 */
export async function tune(config: ExperimentConfig, options: TuneOptions): Promise<Tuning> {
  const { space, configure, halving } = options;
  if (space.length === 0) {
    throw new ConfigError("USAGE", "tune: at least one value to search over; got none", {
      hint: "for example --param training.optimizer.learningRate=log:1e-4..1e-2",
    });
  }
  const trials = await Trials.open(config, options);
  try {
    const reference = await trials.against({ name: "as it is", config });
    const full = config.training.epochs;
    const scored = async (points: readonly Point[], epochs: number): Promise<TunedPoint[]> => {
      const read = points.map((point) => configured(configure, point));
      const valid = read.filter((one): one is ExperimentConfig => !(one instanceof ConfigError));
      const shorter = (own: number) => (epochs < full ? Math.min(own, epochs) : own);
      const scores = await trials.score(
        valid.map((one, i) => ({
          name: `trial ${i + 1}`,
          config: one,
          epochs: epochs < full ? shorter(one.training.epochs) : undefined,
        })),
      );
      let next = 0;
      return points.map((point, i) => {
        const one = read[i];
        if (one instanceof ConfigError) {
          const failure = { code: one.code, message: one.message, hint: one.hint };
          return { point, epochs, mean: Number.NaN, error: Number.NaN, tasks: {}, failure };
        }
        return { point, epochs: shorter(one.training.epochs), ...scores[next++] };
      });
    };
    const found = halving
      ? await halved(options, full, scored)
      : await searched(options, full, scored);
    const points = [...found].sort(
      (a, b) =>
        Number(Number.isNaN(a.mean)) - Number(Number.isNaN(b.mean)) ||
        (halving ? b.epochs - a.epochs : 0) ||
        b.mean - a.mean,
    );
    const best = points.find((p) => p.mean > 0 && (!halving || p.epochs >= full));
    return { reference, points, best, testRows: trials.rows.opened.split.test.length };
  } finally {
    trials.close();
  }
}

type Score = (points: readonly Point[], epochs: number) => Promise<TunedPoint[]>;

async function searched(options: TuneOptions, epochs: number, score: Score): Promise<TunedPoint[]> {
  const found: TunedPoint[] = [];
  while (found.length < options.trials) {
    const count = Math.min(together, options.trials - found.length);
    const tried = found.map(({ point, mean }) => ({ point, score: mean }));
    const points = propose(options, tried, count);
    if (points.length === 0) break;
    found.push(...(await score(points, epochs)));
  }
  return found;
}

/** Rounds of fewer and fewer points with more and more epochs. */
async function halved(options: TuneOptions, full: number, score: Score): Promise<TunedPoint[]> {
  let points = propose(options, [], options.trials);
  const rounds = Math.max(0, Math.floor(Math.log(points.length) / Math.log(keepOne)));
  const found: TunedPoint[] = [];
  for (let round = rounds; round >= 0; round--) {
    const epochs = Math.max(1, Math.ceil(full / keepOne ** round));
    const scores = await score(points, epochs);
    const alive = scores.filter((s) => !Number.isNaN(s.mean)).sort((a, b) => b.mean - a.mean);
    const kept = round > 0 ? alive.slice(0, Math.max(1, Math.ceil(alive.length / keepOne))) : [];
    found.push(...scores.filter((s) => !kept.includes(s)));
    points = kept.map((s) => s.point);
    if (points.length === 0) break;
  }
  return found;
}

/** Draws depend on the seed and on how many points came before, not on how the search was interrupted. */
function propose(options: TuneOptions, tried: readonly Tried[], count: number): readonly Point[] {
  const sampler: Sampler = samplers[options.sampler];
  const random = Random.from(0, "tune", options.sampler, tried.length);
  const seen = new Set(tried.map(({ point }) => JSON.stringify(point)));
  return sampler.next(options.space, tried, count, random).filter((point) => {
    const key = JSON.stringify(point);
    if (seen.has(key) && options.sampler === "grid") return false;
    seen.add(key);
    return true;
  });
}

function configured(
  configure: TuneOptions["configure"],
  point: Point,
): ExperimentConfig | ConfigError {
  try {
    return configure(point);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}
