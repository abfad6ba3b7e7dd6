import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import type { ExperimentConfig } from "../config/experiment.ts";
import { BackendError } from "../core/errors.ts";
import { writeAtomic } from "../train/atomic-file.ts";
import { type HeldOut, scoreBlend } from "./blend.ts";
import type { FitResult, WorkSpec } from "./fit-spec.ts";
import { StudyRows } from "./fold-rows.ts";
import { type Laborer, moduleBeside, type Trade } from "./pool.ts";
import { runFit } from "./run-fit.ts";

/** Work that a process of a study can do by itself. */
export interface WorkOrder {
  readonly key: string;
  readonly work: WorkSpec;
  readonly config: ExperimentConfig;
  readonly baseDir: string;
  /** Where held-out predictions are kept, one file a fit. */
  readonly predictions: string;
  /** Whether they are wanted later. */
  readonly keep: boolean;
  /** Where a fit that stops early keeps its checkpoint, and goes on from. */
  readonly checkpoints?: string;
}

/** Does the work of a study in one process; the table is read once. */
export class Worker implements Laborer<WorkOrder, FitResult> {
  private rows: { readonly of: string; readonly rows: StudyRows } | undefined;

  /** @throws ConfigError, DataError, BackendError. */
  async do(order: WorkOrder): Promise<FitResult> {
    const { config, baseDir, work, key, predictions } = order;
    const { data, split, seed } = config;
    const of = JSON.stringify([data, split, seed, baseDir]);
    if (this.rows?.of !== of) {
      this.close();
      this.rows = { of, rows: await StudyRows.open(config, baseDir) };
    }
    const { folds, repeat, fold, within } = work;
    const rows = await this.rows.rows.fold(config, { folds, repeat, fold, within });
    if ("blend" in work) {
      const started = performance.now();
      const read = (task: string, keys: readonly string[]) =>
        keys.map((k) => readPredictions(predictions, k)[task]);
      const learned = work.tasks.filter((name) => rows.tasks.some((t) => t.name === name));
      const scores = learned.map((task) => {
        const others = work.stack?.[task]?.map((keys) => read(task, keys));
        const { rows: labelled, metrics } = scoreBlend(read(task, work.blend[task]), others);
        return [task, { rows: labelled, metrics }] as const;
      });
      return {
        scores: Object.fromEntries(scores),
        left: rows.left,
        parameters: 0,
        seconds: (performance.now() - started) / 1000,
        memoryBytes: process.memoryUsage().rss,
        rows: {
          train: rows.train.store.rows,
          validation: rows.validation?.store.rows ?? 0,
          heldOut: rows.heldOut.store.rows,
        },
      };
    }
    const { result, heldOut } = await runFit(rows, config, work, order.checkpoints);
    if (order.keep) {
      mkdirSync(predictions, { recursive: true });
      writeAtomic(join(predictions, key), [serialize(heldOut)]);
    }
    return result;
  }

  close(): void {
    this.rows?.rows.close();
    this.rows = undefined;
  }
}

/** How fits of a study are done. */
export const fitting: Trade<WorkOrder, FitResult> = {
  create: () => new Worker(),
  script: moduleBeside(import.meta.url, "worker-process"),
};

function readPredictions(folder: string, key: string): HeldOut {
  const path = join(folder, key);
  try {
    return deserialize(readFileSync(path)) as HeldOut;
  } catch (cause) {
    throw new BackendError("IO", `${path}: held-out predictions of a fit; it cannot be read`, {
      cause,
    });
  }
}
