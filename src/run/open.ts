import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { BackendError } from "../core/errors.ts";
import { Model } from "../model/model.ts";
import type { RunRecord } from "../report/record.ts";
import { renderReport } from "../report/render.ts";
import { systemMessage, writeAtomic } from "../train/atomic-file.ts";
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
