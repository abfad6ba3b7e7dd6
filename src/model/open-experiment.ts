import type { ExperimentConfig } from "../config/experiment.ts";
import { ConfigError, DataError } from "../core/errors.ts";
import { countMissing, type Table } from "../data/columns.ts";
import { openSource, type Source, type SourceSpec } from "../data/source.ts";
import type { Split } from "../data/split.ts";
import { stackSources, tableColumn } from "../data/stacked-source.ts";
import { columnsOf } from "../train/learn.ts";
import {
  type DeclaredGroup,
  expandTasks,
  findGroups,
  learnableGroups,
  withTaskColumns,
} from "./by-tasks.ts";
import { namedColumn } from "./named-column.ts";
import type { PartName } from "./placed-rows.ts";
import { type ResolvedSpecs, resolveSpecs } from "./specs.ts";
import { splitRows } from "./split-rows.ts";
import { joinStreams, memoryStream, sourceStream, type TableStream } from "./stream.ts";

export interface OpenOptions {
  /** Rows given in code; they take the place of `data`. */
  readonly rows?: readonly Readonly<Record<string, unknown>>[];
  /** The folder against which data paths resolve. */
  readonly baseDir: string;
  /** Memory for the rows, such as "512MB"; without it all rows are held in memory. */
  readonly memoryLimit?: string;
}

/** The rows of an experiment, with what its configuration says about them. */
export interface OpenedExperiment {
  /** The configuration with inferred kinds filled in, and every task that `by` makes. */
  readonly config: ExperimentConfig;
  /** The same with its tasks as they were declared. */
  readonly declared: ExperimentConfig;
  /** What `by` makes of declared tasks. */
  readonly groups: readonly DeclaredGroup[];
  /** What whoever runs it should know of the data. */
  readonly notes: readonly string[];
  readonly stream: TableStream;
  readonly specs: ResolvedSpecs;
  readonly split: Split;
  /** How rows were split, in words. */
  readonly rule: string;
  readonly fingerprint: string;
  close(): void;
}

/** Rows of the sample from which column kinds are inferred. */
const sampleRows = 10_000;

/**
 * Opens the data of a configuration, finds out the kinds it leaves open, and splits the rows.
 * @throws ConfigError, DataError.
 */
export async function openExperiment(
  given: ExperimentConfig,
  options: OpenOptions,
): Promise<OpenedExperiment> {
  const { memoryLimit } = options;
  const sources = await openSources(given, options, memoryLimit);
  const close = () => {
    for (const source of sources) source.close();
  };
  try {
    const { stream: rows, sample } =
      memoryLimit === undefined ? await readWhole(sources) : await openStreams(sources, given.seed);
    const found = await findGroups(given.tasks, sample, rows);
    const asDeclared = resolveSpecs(
      { inputs: given.inputs, tasks: given.tasks, reserved: Object.values(reservedColumns(given)) },
      sample,
    );
    for (const [option, column] of Object.entries(namedColumns(given)))
      namedColumn(sample, option, column);
    await checkAlike(sources, asDeclared);
    const declared = { ...withKinds(given, asDeclared), memoryLimit };
    const counts: number[] = [];
    for (const source of sources) counts.push(await source.rowCount());
    const { split, rule } = await splitRows(
      rows,
      declared.split,
      asDeclared.tasks.filter((t) => !t.kind.objective).map((t) => t.column),
      declared.seed,
      partCounts(declared, counts),
      memoryLimit !== undefined,
    );
    const { groups, without } = await learnableGroups(found, rows, split.train);
    const specs = { ...asDeclared, tasks: expandTasks(asDeclared.tasks, groups) };
    const config = groups.length === 0 ? declared : withKinds(declared, specs);
    const stream = withTaskColumns(rows, groups);
    const fingerprints: string[] = [];
    for (const source of sources) fingerprints.push(await source.fingerprint());
    const notes = Object.entries(without).map(([task, values]) => withoutLabels(task, values));
    const fingerprint = fingerprints.join("+");
    return { config, declared, groups, notes, stream, specs, split, rule, fingerprint, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Files of other parts must hold the training data's columns. @throws DataError DATA_SCHEMA. */
async function checkAlike(
  [training, ...others]: readonly Source[],
  { inputs, tasks }: ResolvedSpecs,
): Promise<void> {
  if (others.length === 0) return;
  const known = new Map((await training.schema()).map((column) => [column.name, column.storage]));
  for (const source of others) {
    const found = new Map((await source.schema()).map((column) => [column.name, column.storage]));
    for (const column of columnsOf(inputs, tasks)) {
      const [expected, came] = [known.get(column), found.get(column)];
      if (came === expected) continue;
      const cells = (await source.read([column])).columns.get(column);
      if (cells && countMissing(cells) === cells.length) continue;
      throw new DataError(
        "DATA_SCHEMA",
        `${source.origin}, column ${column}: ${expected} cells, as in ${training.origin}; got ${came}`,
        { hint: "correct the cells, or say how to read them under data.types" },
      );
    }
  }
}

function withoutLabels(task: string, values: readonly string[]): string {
  const shown = values.slice(0, 10).join(", ");
  const more = values.length > 10 ? ` and ${values.length - 10} more` : "";
  return `task ${task}: no label in the training rows of ${shown}${more}; their rows get the mean of the other tasks`;
}

/** How a configuration says what an input reads. */
export function placeOf({ column, columns }: ResolvedSpecs["inputs"][number]): {
  readonly column?: string;
  readonly columns?: readonly string[];
} {
  return columns ? { columns } : { column };
}

/** The configuration with the kinds that were found out in the place of `auto`. */
function withKinds(config: ExperimentConfig, specs: ResolvedSpecs): ExperimentConfig {
  const inputs = specs.inputs.map(
    (s) => [s.name, { ...(s.options as object), type: s.modality.name, ...placeOf(s) }] as const,
  );
  const weighsEqual =
    (config.learner as { weighting?: { type: string } }).weighting?.type === "equal";
  const tasks = specs.tasks.map(
    (s) =>
      [
        s.name,
        {
          ...(s.options as object),
          type: s.kind.name,
          ...(!s.kind.objective && { column: s.column }),
          ...(s.group === undefined
            ? {
                weight: config.tasks[s.name].weight,
                by: config.tasks[s.name].by,
                weights: config.tasks[s.name].weights,
              }
            : { weight: weighsEqual ? undefined : s.weight }),
        },
      ] as const,
  );
  return {
    ...config,
    inputs: Object.fromEntries(inputs),
    tasks: Object.fromEntries(tasks),
  } as unknown as ExperimentConfig;
}

/** The training data, then for a split by files the validation and test files. */
async function openSources(
  config: ExperimentConfig,
  options: OpenOptions,
  memoryLimit: string | undefined,
): Promise<Source[]> {
  const { baseDir, rows } = options;
  if (rows === undefined && !config.data) {
    throw new ConfigError("CONFIG_INVALID", "data: a path or rows; got nothing", {
      hint: "name the data file in the configuration",
    });
  }
  if (rows?.length === 0) throw new DataError("DATA_EMPTY", "rows: at least 3 rows; got none");
  const { path, tables, ...how } = config.data ?? { path: undefined };
  const { split } = config;
  const specs: (SourceSpec | undefined)[] = [rows ?? path];
  if (split.type === "files") specs.push(split.validation, split.test);
  const sources: Source[] = [];
  try {
    for (const spec of specs) {
      if (spec === undefined) continue;
      sources.push(await openSource(spec, { baseDir, memoryLimit, ...how }));
    }
    if (rows === undefined && tables !== undefined) {
      const parts: { readonly name: string; readonly source: Source }[] = [];
      for (const [name, file] of Object.entries(tables)) {
        const source = await openSource(file, { baseDir, memoryLimit, ...how });
        sources.push(source);
        parts.push({ name, source });
      }
      return [await stackSources(parts)];
    }
  } catch (error) {
    for (const source of sources) source.close();
    throw error;
  }
  return sources;
}

interface OpenRows {
  readonly stream: TableStream;
  /** Rows of the training data from which kinds are inferred. */
  readonly sample: Table;
}

async function readWhole(sources: readonly Source[]): Promise<OpenRows> {
  const tables: Table[] = [];
  for (const source of sources) tables.push(await source.read());
  return { stream: oneStream(tables.map(memoryStream)), sample: tables[0] };
}

async function openStreams(sources: readonly Source[], seed: number): Promise<OpenRows> {
  const streams: TableStream[] = [];
  for (const source of sources) streams.push(await sourceStream(source));
  return { stream: oneStream(streams), sample: await sources[0].sample(sampleRows, seed) };
}

function oneStream(streams: readonly TableStream[]): TableStream {
  return streams.length === 1 ? streams[0] : joinStreams(streams);
}

function partCounts(
  config: ExperimentConfig,
  counts: readonly number[],
): Record<PartName, number> | undefined {
  if (config.split.type !== "files") return undefined;
  const [train, ...rest] = counts;
  const validation = config.split.validation === undefined ? 0 : (rest.shift() ?? 0);
  return { train, validation, test: rest.shift() ?? 0 };
}

/** Columns with a use of their own, which are no inputs unless named: option → column. */
function reservedColumns({
  weightColumn,
  split,
  tasks,
  data,
}: ExperimentConfig): Record<string, string> {
  const by = Object.entries(tasks).flatMap(([name, task]) =>
    task.by === undefined ? [] : [[`tasks.${name}.by`, task.by]],
  );
  return {
    ...Object.fromEntries(by),
    ...(data?.tables !== undefined && { "data.tables": tableColumn }),
    ...(weightColumn !== undefined && { weightColumn }),
    ...("column" in split && { "split.column": split.column }),
  };
}

/** Columns that options other than inputs and tasks name: option → column. */
function namedColumns(config: ExperimentConfig): Record<string, string> {
  const { split } = config;
  const strata = split.type === "stratified" ? (split.columns ?? []) : [];
  return {
    ...reservedColumns(config),
    ...Object.fromEntries(strata.map((column, i) => [`split.columns[${i}]`, column])),
  };
}
