import { existsSync, readFileSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import type { ExperimentConfig } from "../config/experiment.ts";
import { parseConfig } from "../config/load.ts";
import { transferConfig } from "../config/transfer-config.ts";
import { BackendError, ConfigError } from "../core/errors.ts";
import { rowsOfPart } from "../data/row-set.ts";
import { openExperiment, placeOf } from "../model/open-experiment.ts";
import type { ResolvedSpecs } from "../model/specs.ts";
import type { TransferRecord } from "../report/record.ts";
import type { CompareEvent } from "../study/comparison.ts";
import { compareTransfer, type TransferComparison } from "../study/transfer.ts";
import { adoptSpecs } from "../study/transfer-mapping.ts";
import { planTransfer, type TransferPlan } from "../study/transfer-plan.ts";
import { type LearnerOptions, readSource, type TransferSource } from "../study/transfer-source.ts";
import { transferWords } from "../study/transfer-words.ts";
import { systemMessage } from "../train/atomic-file.ts";
import { columnsOf, learnStates } from "../train/learn.ts";
import type { RunEvent } from "./experiment.ts";
import { RunFolder, readVerifiedModel, runFiles } from "./folder.ts";
import { type RunSummary, trainInto } from "./train-run.ts";
import { versions } from "./versions.ts";

/** What a transfer tells while it works: its plan, the fits of the comparison, then training. */
export type TransferEvent =
  | { readonly type: "transfer"; readonly plan: TransferPlan; readonly source: string }
  | CompareEvent
  | RunEvent;

export interface TransferRunOptions {
  /** The run folder: new, empty, or an unfinished run's with `resume`. */
  readonly out: string;
  readonly baseDir: string;
  /** The configuration as it was written, before defaults; what is stated there wins over the trained model's options. */
  readonly given: Readonly<Record<string, unknown>>;
  /** Processes at once; one a core by default, 0 for this process. */
  readonly jobs?: number;
  readonly resume?: boolean;
  /** Stops after the plan: nothing is trained or written. */
  readonly planOnly?: boolean;
  readonly command?: string;
  readonly signal?: AbortSignal;
  readonly execArgv?: readonly string[];
  onEvent?(event: TransferEvent): void;
}

/** What `transfer` prints as JSON, and leaves as `transfer.json`. */
export interface TransferSummary {
  readonly plan: TransferPlan;
  /** Against training from scratch; null where it was not compared. */
  readonly comparison: NonNullable<TransferRecord["comparison"]> | null;
  /** The run that was left; null where only a plan was asked for. */
  readonly run: RunSummary | null;
}

/**
 * Starts from the model of a run on another table: plans what is taken over, compares with training from scratch on
 * the same folds, trains, and leaves a run folder with the model and a report.
 * @throws ConfigError, DataError, BackendError; INTERRUPTED after `signal`, with what was done kept.
 */
export async function transferRun(
  run: string,
  config: ExperimentConfig,
  options: TransferRunOptions,
): Promise<TransferSummary> {
  const startedAt = new Date().toISOString();
  const clock = performance.now();
  const { out, baseDir, onEvent, signal, command, resume } = options;
  const transfer = config.transfer ?? transferConfig.parse({});
  const source = await openRun(run);
  const { adopted, plan } = await prepare(source, { ...config, transfer }, options);
  onEvent?.({ type: "transfer", plan, source: source.where });
  if (options.planOnly) return { plan, comparison: null, run: null };
  const folder = new RunFolder(out, resume ?? false);
  try {
    const compared =
      transfer.folds === 0
        ? undefined
        : await compareTransfer(adopted, {
            baseDir,
            folder: folder.at("comparison"),
            folds: transfer.folds,
            seeds: transfer.seeds,
            jobs: options.jobs ?? availableParallelism(),
            source: {
              path: join(run, runFiles.model),
              sha256: source.sha256,
              learner: source.learner,
            },
            versions: versions(),
            signal,
            execArgv: options.execArgv,
            onEvent,
          });
    const comparison = compared && comparisonRecord(compared);
    const summary = await trainInto(folder, adopted, {
      out,
      baseDir,
      command,
      resume,
      signal,
      startedAt,
      clock,
      start: {
        key: source.sha256,
        takeOver: (learned) => planTransfer(source, learned, adopted.learner, transfer),
      },
      blocks: { transfer: { source: source.where, ...plan, comparison } },
      onEvent,
    });
    const left: TransferSummary = { plan, comparison: comparison ?? null, run: summary };
    folder.writeJson("transfer", left);
    return left;
  } finally {
    folder.close();
  }
}

/** The model of a run folder with its options. @throws BackendError, ConfigError as `readSource`. */
async function openRun(run: string): Promise<TransferSource> {
  const missing = (what: string) =>
    new BackendError("IO", `${run}: the folder of a finished run; ${what}`, {
      hint: "name the folder that polytask train left, with its model and config.yaml",
    });
  const stats = statSync(run, { throwIfNoEntry: false });
  if (stats === undefined) throw missing("there is nothing");
  if (!stats.isDirectory()) throw missing("it is a file");
  for (const file of [runFiles.config, runFiles.manifest])
    if (!existsSync(join(run, file))) throw missing(`it has no ${file}`);
  const path = join(run, runFiles.config);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new BackendError("IO", `${path}: a file to read; ${systemMessage(cause)}`, { cause });
  }
  const { learner } = parseConfig(text, { file: path }).config;
  return readSource(readVerifiedModel(run), learner as LearnerOptions, basename(run) || run);
}

/** The configuration with what it adopts from the trained model, and the plan on its own training rows. */
async function prepare(
  source: TransferSource,
  config: ExperimentConfig & Required<Pick<ExperimentConfig, "transfer">>,
  { baseDir, given }: TransferRunOptions,
): Promise<{ readonly adopted: ExperimentConfig; readonly plan: TransferPlan }> {
  const learner = learnerOf(source, config, given);
  const opened = await openExperiment(config, { baseDir });
  try {
    const specs = adoptSpecs(opened.specs, source, config.transfer, given);
    const adopted = { ...opened.declared, inputs: declared(specs), learner } as ExperimentConfig;
    const learned = await learnStates(
      opened.stream.batches(columnsOf(specs.inputs, specs.tasks)),
      specs.inputs,
      specs.tasks,
      { rows: rowsOfPart(opened.split, "train") },
    );
    const { plan } = planTransfer(source, learned, learner as LearnerOptions, config.transfer);
    return { adopted, plan };
  } finally {
    opened.close();
  }
}

function declared(specs: ResolvedSpecs): Record<string, unknown> {
  return Object.fromEntries(
    specs.inputs.map((s) => [
      s.name,
      { ...(s.options as object), type: s.modality.name, ...placeOf(s) },
    ]),
  );
}

/** The options of the trained model, unless the configuration states its own. @throws ConfigError. */
function learnerOf(
  source: TransferSource,
  config: ExperimentConfig,
  given: TransferRunOptions["given"],
): ExperimentConfig["learner"] {
  if (given.learner === undefined || given.learner === null)
    return source.learner as unknown as ExperimentConfig["learner"];
  if (config.learner.type === source.family.name) return config.learner;
  throw new ConfigError(
    "CONFIG_INVALID",
    `learner: ${source.family.name}, the family of the model in ${source.where}; got ${config.learner.type}`,
    { hint: "leave learner out to take over that of the run" },
  );
}

function comparisonRecord(found: TransferComparison): NonNullable<TransferRecord["comparison"]> {
  const { folds, seeds, epochs, rows, deltaM, seconds, notes, failures } = found;
  return {
    words: transferWords(found),
    folds,
    seeds,
    epochs,
    rows,
    deltaM,
    seconds,
    tasks: found.tasks.map(({ name, metric, better, scores, against }) => {
      const { pairs: _, ...difference } = against.transfer;
      return {
        name,
        metric,
        better,
        scores: Object.entries(scores).map(([regime, s]) => ({ regime, ...s })),
        against: { regime: "transfer", ...difference },
        curves: found.curves[name],
      };
    }),
    notes,
    failures,
  };
}
