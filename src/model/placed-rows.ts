/** Rows of the tasks that one declared task became, as rows of that task again. */
import { columnOf } from "../data/columns.ts";
import type { Split } from "../data/split.ts";
import type { FiledRows, Part } from "../train/problem.ts";
import { placesOf, type ReportedTask, type Route } from "./routes.ts";
import { readRows, type TableStream } from "./stream.ts";

export type PartName = "train" | "validation" | "test";

/** Rows of a part under the tasks that were declared as one. */
export interface PlacedRows {
  /** Which of the tasks answers for each row, and the labels of all, a declared task. */
  readonly [task: string]: { readonly places: Int32Array; readonly truth: Float64Array };
}

export type Routed = ReportedTask & { readonly route: Route };

export function isRouted(task: ReportedTask): task is Routed {
  return task.route !== undefined;
}

/** Places and labels of the rows of every part. */
export async function placeRows(
  tasks: readonly Routed[],
  { stream, split }: { readonly stream: TableStream; readonly split: Split },
  parts: Partial<Record<PartName, Part>>,
): Promise<Partial<Record<PartName, PlacedRows>>> {
  const placed: Partial<Record<PartName, PlacedRows>> = {};
  if (tasks.length === 0) return placed;
  const columns = [...new Set(tasks.flatMap((t) => [t.route.by, t.column]))];
  for (const name of Object.keys(parts) as PartName[]) {
    const table = await readRows(stream, columns, split[name]);
    placed[name] = Object.fromEntries(
      tasks.map((t) => [
        t.name,
        {
          places: placesOf(t.route, table),
          truth: t.kind.truth(t.state, columnOf(table, t.column)),
        },
      ]),
    );
  }
  return placed;
}

/** The parts with the labels of declared tasks beside those of the learned ones. */
export function withTruth(
  parts: Partial<Record<PartName, Part>>,
  placed: Partial<Record<PartName, PlacedRows>>,
): Partial<Record<PartName, Part>> {
  const entries = Object.entries(parts) as [PartName, Part][];
  return Object.fromEntries(
    entries.map(([name, part]) => {
      // Labels kept in a file are not to be read here.
      if (!placed[name]) return [name, part];
      const all = Object.entries(placed[name]).map(([t, { truth }]) => [t, truth] as const);
      const { filed } = part;
      return [
        name,
        {
          ...part,
          truth: { ...part.truth, ...Object.fromEntries(all) },
          ...(filed && { filed: { ...filed, truth: besides(filed, placed[name]) } }),
        },
      ];
    }),
  );
}

/** Some labels of a part, those of declared tasks among them. */
function besides(filed: FiledRows, placed: PlacedRows): FiledRows["truth"] {
  return (task, first, count, into) => {
    const own = placed[task];
    if (!own) return filed.truth(task, first, count, into);
    const width = own.truth.length / own.places.length;
    return own.truth.subarray(first * width, (first + count) * width);
  };
}
