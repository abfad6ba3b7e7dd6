/** The weights of a linear model: which strengths of penalties, and the fit with them. */
import { availableParallelism } from "node:os";
import type { Choice } from "../../core/choice.ts";
import type { RowStore } from "../../data/rows.ts";
import type { Problem } from "../../train/problem.ts";
import type { FitOptions } from "../learner.ts";
import { type NamedTask, saidOf } from "../per-task.ts";
import type { Prior } from "./around.ts";
import type { LinearConfig } from "./config.ts";
import type { Design } from "./design.ts";
import type { LossOptions } from "./loss.ts";
import { rowSpaceOf, suitsRowSpace } from "./row-space.ts";
import { selectRidge } from "./select.ts";
import { selectPull } from "./select-pull.ts";
import { selectTie } from "./select-tie.ts";
import { type SolveOptions, type Strength, solveTasks } from "./solve.ts";
import { fitTogether, lossOf, type TogetherOptions } from "./together-fit.ts";

/** Multiply-adds of one pass over the rows below which one thread is faster. */
const threadedWork = 2e7;

/** Penalties of each task, in the order of the tasks. */
export function strengthsOf(
  { penalty, perTask }: LinearConfig,
  tasks: readonly NamedTask[],
): Strength[] {
  return tasks.map((task) => {
    const own = saidOf(perTask, task) ?? {};
    return { l1: own.l1 ?? penalty.l1, l2: own.l2 ?? penalty.l2 };
  });
}

/** A fit that is about to begin, in the space where it is solved. */
interface Setting {
  readonly design: Design;
  readonly store: RowStore;
  /** Weights of the features of those in this space. */
  back(weights: Float64Array): Float64Array;
  readonly lossOptions: LossOptions;
  readonly solveOptions: SolveOptions;
  /** Weights that were carried from a trained model; what is solved for is the change from them. */
  readonly prior?: Prior;
}

function settingOf(
  problem: Problem,
  config: LinearConfig,
  options: FitOptions,
  design: Design,
  prior?: Prior,
): Setting {
  const { store } = problem.train;
  const { onEvent, signal } = options;
  const space =
    !prior && inRowSpace(problem, config, design) ? rowSpaceOf(design, store) : undefined;
  onEvent?.({
    type: "start",
    epochs: config.maxIterations,
    stepsPerEpoch: 1,
    parameters: (design.features + 1) * design.outputs,
    epoch: 0,
  });
  return {
    ...(space ?? { design, store, back: (weights) => weights }),
    lossOptions: { threads: threadsOf(space?.design ?? design, store.rows, options), signal },
    solveOptions: {
      solver: config.solver === "rowSpace" ? "lbfgs" : (config.solver as SolveOptions["solver"]),
      tolerance: config.tolerance,
      maxIterations: config.maxIterations,
      intercept: config.intercept,
      onPass: (step, loss) => onEvent?.({ type: "step", epoch: step, step, loss }),
    },
    ...(prior && { prior }),
  };
}

/** The setting in which each task's weights are drawn to those that were carried, and what was chosen of that. */
async function drawnTo(
  prior: Prior,
  { tasks, seed }: Problem,
  config: LinearConfig,
  { pull = "auto" }: FitOptions,
  setting: Setting,
): Promise<{ readonly setting: Setting; readonly facts: Readonly<Record<string, unknown>> }> {
  const drawn = (pulls: readonly number[]): Setting => ({
    ...setting,
    lossOptions: { ...setting.lossOptions, around: { prior, pulls } },
  });
  if (pull !== "auto") return { setting: drawn(tasks.map(() => pull)), facts: {} };
  const { design, store, lossOptions, solveOptions } = setting;
  const { pulls, losses } = await selectPull(
    design,
    store,
    strengthsOf(config, tasks),
    prior,
    startingPoint(design, config.intercept, prior),
    config.select.folds,
    seed,
    lossOptions,
    solveOptions,
  );
  const chosen = tasks.map(({ name }, t) => [name, { pull: pulls[t], losses: losses[t] }]);
  return { setting: drawn(pulls), facts: { pull: Object.fromEntries(chosen) } };
}

function inRowSpace({ train, tasks }: Problem, config: LinearConfig, design: Design): boolean {
  if (config.solver === "rowSpace") return true;
  const ridges = strengthsOf(config, tasks).every(({ l1, l2 }) => l1 === 0 && l2 > 0);
  return (
    config.solver === "auto" &&
    config.regularizer.type === "none" &&
    config.select.l2.every((l2) => l2 > 0) &&
    ridges &&
    suitsRowSpace(design, train.store.rows)
  );
}

interface Chosen {
  readonly strengths: readonly Strength[];
  readonly regularizer: Choice;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Strengths as given, or as cross-validation chooses them. */
async function chooseStrengths(
  problem: Problem,
  config: LinearConfig,
  setting: Setting,
): Promise<Chosen> {
  const { design, store, lossOptions, solveOptions, prior } = setting;
  const { regularizer, select } = config;
  const strengths = strengthsOf(config, problem.tasks);
  const start = startingPoint(design, config.intercept, prior);
  if (select.l2.length > 0) {
    const found = await selectRidge(
      design,
      store,
      strengths,
      start,
      select,
      problem.seed,
      lossOptions,
      solveOptions,
    );
    const losses = problem.tasks.map(({ name }, t) => [name, found.losses[t]]);
    return {
      strengths: found.strengths,
      regularizer,
      facts: { select: Object.fromEntries(losses) },
    };
  }
  if (regularizer.type !== "none" && select.weights.length > 0) {
    const together = togetherOf(problem, config, setting, strengths);
    const found = await selectTie(design, store, together, start, select, problem.seed);
    return { strengths, regularizer: found.regularizer, facts: { select: found.losses } };
  }
  return { strengths, regularizer, facts: {} };
}

function togetherOf(
  { tasks }: Problem,
  { regularizer, balance, tieIntercepts }: LinearConfig,
  { lossOptions, solveOptions }: Setting,
  strengths: readonly Strength[],
): TogetherOptions {
  return {
    regularizer,
    strengths,
    lambdas: tasks.map((t) => t.weight),
    balance,
    tieIntercepts,
    solve: solveOptions,
    loss: lossOptions,
  };
}

/** The options with the strengths that cross-validation chooses: fits with them choose no more. */
export async function settled(
  problem: Problem,
  config: LinearConfig,
  options: FitOptions,
  design: Design,
): Promise<LinearConfig> {
  if (config.select.l2.length + config.select.weights.length === 0) return config;
  const setting = settingOf(problem, config, options, design);
  const { strengths, regularizer } = await chooseStrengths(problem, config, setting);
  return {
    ...config,
    regularizer,
    perTask: Object.fromEntries(problem.tasks.map(({ name }, t) => [name, { ...strengths[t] }])),
    select: { ...config.select, l2: [], weights: [] },
  };
}

/**
 * Fits `[features + 1, outputs]`, intercepts last.
 * @param prior weights of a trained model, to which those of this one are drawn.
 */
export async function fitWeights(
  problem: Problem,
  config: LinearConfig,
  options: FitOptions,
  design: Design,
  prior?: Prior,
): Promise<{ weights: Float64Array; facts: Record<string, unknown> }> {
  const plain = settingOf(problem, config, options, design, prior);
  const { setting, facts: drawn } = prior
    ? await drawnTo(prior, problem, config, options, plain)
    : { setting: plain, facts: {} };
  const { lossOptions, solveOptions } = setting;
  const chosen = await chooseStrengths(problem, config, setting);
  const { strengths, regularizer } = chosen;
  const names = problem.tasks.map((t) => t.name);
  const facts: Record<string, unknown> = {
    threads: lossOptions.threads,
    ...drawn,
    ...chosen.facts,
  };
  const weights = startingPoint(setting.design, config.intercept, prior);
  if (regularizer.type !== "none") {
    const together = { ...togetherOf(problem, config, setting, strengths), regularizer };
    facts.regularizer = regularizer;
    facts.together = await fitTogether(setting.design, setting.store, together, weights);
    facts.tasks = Object.fromEntries(names.map((name, t) => [name, { ...strengths[t] }]));
  } else {
    const loss = await lossOf(setting.design, setting.store, lossOptions, false);
    try {
      const solutions = await solveTasks(setting.design, loss, strengths, weights, solveOptions);
      facts.tasks = Object.fromEntries(
        names.map((name, t) => [name, { ...strengths[t], ...solutions[t] }]),
      );
    } finally {
      await loss.dispose();
    }
  }
  const found = setting.back(weights);
  // What was solved for is the change from what was carried.
  return { weights: prior ? found.map((w, i) => w + prior.weights[i]) : found, facts };
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
