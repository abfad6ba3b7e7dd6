/** The same budget of tuning for every model of a comparison, spent inside the training rows of a fold. */
import type { ExperimentConfig } from "../config/experiment.ts";
import { ConfigError } from "../core/errors.ts";
import { Random } from "../core/random.ts";
import type { Family } from "../learners/learner.ts";
import type { FitResult } from "./fit-spec.ts";
import { type JudgedMetric, meanOf } from "./objective.ts";
import type { Regime } from "./regimes/regime.ts";
import { drawPoint, type Parameter, type Point, readSpace } from "./search-space.ts";

/** How much every model may be tuned, and over what. */
export interface TuningBudget {
  /** Points that each model chooses from, the configuration as it is being the first. */
  readonly trials: number;
  /** Values to search over; those that the family names where absent. */
  readonly space?: Readonly<Record<string, string | readonly unknown[]>>;
  /** The configuration with the values of a point. @throws ConfigError. */
  configure(point: Point): ExperimentConfig;
}

/** The points of a comparison with the configurations that they make, the same for every model. */
export interface TunedChoices {
  readonly parameters: readonly Parameter[];
  readonly points: readonly Point[];
  readonly configs: readonly ExperimentConfig[];
}

/** What a model of a regime chose in one fold. */
export interface TunedModel {
  readonly regime: Pick<Regime, "name" | "title">;
  readonly tasks: readonly string[];
  /** The point, by number; 0 is the configuration as it is. */
  readonly point: number;
}

/** Only the configuration as it is. */
export function untuned(config: ExperimentConfig): TunedChoices {
  return { parameters: [], points: [{}], configs: [config] };
}

/**
 * Draws the points that all models choose from. Parameters that the family proposes and that this
 * configuration does not have are left out.
 * @throws ConfigError where there is nothing to search over, or a point makes no configuration.
 */
export function drawChoices(
  config: ExperimentConfig,
  family: Family,
  { trials, space, configure }: TuningBudget,
): TunedChoices {
  const parameters =
    space !== undefined
      ? readSpace(space)
      : readSpace(family.search ?? {}).filter((p) => applies(p, configure));
  if (parameters.length === 0) {
    throw new ConfigError(
      "CONFIG_INVALID",
      `compare.tune.space: at least one value to search over; the family ${family.name} proposes none`,
      { hint: "leave out compare.tune, or name values under compare.tune.space" },
    );
  }
  const random = Random.from(config.seed, "compare", "tune");
  const drawn = Array.from({ length: trials - 1 }, () => drawPoint(parameters, random));
  const points = [{}, ...drawn];
  // Where columns are read as before, what was found out of them holds, and rows are encoded once.
  const same = parameters.every(({ path }) => /^(learner|training)(\.|$)/.test(path));
  const configs = points.map((point, i) => {
    if (i === 0) return config;
    const made = configure(point);
    return same ? { ...config, learner: made.learner, training: made.training } : made;
  });
  return { parameters, points, configs };
}

function applies(parameter: Parameter, configure: TuningBudget["configure"]): boolean {
  const random = Random.from(0, "applies");
  try {
    configure(drawPoint([parameter], random));
    return true;
  } catch (error) {
    if (error instanceof ConfigError) return false;
    throw error;
  }
}

/**
 * The number of the fit that did best on validation rows: by the mean over tasks of the relative
 * improvement over the first that has a result, the first of equal ones. Undefined where none has one.
 */
export function chooseFit(
  results: readonly (FitResult | undefined)[],
  tasks: readonly (JudgedMetric & { readonly metric: string })[],
): number | undefined {
  const first = results.findIndex((r) => r !== undefined);
  if (first < 0) return undefined;
  const value = (result: FitResult | undefined, { name, metric }: (typeof tasks)[number]) =>
    result?.validation?.[name]?.metrics[metric] ?? Number.NaN;
  let best = first;
  let most = 0;
  results.forEach((result, i) => {
    const gain = meanOf(
      tasks.map((task) => {
        const before = value(results[first], task);
        const sign = task.better === "higher" ? 1 : -1;
        return (sign * (value(result, task) - before)) / Math.abs(before);
      }),
    );
    if (!(gain > most)) return;
    best = i;
    most = gain;
  });
  return best;
}
