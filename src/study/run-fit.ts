import type { ExperimentConfig } from "../config/experiment.ts";
import { ConfigError, DataError } from "../core/errors.ts";
import { families } from "../learners/families.ts";
import type { Family, FitOptions, Fitted } from "../learners/learner.ts";
import { hasLabel } from "../tasks/has-label.ts";
import type { Outputs } from "../tasks/task.ts";
import { allRows } from "../train/evaluation.ts";
import type { LearnedTask } from "../train/learn.ts";
import { Linker } from "../train/link.ts";
import type { WarmStart } from "../train/parameters.ts";
import { evaluatePooled, tasksByName } from "../train/pooled.ts";
import type { Part, Problem } from "../train/problem.ts";
import { withoutTasks } from "../train/rates.ts";
import { ruleAmong } from "../train/select.ts";
import { subsetPart } from "../train/subset.ts";
import type { HeldOut } from "./blend.ts";
import type { FitResult, FitSpec, GradientLook, TaskScore } from "./fit-spec.ts";
import type { FoldRows } from "./fold-rows.ts";
import { repeatSeed } from "./folds.ts";
import { GradientProbe, lookEpochs } from "./gradient-probe.ts";

/**
 * Fits some tasks on the training rows of a fold and scores them on its held-out rows. Batches are drawn
 * from the rows that have a label of these tasks and are made so large that every fit of a fold takes
 * as many steps as one of all tasks: a task on its own is not trained less.
 * A fit that stops early leaves a checkpoint in `checkpoints`, and one that finds one there goes on from it.
 * @throws ConfigError, DataError, BackendError of the family; DataError TASK_INVALID where none of the
 *   tasks can be learned in this fold.
 */
export async function runFit(
  rows: FoldRows,
  config: ExperimentConfig,
  spec: FitSpec,
  checkpoints?: string,
): Promise<{ readonly result: FitResult; readonly heldOut: HeldOut }> {
  const started = performance.now();
  const family = families[config.learner.type] as Family;
  const tasks = tasksOf(rows, spec.tasks, spec.weights);
  if (tasks.length === 0) {
    throw new DataError(
      "TASK_INVALID",
      `fold ${spec.fold + 1}: a task that can be learned; ${Object.values(rows.left).join("; ")}`,
    );
  }
  const seed = repeatSeed(config.seed, spec.repeat);
  const { stopAfter } = spec;
  // Only where it stops: what lies between is not gone back to.
  const training =
    checkpoints === undefined
      ? config.training
      : { ...config.training, checkpointEvery: Number.MAX_SAFE_INTEGER };
  let warmStart: WarmStart | undefined;
  const others = tasksOf(rows, spec.pretrain ?? [], spec.weights);
  if (others.length > 0) {
    if (!family.network) {
      throw new ConfigError(
        "CONFIG_INVALID",
        `learner ${family.name}: a family whose tasks share weights that another fit can start from; it has none`,
      );
    }
    const first = await fitTasks(family, rows, others, config, { seed, training });
    warmStart = first.warmStart?.();
    first.dispose();
  }
  const looks: GradientLook[] = [];
  const problem = problemOf(rows, tasks, seed);
  const probe = spec.diagnose ? await probeOf(family, rows, problem, config) : undefined;
  const due = lookEpochs(training.epochs);
  const fitted = await fitTasks(family, rows, tasks, config, {
    seed,
    training,
    warmStart,
    ...(checkpoints === undefined ? {} : { stopAfter, checkpoints, resume: true, runKey: "study" }),
    onEpochEnd:
      probe &&
      (async (view) => {
        if (due.has(view.epoch)) looks.push(await probe.look(view));
      }),
  }).finally(() => probe?.dispose());
  try {
    const { outputs, scores } = await scorePart(rows.heldOut, tasks, fitted);
    const validation =
      spec.validate && rows.validation
        ? (await scorePart(rows.validation, tasks, fitted)).scores
        : undefined;
    const left = Object.fromEntries(
      spec.tasks.filter((t) => rows.left[t] !== undefined).map((t) => [t, rows.left[t]]),
    );
    const result: FitResult = {
      scores,
      whole: Object.fromEntries(
        [...tasksByName(tasks)].map(([name, members]) => {
          const { store, truth } = rows.heldOut;
          const weights = rows.heldOut.rowWeights?.();
          const found = evaluatePooled(members, truth, outputs, store.rows, weights);
          return [name, { rows: found.rows, metrics: found.metrics }];
        }),
      ),
      validation,
      left,
      parameters: fitted.parameters,
      seconds: (performance.now() - started) / 1000,
      memoryBytes: process.memoryUsage().rss,
      rows: {
        train: rows.train.store.rows,
        validation: rows.validation?.store.rows ?? 0,
        heldOut: rows.heldOut.store.rows,
      },
      gradients: probe && { tasks: tasks.map((t) => t.name), looks },
    };
    const heldOut = Object.fromEntries(
      tasks.map(({ name, kind, state }) => [
        name,
        { kind: kind.name, state, truth: rows.heldOut.truth[name], outputs: outputs[name] },
      ]),
    );
    return { result, heldOut };
  } finally {
    fitted.dispose();
  }
}

function score(task: LearnedTask, part: Part, outputs: Outputs): TaskScore {
  const truth = part.truth[task.name];
  const { rows, metrics } = task.kind.evaluate(task.state, truth, outputs, part.rowWeights?.());
  return { rows, metrics };
}

async function scorePart(
  part: Part,
  tasks: readonly LearnedTask[],
  fitted: Fitted,
): Promise<{ outputs: Record<string, Outputs>; scores: Record<string, TaskScore> }> {
  const { store } = part;
  const linker = await Linker.create(tasks);
  try {
    const outputs = await linker.link(await fitted.predict(store, allRows(store)), store.rows);
    const scores = tasks.map((t) => [t.name, score(t, part, outputs[t.name])] as const);
    return { outputs, scores: Object.fromEntries(scores) };
  } finally {
    await linker.dispose();
  }
}

/** The tasks with weights that make what all tasks' weights make: fewer tasks do not count less. */
function tasksOf(
  rows: FoldRows,
  names: readonly string[],
  weights: FitSpec["weights"],
): LearnedTask[] {
  const weighted = rows.tasks.map((t) => ({ ...t, weight: weights?.[t.name] ?? t.weight }));
  const chosen = weighted.filter((t) => names.includes(t.name));
  const sum = (list: readonly LearnedTask[]) => list.reduce((s, t) => s + t.weight, 0);
  const factor = sum(weighted) / sum(chosen);
  return chosen.map((t) => ({ ...t, weight: t.weight * factor }));
}

function problemOf(rows: FoldRows, tasks: readonly LearnedTask[], seed: number): Problem {
  const names = tasks.map((t) => t.name);
  return {
    inputs: rows.inputs,
    tasks,
    train: labelledPart(rows.train, names),
    validation: rows.validation && labelledPart(rows.validation, names),
    seed,
  };
}

/** The rows with a label of some of the tasks; all where none has one. */
function labelledPart(part: Part, tasks: readonly string[]): Part {
  const { rows } = part.store;
  const labels = tasks.map((t) => part.truth[t]);
  const kept = allRows(part.store).filter((row) =>
    labels.some((truth) => hasLabel(truth, row, truth.length / rows)),
  );
  return kept.length === rows || kept.length === 0 ? part : subsetPart(part, kept);
}

function fitTasks(
  family: Family,
  rows: FoldRows,
  tasks: readonly LearnedTask[],
  config: ExperimentConfig,
  { seed, training, ...options }: FitOptions & { readonly seed: number },
): Promise<Fitted> {
  const problem = problemOf(rows, tasks, seed);
  const steps = Math.ceil(rows.train.store.rows / training.batchSize);
  const batchSize = Math.max(1, Math.ceil(problem.train.store.rows / steps));
  // An epoch cannot be chosen by a task that is not learned.
  const { earlyStopping } = training;
  const rule = ruleAmong(earlyStopping.rule, tasks, rows.all);
  const others = rows.all.map((t) => t.name).filter((name) => !tasks.some((t) => t.name === name));
  return family.fit(problem, optionsOf(family, config, rows, tasks), {
    ...options,
    training: {
      ...training,
      batchSize,
      earlyStopping: { ...earlyStopping, rule },
      ...withoutTasks(training, others),
      threads: training.threads || 1,
    },
  });
}

function optionsOf(
  family: Family,
  config: ExperimentConfig,
  rows: FoldRows,
  tasks: readonly LearnedTask[],
): unknown {
  const { type: _, ...given } = config.learner;
  const options = family.config.parse(given);
  if (tasks.length === rows.all.length || !family.forTasks) return options;
  return family.forTasks(
    options,
    tasks.map((t) => ({ name: t.name, kind: t.kind.name, group: t.group })),
  );
}

async function probeOf(
  family: Family,
  rows: FoldRows,
  problem: Problem,
  config: ExperimentConfig,
): Promise<GradientProbe | undefined> {
  const network = family.network?.(
    problem,
    optionsOf(family, config, rows, problem.tasks as LearnedTask[]),
  );
  return network && problem.tasks.length > 1
    ? GradientProbe.create(network, problem.train.store, problem.seed)
    : undefined;
}
