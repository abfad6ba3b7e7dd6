import { ConfigError, didYouMean, show } from "../../core/errors.ts";
import type { ReferenceKey } from "../../core/references.ts";

/** What a reader, a table heading or a chooser needs to know of a metric. */
export interface MetricFacts {
  readonly name: string;
  /** The heading of a column or chart. */
  readonly title: string;
  /** One sentence that defines the metric, with its conventions. */
  readonly summary: string;
  /** Which way is better. */
  readonly direction: "higher" | "lower";
  /** The least and the greatest value possible. */
  readonly range: readonly [number, number];
  readonly cite?: ReferenceKey;
}

/** The answer of a metric that has no value on some rows. */
export interface Undefined {
  readonly reason: string;
}

export type Outcome = number | Undefined;

/** Labelled rows made ready once and shared by all metrics of a kind. */
export interface Rows {
  /** Rows with a label and a positive weight. */
  readonly count: number;
  /** Why no metric can be computed (a prediction that is not a number), if so. */
  readonly problem: string | undefined;
}

/** A number that says how good predictions of one kind are. */
export interface Metric<Input, R extends Rows = Rows> extends MetricFacts {
  /** The value on the rows that have a label; NaN where it is undefined. */
  compute(input: Input): number;
  /** The value on prepared rows, or the reason why there is none. */
  measure(rows: R): Outcome;
}

/** One line of a table of metrics: the key is its name. */
export type MetricRow<R> = Omit<MetricFacts, "name"> & { measure(rows: R): Outcome };

export type MetricTable<Input, R extends Rows, Name extends string = string> = Readonly<
  Record<Name, Metric<Input, R>>
>;

/** All metrics of one call: the rows used, a value for each metric, and the reason for each NaN. */
export interface Evaluation<Name extends string = string> {
  readonly rows: number;
  readonly metrics: Readonly<Record<Name, number>>;
  readonly undefined: Readonly<Partial<Record<Name, string>>>;
}

export interface EvaluateOptions<Name extends string = string> {
  /** The metrics to compute; all of the kind when absent. */
  readonly which?: readonly Name[];
}

/** Gives a literal table of metrics their names and `compute`. */
export function metricTable<Input, R extends Rows, Name extends string>(
  prepare: (input: Input) => R,
  lines: Readonly<Record<Name, MetricRow<NoInfer<R>>>>,
): MetricTable<Input, R, Name> {
  const table: Partial<Record<Name, Metric<Input, R>>> = {};
  for (const name of Object.keys(lines) as Name[]) {
    const metric: Metric<Input, R> = {
      ...lines[name],
      name,
      compute(input) {
        const outcome = measureOn(metric, prepare(input));
        return typeof outcome === "number" ? outcome : Number.NaN;
      },
    };
    table[name] = metric;
  }
  return table as Record<Name, Metric<Input, R>>;
}

/**
 * Computes the chosen metrics of a table on prepared rows.
 * @throws ConfigError for a name that the table lacks.
 */
export function evaluateTable<Input, R extends Rows, Name extends string>(
  table: MetricTable<Input, R, Name>,
  rows: R,
  options: EvaluateOptions<Name> = {},
): Evaluation<Name> {
  const names = Object.keys(table) as Name[];
  const metrics: Partial<Record<Name, number>> = {};
  const reasons: Partial<Record<Name, string>> = {};
  for (const name of options.which ?? names) {
    if (!Object.hasOwn(table, name)) throw unknownMetric(name, names);
    const outcome = measureOn(table[name], rows);
    if (typeof outcome === "number") metrics[name] = outcome;
    else {
      metrics[name] = Number.NaN;
      reasons[name] = outcome.reason;
    }
  }
  return { rows: rows.count, metrics: metrics as Record<Name, number>, undefined: reasons };
}

function measureOn<Input, R extends Rows>(metric: Metric<Input, R>, rows: R): Outcome {
  if (rows.count === 0) return { reason: "no row has a label" };
  if (rows.problem !== undefined) return { reason: rows.problem };
  const outcome = metric.measure(rows);
  if (typeof outcome === "number" && !Number.isFinite(outcome)) {
    return { reason: "the value is too large for a number" };
  }
  return outcome;
}

function unknownMetric(name: string, names: readonly string[]): ConfigError {
  const near = didYouMean(name, names);
  return new ConfigError(
    "CONFIG_INVALID",
    `metrics: expected one of ${names.join(", ")}; came ${show(name)}`,
    near === undefined ? {} : { hint: `did you mean ${show(near)}?` },
  );
}
