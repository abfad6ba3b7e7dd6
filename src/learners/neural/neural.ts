import type { OnnxBuilder } from "../../compiler/onnx/builder.ts";
import { ConfigError } from "../../core/errors.ts";
import type { RowStore } from "../../data/rows.ts";
import type { Sharing } from "../../sharing/sharing.ts";
import { sharings } from "../../sharing/sharings.ts";
import { emitNetwork } from "../../train/emit-network.ts";
import { type TrainedNetwork, trainNetwork } from "../../train/loop.ts";
import type { Network } from "../../train/network.ts";
import { parametersByName, type WarmStart } from "../../train/parameters.ts";
import { NetworkPredictor } from "../../train/predictor.ts";
import type { Weighting } from "../../weighting/weighting.ts";
import { weightings } from "../../weighting/weightings.ts";
import type { Family, Fitted } from "../learner.ts";
import { tiesTasks } from "../tied-tasks.ts";
import { type NeuralConfig, neuralConfig } from "./config.ts";
import { neuralNetwork } from "./network.ts";
import { headPenalties } from "./tie-heads.ts";

/** Deep networks: an encoder an input, fusion, shared layers, a head a task. @cite caruana1997 */
export const neural: Family<NeuralConfig> = {
  name: "neural",
  title: "Neural network",
  summary: "Trainable encoders for every input, fused, shared by all tasks, with a head a task.",
  cite: ["caruana1997"],
  config: neuralConfig,
  can: {
    view: "network",
    tasks: "all",
    modalities: "all",
    streaming: true,
    resume: true,
    transfer: true,
  },
  network: neuralNetwork,
  forTasks: optionsFor,
  async fit(problem, config, options) {
    const network = neuralNetwork(problem, config);
    const weighting = weightings[config.weighting.type as keyof typeof weightings] as Weighting;
    const weigher = weighting.create(config.weighting, {
      names: problem.tasks.map((t) => t.name),
      lambda: Float64Array.from(problem.tasks, (t) => t.weight),
      seed: problem.seed,
    });
    const trained = await trainNetwork(network, {
      config: options.training,
      penalty: config.regularization,
      matrixPenalties: (layout) =>
        headPenalties(
          layout,
          problem.tasks.map((t) => t.name),
          config.regularization.tasks,
        ),
      weigher,
      weighting,
      train: problem.train,
      validation: problem.validation,
      seed: problem.seed,
      threads: options.threads,
      checkpoints: options.checkpoints,
      runKey: options.runKey,
      resume: options.resume,
      warmStart: options.warmStart,
      signal: options.signal,
      onEpochEnd: options.onEpochEnd,
      onEvent: options.onEvent,
    });
    return new FittedNetwork(network, trained);
  },
};

/**
 * Options for some of the tasks. A single task has nobody to share with or to be weighed against;
 * a sharing, weighting or tie of heads that cannot do without the absent tasks gives way to the plainest.
 */
function optionsFor(
  config: NeuralConfig,
  tasks: readonly { readonly name: string; readonly kind: string }[],
): NeuralConfig {
  const sharing = sharings[config.sharing.type as keyof typeof sharings] as Sharing;
  const weighting = weightings[config.weighting.type as keyof typeof weightings] as Weighting;
  const alone = tasks.length === 1;
  const shares = !alone && accepts(() => sharing.check?.(tasks, config.sharing));
  const weighs =
    !alone &&
    accepts(() =>
      weighting.create(config.weighting, {
        names: tasks.map((t) => t.name),
        lambda: new Float64Array(tasks.length).fill(1 / tasks.length),
        seed: 0,
      }),
    );
  const { regularization } = config;
  const names = tasks.map((t) => t.name);
  const ties = !alone && tiesTasks(regularization.tasks, names);
  return {
    ...config,
    regularization: ties ? regularization : { ...regularization, tasks: { type: "none" } },
    sharing: shares ? config.sharing : { type: "hard" },
    weighting: weighs ? config.weighting : { type: "fixed" },
  };
}

function accepts(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch (error) {
    if (error instanceof ConfigError) return false;
    throw error;
  }
}

class FittedNetwork implements Fitted {
  readonly family = "neural";
  readonly parameters: number;
  readonly history: TrainedNetwork["history"];
  readonly facts: Readonly<Record<string, unknown>>;
  private readonly network: Network;
  private readonly trained: TrainedNetwork;
  private predictor: NetworkPredictor | undefined;

  constructor(network: Network, trained: TrainedNetwork) {
    this.network = network;
    this.trained = trained;
    this.parameters = trained.layout.slots.reduce((sum, s) => sum + s.size, 0);
    this.history = trained.history;
    this.facts = { epoch: trained.epoch, epochs: trained.history.length, threads: trained.threads };
  }

  async predict(store: RowStore, rows: Int32Array): Promise<Record<string, Float32Array>> {
    const { layout, weights, buffers, threads } = this.trained;
    this.predictor ??= await NetworkPredictor.create(
      this.network,
      store,
      layout,
      weights,
      buffers,
      threads,
    );
    return this.predictor.predict(store, rows);
  }

  warmStart(): WarmStart {
    return parametersByName(this.trained.layout, this.trained.weights);
  }

  emit(onnx: OnnxBuilder, values: Readonly<Record<string, string>>): Record<string, string> {
    return emitNetwork(onnx, this.network, this.trained, values);
  }

  dispose(): void {
    void this.predictor?.dispose();
  }
}
