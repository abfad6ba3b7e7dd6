import { BackendError } from "../core/errors.ts";
import { momentsOf, optimizers } from "../optim/optimizers.ts";
import type { Weigher } from "../weighting/weighting.ts";
import { batchSizes } from "./batches.ts";
import { CheckpointFolder } from "./checkpoint.ts";
import type { TrainingConfig } from "./config.ts";
import { TrainingEngine } from "./engine.ts";
import { measurePart, type PartMeasures, pooledScore, scoresOf } from "./evaluation.ts";
import type { EpochRecord, TrainEvent } from "./events.ts";
import { fullBatchRows } from "./full-batch.ts";
import { GradientUpdates } from "./gradient-updates.ts";
import { Linker } from "./link.ts";
import type { Network } from "./network.ts";
import {
  type ParameterLayout,
  parameterGroups,
  takeWarmStart,
  type WarmStart,
} from "./parameters.ts";
import { type MatrixPenalty, Penalty, type PenaltyConfig } from "./penalty.ts";
import { tasksByName } from "./pooled.ts";
import { NetworkPredictor } from "./predictor.ts";
import type { Part } from "./problem.ts";
import { type RateRules, Rates } from "./rates.ts";
import { rowSampler } from "./row-sampler.ts";
import type { RowSampler } from "./sampling.ts";
import { isBestSoFar, type SelectionRule, selectionRule } from "./select.ts";
import { SolverUpdates } from "./solver-updates.ts";
import { capture, identify, type Position, restore, startPosition } from "./state.ts";
import { threadsFor } from "./threads.ts";
import { notFinite, type UpdateParts, type Updates } from "./updates.ts";
import { checkWeighing, engineNeeds, sizesFor, Weighing, type WeighingNeeds } from "./weighing.ts";

export interface LoopOptions {
  readonly config: TrainingConfig;
  readonly penalty: PenaltyConfig;
  /** Further penalties by proximal maps, made for the layout of the parameters. */
  readonly matrixPenalties?: (layout: ParameterLayout) => readonly MatrixPenalty[];
  readonly weigher: Weigher;
  /** What the weighting needs of the step; nothing but λ where absent. */
  readonly weighting?: WeighingNeeds;
  readonly train: Part;
  readonly validation: Part | undefined;
  readonly seed: number;
  readonly threads?: number;
  readonly checkpoints?: string;
  /** Identifies the run; a checkpoint of another run is refused. */
  readonly runKey?: string;
  readonly resume?: boolean;
  /** Epochs after which it stops for now, with a checkpoint: schedules are those of all epochs. */
  readonly stopAfter?: number;
  /** Values that parameters of the same name and shape start from. */
  readonly warmStart?: WarmStart;
  /** Rates of what the warm start gave values to, besides those of the configuration. */
  readonly carriedRates?: RateRules;
  readonly signal?: AbortSignal;
  /** Looks at the weights after each epoch; they are the loop's own and go on changing. */
  onEpochEnd?(view: EpochView): Promise<void> | void;
  onEvent?(event: TrainEvent): void;
}

/** What an observer of training sees after an epoch. */
export interface EpochView {
  /** Counts from 1. */
  readonly epoch: number;
  readonly layout: ParameterLayout;
  readonly weights: Float32Array;
  readonly buffers: ReadonlyMap<string, Float32Array>;
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

/** What weights that never change need. */
const constantWeights: WeighingNeeds = { name: "fixed", needs: "nothing" };

/** How long a stretch of synchronous steps may be before signals and timers get a turn. */
const breathMilliseconds = 40;

/**
 * Trains a network by gradient steps or by iterations of a solver: batches, weighting, penalty,
 * validation, model selection, early stopping, checkpoints. The same seed, data and number of threads
 * give the same bytes, also across an interruption and `resume`.
 * @throws BackendError NON_FINITE naming task and step; INTERRUPTED after `signal`; CHECKPOINT_CORRUPT
 *   where there is none to resume from but damaged ones or those of another run.
 */
export async function trainNetwork(
  network: Network,
  options: LoopOptions,
): Promise<TrainedNetwork> {
  const opened: { dispose(): Promise<void> }[] = [];
  try {
    const loop = await Loop.create(network, options, (one) => {
      opened.push(one);
      return one;
    });
    return await loop.run();
  } finally {
    for (const one of opened) await one.dispose();
  }
}

interface LoopParts {
  readonly network: Network;
  readonly options: LoopOptions;
  readonly engine: TrainingEngine;
  readonly penalty: Penalty;
  readonly rates: Rates;
  /** What measures the validation rows. */
  readonly validation:
    | { readonly part: Part; readonly predictor: NetworkPredictor; readonly linker: Linker }
    | undefined;
  readonly rule: SelectionRule;
  readonly sizes: readonly number[];
  readonly sampler: RowSampler;
  readonly threads: number;
  readonly folder: CheckpointFolder | undefined;
  readonly at: Position;
}

/** Keeps what is opened, to dispose of it at the end. */
type Keep = <T extends { dispose(): Promise<void> }>(opened: T) => T;

class Loop {
  private readonly parts: LoopParts;
  private readonly updates: Updates;
  private lastBreath = performance.now();

  private constructor(parts: LoopParts) {
    const { network, options, engine, penalty, rates, sizes, sampler, at } = parts;
    const { config, weigher, seed } = options;
    this.parts = parts;
    const shared: UpdateParts = {
      network,
      config,
      engine,
      store: options.train.store,
      penalty,
      rates,
      penaltyConfig: options.penalty,
      weigher,
      weighing: new Weighing(
        options.weighting ?? constantWeights,
        weigher,
        engine,
        options.validation && { store: options.validation.store, seed },
      ),
      seed,
      sizes,
      sampler,
      at,
      keeps: parts.folder !== undefined,
      afterBatch: (loss) => this.afterBatch(loss),
    };
    const { optimizer } = config;
    this.updates =
      optimizer.type === "lbfgs"
        ? new SolverUpdates(shared, optimizer)
        : new GradientUpdates(shared, optimizer);
  }

  static async create(network: Network, options: LoopOptions, keep: Keep): Promise<Loop> {
    const { config, train, validation, seed, runKey = "" } = options;
    const { optimizer, averaging } = config;
    const names = network.tasks.map((t) => t.name);
    const declared = [...tasksByName(network.tasks).keys()];
    const rule = selectionRule(config.earlyStopping.rule, names, declared);
    const folder =
      options.checkpoints === undefined ? undefined : new CheckpointFolder(options.checkpoints);
    const saved = options.resume
      ? folder?.newest((message) => options.onEvent?.({ type: "warning", message }))
      : undefined;
    const known = saved && identify(saved, runKey);

    const { rows } = train.store;
    const solver = optimizer.type === "lbfgs";
    const fullBatch = solver || optimizers[optimizer.type].fullBatch;
    const sizes = batchSizes(rows, fullBatch ? fullBatchRows : config.batchSize);
    const sampler = rowSampler(config.sampling, { tasks: names, store: train.store, sizes, seed });
    // Which rows come first is known before the network is compiled; a resumed epoch tells again.
    if (!fullBatch) train.store.arrival?.expect(sampler.order(0));
    const accumulates = fullBatch ? sizes.length > 1 : config.accumulate > 1;
    const weighting = options.weighting ?? constantWeights;
    checkWeighing(weighting, {
      fullBatch,
      accumulate: config.accumulate,
      optimizer: optimizer.type,
      validation: validation !== undefined,
    });
    const threads =
      options.threads ?? known?.threads ?? threadsFor(network, sizes[0], config.threads);
    const engine = keep(
      await TrainingEngine.create(network, train.store, {
        ...engineNeeds(weighting, options.weigher, network.tasks.length),
        seed,
        sizes: sizesFor(weighting, sizes),
        moments: solver ? 0 : momentsOf(optimizer),
        accumulate: accumulates && !solver,
        average: averaging.type !== "none",
        threads,
      }),
    );
    const { layout, weights, averaged, gradients, accumulated, buffers, kernels } = engine;
    const taken = options.warmStart && takeWarmStart(options.warmStart, layout, weights, buffers);
    if (taken) averaged?.set(weights);
    const rates = new Rates({
      layout,
      groupOf: network.groupOf,
      rules: config,
      carried: options.carriedRates,
      taken,
    });
    const measures = validation && {
      part: validation,
      predictor: keep(
        await NetworkPredictor.create(
          network,
          validation.store,
          layout,
          averaged ?? weights,
          buffers,
          threads,
        ),
      ),
      linker: keep(await Linker.create(network.tasks)),
    };
    const at = saved
      ? restore(saved, engine, options.weigher)
      : startPosition(network.tasks.length);
    const penalty = new Penalty(
      options.penalty,
      kernels,
      weights,
      accumulated ?? gradients,
      parameterGroups(layout),
      options.matrixPenalties?.(layout),
    );
    return new Loop({
      network,
      options,
      engine,
      penalty,
      rates,
      validation: measures,
      rule,
      sizes,
      sampler,
      threads,
      folder,
      at,
    });
  }

  async run(): Promise<TrainedNetwork> {
    const { at, engine, options } = this.parts;
    const { epochs, checkpointEvery, earlyStopping } = options.config;
    options.onEvent?.({
      type: "start",
      epochs,
      stepsPerEpoch: this.updates.stepsPerEpoch,
      parameters: engine.layout.slots.reduce((sum, s) => sum + s.size, 0),
      epoch: at.epoch,
    });
    const end = Math.min(epochs, options.stopAfter ?? epochs);
    while (at.epoch < end && at.stopped === undefined) {
      const started = performance.now();
      const solved = await this.updates.epoch();
      await this.finishEpoch((performance.now() - started) / 1000);
      if (this.outOfPatience())
        at.stopped = `no better epoch in the last ${earlyStopping.patience}`;
      at.stopped ??= solved;
      const last = at.epoch === end || at.stopped !== undefined;
      if (checkpointEvery > 0 && (last || dueAt(at.epoch, checkpointEvery))) this.checkpoint();
    }
    options.onEvent?.({
      type: "stop",
      reason: at.stopped ?? "all epochs done",
      epoch: at.epoch,
      best: at.best?.epoch ?? at.epoch,
    });
    return this.result();
  }

  /** Measures and records the epoch whose updates are done, and keeps its weights if they are best. */
  private async finishEpoch(seconds: number): Promise<void> {
    const { at, network, options, engine, validation, penalty, rule } = this.parts;
    const declared = typeof rule === "object" && "declared" in rule ? rule.declared : undefined;
    if (engine.kernels.firstNonFinite(engine.weights) >= 0)
      throw notFinite(
        { at, keeps: this.parts.folder !== undefined },
        "weights: finite numbers",
        "NaN or infinity",
      );
    const measured: PartMeasures | undefined =
      validation &&
      (await measurePart(
        validation.predictor,
        validation.linker,
        network.tasks,
        validation.part,
        declared,
      ));
    const record: EpochRecord = {
      epoch: at.epoch + 1,
      learningRate: at.rate,
      loss: at.lossSum + penalty.value(),
      tasks: Object.fromEntries(
        network.tasks.map(({ name }, i) => [
          name,
          {
            loss: at.taskCounts[i] > 0 ? at.taskSums[i] / at.taskCounts[i] : Number.NaN,
            weight: at.lambda[i],
            validation: measured && {
              loss: measured.losses[name],
              ...measured.evaluations[name].metrics,
            },
          },
        ]),
      ),
      seconds,
    };
    at.history.push(record);
    const scores = () =>
      declared === undefined
        ? scoresOf(network.tasks, (measured as PartMeasures).evaluations)
        : pooledScore(network.tasks, declared, measured?.pooled);
    at.scores.push(measured ? scores() : []);
    at.epoch++;
    at.batch = 0;
    at.lossSum = 0;
    at.taskSums.fill(0);
    at.taskCounts.fill(0);
    this.keepBest();
    options.onEvent?.({ type: "epoch", record });
    const { layout, weights, buffers } = engine;
    await options.onEpochEnd?.({ epoch: at.epoch, layout, weights, buffers });
  }

  /** Remembers the weights when the last epoch is the best so far under the rule. */
  private keepBest(): void {
    const { at, engine, validation, rule } = this.parts;
    if (validation && !isBestSoFar(at.scores, rule)) return;
    at.best = {
      epoch: at.epoch,
      weights: (engine.averaged ?? engine.weights).slice(),
      buffers: new Map([...engine.buffers].map(([name, values]) => [name, values.slice()])),
    };
  }

  private outOfPatience(): boolean {
    const { at, options, validation } = this.parts;
    const { patience } = options.config.earlyStopping;
    return patience > 0 && validation !== undefined && at.epoch - (at.best?.epoch ?? 0) >= patience;
  }

  private checkpoint(): void {
    const { at, engine, options, folder, threads } = this.parts;
    const { runKey = "", weigher } = options;
    const path = folder?.save(at.batchesDone, capture(at, engine, weigher, { runKey, threads }));
    if (path) options.onEvent?.({ type: "checkpoint", epoch: at.epoch, step: at.step, path });
  }

  /** Lets signals and timers run now and then: a bound run blocks while it computes. */
  private async afterBatch(loss: number): Promise<void> {
    const { at, options, folder } = this.parts;
    options.onEvent?.({ type: "step", epoch: at.epoch, step: at.step, loss });
    if (performance.now() - this.lastBreath >= breathMilliseconds) {
      await new Promise((resolve) => setImmediate(resolve));
      this.lastBreath = performance.now();
    }
    if (!options.signal?.aborted) return;
    this.checkpoint();
    throw new BackendError(
      "INTERRUPTED",
      `training: to run to its end; it was interrupted at step ${at.step} (epoch ${at.epoch + 1})`,
      { hint: folder && "the checkpoint is kept: add --resume to continue" },
    );
  }

  private result(): TrainedNetwork {
    const { at, engine, threads } = this.parts;
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
      threads,
    };
  }
}

/** Whether a checkpoint is due after so many epochs, one every `every`, which may be a fraction. */
function dueAt(epoch: number, every: number): boolean {
  return Math.floor(epoch / every) > Math.floor((epoch - 1) / every);
}
