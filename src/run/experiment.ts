import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import type { ExperimentConfig } from "../config/experiment.ts";
import { stringifyConfig } from "../config/stringify.ts";
import { BackendError } from "../core/errors.ts";
import { RowNumbers, rowsOfPart } from "../data/row-set.ts";
import type { Split } from "../data/split.ts";
import { buildOnnx } from "../model/export.ts";
import { type FitOutcome, type FitRequest, fitFamily } from "../model/fit.ts";
import { metadataOf } from "../model/metadata.ts";
import { Model } from "../model/model.ts";
import { openExperiment } from "../model/open-experiment.ts";
import { compareOutputs, type Parity } from "../model/parity.ts";
import { placesOf, routeRaw } from "../model/routes.ts";
import { seal } from "../model/seal.ts";
import { readRows, type TableStream } from "../model/stream.ts";
import type { TrainEvent } from "../train/events.ts";
import { Linker } from "../train/link.ts";
import type { Part } from "../train/problem.ts";
import { versions } from "./versions.ts";

/** What a training run tells while it works: training's events, and the stages around it. */
export type RunEvent =
  | TrainEvent
  | { readonly type: "stage"; readonly stage: "read" | "encode" | "fit" | "export" | "report" };

export interface ExperimentOptions {
  /** Rows given in code; they take the place of `data`. */
  readonly rows?: readonly Readonly<Record<string, unknown>>[];
  /** The folder against which data paths resolve. */
  readonly baseDir: string;
  /** Memory for the rows, such as "512MB"; without it all rows are held in memory. */
  readonly memoryLimit?: string;
  /** Where encoded rows are kept on disk when memory is limited. */
  readonly cache?: string;
  /** The key that the run must have, of the run that is resumed. */
  readonly expectedKey?: string;
  readonly checkpoints?: string;
  readonly resume?: boolean;
  /** What the fit takes over from a trained model, and what identifies that. */
  readonly start?: { readonly key: string; readonly takeOver: NonNullable<FitRequest["takeOver"]> };
  readonly signal?: AbortSignal;
  onEvent?(event: RunEvent): void;
}

/** Everything a fit produced, before any of it is written. */
export interface Experiment {
  /** The configuration with inferred kinds filled in. */
  readonly config: ExperimentConfig;
  readonly stream: TableStream;
  readonly split: Split;
  /** How rows were split, in words. */
  readonly rule: string;
  readonly outcome: FitOutcome;
  /** The ONNX file. */
  readonly model: Uint8Array;
  readonly parity: Parity;
  readonly fingerprint: string;
  readonly runKey: string;
  readonly versions: Readonly<Record<string, string>>;
  close(): void;
}

/** Rows of the parity check. */
const parityRows = 256;

/**
 * Reads, splits, encodes, fits, scores and exports as a configuration says; writes nothing but the
 * caches and checkpoints it is given folders for.
 * @throws ConfigError, DataError, BackendError; INTERRUPTED after `signal`.
 */
export async function runExperiment(
  given: ExperimentConfig,
  options: ExperimentOptions,
): Promise<Experiment> {
  options.onEvent?.({ type: "stage", stage: "read" });
  const memoryLimit = options.memoryLimit ?? given.memoryLimit;
  const opened = await openExperiment(given, { ...options, memoryLimit });
  let outcome: FitOutcome | undefined;
  const close = () => {
    outcome?.close();
    opened.close();
  };
  try {
    const { config, stream, specs, split, rule, fingerprint } = opened;
    for (const message of opened.notes) options.onEvent?.({ type: "warning", message });
    const used = versions();
    const runKey = createHash("sha256")
      .update(JSON.stringify([stringifyConfig(given), fingerprint, used, options.start?.key]))
      .digest("hex");
    checkKey(runKey, options.expectedKey);

    options.onEvent?.({ type: "stage", stage: "encode" });
    if (memoryLimit !== undefined && options.cache !== undefined)
      mkdirSync(options.cache, { recursive: true });
    const { weightColumn, learner, training, seed, badCells } = config;
    outcome = await fitFamily({
      stream,
      specs,
      split,
      learner,
      training,
      seed,
      weightColumn,
      badCells,
      runKey,
      cache: memoryLimit === undefined ? undefined : options.cache,
      checkpoints: options.checkpoints,
      resume: options.resume,
      takeOver: options.start?.takeOver,
      signal: options.signal,
      onEvent: options.onEvent,
    });

    options.onEvent?.({ type: "stage", stage: "export" });
    const metadata = metadataOf(
      outcome.family,
      outcome.views,
      outcome.inputs,
      outcome.reported,
      used.polytask,
    );
    const { diagram } = outcome.fitted;
    const described = diagram
      ? { ...metadata, diagram: structuredClone(diagram) as never }
      : metadata;
    const model = await seal(
      buildOnnx(outcome.inputs, outcome.reported, outcome.fitted, described),
    );
    const parity = await checkParity(model, outcome, stream, split);
    return {
      config: opened.declared,
      stream,
      split,
      rule,
      outcome,
      model,
      parity,
      fingerprint,
      runKey,
      versions: used,
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** A finished run is not written over by another. @throws BackendError CHECKPOINT_CORRUPT. */
function checkKey(runKey: string, expected: string | undefined): void {
  if (expected === undefined || expected === runKey) return;
  throw new BackendError(
    "CHECKPOINT_CORRUPT",
    "resume: the configuration, data and versions of the run in the folder; at least one has changed",
    { hint: "train into a new folder" },
  );
}

/** The exported file must give what the trained model gave, cells to outputs, before it is written. */
async function checkParity(
  bytes: Uint8Array,
  outcome: FitOutcome,
  stream: TableStream,
  split: Split,
): Promise<Parity> {
  const part = (["test", "validation", "train"] as const).find((p) => outcome.parts[p]) ?? "train";
  const rows = new RowNumbers(rowsOfPart(split, part)).take(parityRows);
  const { reported } = outcome;
  const linker = await Linker.create(reported);
  try {
    const model = await Model.open(bytes);
    try {
      const table = await readRows(stream, model.columns, rows);
      const exported = await model.outputs(table);
      const { store } = outcome.parts[part] as Part;
      const first = Int32Array.from(rows, (_, i) => i);
      const raw = await outcome.fitted.predict(store, first);
      for (const task of reported) {
        const { route } = task;
        if (route) raw[task.name] = routeRaw({ ...task, route }, raw, placesOf(route, table));
      }
      const trained = await linker.link(raw, rows.length);
      return compareOutputs(reported, trained, exported, rows.length);
    } finally {
      await model.dispose();
    }
  } finally {
    await linker.dispose();
  }
}
