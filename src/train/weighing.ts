import { ConfigError } from "../core/errors.ts";
import type { StepFacts, Weigher, Weighting } from "../weighting/weighting.ts";
import type { EngineOptions, StepResult, TaskGradients, TrainingEngine } from "./engine.ts";

/** What training must do for a weighting: those fields of its row that say so. */
export type WeighingNeeds = Pick<
  Weighting,
  "name" | "needs" | "samples" | "memory" | "direction" | "again"
>;

/** What an update knows of its place in the run. */
export interface StepPlace {
  readonly epoch: number;
  readonly step: number;
  /** Numbers the random draws of the batch. */
  readonly batch: number;
  readonly learningRate: number;
}

/** What the engine must provide for a weighting of some tasks. */
export function engineNeeds(
  weighting: WeighingNeeds,
  weigher: Weigher,
  tasks: number,
): Pick<EngineOptions, "traced" | "taskGradients" | "measures"> {
  const { needs, samples, memory, again } = weighting;
  const traced = needs === "losses" ? weigher.traced : undefined;
  return {
    traced,
    measures: again === true || (needs === "losses" && traced === undefined),
    taskGradients:
      needs === "gradients" ? { memory: memory?.(tasks) ?? 0, second: samples === 2 } : undefined,
  };
}

/** Batch sizes a weighting asks for besides those of the epoch: halves, where it compares two. */
export function sizesFor(weighting: WeighingNeeds, sizes: readonly number[]): number[] {
  if (weighting.samples !== 2) return [...sizes];
  return sizes.flatMap((rows) => (rows < 2 ? [rows] : [Math.ceil(rows / 2), Math.floor(rows / 2)]));
}

/**
 * Refuses what cannot be weighed.
 * @throws ConfigError CONFIG_INVALID naming the weighting and what stands against it.
 */
export function checkWeighing(
  weighting: WeighingNeeds,
  weigher: Weigher,
  training: {
    readonly fullBatch: boolean;
    readonly accumulate: number;
    readonly optimizer: string;
  },
): void {
  const refuse = (expected: string, came: string, hint: string): never => {
    throw new ConfigError(
      "CONFIG_INVALID",
      `learner.weighting ${weighting.name}: ${expected}; got ${came}`,
      { hint },
    );
  };
  if (weighting.needs === "nothing" && !weighting.again) return;
  if (training.fullBatch)
    refuse(
      "an optimizer that steps on batches",
      training.optimizer,
      "use sgd, adam or adamw, or weights that need no losses",
    );
  if (training.accumulate > 1)
    refuse(
      "one batch a step",
      `training.accumulate ${training.accumulate}`,
      "raise training.batchSize instead",
    );
  if (weighting.needs === "validationGradients")
    refuse(
      "gradients on validation rows, which the training step does not have yet",
      "none",
      "choose another weighting: polytask list weightings",
    );
  if (weigher.level === "representation")
    refuse(
      "gradients of the shared parameters",
      "gradients of the representation",
      "leave out the option that asks for them",
    );
}

/** Runs batches under a weighting and leaves the gradient of the update in `engine.gradients`. */
export class Weighing {
  private readonly weighting: WeighingNeeds;
  private readonly weigher: Weigher;
  private readonly engine: TrainingEngine;
  /** The weights of the batch last run. */
  readonly lambda: Float64Array;

  constructor(weighting: WeighingNeeds, weigher: Weigher, engine: TrainingEngine) {
    this.weighting = weighting;
    this.weigher = weigher;
    this.engine = engine;
    this.lambda = new Float64Array(engine.lambda.length);
  }

  /**
   * Losses and gradient of a batch.
   * @param gather fills the engine's batch with a part of its rows, counted from the batch's first.
   * @param share what the batch counts of each task where an update sees all rows.
   */
  async run(
    rows: number,
    place: StepPlace,
    gather: (offset: number, count: number) => void,
    share?: Float64Array,
  ): Promise<StepResult> {
    gather(0, this.halved(rows) ? Math.ceil(rows / 2) : rows);
    if (this.weighting.needs === "gradients") return this.byGradients(rows, place, gather);
    return this.byLosses(rows, place, share);
  }

  /** Tells the weighting of the batch last run what its losses are after the update. */
  async afterStep(rows: number, place: StepPlace): Promise<void> {
    if (!this.weighting.again || !this.weigher.afterStep) return;
    const { losses, counts } = await this.engine.measure(rows, place.batch);
    this.weigher.afterStep(present(losses, counts));
  }

  private halved(rows: number): boolean {
    return this.weighting.samples === 2 && rows >= 2;
  }

  private async byLosses(
    rows: number,
    place: StepPlace,
    share: Float64Array | undefined,
  ): Promise<StepResult> {
    const { engine, weigher, weighting } = this;
    const { traced } = weigher;
    const inside = weighting.needs === "losses" && traced !== undefined;
    if (inside) engine.given.set(traced.given(place));
    else {
      const before =
        weighting.needs === "losses" ? await engine.measure(rows, place.batch) : undefined;
      const losses = before ? present(before.losses, before.counts) : absent(this.lambda.length);
      this.lambda.set(weigher.weights({ ...place, losses }));
      engine.lambda.set(share ? this.lambda.map((weight, i) => weight * share[i]) : this.lambda);
    }
    const result = await engine.run(rows, place.batch);
    const facts = { ...place, losses: present(result.losses, result.counts) };
    if (inside) this.lambda.set(weigher.weights(facts));
    weigher.observe?.(facts);
    return result;
  }

  private async byGradients(
    rows: number,
    place: StepPlace,
    gather: (offset: number, count: number) => void,
  ): Promise<StepResult> {
    const { engine, weigher } = this;
    const task = engine.taskGradients as TaskGradients;
    let result = await engine.run(this.halved(rows) ? Math.ceil(rows / 2) : rows, place.batch);
    const cross = this.halved(rows)
      ? await this.secondHalf(rows, place, gather, result)
      : undefined;
    result = { ...result };
    const { kernels } = engine;
    const facts: StepFacts = {
      ...place,
      losses: present(result.losses, result.counts),
      gram: kernels.gram(task.tasks),
      gradients: task.tasks,
      cross: this.weighting.samples === 2 ? (cross ?? kernels.gram(task.tasks)) : undefined,
      memory: task.memory,
      kernels,
    };
    this.lambda.set(weigher.weights(facts));
    this.combine(facts, task);
    weigher.observe?.(facts);
    const loss = result.losses.reduce(
      (sum, l, i) => (result.counts[i] > 0 ? sum + this.lambda[i] * l : sum),
      0,
    );
    return { ...result, loss };
  }

  /** The joint gradient: Σ w_i g_i (or a direction) in shared parameters, each task's own elsewhere. */
  private combine(facts: StepFacts, task: TaskGradients): void {
    const { engine, weigher } = this;
    const { kernels, gradients } = engine;
    const shared = gradients.subarray(0, task.length);
    if (this.weighting.direction && weigher.direction) weigher.direction(facts, shared);
    else {
      kernels.fill(shared, 0);
      task.tasks.forEach((g, i) => {
        kernels.axpy(this.lambda[i], g, shared);
      });
    }
    if (task.penalty) kernels.axpy(1, task.penalty, shared);
    const own = weigher.own?.() ?? this.lambda;
    for (const { task: i, start, end } of task.own)
      kernels.scale(gradients.subarray(start, end), own[i]);
  }

  /**
   * Runs the second half of a batch; leaves the means of both halves in place of the first's gradients
   * and losses, and returns the inner products of the halves' gradients.
   */
  private async secondHalf(
    rows: number,
    place: StepPlace,
    gather: (offset: number, count: number) => void,
    first: StepResult,
  ): Promise<Float64Array> {
    const { engine } = this;
    const { kernels, gradients } = engine;
    const task = engine.taskGradients as TaskGradients;
    const kept = {
      losses: first.losses.slice(),
      counts: first.counts.slice(),
      own: gradients.slice(task.length),
    };
    task.tasks.forEach((g, i) => {
      task.second[i].set(g);
    });
    const half = Math.ceil(rows / 2);
    gather(half, rows - half);
    const second = await engine.run(rows - half, place.batch);
    const k = task.tasks.length;
    const cross = Float64Array.from({ length: k * k }, (_, at) =>
      kernels.dot(task.second[Math.floor(at / k)], task.tasks[at % k]),
    );
    task.tasks.forEach((g, i) => {
      kernels.axpy(1, task.second[i], g);
      kernels.scale(g, 0.5);
    });
    const own = gradients.subarray(task.length);
    for (let i = 0; i < own.length; i++) own[i] = (own[i] + kept.own[i]) / 2;
    second.losses.forEach((loss, i) => {
      const total = kept.counts[i] + second.counts[i];
      second.losses[i] =
        total > 0 ? (loss * second.counts[i] + kept.losses[i] * kept.counts[i]) / total : 0;
      second.counts[i] = total;
    });
    return cross;
  }
}

/** Losses as doubles, NaN for a task without a labelled row. */
function present(losses: Float32Array, counts: Float32Array): Float64Array {
  return Float64Array.from(losses, (loss, i) => (counts[i] > 0 ? loss : Number.NaN));
}

function absent(tasks: number): Float64Array {
  return new Float64Array(tasks).fill(Number.NaN);
}
