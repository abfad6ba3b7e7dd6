/** How tasks that one declared task became are one again in results: a row belongs to the task of its value. */
import type { Tensor } from "../compiler/graph.ts";
import { concat } from "../compiler/graph.ts";
import { columnOf, type Table } from "../data/columns.ts";
import { type CategoryState, category } from "../modalities/category/category.ts";
import { eachCategory, spell } from "../modalities/category/vocabulary.ts";
import type { LearnedTask } from "../train/learn.ts";

/** Which task answers for a row: that of the row's value; the mean of all for a value none was learned from. */
export interface Route {
  /** The column of the values, and how it spells them. */
  readonly by: string;
  readonly source: CategoryState["source"];
  readonly values: readonly string[];
}

/** A task as it was declared, and as results are told. */
export interface ReportedTask extends LearnedTask {
  /** Where it was learned as several. */
  readonly route?: Route;
}

/** The declared tasks behind learned ones, in their order. */
export function reportedTasks(tasks: readonly LearnedTask[]): ReportedTask[] {
  const done = new Set<string>();
  return tasks.flatMap((task): ReportedTask[] => {
    const { group, ...rest } = task;
    if (group === undefined) return [task];
    if (done.has(group.task)) return [];
    done.add(group.task);
    const members = tasks.filter((t) => t.group?.task === group.task);
    return [
      {
        ...rest,
        name: group.task,
        column: group.column,
        weight: members.reduce((sum, t) => sum + t.weight, 0),
        route: {
          by: group.by,
          source: group.source,
          values: members.map((t) => t.group?.value ?? ""),
        },
      },
    ];
  });
}

/** Name of the task of a value. */
export function memberName(task: { readonly name: string }, value: string): string {
  return `${task.name}.${value}`;
}

/** The place of each row's value among a route's; as many as there are values where it is not one. */
export function placesOf({ by, source, values }: Route, table: Table): Int32Array {
  const known = new Map(values.map((value, i) => [value, i]));
  const places = new Int32Array(table.rows);
  eachCategory(
    columnOf(table, by),
    (text) => known.get(spell(text, source)) ?? values.length,
    (row, place) => {
      places[row] = place;
    },
  );
  return places;
}

/** Raw outputs of a declared task, `[rows, size]`, from those of its tasks. */
export function routeRaw(
  task: ReportedTask & { readonly route: Route },
  raw: Readonly<Record<string, Float32Array>>,
  places: Int32Array,
): Float32Array {
  const members = task.route.values.map((value) => raw[memberName(task, value)]);
  const size = task.kind.outputSize(task.state);
  const routed = new Float32Array(places.length * size);
  places.forEach((place, row) => {
    const own = members[place];
    for (let i = row * size; i < (row + 1) * size; i++) {
      routed[i] = own
        ? own[i]
        : members.reduce((sum, values) => sum + values[i], 0) / members.length;
    }
  });
  return routed;
}

/** `routeRaw` as a function that is traced; `ids` `[rows]` are those of `routeState`. */
export function traceRoute(members: readonly Tensor[], ids: Tensor): Tensor {
  const [rows, size] = members[0].shape;
  const count = members.length;
  const { graph } = members[0];
  const all = count > 1 ? concat(members, 1) : members[0];
  const places = graph.constant(
    Float32Array.from({ length: count }, (_, i) => i + 1),
    [1, count],
  );
  const own = ids.cast("float32").reshape([rows, 1]).eq(places).cast("float32");
  const learned = own.sum([1], { keepDims: true });
  const shares = own.add(
    learned
      .neg()
      .add(1)
      .mul(1 / count),
  );
  return all
    .reshape([rows, count, size])
    .mul(shares.reshape([rows, count, 1]))
    .sum([1]);
}

/** The values of a route as a vocabulary: value i has id i + 1, others 0, a missing cell the one after the last. */
function routeState({ source, values }: Route): CategoryState {
  return {
    rows: 0,
    missing: 0,
    source,
    categories: values,
    counts: values.map(() => 0),
    rareRows: 0,
    rareCategories: 0,
  };
}

/** Name of the ONNX input that takes the values of a declared task's route. */
function inputName(task: { readonly name: string }): string {
  return `${task.name}.by`;
}

/** Declares that input and emits the ids, int32 `[rows]`. */
export function emitRoute(
  task: { readonly name: string; readonly route: Route },
  onnx: Parameters<typeof category.network.boundary>[2],
  rows: string,
): string {
  return category.network.boundary(routeState(task.route), inputName(task), onnx, rows).feeds.id;
}

/** The value of that input for the rows of a table. */
export async function routeFeed(
  task: { readonly name: string; readonly route: Route },
  table: Table,
): ReturnType<typeof category.network.raw> {
  const context = { baseDir: table.baseDir, origin: table.origin, firstRow: 0, problem() {} };
  const column = columnOf(table, task.route.by);
  return category.network.raw(routeState(task.route), inputName(task), column, context);
}
