import type { OnnxBuilder } from "../../compiler/onnx/builder.ts";
import { ConfigError, didYouMean, show } from "../../core/errors.ts";
import type { RowStore } from "../../data/rows.ts";
import { emitNetwork } from "../../train/emit-network.ts";
import { trainNetwork } from "../../train/loop.ts";
import { type Network, traceForward } from "../../train/network.ts";
import { layoutParameters, type ParameterLayout } from "../../train/parameters.ts";
import { NetworkPredictor } from "../../train/predictor.ts";
import type { Problem } from "../../train/problem.ts";
import type { Diagram } from "../diagram.ts";
import type { Family, FitOptions, Fitted } from "../learner.ts";
import { type NamedTask, namesOf, saidOfSome } from "../per-task.ts";
import { tiesTasks } from "../tied-tasks.ts";
import { type Prior, priorOf } from "./around.ts";
import { type LinearConfig, linearConfig } from "./config.ts";
import { type Design, designOf, linearNetwork, namedWeights } from "./design.ts";
import { fitWeights, settled, strengthsOf } from "./fit-weights.ts";

/** Ridge, lasso, elastic net, logistic, multinomial, Poisson: each task's own loss. @cite hastie2009 */
export const linear: Family<LinearConfig> = {
  name: "linear",
  title: "Linear model",
  summary: "One linear map of fixed features a task, with an elastic net; text stays sparse.",
  cite: ["hastie2009"],
  config: linearConfig,
  can: {
    view: "features",
    tasks: "all",
    modalities: "all",
    streaming: true,
    resume: false,
    transfer: true,
  },
  search: { "learner.penalty.l2": "log:1e-5..1" },
  forTasks: optionsFor,
  async settle(problem, config, options) {
    checkOptions(problem, config);
    return settled(problem, config, options, designOf(problem));
  },
  weights: (problem, config) => namedWeights(designOf(problem), config.intercept),
  async fit(problem, config, options) {
    checkOptions(problem, config);
    const design = designOf(problem);
    const network = linearNetwork(design, config.intercept);
    const prior = options.warmStart && priorOf(design, options.warmStart);
    if (config.solver === "sgd")
      return fitByTraining(problem, config, options, design, network, prior);
    const { weights, facts } = await fitWeights(problem, config, options, design, prior);
    const { builder } = traceForward(network, 1);
    const layout = layoutParameters(builder.parameters.values());
    return new FittedLinear(design, network, layout, packWeights(design, layout, weights), {
      ...facts,
      nonZero: countNonZero(weights, design),
    });
  },
};

/**
 * Options for some of the tasks: penalties of the others go, and a regulariser whose options name them
 * gives way to none.
 */
function optionsFor(config: LinearConfig, tasks: readonly NamedTask[]): LinearConfig {
  const names = tasks.map((t) => t.name);
  const perTask = saidOfSome(config.perTask, tasks);
  if (tiesTasks(config.regularizer, names)) return { ...config, perTask };
  const select = { ...config.select, weights: [] };
  return { ...config, perTask, select, regularizer: { type: "none" }, tieIntercepts: 0 };
}

function checkOptions({ tasks }: Problem, config: LinearConfig): void {
  const names = namesOf(tasks);
  for (const name of Object.keys(config.perTask)) {
    if (names.includes(name)) continue;
    const near = didYouMean(name, names);
    throw new ConfigError(
      "CONFIG_INVALID",
      `linear, perTask: names of tasks, ${show(names)}; got ${show(name)}`,
      near === undefined ? {} : { hint: `did you mean ${show(near)}?` },
    );
  }
  const conflict = (what: string, got: string) =>
    new ConfigError("CONFIG_INVALID", `linear: ${what}; got ${got}`);
  const strengths = strengthsOf(config, tasks);
  const smooth = config.solver === "lbfgs" || config.solver === "rowSpace";
  if (smooth && strengths.some((s) => s.l1 > 0)) {
    throw conflict("solver auto or proximal where l1 is above 0", `solver ${config.solver}`);
  }
  if (config.solver === "rowSpace" && config.regularizer.type !== "none") {
    throw conflict(
      "another solver beside a regularizer",
      `solver rowSpace and regularizer ${config.regularizer.type}`,
    );
  }
  if (config.regularizer.type !== "none" && config.select.l2.length > 0) {
    throw conflict("select.l2 without a regularizer", `regularizer ${config.regularizer.type}`);
  }
  if (config.regularizer.type === "none" && config.select.weights.length > 0) {
    throw conflict("a regularizer for select.weights to choose from", "regularizer none");
  }
  if (config.tieIntercepts > 0 && !config.intercept) {
    throw conflict("intercepts for tieIntercepts above 0", "intercept false");
  }
  if (config.solver !== "sgd") return;
  if (
    config.regularizer.type !== "none" ||
    config.select.l2.length > 0 ||
    (strengths.length > 1 && Object.keys(config.perTask).length > 0)
  ) {
    throw conflict("solver sgd with `penalty` alone", "perTask, regularizer or select");
  }
}

/** The matrix as the parameters of the network, in float32. */
function packWeights(design: Design, layout: ParameterLayout, all: Float64Array): Float32Array {
  const packed = new Float32Array(layout.length);
  const ranges = new Map(
    design.blocks.map((b) => [`weight.${b.name}`, { start: b.start, size: b.size }]),
  );
  for (const slot of layout.slots) {
    const range = ranges.get(slot.name) ?? { start: design.features, size: 1 };
    const from = range.start * design.outputs;
    packed.set(all.subarray(from, from + range.size * design.outputs), slot.start);
  }
  return packed;
}

function countNonZero(all: Float64Array, { tasks, features, outputs }: Design) {
  return Object.fromEntries(
    tasks.map(({ task, start, size }) => {
      let count = 0;
      for (let f = 0; f < features; f++)
        for (let o = start; o < start + size; o++) if (all[f * outputs + o] !== 0) count++;
      return [task.name, count];
    }),
  );
}

async function fitByTraining(
  problem: Problem,
  config: LinearConfig,
  options: FitOptions,
  design: Design,
  network: Network,
  prior: Prior | undefined,
): Promise<Fitted> {
  if (typeof options.pull === "number") {
    throw new ConfigError(
      "CONFIG_INVALID",
      `linear: transfer.pull auto beside solver sgd; got ${options.pull}`,
      {
        hint: "with sgd `penalty` draws to the carried weights, all alike; or take another solver",
      },
    );
  }
  // Every task counts 1, as in the other solvers: then the penalty means the same.
  const weights = new Float64Array(problem.tasks.length).fill(1);
  const learned = prior ? linearNetwork(design, config.intercept, prior) : network;
  const trained = await trainNetwork(learned, {
    config: options.training,
    penalty: config.penalty,
    weigher: { weights: () => weights, state: () => null, restore() {} },
    train: problem.train,
    validation: problem.validation,
    seed: problem.seed,
    threads: options.threads,
    checkpoints: options.checkpoints,
    runKey: options.runKey,
    resume: options.resume,
    signal: options.signal,
    onEvent: options.onEvent,
  });
  const facts = { epoch: trained.epoch, epochs: trained.history.length, threads: trained.threads };
  const found = Float32Array.from(trained.weights);
  if (prior) {
    const carried = packWeights(design, trained.layout, prior.weights);
    for (let i = 0; i < found.length; i++) found[i] += carried[i];
  }
  return new FittedLinear(design, network, trained.layout, found, facts);
}

/** Inputs, one linear map, tasks. */
function linearDiagram({ blocks, tasks, features, outputs }: Design): Diagram {
  const sizes = new Map<string, number>();
  for (const { name, size } of blocks) {
    // A block is called after its input and a feed of it.
    const input = name.slice(0, name.lastIndexOf("."));
    sizes.set(input, (sizes.get(input) ?? 0) + size);
  }
  const inputs = [...sizes].map(([name, size]) => ({
    id: `input:${name}`,
    title: name,
    lines: [`${size} features`],
  }));
  const heads = tasks.map(({ task, size }) => ({
    id: `task:${task.name}`,
    title: task.name,
    lines: [task.kind.name, `${size} raw ${size === 1 ? "output" : "outputs"}`],
  }));
  const map = {
    id: "map",
    title: "Linear map",
    lines: [`${features} × ${outputs}`],
    parameters: (features + 1) * outputs,
  };
  return {
    stages: [
      { title: "inputs", boxes: inputs },
      { title: "model", boxes: [map] },
      { title: "tasks", boxes: heads },
    ],
    links: [
      ...inputs.map(({ id }) => [id, "map"] as const),
      ...heads.map(({ id }) => ["map", id] as const),
    ],
  };
}

class FittedLinear implements Fitted {
  readonly family = "linear";
  readonly parameters: number;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly diagram: Diagram;
  private readonly network: Network;
  private readonly layout: ParameterLayout;
  private readonly weights: Float32Array;
  private predictor: NetworkPredictor | undefined;

  constructor(
    design: Design,
    network: Network,
    layout: ParameterLayout,
    weights: Float32Array,
    facts: Readonly<Record<string, unknown>>,
  ) {
    this.network = network;
    this.layout = layout;
    this.weights = weights;
    this.parameters = layout.slots.reduce((sum, s) => sum + s.size, 0);
    this.facts = { features: design.features, outputs: design.outputs, ...facts };
    this.diagram = linearDiagram(design);
  }

  async predict(store: RowStore, rows: Int32Array): Promise<Record<string, Float32Array>> {
    const { network, layout, weights } = this;
    this.predictor ??= await NetworkPredictor.create(network, store, layout, weights, new Map(), 1);
    return this.predictor.predict(store, rows);
  }

  emit(onnx: OnnxBuilder, values: Readonly<Record<string, string>>): Record<string, string> {
    const { layout, weights } = this;
    return emitNetwork(onnx, this.network, { layout, weights, buffers: new Map() }, values);
  }

  dispose(): void {
    void this.predictor?.dispose();
    this.predictor = undefined;
  }
}
