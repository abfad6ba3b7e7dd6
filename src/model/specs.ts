import { ConfigError, DataError } from "../core/errors.ts";
import { type Column, countMissing, type Table } from "../data/columns.ts";
import { fileFinder } from "../data/files.ts";
import { type ColumnProfile, profileColumn } from "../data/profile.ts";
import { modalities, modalityNamed, recogniseModality } from "../modalities/modalities.ts";
import type { Modality } from "../modalities/modality.ts";
import { type Objective, resolveSides } from "../tasks/objective.ts";
import type { TaskKind } from "../tasks/task.ts";
import { objectiveKinds, taskKinds } from "../tasks/tasks.ts";
import { sourceColumns } from "../train/input-cells.ts";
import type { InputSpec, TaskSpec } from "../train/learn.ts";
import { expandColumns } from "./column-patterns.ts";
import { namedColumn } from "./named-column.ts";

/** An input or a task as the configuration says it: a kind, a column, and options of the kind. */
export interface Declared {
  readonly type?: string;
  readonly column?: string;
  /** Of an input: several columns, or a pattern of their names. */
  readonly columns?: string | readonly string[];
  readonly weight?: number;
  readonly [option: string]: unknown;
}

export interface ResolvedSpecs {
  readonly inputs: readonly (InputSpec & { readonly column: string })[];
  readonly tasks: readonly (TaskSpec & { readonly column: string })[];
}

/**
 * Turns declared inputs and tasks into kinds with options. Kinds left out are inferred from a sample
 * of the column; inputs left out are all columns that some modality recognises.
 * @throws ConfigError for a task that is also an input or a bad weight; DataError DATA_SCHEMA for a
 *   column that is not there or is of a storage its kind cannot read.
 */
export function resolveSpecs(
  declared: {
    readonly inputs: Readonly<Record<string, Declared>> | undefined;
    readonly tasks: Readonly<Record<string, Declared>>;
    /** Columns with another use: row weights, split, groups. */
    readonly reserved: readonly string[];
  },
  sample: Table,
): ResolvedSpecs {
  const profiles = new Map<string, ColumnProfile>();
  const fileExists = fileFinder(sample.baseDir);
  const profile = (column: Column) => {
    const known = profiles.get(column.name) ?? profileColumn(column, { fileExists });
    profiles.set(column.name, known);
    return known;
  };
  const count = Object.keys(declared.tasks).length;
  const tasks = Object.entries(declared.tasks).map(([name, d]): ResolvedSpecs["tasks"][number] => {
    const compares = objectiveKinds[d.type as keyof typeof objectiveKinds] as TaskKind | undefined;
    if (compares?.objective) return comparing(name, d, compares, compares.objective, sample, count);
    const column = namedColumn(sample, `tasks.${name}`, d.column ?? name);
    const kind = isAuto(d.type)
      ? bestKind(name, profile(column))
      : (taskKinds[d.type as keyof typeof taskKinds] as TaskKind);
    checkStorage(sample, `tasks.${name}`, column, kind);
    const { type: _, column: __, by: ___, weights: ____, weight, ...options } = d;
    return {
      name,
      column: column.name,
      kind,
      options: kind.options.parse(options),
      weight: weight ?? 1 / count,
    };
  });
  const targets = new Set(tasks.filter((t) => !t.kind.objective).map((t) => t.column));
  const classes = tasks.filter((t) => t.kind.objective).map((t) => t.column);
  const reserved = [...declared.reserved, ...classes];
  const wanted = declared.inputs ?? inferInputs(sample, targets, reserved, profile);
  const inputs = Object.entries(wanted).map(([name, d]): ResolvedSpecs["inputs"][number] => {
    if (d.columns !== undefined) return joined(name, d, targets, sample);
    const column = namedColumn(sample, `inputs.${name}`, d.column ?? name);
    if (targets.has(column.name))
      throw seesAnswer(name, column.name, "remove it from inputs or from tasks");
    const modality = isAuto(d.type)
      ? bestModality(name, profile(column))
      : (modalities[d.type as keyof typeof modalities] as Modality);
    checkStorage(sample, `inputs.${name}`, column, modality);
    const { type: _, column: __, ...options } = d;
    return { name, column: column.name, modality, options: modality.options.parse(options) };
  });
  if (inputs.length === 0) {
    throw new ConfigError(
      "CONFIG_INVALID",
      "inputs: at least one; no column is left that could be one",
      { hint: "name the inputs and their types in the configuration" },
    );
  }
  return { inputs, tasks: tasks.map((task) => placed(task, inputs)) };
}

function seesAnswer(input: string, column: string, what: string): ConfigError {
  return new ConfigError(
    "CONFIG_INVALID",
    `inputs.${input}: a column that is not also a task; column ${column} is the target of a task`,
    { hint: `a model that may look at its answer learns nothing: ${what}` },
  );
}

/** An input of several columns. @throws as `resolveSpecs`. */
function joined(
  name: string,
  { type, column, columns: given, ...options }: Declared,
  targets: ReadonlySet<string>,
  sample: Table,
): ResolvedSpecs["inputs"][number] {
  const where = `inputs.${name}.columns`;
  const modality = isAuto(type)
    ? undefined
    : (modalities[type as keyof typeof modalities] as Modality);
  const { joins } = modality ?? {};
  if (!modality || !joins) {
    const able = Object.values(modalities).filter((m: Modality) => m.joins);
    throw new ConfigError(
      "CONFIG_INVALID",
      `${where}: a type that reads several columns (${able.map((m) => m.name).join(", ")}); got ${type ?? "none"}`,
      { hint: "name one column under `column`, or declare an input for each" },
    );
  }
  if (column !== undefined && column !== name) {
    throw new ConfigError("CONFIG_INVALID", `inputs.${name}: column or columns; got both`, {
      hint: "remove one of them",
    });
  }
  const columns = expandColumns(where, given ?? [], sample);
  const answer = columns.find((one) => targets.has(one));
  if (answer !== undefined)
    throw seesAnswer(name, answer, "name the columns, or narrow the pattern");
  const found = columns.map((one) => namedColumn(sample, where, one));
  for (const one of found) checkStorage(sample, where, one, { ...joins, name: modality.name });
  const refused = joins.refuses(found.filter((one) => countMissing(one) < one.length));
  if (refused !== undefined) throw new DataError("DATA_SCHEMA", `${where}: ${refused}`);
  return { name, column: name, columns, modality, options: modality.options.parse(options) };
}

/** A task that compares inputs: the column it reads is that of its classes, if it has one. */
function comparing(
  name: string,
  { type: _, column: __, by: ___, weights: ____, weight, ...given }: Declared,
  kind: TaskKind,
  objective: Objective,
  sample: Table,
  count: number,
): ResolvedSpecs["tasks"][number] {
  const options = kind.options.parse(given);
  const classes = objective.column?.(options);
  const column = classes && namedColumn(sample, `tasks.${name}.relevant`, classes);
  if (column) checkStorage(sample, `tasks.${name}.relevant`, column, kind);
  return { name, column: column ? column.name : "", kind, options, weight: weight ?? 1 / count };
}

/** Where such a task has no classes, the first column of its inputs stands for its rows. */
function placed(
  task: ResolvedSpecs["tasks"][number],
  inputs: ResolvedSpecs["inputs"],
): ResolvedSpecs["tasks"][number] {
  const { objective } = task.kind;
  if (!objective) return task;
  const names = inputs.map((input) => input.name);
  const [first] = resolveSides(task.name, objective.sides(task.options), names);
  const input = inputs.find((one) => one.name === first.inputs[0]);
  const [column] = input ? sourceColumns(input) : [""];
  return task.column === "" ? { ...task, column } : task;
}

function checkStorage(
  table: Table,
  where: string,
  column: Column,
  kind: Pick<Modality | TaskKind, "storage" | "name">,
): void {
  if (kind.storage.includes(column.storage) || countMissing(column) === column.length) return;
  throw new DataError(
    "DATA_SCHEMA",
    `${where}: a column of ${kind.storage.join(" or ")} for type ${kind.name}; column ${column.name} of ${table.origin} holds ${column.storage}`,
    {
      hint: "choose another type, or convert the column",
    },
  );
}

function bestKind(name: string, profile: ColumnProfile): TaskKind {
  let best: TaskKind | undefined;
  let highest = 0;
  for (const kind of Object.values(taskKinds) as TaskKind[]) {
    const score = kind.recognise(profile);
    if (score > highest) {
      best = kind;
      highest = score;
    }
  }
  if (best) return best;
  throw new ConfigError("CONFIG_INVALID", `tasks.${name}: a type that fits its column; none does`, {
    hint: `set type to one of ${Object.keys(taskKinds).join(", ")}`,
  });
}

function bestModality(name: string, profile: ColumnProfile): Modality {
  const found = recogniseModality(profile);
  if (found) return modalityNamed(found);
  throw new ConfigError(
    "CONFIG_INVALID",
    `inputs.${name}: a type that fits its column; none does`,
    {
      hint: `the column looks like an identifier or cannot be read; set type to one of ${Object.keys(modalities).join(", ")}`,
    },
  );
}

function inferInputs(
  sample: Table,
  targets: ReadonlySet<string>,
  reserved: readonly string[],
  profile: (c: Column) => ColumnProfile,
): Record<string, Declared> {
  const found: Record<string, Declared> = {};
  for (const [name, column] of sample.columns) {
    if (targets.has(name) || reserved.includes(name)) continue;
    const type = recogniseModality(profile(column));
    if (type) found[name] = { type };
  }
  return found;
}

function isAuto(type: string | undefined): type is undefined | "auto" {
  return type === undefined || type === "auto";
}
