/** The contract of a weighting: what each task counts in the joint loss Σ λ_i L_i, or in its gradient. */
import type { z } from "zod";
import type { Tensor } from "../compiler/graph.ts";
import type { Kernels } from "../optim/kernels.ts";

/** What a weighting may look at when it weighs a step. A field is there when its row asks for it. */
export interface StepFacts {
  /** Counts from 0. */
  readonly epoch: number;
  /** Counts from 0 over the whole run; a checkpoint keeps it. */
  readonly step: number;
  /**
   * Mean loss of each task on this batch, at the parameters before the update; NaN where the task has
   * no labelled row. Such a task is absent: its weights are 0 and its state stays as it is.
   */
  readonly losses: Float64Array;
  /** Learning rate of the network at this step, for weightings that learn and name no rate. */
  readonly learningRate?: number;
  /** `[K, K]` inner products of the gradients (see `Weigher.level`), for `needs: "gradients"`. */
  readonly gram?: Float64Array;
  /** The tasks' gradients of the shared parameters, zero for an absent task. */
  readonly gradients?: readonly Float32Array[];
  /** `[K, K]` inner products ⟨g_i(first half), g_j(second half)⟩, for `samples: 2`. */
  readonly cross?: Float64Array;
  /** `Weighting.memory(K)` vectors as long as a gradient: zero at first, kept in checkpoints. */
  readonly memory?: readonly Float32Array[];
  readonly kernels?: Kernels;
  /** For `needs: "validationGradients"`. */
  readonly validation?: ValidationFacts;
}

/** What a bilevel weighting looks at, besides the training batch of the step. */
export interface ValidationFacts {
  /** Losses of the validation batch where `Weigher.look.at` says. */
  readonly losses: Float64Array;
  /** `[K, K]`: ⟨∇L_i of the validation batch, ∇L_j of the training batch⟩ over all parameters. */
  readonly cross: Float64Array;
  /** `[K, K]`: inner products of the validation gradients, over all parameters. */
  readonly gram: Float64Array;
  /** `[K, K]`: inner products of the training gradients, over all parameters. */
  readonly trainGram: Float64Array;
  /** Training losses after the inner steps. */
  readonly innerLosses: Float64Array;
  /** Step size of the inner steps. */
  readonly innerRate: number;
}

/** The inner steps that the engine takes and undoes before a bilevel weighting weighs a step. */
export interface InnerSteps {
  /** Plain gradient steps on the training batch. */
  readonly steps: number;
  /** Their size; left out for the network's own learning rate. */
  readonly rate?: number;
  /** What the tasks count in them. */
  readonly weights: Float64Array;
  /** Where the validation gradients are taken: after the inner steps, or at the present parameters. */
  readonly at: "after" | "present";
}

/**
 * The weights as a function of the losses that is traced into the training step, for `needs: "losses"`:
 * forward, weights and one backward pass are one graph. `weights` is still called after the step, with
 * its losses, for what it remembers and for the record.
 */
export interface TracedWeights {
  /** How many numbers the step is given beside the losses. */
  readonly size: number;
  /** Those numbers, asked before a step. */
  given(facts: Pick<StepFacts, "epoch" | "step">): Float64Array;
  /**
   * `losses` and `present` (1 or 0) are `[K]`, `given` is `[size]`; the result is `[K]`, to be taken as a
   * constant when differentiating. The loss of an absent task may be any finite number.
   */
  weights(losses: Tensor, present: Tensor, given: Tensor): Tensor;
}

export interface Weigher {
  /**
   * The weights of this step, one a task: the shared parameters move along Σ w_i g_i. The array is the
   * caller's until the next call.
   */
  weights(facts: StepFacts): Float64Array;
  /**
   * Asked after `weights`: what multiplies the gradient of each task's own parameters. The same as
   * `weights` where it is left out.
   */
  own?(): Float64Array;
  /** Asked after `weights`, for `direction: true`: writes what the shared parameters move along. */
  direction?(facts: StepFacts, out: Float32Array): void;
  /** Bilevel: weights of the validation gradients in the update, besides those of `weights`. */
  validationWeights?(): Float64Array;
  /** Bilevel: what the engine does before `weights`. */
  inner?(): InnerSteps;
  /** How an engine can have `weights` inside the step, for `needs: "losses"`. */
  readonly traced?: TracedWeights;
  /** Told each batch's losses once they are known; `weights` of that step came before. */
  observe?(facts: StepFacts): void;
  /** Told the same batch's losses after the update, for `again: true`. */
  afterStep?(losses: Float64Array): void;
  /** False where this step's weights can do without the gradients. */
  wants?(step: number): boolean;
  /** Whose gradients the Gram matrix is of; the shared parameters' where it is left out. */
  readonly level?: "parameters" | "representation";
  /** What a checkpoint must keep, JSON-safe. */
  state(): unknown;
  /** @throws BackendError CHECKPOINT_CORRUPT. */
  restore(state: unknown): void;
}

/** What a weighting is told about the tasks when it is made. */
export interface WeighedTasks {
  readonly names: readonly string[];
  /** The tasks' own weights from the configuration, in (0, 1). */
  readonly lambda: Float64Array;
  readonly seed: number;
}

export interface Weighting<Config = unknown> {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly cite?: readonly string[];
  readonly config: z.ZodType<Config>;
  /**
   * What `weights` looks at: nothing of this batch (`observe` may still be told of it afterwards), its
   * losses, the tasks' gradients on it, or those and gradients on validation rows.
   */
  readonly needs: "nothing" | "losses" | "gradients" | "validationGradients";
  /** 2 where the gradients are wanted on two independent halves of a batch (`StepFacts.cross`). */
  readonly samples?: 2;
  /** Vectors as long as a gradient that it keeps between steps, for K tasks. */
  readonly memory?: (tasks: number) => number;
  /** The update is not Σ w_i g_i: ask `direction`. */
  readonly direction?: true;
  /** Wants the losses of the same batch once more after the update: `afterStep`. */
  readonly again?: true;
  /** @throws ConfigError CONFIG_INVALID where an option does not fit the tasks. */
  create(config: Config, tasks: WeighedTasks): Weigher;
}
