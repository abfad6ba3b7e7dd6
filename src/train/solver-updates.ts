import { ConfigError } from "../core/errors.ts";
import { type LbfgsState, lbfgs } from "../optim/lbfgs.ts";
import type { RowOrder } from "./batches.ts";
import type { LbfgsTrainingConfig } from "./config.ts";
import { labelledShares, rowsInOrder } from "./full-batch.ts";
import { parameterGroups } from "./parameters.ts";
import { addLosses, checkLoss, type UpdateParts, type Updates } from "./updates.ts";

/** Relative error of a joint loss summed in 32 bits. */
const valuePrecision = 1e-6;

/** The losses behind one value of the objective. */
interface Evaluated {
  readonly value: number;
  readonly loss: number;
  readonly taskSums: Float64Array;
  readonly taskCounts: Float64Array;
}

/**
 * Iterations of L-BFGS on the joint loss of all training rows, one an epoch: values and gradients are
 * computed in 32 bits and summed over batches in 64. @cite nocedal2006
 */
export class SolverUpdates implements Updates {
  readonly stepsPerEpoch = 1;
  private readonly parts: UpdateParts;
  private readonly config: LbfgsTrainingConfig;
  private readonly order: RowOrder;
  private readonly shares: readonly Float64Array[];
  private readonly decayed: readonly { readonly start: number; readonly end: number }[];
  private evaluated: Evaluated[] = [];

  /** @throws ConfigError CONFIG_INVALID for options that only gradient steps know. */
  constructor(parts: UpdateParts, config: LbfgsTrainingConfig) {
    checkDeterministic(parts);
    this.parts = parts;
    this.config = config;
    this.order = rowsInOrder(parts.store);
    this.shares = labelledShares(parts);
    this.decayed = parameterGroups(parts.engine.layout).filter((g) => g.weightDecay !== false);
  }

  async epoch(): Promise<string | undefined> {
    const { at, engine, weigher } = this.parts;
    const { memory, tolerance } = this.config;
    this.evaluated = [];
    at.lambda.set(weigher.weights({ epoch: at.epoch, step: at.step, losses: at.lastLosses }));
    const solve = (maxIterations: number, state: LbfgsState | undefined) =>
      lbfgs((x, gradient) => this.objective(x, gradient), new Float64Array(engine.weights), {
        memory,
        tolerance,
        valuePrecision,
        maxEvaluations: Number.MAX_SAFE_INTEGER,
        maxIterations,
        state,
      });
    // The value at the start is computed first: from here on an interruption loses no more than one
    // iteration, and the weights are those of the state.
    at.solver ??= (await solve(0, undefined)).state;
    const { state, status } = await solve(at.solver.iteration + 1, at.solver);
    at.solver = state;
    this.put(state.x);
    await this.refreshBuffers();
    this.record(state.value);
    at.step = state.iteration;
    at.batchesDone += this.parts.sizes.length;
    at.rate = Number.NaN;
    if (status === "converged") return "the gradient is as small as asked";
    return status === "stalled" ? "no lower loss can be found" : undefined;
  }

  /** The joint loss of all rows with its smooth penalty. */
  private async objective(x: Float64Array, gradient: Float64Array): Promise<number> {
    const { at, engine, store, sizes, network, penaltyConfig } = this.parts;
    this.put(x);
    gradient.fill(0);
    const sums = {
      lossSum: 0,
      lastLosses: new Float64Array(network.tasks.length),
      taskSums: new Float64Array(network.tasks.length),
      taskCounts: new Float64Array(network.tasks.length),
    };
    let start = 0;
    for (const [b, rows] of sizes.entries()) {
      const picked = this.order.rows(start, rows);
      await store.arrival?.ready(picked, 0, rows);
      store.gather(picked, 0, rows, engine.batch.arrays);
      engine.lambda.set(at.lambda.map((weight, i) => weight * this.shares[b][i]));
      engine.penaltyShare[0] = rows / store.rows;
      const result = await engine.run(rows, 0);
      // A line search may look where the loss overflows and come back.
      if (at.solver === undefined) checkLoss(this.parts, result);
      addLosses(sums, result, 1);
      for (let i = 0; i < gradient.length; i++) gradient[i] += engine.gradients[i];
      start += rows;
      await this.parts.afterBatch(sums.lossSum);
    }
    let value = sums.lossSum;
    if (penaltyConfig.l2 > 0) {
      for (const { start: first, end } of this.decayed) {
        for (let i = first; i < end; i++) {
          value += 0.5 * penaltyConfig.l2 * x[i] * x[i];
          gradient[i] += penaltyConfig.l2 * x[i];
        }
      }
    }
    const { lossSum: loss, taskSums, taskCounts } = sums;
    this.evaluated.push({ value, loss, taskSums, taskCounts });
    return value;
  }

  private put(x: Float64Array): void {
    this.parts.engine.weights.set(x);
  }

  /** Running means, such as batch norm's, follow the weights of the iteration. */
  private async refreshBuffers(): Promise<void> {
    const { engine, store, sizes } = this.parts;
    if (engine.buffers.size === 0) return;
    let start = 0;
    for (const rows of sizes) {
      store.gather(this.order.rows(start, rows), 0, rows, engine.batch.arrays);
      await engine.run(rows, 0);
      engine.updateBuffers();
      start += rows;
    }
  }

  /** Takes over the losses at the point that the iteration came to. */
  private record(value: number): void {
    const { at } = this.parts;
    const found = this.evaluated.find((e) => e.value === value) ?? this.evaluated.at(-1);
    if (!found) return;
    at.lossSum = found.loss;
    at.taskSums.set(found.taskSums);
    at.taskCounts.set(found.taskCounts);
    found.taskSums.forEach((sum, i) => {
      at.lastLosses[i] = sum / found.taskCounts[i];
    });
  }
}

/** The same point must give the same value, and only what L-BFGS knows may be asked. */
function checkDeterministic(parts: UpdateParts): void {
  const { config, penalty, penaltyConfig, engine, rates, network } = parts;
  const refuse = (where: string, expected: string, hint: string): never => {
    throw new ConfigError("CONFIG_INVALID", `${where}: ${expected} with the optimizer lbfgs`, {
      hint,
    });
  };
  if (engine.randomMasks)
    refuse(
      "learner",
      "no random draws",
      "set dropout to 0 in trunk, tower, inputDropout, modalityDropout, fusion, inputs and tasks, mixup to 0, and sharing to one without draws",
    );
  if (network.augment)
    refuse(
      "inputs",
      "rows that are not varied",
      "leave out the options of the inputs that vary them (augment, masks, noise), or use adamw",
    );
  if (penaltyConfig.l1 > 0)
    refuse("learner.regularization.l1", "0, as the loss must be smooth,", "use l2 or adamw");
  if (!penalty.smooth)
    refuse("learner.regularization.tasks", "a smooth one", "use meanRegularised, or adamw");
  if (rates.varied)
    refuse(
      Object.keys(config.learningRates).length > 0 ? "training.learningRates" : "training.freeze",
      "one rate for all parameters, and none frozen,",
      "the solver moves all parameters at once; use sgd, adam or adamw",
    );
  if (config.averaging.type !== "none")
    refuse("training.averaging", "none", "an iteration already sees all rows");
  if (config.clip.type !== "none")
    refuse("training.clip", "none", "the line search bounds the step");
  if (config.schedule.type !== "constant" || config.schedule.warmup > 0)
    refuse("training.schedule", "constant", "the line search finds the length of the step");
}
