import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Table } from "../data/columns.ts";
import { fileLabelWriter, type LabelWriter, type WrittenLabels } from "../data/label-file.ts";
import { type ScratchFolder, scratchFolder } from "../data/scratch-folder.ts";
import { evaluateScored, type ScoredBlock, type ScoredRows } from "../tasks/scored.ts";
import type { Evaluation } from "../tasks/task.ts";
import { blockRows, ScoreWriter } from "../train/scored-part.ts";
import { type Model, type ModelTask, noLabelColumn, noLabels, type OnProblem } from "./model.ts";
import { memberName, placesOf } from "./routes.ts";

/**
 * Metrics of a model on a table that is read batch by batch: what `Model.evaluateTable` gives, to rounding.
 * Labels and predictions are kept in files meanwhile, so that memory does not grow with the rows.
 * @param batches consecutive rows of the inputs' columns and the columns of labels.
 * @throws DataError as `Model.evaluateTable`; BackendError IO where the files cannot be written.
 */
export async function evaluateBatches(
  model: Model,
  batches: AsyncIterable<Table> | Iterable<Table>,
  origin: string,
  onProblem?: OnProblem,
): Promise<Record<string, Evaluation>> {
  const folder = mkdtempSync(join(tmpdir(), "polytask-evaluate-"));
  let rows: ScoredTable | undefined;
  try {
    for await (const table of batches) {
      rows ??= new ScoredTable(model, table, folder);
      await rows.add(table, onProblem);
    }
    if (!rows) throw noLabels(origin, 0, model.tasks);
    return rows.evaluate(origin);
  } finally {
    rows?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The rows so far, with their labels and what the model says of them. */
class ScoredTable {
  private readonly model: Model;
  /** The tasks whose column of labels is there. */
  private readonly tasks: readonly ModelTask[];
  private readonly scratch: ScratchFolder;
  private readonly writer: ScoreWriter;
  private readonly labels: LabelWriter;
  /** Labels of each task so far, and of each value of its route. */
  private readonly labelled = new Map<string, number>();
  private rows = 0;
  private close_: () => void;

  constructor(model: Model, table: Table, folder: string) {
    this.model = model;
    this.tasks = model.tasks.filter((t) => table.columns.has(t.column));
    if (this.tasks.length === 0) throw noLabelColumn(table.origin, model.tasks);
    this.scratch = scratchFolder(folder);
    this.writer = new ScoreWriter(this.tasks, this.scratch);
    this.labels = fileLabelWriter(
      this.tasks.flatMap(({ name, kind, state, route }) => [
        { name, width: kind.labelWidth(state) },
        ...(route ? [{ name: placeField(name), width: 1 }] : []),
      ]),
      join(folder, "labels"),
    );
    this.close_ = () => {
      this.writer.discard();
      this.labels.discard();
    };
  }

  async add(table: Table, onProblem: OnProblem | undefined): Promise<void> {
    const { model, tasks, rows: first } = this;
    const outputs = await model.outputs(table, (column, row, message) =>
      onProblem?.(column, first + row, message),
    );
    const truths = await Promise.all(tasks.map((task) => model.truthOf(task, table, first)));
    this.labels.append(
      table.rows,
      tasks.flatMap((task, i) => {
        const places = task.route && placesOf(task.route, table);
        this.count(task, truths[i], places);
        return places ? [truths[i], Float64Array.from(places)] : [truths[i]];
      }),
    );
    this.writer.append(table.rows, outputs);
    this.rows += table.rows;
  }

  private count({ name, kind, state, route }: ModelTask, truth: Float64Array, places?: Int32Array) {
    const width = kind.labelWidth(state);
    const more = (key: string) => this.labelled.set(key, (this.labelled.get(key) ?? 0) + 1);
    for (let row = 0; row * width < truth.length; row++) {
      if (truth.subarray(row * width, (row + 1) * width).every(Number.isNaN)) continue;
      more(name);
      const value = places && route?.values[places[row]];
      if (value !== undefined) more(memberName({ name }, value));
    }
  }

  evaluate(origin: string): Record<string, Evaluation> {
    if (this.labelled.size === 0) throw noLabels(origin, this.rows, this.tasks);
    const labels = this.labels.finish();
    const { scratch, tasks } = this;
    const scored = this.writer.finish({ truth: labels.some, scratch }, blockRows(tasks));
    this.close_ = () => scored.close();
    const found: Record<string, Evaluation> = {};
    for (const task of tasks) found[task.name] = evaluateScored(task, scored.tasks[task.name]);
    for (const task of tasks) {
      task.route?.values.forEach((value, place) => {
        const name = memberName(task, value);
        if (!this.labelled.has(name)) return;
        found[name] = evaluateScored(task, ownRows(scored.tasks[task.name], task, labels, place));
      });
    }
    return found;
  }

  close(): void {
    this.close_();
  }
}

function placeField(task: string): string {
  return `${task}:place`;
}

/** Scored rows with the labels of those of one place alone. */
function ownRows(
  scored: ScoredRows,
  { name, kind, state }: ModelTask,
  labels: WrittenLabels,
  place: number,
): ScoredRows {
  const width = kind.labelWidth(state);
  const own = (block: ScoredBlock): ScoredBlock => {
    const places = labels.some(placeField(name), block.first, block.rows);
    return {
      ...block,
      truth: block.truth.map((x, i) => (places[Math.floor(i / width)] === place ? x : Number.NaN)),
    };
  };
  function* blocks() {
    for (const block of scored.blocks()) yield own(block);
  }
  return { ...scored, blocks };
}
