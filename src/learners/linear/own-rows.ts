import { setImmediate } from "node:timers/promises";
import { grad } from "../../compiler/grad.ts";
import { Graph } from "../../compiler/graph.ts";
import { compileJs, type JsFunction } from "../../compiler/js/run.ts";
import type { RowStore } from "../../data/rows.ts";
import { BatchBuffers } from "../../train/batches.ts";
import type { Design, DesignTask } from "./design.ts";
import { stopIfAborted } from "./interrupted.ts";
import type { LossOptions, TaskLosses } from "./loss.ts";
import { putColumns, takeColumns } from "./solve.ts";

/** Numbers held of features and labels, at most, and tasks a loss function, at least. */
const limits = { numbers: 8_000_000, tasks: 4 };

/** Rows read at once. */
const chunk = 1024;

/** A label of a task: its row, its numbers, what it counts. */
interface Label {
  readonly row: number;
  readonly values: Float32Array;
  readonly weight: number;
}

/** Tasks whose losses are one function, with their labelled rows side by side, task after task. */
interface Together {
  readonly tasks: readonly number[];
  /** Where each task's labels begin, and where the last ends. */
  readonly starts: Int32Array;
  readonly rows: Int32Array;
  readonly raw: Float64Array;
  readonly feeds: Readonly<Record<string, Float64Array>>;
  readonly loss: JsFunction;
}

/**
 * The mean loss of every task, computed in the rows that have its labels only: of tasks with rows of
 * their own a pass over all rows for all tasks would spend nearly all its time on labels that are not there.
 */
export class OwnRowsLoss implements TaskLosses {
  readonly counts: Float64Array;
  private readonly design: Design;
  private readonly signal: AbortSignal | undefined;
  private readonly features: Float64Array;
  private readonly together: readonly Together[];
  private evaluations = 0;

  private constructor(
    design: Design,
    features: Float64Array,
    labels: readonly (readonly Label[])[],
    signal: AbortSignal | undefined,
  ) {
    this.design = design;
    this.features = features;
    this.signal = signal;
    this.counts = Float64Array.from(labels, (own) => own.reduce((sum, l) => sum + l.weight, 0));
    this.together = functionsOf(design)
      .map((tasks) => tasks.filter((t) => this.counts[t] > 0))
      .filter((tasks) => tasks.length > 0)
      .map((tasks) => sideBySide(design, tasks, labels, this.counts));
  }

  /** Whether a row has labels of few tasks, most being values of a column; and whether all features are dense and fit in memory. */
  static fits(design: Design, store: RowStore): boolean {
    const { tasks, dense, features } = design;
    const functions = functionsOf(design);
    const labels = functions.reduce((sum, [t]) => {
      const { kind, state } = tasks[t].task;
      return sum + kind.labelWidth(state) + kind.outputSize(state);
    }, 0);
    return (
      dense === features &&
      tasks.length >= limits.tasks * functions.length &&
      store.rows * (features + labels) <= limits.numbers
    );
  }

  static async create(
    design: Design,
    store: RowStore,
    { signal }: LossOptions,
  ): Promise<OwnRowsLoss> {
    const features = new Float64Array(store.rows * design.features);
    const labels = design.tasks.map((): Label[] => []);
    const batch = new BatchBuffers(store.layout, Math.min(chunk, Math.max(1, store.rows)));
    for (let start = 0; start < store.rows; start += chunk) {
      const count = Math.min(chunk, store.rows - start);
      const rows = Int32Array.from({ length: count }, (_, i) => start + i);
      store.gather(rows, 0, count, batch.arrays);
      for (const block of design.blocks) {
        if (block.kind === "sparse") continue;
        const values = batch.view(block.feed, count) as Float32Array;
        for (let row = 0; row < count; row++) {
          const own = values.subarray(row * block.size, (row + 1) * block.size);
          features.set(own, (start + row) * design.features + block.start);
        }
      }
      design.tasks.forEach(({ task }, t) => {
        const width = task.kind.labelWidth(task.state);
        const values = batch.view(`${task.name}.label`, count) as Float32Array;
        const weights = batch.view(`${task.name}.weight`, count) as Float32Array;
        for (let row = 0; row < count; row++) {
          if (weights[row] === 0) continue;
          const own = values.slice(row * width, (row + 1) * width);
          labels[t].push({ row: start + row, values: own, weight: weights[row] });
        }
      });
      await setImmediate();
      stopIfAborted(signal);
    }
    return new OwnRowsLoss(design, features, labels, signal);
  }

  async evaluate(x: Float64Array, gradient: Float64Array): Promise<Float64Array> {
    if (++this.evaluations % 64 === 0) await setImmediate();
    stopIfAborted(this.signal);
    const losses = new Float64Array(this.design.tasks.length);
    gradient.fill(0);
    for (const part of this.together) this.addPart(part, x, gradient, losses);
    return losses;
  }

  private addPart(
    { tasks, starts, rows, raw, feeds, loss }: Together,
    x: Float64Array,
    gradient: Float64Array,
    losses: Float64Array,
  ): void {
    const { design } = this;
    const width = design.features;
    const columns = tasks.map((t) => takeColumns(design, x, design.tasks[t]));
    tasks.forEach((t, i) => {
      const { size } = design.tasks[t];
      const w = columns[i];
      for (let at = starts[i]; at < starts[i + 1]; at++) {
        const row = rows[at] * width;
        for (let o = 0; o < size; o++) {
          let sum = w[width * size + o];
          for (let f = 0; f < width; f++) sum += this.features[row + f] * w[f * size + o];
          raw[at * size + o] = sum;
        }
      }
    });
    const [each, slope] = loss.run(feeds);
    tasks.forEach((t, i) => {
      const { size } = design.tasks[t];
      const w = columns[i].fill(0);
      for (let at = starts[i]; at < starts[i + 1]; at++) {
        losses[t] += each[at];
        const row = rows[at] * width;
        for (let o = 0; o < size; o++) {
          const s = slope[at * size + o];
          w[width * size + o] += s;
          for (let f = 0; f < width; f++) w[f * size + o] += s * this.features[row + f];
        }
      }
      putColumns(design, w, design.tasks[t], gradient);
    });
  }

  async dispose(): Promise<void> {}
}

/** Numbers of tasks by loss function: those of a group have the same state. */
function functionsOf({ tasks }: Design): number[][] {
  const found = new Map<string, number[]>();
  tasks.forEach(({ task }, t) => {
    const key = JSON.stringify(task.group ? [task.group.task] : [null, task.name]);
    found.set(key, [...(found.get(key) ?? []), t]);
  });
  return [...found.values()];
}

function sideBySide(
  design: Design,
  tasks: readonly number[],
  labels: readonly (readonly Label[])[],
  counts: Float64Array,
): Together {
  const starts = new Int32Array(tasks.length + 1);
  tasks.forEach((t, i) => {
    starts[i + 1] = starts[i] + labels[t].length;
  });
  const all = tasks.flatMap((t) => labels[t].map((label) => ({ ...label, count: counts[t] })));
  const { size, task }: DesignTask = design.tasks[tasks[0]];
  const width = task.kind.labelWidth(task.state);
  const graph = new Graph();
  const x = graph.input("raw", [all.length, size]);
  const y = graph.input("labels", [all.length, width]);
  const shares = graph.input("shares", [all.length]);
  const each = graph.scope(`loss.${task.name}`, () => task.kind.loss(x, y, task.state)).mul(shares);
  const feeds = {
    raw: new Float64Array(all.length * size),
    labels: Float64Array.from(all.flatMap((label) => [...label.values])),
    shares: Float64Array.from(all, (label) => label.weight / label.count),
  };
  return {
    tasks,
    starts,
    rows: Int32Array.from(all, (label) => label.row),
    raw: feeds.raw,
    feeds,
    loss: compileJs([each, grad(each.sum(), [x])[0]]),
  };
}
