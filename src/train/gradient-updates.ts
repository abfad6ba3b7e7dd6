import { ConfigError } from "../core/errors.ts";
import { Random } from "../core/random.ts";
import { createAverage, type WeightAverage } from "../optim/average.ts";
import { clip } from "../optim/clip.ts";
import type { OptimizerRun } from "../optim/optimizer.ts";
import { createOptimizer, type OptimizerConfig, optimizers } from "../optim/optimizers.ts";
import { scheduleFactor } from "../optim/schedule.ts";
import { labelledShares, rowsInOrder } from "./full-batch.ts";
import type { ParameterSlot } from "./parameters.ts";
import { addLosses, checkLoss, notFinite, type UpdateParts, type Updates } from "./updates.ts";

/** Steps along gradients of batches, or of all rows for optimizers that want those. */
export class GradientUpdates implements Updates {
  readonly stepsPerEpoch: number;
  private readonly parts: UpdateParts;
  private readonly config: OptimizerConfig;
  private optimizer: OptimizerRun;
  /** Gradients of the parameters that are frozen in the present epoch. */
  private frozen: readonly Float32Array[] = [];
  private readonly average: WeightAverage | undefined;
  /** Batches a step, and what each counts for each task where a step sees all rows. */
  private readonly accumulate: number;
  private readonly shares: readonly Float64Array[] | undefined;

  constructor(parts: UpdateParts, config: OptimizerConfig) {
    const { engine, sizes, at } = parts;
    const { averaging, accumulate } = parts.config;
    this.parts = parts;
    this.config = config;
    const { fullBatch } = optimizers[config.type];
    this.shares = fullBatch ? labelledShares(parts) : undefined;
    this.accumulate = fullBatch ? sizes.length : accumulate;
    this.stepsPerEpoch = Math.ceil(sizes.length / this.accumulate);
    this.optimizer = this.regroup();
    if (averaging.type !== "none" && engine.averaged) {
      const { kernels, weights, averaged } = engine;
      this.average = createAverage(averaging, kernels, weights, averaged, at.averaged);
    }
  }

  /** The optimizer for the groups of the present epoch; its moments and steps lie elsewhere. */
  private regroup(): OptimizerRun {
    const { engine, at, rates, penalty } = this.parts;
    const gradients = engine.accumulated ?? engine.gradients;
    const groups = rates.groups(at.epoch, this.stepsPerEpoch);
    this.frozen = groups.filter((g) => g.frozen).map((g) => gradients.subarray(g.start, g.end));
    penalty.regroup(groups);
    return createOptimizer(this.config, {
      kernels: engine.kernels,
      weights: engine.weights,
      gradients,
      moments: engine.moments,
      groups,
    });
  }

  /** The factor of the rate that a proximal map over several parameters acts with. */
  private readonly tiedFactor = (parameters: readonly ParameterSlot[]): number => {
    const { rates, at } = this.parts;
    const factor = rates.common(parameters, at.epoch);
    if (factor !== undefined) return factor;
    throw new ConfigError(
      "CONFIG_INVALID",
      `training: one learning rate for parameters that a penalty ties (${parameters.map((p) => p.name).join(", ")}); they have several`,
      { hint: "give all heads the same factor and freeze them together, or none" },
    );
  };

  async epoch(): Promise<undefined> {
    if (this.parts.rates.changesAt(this.parts.at.epoch)) this.optimizer = this.regroup();
    const { at, engine, network, store, sizes, seed, weighing, sampler } = this.parts;
    const order = this.shares ? rowsInOrder(store) : sampler.order(at.epoch);
    let start = sizes.slice(0, at.batch).reduce((a, b) => a + b, 0);
    store.arrival?.expect(order, start);
    while (at.batch < sizes.length) {
      const rows = sizes[at.batch];
      const share = this.shares?.[at.batch];
      engine.progress[0] = at.step / this.totalSteps;
      if (share) engine.penaltyShare[0] = rows / store.rows;
      const place = {
        epoch: at.epoch,
        step: at.step,
        batch: at.batchesDone,
        learningRate: this.rate(),
      };
      const first = start;
      const gather = (offset: number, count: number) => {
        store.gather(order.rows(first + offset, count), 0, count, engine.batch.arrays);
        network.augment?.(
          (feed) => engine.batch.view(feed, count),
          count,
          (name) => Random.from(seed, "augment", name, place.batch, offset),
        );
      };
      await store.arrival?.ready(order.rows(first, rows), 0, rows);
      const result = await weighing.run(rows, place, gather, share);
      at.lambda.set(weighing.lambda);
      checkLoss(this.parts, result);
      addLosses(at, result, share ? 1 : 1 / sizes.length);
      start += rows;
      at.batch++;
      at.batchesDone++;
      if (engine.accumulated) engine.kernels.axpy(1, engine.gradients, engine.accumulated);
      at.pending++;
      if (at.pending === this.accumulate || at.batch === sizes.length) this.step();
      await weighing.afterStep(rows, place);
      engine.updateBuffers();
      await this.parts.afterBatch(result.loss);
    }
  }

  private get totalSteps(): number {
    return this.parts.config.epochs * this.stepsPerEpoch;
  }

  /** The learning rate of the next update. */
  private rate(): number {
    const { at, config } = this.parts;
    return this.config.learningRate * scheduleFactor(config.schedule, at.step, this.totalSteps);
  }

  /** One update of the weights. @throws BackendError NON_FINITE for a gradient that is not finite. */
  private step(): void {
    const { at, engine, penalty, config } = this.parts;
    const gradients = engine.accumulated ?? engine.gradients;
    if (at.pending > 1 && !this.shares) engine.kernels.scale(gradients, 1 / at.pending);
    penalty.addGradient();
    // What is frozen has no gradient: it does not count in the norm either.
    for (const range of this.frozen) engine.kernels.fill(range, 0);
    const norm = clip(config.clip, engine.kernels, gradients);
    if (!Number.isFinite(norm))
      throw notFinite(this.parts, "gradient: finite numbers", `a norm of ${norm}`);
    at.rate = this.rate();
    this.optimizer.step(at.rate, at.step + 1);
    penalty.shrink(at.rate, this.tiedFactor);
    if (this.average) {
      this.average.update(at.step, this.totalSteps);
      if (this.average.count === 0) engine.averaged?.set(engine.weights);
      at.averaged = this.average.count;
    }
    engine.accumulated?.fill(0);
    at.pending = 0;
    at.step++;
  }
}
