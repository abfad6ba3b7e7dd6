import { availableParallelism } from "node:os";
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
import { type NamedTask, namesOf, saidOf, saidOfSome } from "../per-task.ts";
import { tiesTasks } from "../tied-tasks.ts";
import { type Prior, priorOf } from "./around.ts";
import { type LinearConfig, linearConfig } from "./config.ts";
import { type Design, designOf, linearNetwork, namedWeights } from "./design.ts";
import type { LossOptions } from "./loss.ts";
import { selectRidge } from "./select.ts";
import { selectPull } from "./select-pull.ts";
import { selectTie } from "./select-tie.ts";
import { type SolveOptions, type Strength, solveTasks } from "./solve.ts";
import { fitTogether, lossOf, type TogetherOptions } from "./together-fit.ts";

/** Multiply-adds of one pass over the rows below which one thread is faster. */
const threadedWork = 2e7;

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
  weights: (problem, config) => namedWeights(designOf(problem), config.intercept),
  async fit(problem, config, options) {
    checkOptions(problem, config);
    const design = designOf(problem);
    const network = linearNetwork(design, config.intercept);
    const prior = options.warmStart && priorOf(design, options.warmStart);
    if (config.solver === "sgd")
      return fitByTraining(problem, config, options, design, network, prior);
    const { weights, facts } = await solve(problem, config, options, design, prior);
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
  if (config.solver === "lbfgs" && strengths.some((s) => s.l1 > 0)) {
    throw conflict("solver auto or proximal where l1 is above 0", "solver lbfgs");
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

function strengthsOf({ penalty, perTask }: LinearConfig, tasks: readonly NamedTask[]): Strength[] {
  return tasks.map((task) => {
    const own = saidOf(perTask, task) ?? {};
    return { l1: own.l1 ?? penalty.l1, l2: own.l2 ?? penalty.l2 };
  });
}

async function solve(
  problem: Problem,
  config: LinearConfig,
  options: FitOptions,
  design: Design,
  prior: Prior | undefined,
): Promise<{ weights: Float64Array; facts: Record<string, unknown> }> {
  const { store } = problem.train;
  const threads = threadsOf(design, store.rows, options);
  const plainLoss = { threads, signal: options.signal };
  const { onEvent } = options;
  onEvent?.({
    type: "start",
    epochs: config.maxIterations,
    stepsPerEpoch: 1,
    parameters: (design.features + 1) * design.outputs,
    epoch: 0,
  });
  const solveOptions: SolveOptions = {
    solver: config.solver as SolveOptions["solver"],
    tolerance: config.tolerance,
    maxIterations: config.maxIterations,
    intercept: config.intercept,
    onPass: (step, loss) => onEvent?.({ type: "step", epoch: step, step, loss }),
  };
  const names = problem.tasks.map((t) => t.name);
  let strengths = strengthsOf(config, problem.tasks);
  const facts: Record<string, unknown> = { threads };
  const start = startingPoint(design, config.intercept, prior);
  const around = prior && {
    prior,
    pulls: await pullsOf(problem, config, options, design, prior, plainLoss, solveOptions, facts),
  };
  const lossOptions: LossOptions = { ...plainLoss, around };
  if (config.select.l2.length > 0) {
    const chosen = await selectRidge(
      design,
      store,
      strengths,
      start,
      config.select,
      problem.seed,
      lossOptions,
      solveOptions,
    );
    strengths = chosen.strengths;
    facts.select = Object.fromEntries(names.map((name, t) => [name, chosen.losses[t]]));
  }
  const weights = start.slice();
  // What was solved for is the change from what was carried.
  const finish = () => {
    if (prior) for (let i = 0; i < weights.length; i++) weights[i] += prior.weights[i];
  };
  if (config.regularizer.type !== "none") {
    const together: TogetherOptions = {
      regularizer: config.regularizer,
      strengths,
      lambdas: problem.tasks.map((t) => t.weight),
      balance: config.balance,
      tieIntercepts: config.tieIntercepts,
      solve: solveOptions,
      loss: lossOptions,
    };
    const chosen =
      config.select.weights.length === 0
        ? undefined
        : await selectTie(design, store, together, weights, config.select, problem.seed);
    const regularizer = chosen?.regularizer ?? config.regularizer;
    const solution = await fitTogether(design, store, { ...together, regularizer }, weights);
    facts.regularizer = regularizer;
    facts.together = solution;
    if (chosen) facts.select = chosen.losses;
    facts.tasks = Object.fromEntries(names.map((name, t) => [name, { ...strengths[t] }]));
    finish();
    return { weights, facts };
  }
  const loss = await lossOf(design, store, lossOptions, false);
  try {
    const solutions = await solveTasks(design, loss, strengths, weights, solveOptions);
    facts.tasks = Object.fromEntries(
      names.map((name, t) => [name, { ...strengths[t], ...solutions[t] }]),
    );
  } finally {
    await loss.dispose();
  }
  finish();
  return { weights, facts };
}

/** How strongly each task's weights are drawn to those that were carried; what was chosen goes to the facts. */
async function pullsOf(
  { train, tasks, seed }: Problem,
  config: LinearConfig,
  { pull = "auto" }: FitOptions,
  design: Design,
  prior: Prior,
  lossOptions: LossOptions,
  solveOptions: SolveOptions,
  facts: Record<string, unknown>,
): Promise<number[]> {
  if (pull !== "auto") return tasks.map(() => pull);
  const { pulls, losses } = await selectPull(
    design,
    train.store,
    strengthsOf(config, tasks),
    prior,
    startingPoint(design, config.intercept, prior),
    config.select.folds,
    seed,
    lossOptions,
    solveOptions,
  );
  facts.pull = Object.fromEntries(
    tasks.map(({ name }, t) => [name, { pull: pulls[t], losses: losses[t] }]),
  );
  return pulls;
}

/** Zero weights; intercepts at the tasks' priors, or at no change from what was carried. */
function startingPoint(design: Design, intercept: boolean, prior?: Prior): Float64Array {
  const x = new Float64Array((design.features + 1) * design.outputs);
  if (!intercept) return x;
  const free = design.features * design.outputs;
  for (const { task, start } of design.tasks) x.set(task.kind.prior(task.state), free + start);
  if (prior) for (let i = free; i < x.length; i++) if (prior.taken[i] === 1) x[i] = 0;
  return x;
}

function threadsOf(design: Design, rows: number, { threads, training }: FitOptions): number {
  const asked = threads ?? training.threads;
  if (asked > 0) return asked;
  return design.dense * design.outputs * rows < threadedWork
    ? 1
    : Math.min(8, availableParallelism());
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
