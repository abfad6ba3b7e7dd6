import { LentRoom } from "../core/buffers.ts";
import type { RowLayout, RowStore, RowStoreWriter } from "../data/rows.ts";
import type { ScratchFolder } from "../data/scratch-folder.ts";
import { heldScores, type ScoredBlock, type ScoredRows } from "../tasks/scored.ts";
import type { Outputs, TaskKind } from "../tasks/task.ts";
import type { FiledRows, Part } from "./problem.ts";

/** A task whose rows are scored. */
interface ScoredTask {
  readonly name: string;
  readonly kind: TaskKind;
  readonly state: unknown;
}

/** Rows of a part that a model has scored, a task. */
export interface ScoredPart {
  readonly tasks: Readonly<Record<string, ScoredRows>>;
  /** Frees what they are kept in. */
  close(): void;
}

/** Rows of a block at most, and numbers that those of all tasks may come to. */
const mostRows = 1 << 13;
const mostNumbers = 1 << 18;

/** Rows that are scored at a time, where there are too many to hold: they are as many as fit. */
export function blockRows(tasks: readonly ScoredTask[]): number {
  const numbers = tasks.reduce(
    (sum, { kind, state }) => sum + 2 * kind.outputSize(state) + kind.labelWidth(state),
    1,
  );
  return Math.min(mostRows, Math.max(256, Math.floor(mostNumbers / numbers)));
}

/**
 * Scores all rows of a part: at once where they are held in memory or fit in one block, else block by
 * block into files.
 * @param outputsOf predictions for some rows of the part, consecutive and ascending.
 */
export async function scorePart(
  part: Part,
  tasks: readonly ScoredTask[],
  outputsOf: (rows: Int32Array) => Promise<Readonly<Record<string, Outputs>>>,
): Promise<ScoredPart> {
  const { filed, store } = part;
  const size = blockRows(tasks);
  if (!filed || store.rows <= size) {
    const outputs = await outputsOf(rowsFrom(0, store.rows));
    const weights = part.rowWeights?.();
    const held = tasks.map(({ name, kind, state }) => [
      name,
      heldScores(part.truth[name], kind.labelWidth(state), outputs[name], weights),
    ]);
    return { tasks: Object.fromEntries(held), close() {} };
  }
  const writer = new ScoreWriter(tasks, filed.scratch);
  try {
    for (let first = 0; first < store.rows; first += size) {
      const rows = rowsFrom(first, Math.min(size, store.rows - first));
      writer.append(rows.length, await outputsOf(rows));
    }
    return writer.finish(filed, size);
  } catch (error) {
    writer.discard();
    throw error;
  }
}

function rowsFrom(first: number, count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => first + i);
}

/** Keeps the numbers that models give for rows in files, one a task. */
export class ScoreWriter {
  private readonly tasks: readonly ScoredTask[];
  private readonly scratch: ScratchFolder;
  private files: { readonly writer: RowStoreWriter; readonly layout: RowLayout }[] = [];

  constructor(tasks: readonly ScoredTask[], scratch: ScratchFolder) {
    this.tasks = tasks;
    this.scratch = scratch;
  }

  /** Adds `rows` rows; outputs that are no numbers are left out. */
  append(rows: number, outputs: Readonly<Record<string, Outputs>>): void {
    if (this.files.length === 0) {
      this.files = this.tasks.map(({ name }) => {
        const layout = layoutOf(outputs[name], rows);
        return { layout, writer: this.scratch.rows(layout) };
      });
    }
    this.files.forEach(({ writer, layout }, t) => {
      const given = outputs[this.tasks[t].name];
      writer.append(
        rows,
        layout.map(({ name }) => {
          const values = given[name] as Float32Array | Float64Array;
          return values instanceof Float32Array ? values : Float32Array.from(values);
        }),
      );
    });
  }

  /** @param labels labels and weights of the rows; @param size rows of a block when they are read. */
  finish(labels: Pick<FiledRows, "truth" | "weights" | "scratch">, size: number): ScoredPart {
    const stores = this.files.map(({ writer }) => writer.finish());
    const scored = stores.map((store, t): [string, ScoredRows] => {
      const { name, kind, state } = this.tasks[t];
      const blocks = { size, width: kind.labelWidth(state) };
      return [
        name,
        {
          rows: store.rows,
          // One block is held, and evaluated as rows in memory are.
          ...(store.rows > size && { scratch: labels.scratch }),
          blocks: () => readBlocks(name, store, labels, blocks),
        },
      ];
    });
    return {
      tasks: Object.fromEntries(scored),
      close() {
        for (const store of stores) store.close();
      },
    };
  }

  discard(): void {
    for (const { writer } of this.files) writer.discard();
  }
}

function layoutOf(outputs: Outputs, rows: number): RowLayout {
  return Object.entries(outputs)
    .filter(([, values]) => values instanceof Float32Array || values instanceof Float64Array)
    .map(([name, values]) => ({ name, dtype: "float32", width: values.length / rows }));
}

/** Blocks of rows; the arrays of one are those of the next. */
function* readBlocks(
  task: string,
  store: RowStore,
  labels: Pick<FiledRows, "truth" | "weights" | "scratch">,
  { size, width }: { readonly size: number; readonly width: number },
): Generator<ScoredBlock> {
  const { layout } = store;
  const most = Math.min(size, store.rows);
  const room = new LentRoom(labels.scratch.buffers);
  try {
    const indexes = room.int32(most);
    const truth = room.float64(most * width);
    const weights = room.float64(most);
    const arrays = layout.map((field) => room.float32(most * field.width));
    for (let first = 0; first < store.rows; first += size) {
      const rows = Math.min(size, store.rows - first);
      for (let i = 0; i < rows; i++) indexes[i] = first + i;
      store.gather(indexes, 0, rows, arrays);
      yield {
        first,
        rows,
        truth: labels.truth(task, first, rows, truth.subarray(0, rows * width)),
        outputs: Object.fromEntries(
          layout.map((field, k) => [field.name, arrays[k].subarray(0, rows * field.width)]),
        ),
        weights: labels.weights?.(first, rows, weights.subarray(0, rows)),
      };
    }
  } finally {
    room.reset();
  }
}
