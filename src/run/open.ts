import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { BackendError } from "../core/errors.ts";
import { Model } from "../model/model.ts";
import type { RunRecord } from "../report/record.ts";
import { renderReport } from "../report/render.ts";
import type { Evaluation } from "../tasks/task.ts";
import { systemMessage, writeAtomic } from "../train/atomic-file.ts";
import type { EpochRecord } from "../train/events.ts";
import { readVerifiedModel, runFiles } from "./folder.ts";

/**
 * Opens the model of a run folder, or of an ONNX file on its own.
 * @throws BackendError IO where nothing is there, MODEL_CORRUPT where it is damaged or altered.
 */
export async function load(
  path: string,
  options: { readonly threads?: number } = {},
): Promise<Model> {
  return Model.open(modelBytes(path), { where: path, ...options });
}

/** The verified bytes of a run's ONNX file, or those of a file. @throws as `load`. */
export function modelBytes(path: string): Uint8Array {
  let folder: boolean;
  try {
    folder = statSync(path).isDirectory();
  } catch (cause) {
    throw new BackendError(
      "IO",
      `${path}: a run folder or an .onnx file; ${systemMessage(cause)}`,
      { cause },
    );
  }
  if (folder) return readVerifiedModel(path);
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new BackendError("IO", `${path}: a file to read; ${systemMessage(cause)}`, { cause });
  }
}

/** Metrics on validation and test rows: part → task → metrics and rows used. */
export type RunScores = Readonly<
  Partial<Record<"validation" | "test", Readonly<Record<string, Evaluation>>>>
>;

/**
 * How the training of a run folder went, and its scores; undefined for a file.
 * @throws BackendError IO where the folder lacks them.
 */
export function readFacts(
  path: string,
): { readonly history: readonly EpochRecord[]; readonly scores: RunScores } | undefined {
  if (!statSync(path).isDirectory()) return undefined;
  const history = readText(join(path, runFiles.history))
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => revive(line) as EpochRecord);
  const { tasks } = revive(readText(join(path, runFiles.metrics))) as {
    tasks: Record<string, Partial<Record<"validation" | "test", Evaluation>>>;
  };
  const scores: Partial<Record<"validation" | "test", Record<string, Evaluation>>> = {};
  for (const part of ["validation", "test"] as const) {
    for (const [task, found] of Object.entries(tasks)) {
      const { rows, metrics, undefined: without, unknown } = found[part] ?? {};
      if (rows === undefined || metrics === undefined) continue;
      const evaluation = { rows, metrics, undefined: without ?? {}, ...(unknown && { unknown }) };
      scores[part] = { ...scores[part], [task]: evaluation };
    }
  }
  return { history, scores };
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new BackendError("IO", `${path}: a file of a finished run; ${systemMessage(cause)}`, {
      cause,
    });
  }
}

/** Parses JSON in which numbers that are not finite have become null. */
function revive(text: string): unknown {
  return JSON.parse(text, (_, value) => (value === null ? Number.NaN : value));
}

/** Copies a run's verified ONNX file. */
export function exportModel(path: string, out: string): number {
  const bytes = modelBytes(path);
  writeAtomic(out, [bytes]);
  return bytes.length;
}

/** Draws the report of a run again from its record; returns the report's path. */
export function redrawReport(dir: string): string {
  const path = join(dir, runFiles.record);
  let record: RunRecord;
  try {
    record = JSON.parse(readFileSync(path, "utf8")) as RunRecord;
  } catch (cause) {
    throw new BackendError("IO", `${path}: the record of a finished run; ${systemMessage(cause)}`, {
      cause,
      hint: "is this a run folder?",
    });
  }
  const report = join(dir, runFiles.report);
  writeAtomic(report, [Buffer.from(renderReport(record))]);
  return report;
}
