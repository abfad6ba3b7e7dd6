import { ConfigError, DataError, didYouMean, show } from "../core/errors.ts";
import { type Column, columnOf, type Table } from "../data/columns.ts";
import { tableFromRows } from "../data/from-rows.ts";
import { answersOf } from "../tasks/answers.ts";
import { resolveSides, type Side } from "../tasks/objective.ts";
import { numbersOf } from "../tasks/outputs.ts";
import { sourceColumns } from "../train/input-cells.ts";
import type { Model, ModelInput, ModelTask, OnProblem } from "./model.ts";

/** How a search asks; what is left out is found out. */
export interface SearchOptions {
  /** The task whose vectors are compared; the first that compares inputs. */
  readonly task?: string;
  /** The side that the query is; the first whose inputs the query has. */
  readonly from?: string;
  /** The side whose rows are ranked; the other one. */
  readonly of?: string;
  /** How many rows are found; 10. */
  readonly top?: number;
}

/** A row that was found. */
export interface Found {
  /** From 0. */
  readonly row: number;
  /** Cosine with the query, −1 to 1. */
  readonly similarity: number;
}

/** A side of a task that compares inputs, with the inputs it is read from. */
export interface SearchSide extends Side {
  readonly columns: readonly ModelInput[];
}

/** A task that can be searched by, and its two sides. */
export interface Searchable {
  readonly task: ModelTask;
  readonly sides: readonly [SearchSide, SearchSide];
}

/**
 * The task that a search uses.
 * @throws ConfigError USAGE for a model without such a task, or a task that is none.
 */
export function searchable(model: Model, name: string | undefined): Searchable {
  const able = model.tasks.filter((t) => t.kind.objective && !answersOf(t));
  const task = name === undefined ? able[0] : able.find((t) => t.name === name);
  if (!task?.kind.objective) {
    const names = able.map((t) => t.name);
    const known = names.join(", ") || "the model has none";
    const near = name === undefined ? undefined : didYouMean(name, names);
    throw new ConfigError(
      "USAGE",
      `search: a task that compares inputs (${known}); got ${name === undefined ? "none" : show(name)}`,
      {
        hint:
          near === undefined
            ? "train with a task of type contrastive, cca or reconstruction (with target: features)"
            : `did you mean ${near}?`,
      },
    );
  }
  const names = model.inputs.map((input) => input.name);
  const [first, second] = resolveSides(
    task.name,
    task.kind.objective.sides(task.options),
    names,
  ).map((side) => ({
    ...side,
    columns: side.inputs.map((input) => model.inputs[names.indexOf(input)]),
  }));
  return { task, sides: [first, second] };
}

/**
 * A side by its name, or by that of one of its inputs.
 * @throws ConfigError USAGE.
 */
export function sideNamed({ sides }: Searchable, name: string, option: string): SearchSide {
  const found = sides.find((s) => s.name === name) ?? sides.find((s) => s.inputs.includes(name));
  if (found) return found;
  const names = sides.map((s) => s.name);
  const near = didYouMean(name, names);
  throw new ConfigError("USAGE", `${option}: ${names.join(" or ")}; got ${show(name)}`, {
    hint: near && `did you mean ${near}?`,
  });
}

/** Vectors of one side of many rows, to be ranked for queries. */
export class SearchIndex {
  private readonly model: Model;
  private readonly task: ModelTask;
  private readonly side: SearchSide;
  private readonly parts: Float32Array[] = [];
  private size = 0;
  private count = 0;

  constructor(model: Model, { task }: Searchable, side: SearchSide) {
    this.model = model;
    this.task = task;
    this.side = side;
  }

  /** Rows that were added. */
  get rows(): number {
    return this.count;
  }

  /** Adds the rows of a table; they count on from those before. Columns of other sides are not needed. */
  async add(table: Table, onProblem?: OnProblem): Promise<void> {
    const vectors = await vectorsOf(this.model, this.task, this.side, table, onProblem);
    this.size = vectors.length / Math.max(1, table.rows);
    this.parts.push(vectors);
    this.count += table.rows;
  }

  /** The rows most alike, best first; of equals the earlier. Rows that lack the side are never found. */
  search(query: Float32Array, top: number): Found[] {
    const found: Found[] = [];
    let row = 0;
    for (const part of this.parts) {
      for (let at = 0; at < part.length; at += this.size, row++) {
        let similarity = 0;
        let length = 0;
        for (let k = 0; k < this.size; k++) {
          similarity += query[k] * part[at + k];
          length += part[at + k] ** 2;
        }
        if (length > 0) found.push({ row, similarity });
      }
    }
    found.sort((a, b) => b.similarity - a.similarity || a.row - b.row);
    return found.slice(0, top);
  }
}

/**
 * Unit vectors `[rows, size]` of a side of the rows of a table; zeros where the side is missing.
 * @throws DataError DATA_SCHEMA where the table lacks columns of the side.
 */
export async function vectorsOf(
  model: Model,
  task: ModelTask,
  side: SearchSide,
  table: Table,
  onProblem?: OnProblem,
): Promise<Float32Array> {
  const columns = new Map<string, Column>();
  const empty = tableFromRows(
    Array.from({ length: table.rows }, () =>
      Object.fromEntries(model.columns.map((column) => [column, null])),
    ),
  );
  for (const input of model.inputs) {
    const wanted = side.inputs.includes(input.name);
    for (const name of sourceColumns(input))
      columns.set(name, columnOf(wanted ? table : empty, name));
  }
  for (const name of model.columns) {
    if (!columns.has(name)) columns.set(name, columnOf(table, name));
  }
  const outputs = await model.outputs({ ...table, columns }, onProblem);
  const vectors = numbersOf(outputs[task.name], side.name) as Float32Array;
  const size = vectors.length / Math.max(1, table.rows);
  const units = new Float32Array(vectors.length);
  for (let at = 0; at < vectors.length; at += size) {
    let length = 0;
    for (let k = 0; k < size; k++) length += vectors[at + k] ** 2;
    for (let k = 0; k < size && length > 0; k++)
      units[at + k] = vectors[at + k] / Math.sqrt(length);
  }
  return units;
}

/**
 * The unit vector of a query, given as cells by column.
 * @throws DataError DATA_VALUE for a query whose cells are all missing or cannot be read.
 */
export async function queryVector(
  model: Model,
  { task }: Searchable,
  side: SearchSide,
  cells: Readonly<Record<string, unknown>>,
  baseDir?: string,
): Promise<Float32Array> {
  const row = Object.fromEntries(side.columns.map(({ column }) => [column, cells[column] ?? null]));
  const problems: string[] = [];
  const table = tableFromRows([row], { baseDir, origin: "query" });
  const vector = await vectorsOf(model, task, side, table, (column, _, message) =>
    problems.push(`${column}: ${message}`),
  );
  if (vector.some((x) => x !== 0)) return vector;
  throw new DataError(
    "DATA_VALUE",
    `query: a cell of ${side.columns.map((c) => c.column).join(" or ")}; got ${problems[0] ?? "none"}`,
  );
}

/**
 * Ranks the rows of a table for a query, which is a row of which some cells are known.
 * @throws ConfigError USAGE; DataError as `queryVector` and `vectorsOf`.
 */
export async function searchTable(
  model: Model,
  table: Table,
  query: Readonly<Record<string, unknown>>,
  options: SearchOptions = {},
  onProblem?: OnProblem,
): Promise<Found[]> {
  const found = searchable(model, options.task);
  const { from, of } = sidesOfSearch(found, Object.keys(query), options);
  const vector = await queryVector(model, found, from, query, table.baseDir);
  const index = new SearchIndex(model, found, of);
  await index.add(table, onProblem);
  return index.search(vector, options.top ?? 10);
}

/**
 * The side that a query with some columns is, and the one that is ranked.
 * @throws ConfigError USAGE where the query has no column of either side.
 */
export function sidesOfSearch(
  found: Searchable,
  columns: readonly string[],
  options: Pick<SearchOptions, "from" | "of">,
): { readonly from: SearchSide; readonly of: SearchSide } {
  const [first, second] = found.sides;
  const has = (side: SearchSide) => side.columns.some(({ column }) => columns.includes(column));
  const from =
    options.from !== undefined
      ? sideNamed(found, options.from, "from")
      : has(first)
        ? first
        : has(second)
          ? second
          : undefined;
  if (!from) {
    const known = [...first.columns, ...second.columns].map((c) => c.column);
    throw new ConfigError(
      "USAGE",
      `query: a cell of ${known.slice(0, 12).join(", ")}; got ${columns.join(", ") || "none"}`,
    );
  }
  const of =
    options.of !== undefined ? sideNamed(found, options.of, "of") : from === first ? second : first;
  return { from, of };
}
