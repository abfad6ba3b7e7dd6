import type { ExperimentConfig } from "../config/experiment.ts";
import { resolveConfig } from "../config/load.ts";
import { ConfigError } from "../core/errors.ts";
import { Model } from "../model/model.ts";
import { type RunEvent, runExperiment } from "../run/experiment.ts";
import { load as open, readFacts } from "../run/open.ts";
import { trainRun } from "../run/train-run.ts";
import type { Evaluation } from "../tasks/task.ts";
import type { EpochRecord } from "../train/events.ts";
import type { InputDeclaration, TaskDeclaration } from "./declare.ts";
import { TrainedModel } from "./trained-model.ts";

type Rows = readonly Readonly<Record<string, unknown>>[];

export interface TrainOptions<T extends Readonly<Record<string, TaskDeclaration>>> {
  /** Path, pattern or list of paths of the data, or the rows themselves. */
  readonly data: string | readonly string[] | Rows;
  /** What goes in, by name. */
  readonly inputs: Readonly<Record<string, InputDeclaration>>;
  /** What comes out, by name; cells without a label are masked, rows are never dropped. */
  readonly tasks: T;
  /** The family and its options; a neural network where absent. */
  readonly learner?: string | { readonly type: string; readonly [option: string]: unknown };
  /** As `training` of a configuration. */
  readonly training?: Readonly<Record<string, unknown>>;
  /** As `split` of a configuration. */
  readonly split?: Readonly<Record<string, unknown>>;
  readonly weightColumn?: string;
  readonly seed?: number;
  readonly badCells?: "missing" | "error";
  /** The folder against which relative paths resolve; the working folder where absent. */
  readonly baseDir?: string;
  /** A folder for checkpoints, metrics, predictions and the report; nothing is written without it. */
  readonly out?: string;
  readonly resume?: boolean;
  /** Memory for the rows, such as "512MB"; needs `out`. */
  readonly memoryLimit?: string;
  readonly signal?: AbortSignal;
  onEvent?(event: RunEvent): void;
}

/**
 * Learns several tasks from several inputs and returns the model with its scores on rows it did not
 * train on.
 * @throws ConfigError, DataError or BackendError, each with a code and a hint.
 */
export async function train<const T extends Readonly<Record<string, TaskDeclaration>>>(
  options: TrainOptions<T>,
): Promise<TrainedModel<T>> {
  const {
    data,
    baseDir = process.cwd(),
    out,
    resume,
    memoryLimit,
    signal,
    onEvent,
    ...rest
  } = options;
  const rows = isRows(data) ? data : undefined;
  const config: ExperimentConfig = resolveConfig(rows ? rest : { ...rest, data });
  if (out !== undefined) {
    await trainRun(config, { rows, out, resume, memoryLimit, signal, onEvent, baseDir });
    return load<T>(out);
  }
  for (const [name, value] of Object.entries({ resume, memoryLimit })) {
    if (value === undefined || value === false) continue;
    throw new ConfigError("CONFIG_INVALID", `train: ${name} together with out; got no folder`, {
      hint: "name a folder for the run under out",
    });
  }
  const experiment = await runExperiment(config, { rows, baseDir, signal, onEvent });
  try {
    const { outcome, model } = experiment;
    const history: readonly EpochRecord[] = outcome.fitted.history ?? [];
    const scores = Object.fromEntries(
      (["validation", "test"] as const).flatMap((part) => {
        const result = outcome.results[part];
        return result
          ? [[part, result.evaluations as Readonly<Record<string, Evaluation>>] as const]
          : [];
      }),
    );
    return new TrainedModel(await Model.open(model), { history, scores });
  } finally {
    experiment.close();
  }
}

/**
 * Opens a trained model: a run folder, with its history and scores, or an ONNX file.
 * @throws BackendError MODEL_CORRUPT, IO.
 */
export async function load<T extends Readonly<Record<string, TaskDeclaration>>>(
  path: string,
): Promise<TrainedModel<T>> {
  return new TrainedModel<T>(await open(path), readFacts(path));
}

function isRows(data: string | readonly string[] | Rows): data is Rows {
  return Array.isArray(data) && (data.length === 0 || typeof data[0] === "object");
}
