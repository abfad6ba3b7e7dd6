import { rmSync } from "node:fs";
import { join } from "node:path";
import type { ExperimentConfig } from "../config/experiment.ts";
import type { HalvingConfig } from "../config/tune-config.ts";
import { ConfigError } from "../core/errors.ts";
import { Random } from "../core/random.ts";
import { families } from "../learners/families.ts";
import type { Family } from "../learners/learner.ts";
import { halvedAsync, halvedInRounds, type Staged } from "./halving.ts";
import type { WorkFailure } from "./pool.ts";
import type { Sampler, Tried } from "./samplers/sampler.ts";
import { type SamplerName, samplers } from "./samplers/samplers.ts";
import { gridOf, type Parameter, type Point } from "./search-space.ts";
import { type Trial, type TrialOptions, type TrialScore, Trials } from "./trials.ts";

export interface TuneOptions extends TrialOptions {
  readonly space: readonly Parameter[];
  readonly sampler: SamplerName;
  /** Points to try besides the configuration as it is. */
  readonly trials: number;
  readonly halving: HalvingConfig;
  /** Seed of the points that are drawn. */
  readonly seed: number;
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

/**
 * Searches values of the configuration that do better on held-out folds than the configuration as it is,
 * by the objective. Test rows choose nothing. With halving, points are dropped after few epochs; what goes
 * on continues from its checkpoint, and its schedules are those of all epochs from the start.
 * @cite jamieson2016 (synchronous), li2020asha (asynchronous)
 * @throws ConfigError for an empty space or a family that cannot stop and go on; the error of the
 *   configuration as it is where that cannot be learned.
 */
export async function tune(config: ExperimentConfig, options: TuneOptions): Promise<Tuning> {
  const { space, halving } = options;
  if (space.length === 0) {
    throw new ConfigError("USAGE", "tune: at least one value to search over; got none", {
      hint: "for example --param training.optimizer.learningRate=log:1e-4..1e-2",
    });
  }
  const family = families[config.learner.type] as Family;
  if (halving.type !== "none" && !family.can.resume) {
    throw new ConfigError(
      "CONFIG_INVALID",
      `tune.halving: none for the family ${family.name}, which cannot stop after some epochs and go on; got ${halving.type}`,
    );
  }
  const trials = await Trials.open(config, options);
  try {
    const reference = await trials.against({ name: "as it is", config });
    const search = new Search(trials, options, config.training.epochs);
    const found =
      halving.type === "asha"
        ? await halvedAsync(search, halving, options.folder)
        : halving.type === "synchronous"
          ? await halvedInRounds(search, halving)
          : await searched(search);
    rmSync(join(options.folder, "checkpoints"), { recursive: true, force: true });
    const halves = halving.type !== "none";
    const points = search
      .measured(found)
      .sort(
        (a, b) =>
          Number(Number.isNaN(a.mean)) - Number(Number.isNaN(b.mean)) ||
          (halves ? b.epochs - a.epochs : 0) ||
          b.mean - a.mean,
      );
    const best = points.find((p) => p.mean > 0 && (!halves || p.epochs >= search.epochs));
    return { reference, points, best, testRows: trials.rows.opened.split.test.length };
  } finally {
    trials.close();
  }
}

/** A point, with the configuration that it makes or why it makes none. */
export interface Candidate {
  readonly point: Point;
  readonly config?: ExperimentConfig;
  readonly failure?: WorkFailure;
}

/** What every way to search needs: points, the trials they make, and their scores. */
export class Search {
  readonly trials: Trials;
  readonly options: TuneOptions;
  /** All epochs of the configuration as it is. */
  readonly epochs: number;
  /** Points to try. */
  readonly count: number;

  constructor(trials: Trials, options: TuneOptions, epochs: number) {
    this.trials = trials;
    this.options = options;
    this.epochs = epochs;
    const grid = options.sampler === "grid" ? gridOf(options.space).length : options.trials;
    this.count = Math.min(options.trials, grid);
  }

  /** Draws depend on the seed and on how many points came before, not on how the search was interrupted. */
  propose(tried: readonly Tried[], count: number): readonly Point[] {
    const { sampler: name, space, seed } = this.options;
    const sampler: Sampler = samplers[name];
    return sampler.next(space, tried, count, Random.from(seed, "tune", name, tried.length));
  }

  candidate(point: Point): Candidate {
    try {
      return { point, config: this.options.configure(point) };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return { point, failure: { code: error.code, message: error.message, hint: error.hint } };
    }
  }

  /** A candidate with all of its epochs, or stopped after some; undefined where it is no configuration. */
  trial({ config }: Candidate, number: number, epochs?: number): Trial | undefined {
    if (config === undefined) return undefined;
    const name = `trial ${number + 1}`;
    if (epochs === undefined) return { name, config };
    const stopAfter = epochs < Math.min(this.epochs, config.training.epochs) ? epochs : undefined;
    return { name, config, stopAfter, staged: String(number + 1) };
  }

  measured(found: readonly Staged[]): TunedPoint[] {
    const scores = this.trials.scores(found.flatMap(({ trial }) => trial ?? []));
    let next = 0;
    return found.map(({ candidate: { point, config, failure }, trial, epochs }) => {
      if (!trial || !config)
        return { point, epochs, mean: Number.NaN, error: Number.NaN, tasks: {}, failure };
      const own = config.training.epochs;
      const trained = epochs >= this.epochs ? own : Math.min(own, epochs);
      return { point, epochs: trained, ...scores[next++] };
    });
  }
}

async function searched(search: Search): Promise<Staged[]> {
  const found: Staged[] = [];
  while (found.length < search.count) {
    const tried = search.measured(found).map(({ point, mean }): Tried => ({ point, score: mean }));
    const count = Math.min(together, search.count - found.length);
    const points = search.propose(tried, count);
    if (points.length === 0) break;
    const staged = points.map((point, i): Staged => {
      const candidate = search.candidate(point);
      const trial = search.trial(candidate, found.length + i);
      return { candidate, trial, epochs: search.epochs };
    });
    await search.trials.work(staged.flatMap(({ trial }) => trial ?? []));
    found.push(...staged);
  }
  return found;
}
