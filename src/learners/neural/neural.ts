import type { OnnxBuilder } from "../../compiler/onnx/builder.ts";
import type { RowStore } from "../../data/rows.ts";
import { emitNetwork } from "../../train/emit-network.ts";
import { type TrainedNetwork, trainNetwork } from "../../train/loop.ts";
import type { Network } from "../../train/network.ts";
import { type ParameterLayout, parametersByName, type WarmStart } from "../../train/parameters.ts";
import { NetworkPredictor } from "../../train/predictor.ts";
import type { Weighting } from "../../weighting/weighting.ts";
import { weightings } from "../../weighting/weightings.ts";
import type { Diagram } from "../diagram.ts";
import type { Family, Fitted } from "../learner.ts";
import { blendWeights } from "./blend-weights.ts";
import { type NeuralConfig, neuralConfig } from "./config.ts";
import { networkDiagram } from "./diagram.ts";
import { neuralNetwork } from "./network.ts";
import { optionsFor } from "./options-for.ts";
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
    objectives: true,
    modalities: "all",
    streaming: true,
    resume: true,
    arriving: true,
    transfer: true,
  },
  search: {
    "training.optimizer.learningRate": "log:3e-4..3e-2",
    "learner.trunk.sizes": "[],[64],[256]",
    "learner.trunk.dropout": "0..0.5",
    "learner.regularization.l2": "log:1e-6..1e-2",
  },
  network: neuralNetwork,
  forTasks: optionsFor,
  async fit(problem, config, options) {
    const weighting = weightings[config.weighting.type as keyof typeof weightings] as Weighting;
    const weigh = () =>
      weighting.create(config.weighting, {
        names: problem.tasks.map((t) => t.name),
        lambda: Float64Array.from(problem.tasks, (t) => t.weight),
        seed: problem.seed,
      });
    const shared = {
      penalty: config.regularization,
      matrixPenalties: (layout: ParameterLayout) =>
        headPenalties(
          layout,
          problem.tasks.filter((t) => !t.kind.objective).map((t) => t.name),
          config.regularization.tasks,
        ),
      weighting,
      train: problem.train,
      validation: problem.validation,
      seed: problem.seed,
      threads: options.threads,
      signal: options.signal,
    };
    const weights = await blendWeights(problem, config, (network, epochs) =>
      trainNetwork(network, {
        ...shared,
        config: {
          ...options.training,
          epochs,
          checkpointEvery: 0,
          earlyStopping: { ...options.training.earlyStopping, patience: 0 },
        },
        weigher: weigh(),
      }),
    );
    const trained = await trainNetwork(neuralNetwork(problem, config, { weights }), {
      ...shared,
      config: options.training,
      weigher: weigh(),
      checkpoints: options.checkpoints,
      runKey: options.runKey,
      resume: options.resume,
      stopAfter: options.stopAfter,
      warmStart: options.warmStart,
      carriedRates: options.carriedRates,
      onEpochEnd: options.onEpochEnd,
      onEvent: options.onEvent,
    });
    const { inputs, tasks } = problem;
    return new FittedNetwork(
      neuralNetwork(problem, config),
      trained,
      networkDiagram(inputs, tasks, config, trained.layout),
      weights && { blend: weights },
    );
  },
};

class FittedNetwork implements Fitted {
  readonly family = "neural";
  readonly parameters: number;
  readonly history: TrainedNetwork["history"];
  readonly facts: Readonly<Record<string, unknown>>;
  readonly diagram: Diagram;
  private readonly network: Network;
  private readonly trained: TrainedNetwork;
  private predictor: NetworkPredictor | undefined;

  constructor(
    network: Network,
    trained: TrainedNetwork,
    diagram: Diagram,
    found?: Readonly<Record<string, unknown>>,
  ) {
    this.network = network;
    this.trained = trained;
    this.diagram = diagram;
    this.parameters = trained.layout.slots.reduce((sum, s) => sum + s.size, 0);
    this.history = trained.history;
    this.facts = {
      epoch: trained.epoch,
      epochs: trained.history.length,
      threads: trained.threads,
      ...found,
    };
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
    const { layout, weights, buffers } = this.trained;
    return parametersByName(layout, weights, buffers);
  }

  emit(onnx: OnnxBuilder, values: Readonly<Record<string, string>>): Record<string, string> {
    return emitNetwork(onnx, this.network, this.trained, values);
  }

  dispose(): void {
    void this.predictor?.dispose();
  }
}
