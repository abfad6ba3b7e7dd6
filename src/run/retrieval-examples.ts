import { RowNumbers, type Rows } from "../data/row-set.ts";
import type { FitOutcome } from "../model/fit.ts";
import type { PartName } from "../model/placed-rows.ts";
import { readRows, type TableStream } from "../model/stream.ts";
import type { RetrievalExample } from "../report/record.ts";
import { answersOf } from "../tasks/answers.ts";
import { expectedRank } from "../tasks/metrics/ranking.ts";
import { RetrievalRows, type Way } from "../tasks/metrics/retrieval.ts";
import { resolveSides, type Side } from "../tasks/objective.ts";
import { type PairedState, retrievalInput } from "../tasks/paired.ts";
import { wholeOf } from "../tasks/scored.ts";
import { columnsOf, type LearnedTask } from "../train/learn.ts";
import { sideCells } from "./side-cells.ts";

/** Queries shown, from the best found to the worst, a direction. */
const queries = 5;
/** Rows shown for each. */
const shown = 5;

interface Asked {
  readonly task: string;
  readonly from: Side;
  readonly to: Side;
  /** Rows of the table. */
  readonly query: number;
  readonly rank: number;
  readonly found: readonly { readonly row: number; readonly similarity: number }[];
}

/**
 * A few queries of every task that compares inputs, with what the model finds for them: from the one whose
 * own other side stands first to the one for which it stands last, in even steps.
 */
export async function retrievalExamples(
  outcome: FitOutcome,
  stream: TableStream,
  part: Exclude<PartName, "train">,
  given: Rows,
): Promise<RetrievalExample[]> {
  let rows: Int32Array | undefined;
  const names = outcome.inputs.map((input) => input.name);
  const asked = outcome.tasks.flatMap((task) => {
    const { objective } = task.kind;
    const scored = outcome.results[part]?.scored[task.name];
    if (!objective || answersOf(task) || !scored) return [];
    const { truth, outputs } = wholeOf(scored);
    rows ??= new RowNumbers(given).take(given.length);
    const ranked = new RetrievalRows(retrievalInput(task.state as PairedState, truth, outputs));
    if (ranked.count === 0) return [];
    const [first, second] = resolveSides(task.name, objective.sides(task.options), names);
    return [
      ...askedOf(task, ranked, "forward", first, second, rows),
      ...askedOf(task, ranked, "backward", second, first, rows),
    ];
  });
  if (asked.length === 0) return [];
  const wanted = [...new Set(asked.flatMap((a) => [a.query, ...a.found.map((f) => f.row)]))];
  wanted.sort((a, b) => a - b);
  const columns = columnsOf(outcome.inputs);
  const table = await readRows(stream, columns, wanted);
  const at = new Map(wanted.map((row, i) => [row, i]));
  const cells = (side: Side, row: number) => sideCells(outcome, table, side, at.get(row) as number);
  return Promise.all(
    asked.map(async ({ task, from, to, query, rank, found }) => ({
      task,
      part,
      from: from.name,
      to: to.name,
      row: query + 1,
      rank,
      query: await cells(from, query),
      found: await Promise.all(
        found.map(async ({ row, similarity }) => ({
          row: row + 1,
          similarity,
          own: row === query,
          cells: await cells(to, row),
        })),
      ),
    })),
  );
}

function askedOf(
  task: LearnedTask,
  ranked: RetrievalRows,
  way: Way,
  from: Side,
  to: Side,
  rows: ArrayLike<number>,
): Asked[] {
  const { used, count, size } = ranked;
  const ranks = ranked[way].standings.map(expectedRank);
  const order = ranks.map((_, i) => i).sort((a, b) => ranks[a] - ranks[b] || a - b);
  const steps = Math.min(queries, count);
  const places = Array.from({ length: steps }, (_, i) =>
    steps === 1 ? 0 : Math.round((i * (count - 1)) / (steps - 1)),
  );
  const [of, among] =
    way === "forward" ? [ranked.first, ranked.second] : [ranked.second, ranked.first];
  return places.map((place) => {
    const query = order[place];
    const alike = Array.from({ length: count }, (_, c) => {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += of[query * size + k] * among[c * size + k];
      return { row: rows[used[c]], similarity: sum };
    });
    alike.sort((a, b) => b.similarity - a.similarity || a.row - b.row);
    return {
      task: task.name,
      from,
      to,
      query: rows[used[query]],
      rank: ranks[query],
      found: alike.slice(0, shown),
    };
  });
}
