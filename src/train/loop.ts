import { BackendError } from "../core/errors.ts";
import { createAverage, type WeightAverage } from "../optim/average.ts";
import { clip } from "../optim/clip.ts";
import type { OptimizerRun } from "../optim/optimizer.ts";
import { createOptimizer, momentsOf, optimizers } from "../optim/optimizers.ts";
import { scheduleFactor } from "../optim/schedule.ts";
import type { Weigher } from "../weighting/weighting.ts";
import { batchSizes, epochOrder } from "./batches.ts";
import { CheckpointFolder } from "./checkpoint.ts";
import type { TrainingConfig } from "./config.ts";
import { TrainingEngine } from "./engine.ts";
import { evaluatePart, scoresOf } from "./evaluation.ts";
import type { EpochRecord, TrainEvent } from "./events.ts";
import { Linker } from "./link.ts";
import type { Network } from "./network.ts";
import { type ParameterLayout, parameterGroups } from "./parameters.ts";
import { Penalty, type PenaltyConfig } from "./penalty.ts";
import { NetworkPredictor } from "./predictor.ts";
import type { Part } from "./problem.ts";
import { bestEpoch, type EpochScores, selectionRule } from "./select.ts";
import { capture, type Position, restore, startPosition } from "./state.ts";
import { threadsFor } from "./threads.ts";

export interface LoopOptions {
  readonly config: TrainingConfig;
  readonly penalty: PenaltyConfig;
  readonly weigher: Weigher;
  readonly train: Part;
  readonly validation: Part | undefined;
  readonly seed: number;
  readonly threads?: number;
  readonly checkpoints?: string;
  /** Identifies the run; a checkpoint of another run is refused. */
  readonly runKey?: string;
  readonly resume?: boolean;
  readonly signal?: AbortSignal;
  onEvent?(event: TrainEvent): void;
}

/** What training leaves: the chosen weights and how it went. */
export interface TrainedNetwork {
  readonly layout: ParameterLayout;
  readonly weights: Float32Array;
  readonly buffers: ReadonlyMap<string, Float32Array>;
  readonly history: readonly EpochRecord[];
  /** The epoch whose weights these are, from 1. */
  readonly epoch: number;
  readonly threads: number;
}

/** How long a stretch of synchronous steps may be before signals and timers get a turn. */
const breathMilliseconds = 40;

/**
 * Trains a network by gradient steps: batches, weighting, penalty, clipping, optimizer, schedule,
 * averaging, validation, model selection, early stopping, checkpoints. The same seed, data and
 * number of threads give the same bytes, also across an interruption and `resume`.
 * @throws BackendError NON_FINITE naming task and step; INTERRUPTED after `signal`.
 */
export async function trainNetwork(
  network: Network,
  options: LoopOptions,
): Promise<TrainedNetwork> {
  const loop = await Loop.create(network, options);
  try {
    return await loop.run();
  } finally {
    await loop.dispose();
  }
}

class Loop {
  private readonly network: Network;
  private readonly options: LoopOptions;
  private readonly engine: TrainingEngine;
  private readonly optimizer: OptimizerRun;
  private readonly penalty: Penalty;
  private readonly average: WeightAverage | undefined;
  private readonly predictor: NetworkPredictor | undefined;
  private readonly linker: Linker | undefined;
  private readonly folder: CheckpointFolder | undefined;
  private readonly sizes: readonly number[];
  private readonly at: Position;
  private readonly threads: number;
  private lastBreath = performance.now();

  private constructor(
    parts: Pick<Loop, never> & {
      network: Network;
      options: LoopOptions;
      engine: TrainingEngine;
      predictor?: NetworkPredictor;
      linker?: Linker;
      sizes: number[];
      threads: number;
      folder?: CheckpointFolder;
      at: Position;
    },
  ) {
    this.network = parts.network;
    this.options = parts.options;
    this.engine = parts.engine;
    this.predictor = parts.predictor;
    this.linker = parts.linker;
    this.sizes = parts.sizes;
    this.threads = parts.threads;
    this.folder = parts.folder;
    this.at = parts.at;
    const { engine, options } = parts;
    const { optimizer, averaging } = options.config;
    const groups = parameterGroups(engine.layout);
    this.optimizer = createOptimizer(optimizer, {
      kernels: engine.kernels,
      weights: engine.weights,
      gradients: engine.accumulated ?? engine.gradients,
      moments: engine.moments,
      groups,
    });
    this.penalty = new Penalty(
      options.penalty,
      engine.kernels,
      engine.weights,
      engine.accumulated ?? engine.gradients,
      groups,
    );
    this.average =
      averaging.type === "none" || !engine.averaged
        ? undefined
        : createAverage(
            averaging,
            engine.kernels,
            engine.weights,
            engine.averaged,
            parts.at.averaged,
          );
  }

  static async create(network: Network, options: LoopOptions): Promise<Loop> {
    const { config, train, validation, seed } = options;
    const rows = train.store.rows;
    const fullBatch = optimizers[config.optimizer.type].fullBatch;
    const sizes = batchSizes(rows, fullBatch ? Math.min(rows, 4096) : config.batchSize);
    const accumulate = fullBatch ? sizes.length : config.accumulate;
    const threads = options.threads ?? threadsFor(network, sizes[0], config.threads);
    const engine = await TrainingEngine.create(network, train.store, {
      seed,
      sizes,
      moments: momentsOf(config.optimizer),
      accumulate: accumulate > 1,
      average: config.averaging.type !== "none",
      threads,
    });
    const used = engine.averaged ?? engine.weights;
    const predictor =
      validation &&
      (await NetworkPredictor.create(
        network,
        validation.store,
        engine.layout,
        used,
        engine.buffers,
        threads,
      ));
    const linker = validation && (await Linker.create(network.tasks));
    const folder =
      options.checkpoints === undefined ? undefined : new CheckpointFolder(options.checkpoints);
    const saved = options.resume
      ? folder?.newest((message) => options.onEvent?.({ type: "warning", message }))
      : undefined;
    const at = saved
      ? restore(saved, engine, options.weigher, options.runKey ?? "")
      : startPosition(network.tasks.length);
    return new Loop({ network, options, engine, predictor, linker, sizes, threads, folder, at });
  }

  async run(): Promise<TrainedNetwork> {
    const { config } = this.options;
    const stepsPerEpoch = Math.ceil(this.sizes.length / this.accumulation);
    this.options.onEvent?.({
      type: "start",
      epochs: config.epochs,
      stepsPerEpoch,
      parameters: this.engine.layout.slots.reduce((sum, s) => sum + s.size, 0),
      epoch: this.at.epoch,
    });
    let reason = "all epochs done";
    while (this.at.epoch < config.epochs && !this.at.stopped) {
      await this.epoch(config.epochs * stepsPerEpoch);
      if (this.shouldStop()) {
        this.at.stopped = true;
        reason = `no better epoch in the last ${config.earlyStopping.patience}`;
      }
      const every = config.checkpointEvery;
      const last = this.at.epoch === config.epochs || this.at.stopped;
      if (every > 0 && (last || this.at.epoch % every === 0)) this.checkpoint();
    }
    this.options.onEvent?.({
      type: "stop",
      reason,
      epoch: this.at.epoch,
      best: this.at.best?.epoch ?? this.at.epoch,
    });
    return this.result();
  }

  private get accumulation(): number {
    const { config } = this.options;
    return optimizers[config.optimizer.type].fullBatch ? this.sizes.length : config.accumulate;
  }

  /** The rest of the epoch at `at`, then its validation and record. */
  private async epoch(totalSteps: number): Promise<void> {
    const { at, engine, options } = this;
    const { store } = options.train;
    const started = performance.now();
    const order = epochOrder(store.rows, options.seed, at.epoch);
    let start = this.sizes.slice(0, at.batch).reduce((a, b) => a + b, 0);
    let rate = 0;
    while (at.batch < this.sizes.length) {
      const rows = this.sizes[at.batch];
      store.gather(order, start, rows, engine.batch.arrays);
      engine.lambda.set(
        options.weigher.weights({ epoch: at.epoch, step: at.step, losses: at.lastLosses }),
      );
      const result = await engine.run(rows, at.batchesDone);
      this.note(result);
      start += rows;
      at.batch++;
      at.batchesDone++;
      if (engine.accumulated) engine.kernels.axpy(1, engine.gradients, engine.accumulated);
      at.pending++;
      if (at.pending === this.accumulation || at.batch === this.sizes.length)
        rate = this.step(totalSteps);
      engine.updateBuffers();
      options.onEvent?.({ type: "step", epoch: at.epoch, step: at.step, loss: result.loss });
      await this.breathe();
    }
    const seconds = (performance.now() - started) / 1000;
    await this.finishEpoch(rate, seconds);
  }

  /** Adds a batch's losses to the epoch's sums. @throws BackendError NON_FINITE. */
  private note(result: { loss: number; losses: Float32Array; counts: Float32Array }): void {
    const { at } = this;
    if (!Number.isFinite(result.loss)) throw this.notFinite(result);
    at.lossSum += result.loss;
    result.losses.forEach((loss, i) => {
      if (result.counts[i] === 0) return;
      at.taskSums[i] += loss * result.counts[i];
      at.taskCounts[i] += result.counts[i];
      at.lastLosses[i] = loss;
    });
  }

  private notFinite(result: { loss: number; losses: Float32Array }): BackendError {
    const { at } = this;
    const bad = result.losses.findIndex((l) => !Number.isFinite(l));
    const name = bad < 0 ? "the joint loss" : `task ${this.network.tasks[bad].name}`;
    const value = bad < 0 ? result.loss : result.losses[bad];
    return new BackendError(
      "NON_FINITE",
      `${name}: a finite loss; got ${value} at step ${at.step + 1} (epoch ${at.epoch + 1})`,
      {
        hint: "lower the learning rate, clip the gradient (training.clip), or look for extreme numbers in the data; the last finite checkpoint is kept",
        details: {
          task: bad < 0 ? undefined : this.network.tasks[bad].name,
          step: at.step + 1,
          epoch: at.epoch + 1,
        },
      },
    );
  }

  /** One update of the weights; returns the learning rate used. */
  private step(totalSteps: number): number {
    const { at, engine, options } = this;
    const { config } = options;
    const gradients = engine.accumulated ?? engine.gradients;
    if (at.pending > 1) engine.kernels.scale(gradients, 1 / at.pending);
    this.penalty.addGradient();
    const norm = clip(config.clip, engine.kernels, gradients);
    if (!Number.isFinite(norm)) {
      throw new BackendError(
        "NON_FINITE",
        `gradient: finite numbers; got a norm of ${norm} at step ${at.step + 1} (epoch ${at.epoch + 1})`,
        {
          hint: "lower the learning rate or clip the gradient (training.clip); the last finite checkpoint is kept",
          details: { step: at.step + 1, epoch: at.epoch + 1 },
        },
      );
    }
    const rate =
      config.optimizer.learningRate * scheduleFactor(config.schedule, at.step, totalSteps);
    this.optimizer.step(rate, at.step + 1);
    this.penalty.shrink(rate);
    if (this.average) {
      this.average.update(at.step, totalSteps);
      if (this.average.count === 0) engine.averaged?.set(engine.weights);
      at.averaged = this.average.count;
    }
    engine.accumulated?.fill(0);
    at.pending = 0;
    at.step++;
    return rate;
  }

  private async finishEpoch(learningRate: number, seconds: number): Promise<void> {
    const { at, network, options } = this;
    const evaluations =
      this.predictor && this.linker && options.validation
        ? await evaluatePart(this.predictor, this.linker, network.tasks, options.validation)
        : undefined;
    const weights = this.engine.lambda;
    const record: EpochRecord = {
      epoch: at.epoch + 1,
      learningRate,
      loss: at.lossSum / this.sizes.length + this.penalty.value(),
      tasks: Object.fromEntries(
        network.tasks.map((t, i) => [
          t.name,
          {
            loss: at.taskCounts[i] > 0 ? at.taskSums[i] / at.taskCounts[i] : Number.NaN,
            weight: weights[i],
            validation: evaluations?.[t.name].metrics,
          },
        ]),
      ),
      seconds,
    };
    at.history.push(record);
    at.scores.push(evaluations ? scoresOf(network.tasks, evaluations) : []);
    at.epoch++;
    at.batch = 0;
    at.lossSum = 0;
    at.taskSums.fill(0);
    at.taskCounts.fill(0);
    this.keepBest(at.scores);
    options.onEvent?.({ type: "epoch", record });
  }

  /** Remembers the weights when the last epoch is the best so far under the rule. */
  private keepBest(scores: readonly EpochScores[]): void {
    const { at, engine, options } = this;
    const chosen = options.validation
      ? bestEpoch(
          scores,
          selectionRule(
            options.config.earlyStopping.rule,
            this.network.tasks.map((t) => t.name),
          ),
        )
      : scores.length - 1;
    if (chosen !== scores.length - 1) return;
    at.best = {
      epoch: chosen + 1,
      weights: (engine.averaged ?? engine.weights).slice(),
      buffers: new Map([...engine.buffers].map(([name, values]) => [name, values.slice()])),
    };
  }

  private shouldStop(): boolean {
    const { patience } = this.options.config.earlyStopping;
    return (
      patience > 0 &&
      this.options.validation !== undefined &&
      this.at.epoch - (this.at.best?.epoch ?? 0) >= patience
    );
  }

  private checkpoint(): void {
    const { at, engine, options } = this;
    const path = this.folder?.save(
      at.batchesDone,
      capture(at, engine, options.weigher, options.runKey ?? ""),
    );
    if (path) options.onEvent?.({ type: "checkpoint", epoch: at.epoch, step: at.step, path });
  }

  /** Lets signals and timers run now and then: a bound run blocks while it computes. */
  private async breathe(): Promise<void> {
    if (performance.now() - this.lastBreath < breathMilliseconds) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.lastBreath = performance.now();
    if (!this.options.signal?.aborted) return;
    this.checkpoint();
    throw new BackendError(
      "INTERRUPTED",
      `training: to run to its end; it was interrupted at step ${this.at.step} (epoch ${this.at.epoch + 1})`,
      {
        hint: this.folder ? "the checkpoint is kept: add --resume to continue" : undefined,
      },
    );
  }

  private result(): TrainedNetwork {
    const { at, engine } = this;
    const best = at.best ?? {
      epoch: at.epoch,
      weights: (engine.averaged ?? engine.weights).slice(),
      buffers: engine.buffers,
    };
    return {
      layout: engine.layout,
      weights: best.weights,
      buffers: best.buffers,
      history: at.history,
      epoch: best.epoch,
      threads: this.threads,
    };
  }

  async dispose(): Promise<void> {
    await this.engine.dispose();
    await this.predictor?.dispose();
    await this.linker?.dispose();
  }
}
