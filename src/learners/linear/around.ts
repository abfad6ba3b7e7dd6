import type { WarmStart } from "../../train/parameters.ts";
import type { Design } from "./design.ts";
import type { LossOptions, TaskLosses } from "./loss.ts";

/** The weights of a trained model where its features and outputs are still there. @cite chelba2006 */
export interface Prior {
  /** `[features + 1, outputs]`, the intercepts last; 0 where nothing was carried. */
  readonly weights: Float64Array;
  /** 1 where a number was carried. */
  readonly taken: Uint8Array;
}

/** A prior, and how strongly each task's carried weights are drawn to it. */
export interface Pulled {
  readonly prior: Prior;
  /** Weight of ½Σ(w − w₀)² over a task's carried weights; intercepts are free. */
  readonly pulls: readonly number[];
}

/** Lays carried parameters out as the solvers' matrix. */
export function priorOf({ blocks, features, outputs }: Design, warm: WarmStart): Prior {
  const weights = new Float64Array((features + 1) * outputs);
  const taken = new Uint8Array(weights.length);
  const put = (name: string, start: number) => {
    const value = warm.get(name);
    if (value === undefined) return;
    weights.set(value.values, start * outputs);
    if (value.taken) taken.set(value.taken, start * outputs);
    else taken.fill(1, start * outputs, start * outputs + value.values.length);
  };
  for (const { name, start } of blocks) put(`weight.${name}`, start);
  put("bias", features);
  return { weights, taken };
}

/** Whether some weight of a task was carried, so that a pull has something to hold. */
export function isCarried({ taken }: Prior, { tasks, features, outputs }: Design): boolean[] {
  return tasks.map(({ start, size }) => {
    for (let f = 0; f < features; f++)
      for (let o = start; o < start + size; o++) if (taken[f * outputs + o] === 1) return true;
    return false;
  });
}

/** Options for losses of rows that are held out: the same weights, without what draws to the prior. */
export function withoutPull(options: LossOptions): LossOptions {
  const { around } = options;
  return around ? { ...options, around: { ...around, pulls: around.pulls.map(() => 0) } } : options;
}

/**
 * Losses as functions of the change from a prior, with the pull that holds it small. What solvers penalise
 * is then the change, whichever penalty they know: an elastic net leaves most weights as they were, a
 * regulariser ties what the tasks change.
 */
export class LossAround implements TaskLosses {
  private readonly inner: TaskLosses;
  private readonly design: Design;
  private readonly around: Pulled;
  private readonly at: Float64Array;

  constructor(inner: TaskLosses, design: Design, around: Pulled) {
    this.inner = inner;
    this.design = design;
    this.around = around;
    this.at = new Float64Array(around.prior.weights.length);
  }

  get counts(): Float64Array {
    return this.inner.counts;
  }

  async evaluate(change: Float64Array, gradient: Float64Array): Promise<Float64Array> {
    const { prior, pulls } = this.around;
    const { at } = this;
    for (let i = 0; i < at.length; i++) at[i] = prior.weights[i] + change[i];
    const losses = await this.inner.evaluate(at, gradient);
    const { tasks, features, outputs } = this.design;
    tasks.forEach(({ start, size }, t) => {
      const pull = pulls[t];
      if (pull === 0) return;
      let sum = 0;
      for (let f = 0; f < features; f++) {
        for (let i = f * outputs + start; i < f * outputs + start + size; i++) {
          if (prior.taken[i] === 0) continue;
          gradient[i] += pull * change[i];
          sum += change[i] * change[i];
        }
      }
      losses[t] += 0.5 * pull * sum;
    });
    return losses;
  }

  async dispose(): Promise<void> {
    await this.inner.dispose();
  }
}
