import { setImmediate } from "node:timers/promises";
import type { RowStore } from "../../data/rows.ts";
import { BatchBuffers } from "../../train/batches.ts";
import type { Design } from "./design.ts";
import { stopIfAborted } from "./interrupted.ts";
import type { LossOptions, TaskLosses } from "./loss.ts";

/** Moments held, and multiplications to make them, at most. */
const limits = { moments: 8_000_000, work: 4e9 };

/** Rows read at once. */
const chunk = 1024;

/**
 * Mean squared errors of every task as quadratic functions of the weights: after one pass over the rows
 * only their second moments are needed, so that evaluating often costs nothing a row.
 */
export class QuadraticLoss implements TaskLosses {
  readonly counts: Float64Array;
  private readonly design: Design;
  private readonly signal: AbortSignal | undefined;
  /** Mean of x̃·x̃ᵀ, x̃ being the features and 1, a task. */
  private readonly moments: Float64Array[];
  /** Mean of x̃·y, and of y², a task. */
  private readonly products: Float64Array[];
  private readonly squares: Float64Array;
  private evaluations = 0;

  private constructor(design: Design, signal: AbortSignal | undefined) {
    const width = design.features + 1;
    this.design = design;
    this.signal = signal;
    this.counts = new Float64Array(design.tasks.length);
    this.squares = new Float64Array(design.tasks.length);
    this.moments = design.tasks.map(() => new Float64Array(width * width));
    this.products = design.tasks.map(() => new Float64Array(width));
  }

  /** Whether all losses are squared errors of dense features, few enough for their moments. */
  static fits({ tasks, dense, features }: Design, store: RowStore): boolean {
    const moments = tasks.length * (features + 1) ** 2;
    return (
      dense === features &&
      tasks.every(({ task }) => task.kind.squaredError?.(task.state) === true) &&
      moments <= limits.moments &&
      store.rows * moments <= limits.work
    );
  }

  static async create(
    design: Design,
    store: RowStore,
    { signal }: LossOptions,
  ): Promise<QuadraticLoss> {
    const loss = new QuadraticLoss(design, signal);
    const batch = new BatchBuffers(store.layout, Math.min(chunk, Math.max(1, store.rows)));
    for (let start = 0; start < store.rows; start += chunk) {
      const count = Math.min(chunk, store.rows - start);
      const rows = Int32Array.from({ length: count }, (_, i) => start + i);
      store.gather(rows, 0, count, batch.arrays);
      loss.add(batch, count);
      await setImmediate();
      stopIfAborted(signal);
    }
    loss.finish();
    return loss;
  }

  private add(batch: BatchBuffers, count: number): void {
    const { blocks, features, tasks } = this.design;
    const width = features + 1;
    const x = new Float64Array(count * width).fill(1);
    for (const block of blocks) {
      if (block.kind === "sparse") continue;
      const values = batch.view(block.feed, count) as Float32Array;
      for (let row = 0; row < count; row++)
        for (let f = 0; f < block.size; f++)
          x[row * width + block.start + f] = values[row * block.size + f];
    }
    tasks.forEach(({ task }, t) => {
      const labels = batch.view(`${task.name}.label`, count) as Float32Array;
      const weights = batch.view(`${task.name}.weight`, count) as Float32Array;
      const moments = this.moments[t];
      const products = this.products[t];
      for (let row = 0; row < count; row++) {
        const weight = weights[row];
        if (weight === 0) continue;
        this.counts[t] += weight;
        this.squares[t] += weight * labels[row] ** 2;
        const at = row * width;
        for (let a = 0; a < width; a++) {
          const scaled = weight * x[at + a];
          if (scaled === 0) continue;
          products[a] += scaled * labels[row];
          for (let b = 0; b <= a; b++) moments[a * width + b] += scaled * x[at + b];
        }
      }
    });
  }

  private finish(): void {
    const width = this.design.features + 1;
    this.counts.forEach((count, t) => {
      const scale = count > 0 ? 1 / count : 0;
      this.squares[t] *= scale;
      for (let a = 0; a < width; a++) {
        this.products[t][a] *= scale;
        for (let b = 0; b <= a; b++) {
          const mean = this.moments[t][a * width + b] * scale;
          this.moments[t][a * width + b] = mean;
          this.moments[t][b * width + a] = mean;
        }
      }
    });
  }

  async evaluate(x: Float64Array, gradient: Float64Array): Promise<Float64Array> {
    if (++this.evaluations % 64 === 0) await setImmediate();
    stopIfAborted(this.signal);
    const { features, outputs, tasks } = this.design;
    const width = features + 1;
    const w = new Float64Array(width);
    return Float64Array.from(tasks, ({ start }, t) => {
      for (let f = 0; f < width; f++) w[f] = x[f * outputs + start];
      let value = this.squares[t];
      for (let a = 0; a < width; a++) {
        let sum = 0;
        const row = a * width;
        for (let b = 0; b < width; b++) sum += this.moments[t][row + b] * w[b];
        value += w[a] * (sum - 2 * this.products[t][a]);
        gradient[a * outputs + start] = 2 * (sum - this.products[t][a]);
      }
      return Math.max(0, value);
    });
  }

  async dispose(): Promise<void> {}
}
