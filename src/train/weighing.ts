import { ConfigError } from "../core/errors.ts";
import type { RowStore } from "../data/rows.ts";
import type { StepFacts, Weigher, Weighting } from "../weighting/weighting.ts";
import { epochOrder, type RowOrder } from "./batches.ts";
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
): Pick<EngineOptions, "traced" | "taskGradients" | "measures" | "representation"> {
  if (weigher.level === "representation") return { measures: true, representation: true };
  const { needs, samples, memory, again } = weighting;
  const traced = needs === "losses" ? weigher.traced : undefined;
  return {
    traced,
    measures:
      again === true ||
      needs === "validationGradients" ||
      (needs === "losses" && traced === undefined),
    taskGradients:
      needs === "gradients"
        ? { memory: memory?.(tasks) ?? 0, second: samples === 2 }
        : needs === "validationGradients"
          ? { memory: 0, second: true, all: true }
          : undefined,
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
  training: {
    readonly fullBatch: boolean;
    readonly accumulate: number;
    readonly optimizer: string;
    readonly validation: boolean;
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
  if (weighting.needs === "validationGradients" && !training.validation)
    refuse(
      "validation rows to weigh the tasks by",
      "none",
      "set a share of the rows apart: split.fractions.validation",
    );
}

/** Validation rows, for weightings that look at gradients on them. */
export interface ValidationRows {
  readonly store: RowStore;
  readonly seed: number;
}

/** Runs batches under a weighting and leaves the gradient of the update in `engine.gradients`. */
export class Weighing {
  private readonly weighting: WeighingNeeds;
  private readonly weigher: Weigher;
  private readonly engine: TrainingEngine;
  private readonly validation: ValidationRows | undefined;
  /** The weights of the batch last run. */
  readonly lambda: Float64Array;

  constructor(
    weighting: WeighingNeeds,
    weigher: Weigher,
    engine: TrainingEngine,
    validation?: ValidationRows,
  ) {
    this.weighting = weighting;
    this.validation = validation;
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
    if (this.weigher.level === "representation") return this.byRepresentation(rows, place);
    if (this.weighting.needs === "gradients") return this.byGradients(rows, place, gather);
    if (this.weighting.needs === "validationGradients")
      return this.byValidation(rows, place, gather);
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

  /** The shared parameters move by one backward pass from the representation on. */
  private async byRepresentation(rows: number, place: StepPlace): Promise<StepResult> {
    const { engine, weigher } = this;
    const seen = await engine.measure(rows, place.batch);
    const facts: StepFacts = {
      ...place,
      losses: present(seen.losses, seen.counts),
      gram: Float64Array.from(seen.gram),
    };
    this.lambda.set(weigher.weights(facts));
    engine.lambda.set(this.lambda);
    const result = await engine.run(rows, place.batch);
    const own = weigher.own?.() ?? this.lambda;
    for (const { task, start, end } of engine.own)
      engine.kernels.scale(engine.gradients.subarray(start, end), own[task]);
    weigher.observe?.(facts);
    return { ...result, loss: weighted(result, this.lambda) };
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
    return { ...result, loss: weighted(result, this.lambda) };
  }

  /**
   * Bilevel: inner steps on the batch, gradients on validation rows after or before them, then back to
   * where the weights were. The update moves along training gradients, and validation ones if asked.
   */
  private async byValidation(
    rows: number,
    place: StepPlace,
    gather: (offset: number, count: number) => void,
  ): Promise<StepResult> {
    const { engine, weigher } = this;
    const { kernels, weights, gradients } = engine;
    const { tasks, second } = engine.taskGradients as TaskGradients;
    const inner = weigher.inner?.() ?? { steps: 0, weights: this.lambda, at: "present" as const };
    const innerRate = inner.rate ?? place.learningRate;
    const before = weights.slice();
    const first = await engine.run(rows, place.batch);
    const result = { ...first, losses: first.losses.slice(), counts: first.counts.slice() };
    const putBack = engine.holdBuffers();
    tasks.forEach((g, i) => {
      second[i].set(g);
    });
    for (let step = 0; step < inner.steps; step++) {
      if (step > 0) await engine.run(rows, place.batch);
      tasks.forEach((g, i) => {
        kernels.axpy(-innerRate * inner.weights[i], g, weights);
      });
    }
    const after = await engine.measure(rows, place.batch);
    const innerLosses = present(after.losses, after.counts);
    if (inner.at === "present") weights.set(before);
    await this.gatherValidation(rows, place);
    const there = await engine.run(rows, place.batch);
    const losses = present(there.losses, there.counts);
    weights.set(before);
    gather(0, rows);
    putBack();
    const k = tasks.length;
    const facts: StepFacts = {
      ...place,
      losses: present(result.losses, result.counts),
      kernels,
      validation: {
        losses,
        cross: Float64Array.from({ length: k * k }, (_, at) =>
          kernels.dot(tasks[Math.floor(at / k)], second[at % k]),
        ),
        gram: kernels.gram(tasks),
        trainGram: kernels.gram(second),
        innerLosses,
        innerRate,
      },
    };
    this.lambda.set(weigher.weights(facts));
    const onValidation = weigher.validationWeights?.();
    kernels.fill(gradients, 0);
    second.forEach((g, i) => {
      kernels.axpy(this.lambda[i], g, gradients);
      if (onValidation) kernels.axpy(onValidation[i], tasks[i], gradients);
    });
    const { penalty } = engine.taskGradients as TaskGradients;
    if (penalty) kernels.axpy(1, penalty, gradients);
    weigher.observe?.(facts);
    return { ...result, loss: weighted(result, this.lambda) };
  }

  /** Fills the batch with validation rows, in a seeded order that goes through all of them. */
  private async gatherValidation(rows: number, { step }: StepPlace): Promise<void> {
    const { store, seed } = this.validation as ValidationRows;
    const start = step * rows;
    const picked = Int32Array.from({ length: rows }, (_, i) => {
      const round = Math.floor((start + i) / store.rows);
      return this.validationOrder(round, store, seed).at((start + i) % store.rows);
    });
    await store.arrival?.ready(picked, 0, rows);
    store.gather(picked, 0, rows, this.engine.batch.arrays);
  }

  private order: { readonly round: number; readonly rows: RowOrder } | undefined;

  private validationOrder(round: number, store: RowStore, seed: number): RowOrder {
    if (this.order?.round !== round)
      this.order = { round, rows: epochOrder(store, seed, -1 - round) };
    return this.order.rows;
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

/** Σ w_i L_i over the tasks that have labelled rows. */
function weighted(
  { losses, counts }: Pick<StepResult, "losses" | "counts">,
  weights: Float64Array,
): number {
  return losses.reduce((sum, loss, i) => (counts[i] > 0 ? sum + weights[i] * loss : sum), 0);
}

function absent(tasks: number): Float64Array {
  return new Float64Array(tasks).fill(Number.NaN);
}
