import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { ExperimentConfig } from "../config/experiment.ts";
import { transferConfig } from "../config/transfer-config.ts";
import { BackendError, DataError } from "../core/errors.ts";
import type { Split } from "../data/split.ts";
import { families } from "../learners/families.ts";
import type { Family, Fitted } from "../learners/learner.ts";
import { systemMessage } from "../train/atomic-file.ts";
import { encodeParts } from "../train/encode.ts";
import { allRows } from "../train/evaluation.ts";
import type { EpochRecord } from "../train/events.ts";
import { columnsOf, type LearnedInput, type LearnedTask, learnStates } from "../train/learn.ts";
import { Linker } from "../train/link.ts";
import type { Part } from "../train/problem.ts";
import { withoutTasks } from "../train/rates.ts";
import { ruleAmong } from "../train/select.ts";
import type { FitResult, TaskScore } from "./fit-spec.ts";
import { type FoldPlace, StudyRows } from "./fold-rows.ts";
import { repeatSeed } from "./folds.ts";
import { type Laborer, moduleBeside, type Trade } from "./pool.ts";
import { planTransfer } from "./transfer-plan.ts";
import { type LearnerOptions, readSource, type TransferSource } from "./transfer-source.ts";

/** Where the fits of a comparison start: from the trained model, or from freshly drawn parameters. */
export type TransferArm = "transfer" | "scratch";

/** A trained model as another process finds it. */
export interface SourceFile {
  readonly path: string;
  readonly sha256: string;
  /** The family and options that it was made with. */
  readonly learner: LearnerOptions;
}

/** One fit of a comparison of transfer with training from scratch. */
export interface TransferOrder {
  readonly key: string;
  readonly place: FoldPlace;
  readonly arm: TransferArm;
  readonly config: ExperimentConfig;
  readonly baseDir: string;
  readonly source: SourceFile;
}

export interface TransferResult extends FitResult {
  /** The course of training. */
  readonly history: readonly EpochRecord[];
}

/** Fits one fold after another in one process; the table and the trained model are read once. */
class TransferWorker implements Laborer<TransferOrder, TransferResult> {
  private rows: { readonly of: string; readonly rows: StudyRows } | undefined;
  private source: TransferSource | undefined;

  /** @throws ConfigError, DataError, BackendError. */
  async do({ config, baseDir, place, arm, source }: TransferOrder): Promise<TransferResult> {
    const of = JSON.stringify([config.data, config.split, config.seed, config.inputs, baseDir]);
    if (this.rows?.of !== of) {
      this.close();
      this.rows = { of, rows: await StudyRows.open(config, baseDir) };
    }
    if (this.source?.sha256 !== source.sha256) this.source = await openSource(source);
    return fitFold(this.rows.rows, config, place, arm === "transfer" ? this.source : undefined);
  }

  close(): void {
    this.rows?.rows.close();
    this.rows = undefined;
  }
}

/** How the fits of a comparison of transfer are done. */
export const transferring: Trade<TransferOrder, TransferResult> = {
  create: () => new TransferWorker(),
  script: moduleBeside(import.meta.url, "transfer-process"),
};

/** @throws BackendError IO, MODEL_CORRUPT for a file that has changed since the study began. */
async function openSource({ path, sha256, learner }: SourceFile): Promise<TransferSource> {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new BackendError("IO", `${path}: a trained model to read; ${systemMessage(cause)}`, {
      cause,
    });
  }
  const found = createHash("sha256").update(bytes).digest("hex");
  if (found !== sha256) {
    throw new BackendError(
      "MODEL_CORRUPT",
      `${path}: the model that the study began with, SHA-256 ${sha256.slice(0, 12)}…; got ${found.slice(0, 12)}…`,
    );
  }
  return readSource(bytes, learner, path);
}

/** Fits the training rows of a fold, from a trained model where there is one, and scores the held-out rows. */
async function fitFold(
  study: StudyRows,
  config: ExperimentConfig,
  place: FoldPlace,
  source: TransferSource | undefined,
): Promise<TransferResult> {
  const started = performance.now();
  const family = families[config.learner.type] as Family;
  const split = (await study.splitsOf(place))[place.fold];
  const { learned, left } = await learnFold(study, config, split);
  const start =
    source &&
    planTransfer(source, learned, config.learner, config.transfer ?? transferConfig.parse({}));
  const inputs = start?.inputs ?? learned.inputs;
  const { tasks } = learned;
  const { stream } = study.opened;
  const { weightColumn } = config;
  const columns = columnsOf(inputs, tasks);
  if (weightColumn !== undefined && !columns.includes(weightColumn)) columns.push(weightColumn);
  const parts: Partial<Record<"train" | "validation" | "heldOut", Part>> = await encodeParts(
    stream.batches(columns),
    { inputs, tasks, view: family.can.view, weightColumn },
    {
      train: { rows: split.train },
      heldOut: { rows: split.test },
      ...(split.validation.length > 0 ? { validation: { rows: split.validation } } : {}),
    } as Record<"train" | "heldOut" | "validation", { rows: Int32Array }>,
  );
  const { train, heldOut, validation } = parts as { train: Part; heldOut: Part; validation?: Part };
  let fitted: Fitted | undefined;
  try {
    const { type: _, ...given } = config.learner;
    const whole = family.config.parse(given);
    const some = Object.keys(left).length > 0;
    const named = tasks.map((t) => ({ name: t.name, kind: t.kind.name, group: t.group }));
    fitted = await family.fit(
      { inputs, tasks, train, validation, seed: repeatSeed(config.seed, place.repeat) },
      some && family.forTasks ? family.forTasks(whole, named) : whole,
      {
        training: {
          ...config.training,
          earlyStopping: {
            ...config.training.earlyStopping,
            rule: ruleAmong(config.training.earlyStopping.rule, tasks, study.opened.specs.tasks),
          },
          ...withoutTasks(config.training, Object.keys(left)),
          threads: config.training.threads || 1,
        },
        warmStart: start?.warmStart,
        carriedRates: start?.carriedRates,
        pull: start?.pull,
      },
    );
    return {
      scores: await scoresOf(heldOut, tasks, fitted),
      left,
      parameters: fitted.parameters,
      seconds: (performance.now() - started) / 1000,
      memoryBytes: process.memoryUsage().rss,
      rows: {
        train: split.train.length,
        validation: split.validation.length,
        heldOut: split.test.length,
      },
      history: fitted.history ?? [],
    };
  } finally {
    fitted?.dispose();
    for (const part of Object.values(parts)) part.store.close();
  }
}

/** What a fold's training rows say of inputs and tasks, and the tasks that they cannot teach. */
async function learnFold(
  { opened }: StudyRows,
  config: ExperimentConfig,
  split: Split,
): Promise<{
  readonly learned: { readonly inputs: LearnedInput[]; readonly tasks: LearnedTask[] };
  readonly left: Readonly<Record<string, string>>;
}> {
  const { specs, stream } = opened;
  const rows = split.train;
  const left: Record<string, string> = {};
  for (const task of specs.tasks) {
    try {
      await learnStates(stream.batches(columnsOf([], [task])), [], [task], { rows });
    } catch (error) {
      if (!(error instanceof DataError) || error.code !== "TASK_INVALID") throw error;
      left[task.name] = error.message;
    }
  }
  const tasks = specs.tasks.filter((t) => left[t.name] === undefined);
  if (tasks.length === 0) {
    throw new DataError(
      "TASK_INVALID",
      `fold: a task that can be learned; ${Object.values(left).join("; ")}`,
    );
  }
  const learned = await learnStates(
    stream.batches(columnsOf(specs.inputs, tasks)),
    specs.inputs,
    tasks,
    {
      rows,
      onProblem: (input, row, message) => {
        if (config.badCells !== "error") return;
        throw new DataError(
          "DATA_VALUE",
          `${stream.origin}, data row ${row + 1}, input ${input}: a readable cell; ${message}`,
        );
      },
    },
  );
  return { learned, left };
}

async function scoresOf(
  { store, truth }: Part,
  tasks: readonly LearnedTask[],
  fitted: Fitted,
): Promise<Record<string, TaskScore>> {
  const linker = await Linker.create(tasks);
  try {
    const outputs = await linker.link(await fitted.predict(store, allRows(store)), store.rows);
    return Object.fromEntries(
      tasks.map(({ name, kind, state }) => {
        const { rows, metrics } = kind.evaluate(state, truth[name], outputs[name]);
        return [name, { rows, metrics }];
      }),
    );
  } finally {
    await linker.dispose();
  }
}
