import { mkdirSync, readdirSync } from "node:fs";
import { cpus } from "node:os";
import { basename, join } from "node:path";
import type { ExperimentConfig } from "../config/experiment.ts";
import { BackendError } from "../core/errors.ts";
import type { RunRecord } from "../report/record.ts";
import { renderReport } from "../report/render.ts";
import { systemMessage, writeAtomic } from "../train/atomic-file.ts";
import { requireOwnFolder } from "./own-folder.ts";
import { versions } from "./versions.ts";

/** What lies where in the folder of a study, besides its summary. */
export const studyFiles = {
  config: "config.yaml",
  record: "record.json",
  report: "report.html",
  log: "fits.jsonl",
} as const;

/**
 * Makes the folder of a study, or opens that of an unfinished one.
 * @throws BackendError IO where it holds other files, or a study that is not to be resumed.
 */
export function openStudyFolder(path: string, resume: boolean): void {
  let names: string[];
  try {
    mkdirSync(path, { recursive: true });
    names = readdirSync(path);
  } catch (cause) {
    throw new BackendError("IO", `${path}: a folder for the study; ${systemMessage(cause)}`, {
      cause,
    });
  }
  requireOwnFolder(path, names, "study", { begun: names.includes(studyFiles.log), resume });
}

export interface StudyFacts extends Pick<RunRecord, "comparison" | "tuning"> {
  readonly out: string;
  readonly command: string | undefined;
  readonly startedAt: string;
  /** Of `performance.now()` at the start. */
  readonly clock: number;
  /** The configuration as YAML. */
  readonly text: string;
  readonly source: string;
  readonly fingerprint: string;
  readonly rule: string;
  readonly rows: RunRecord["split"]["rows"];
}

/** The record behind the report of a study. */
export function studyRecord(
  config: ExperimentConfig,
  { out, command, startedAt, clock, text, source, fingerprint, rule, rows, ...found }: StudyFacts,
): RunRecord {
  return {
    format: 1,
    run: {
      project: config.name,
      name: basename(out),
      startedAt,
      seed: config.seed,
      wallSeconds: (performance.now() - clock) / 1000,
      command: command ?? "",
      versions: versions(),
      platform: { system: `${process.platform} ${process.arch}`, processor: cpus()[0]?.model },
      data: { source, fingerprint },
    },
    config: text,
    split: { rule, rows },
    inputs: [],
    tasks: [],
    ...found,
  };
}

/** Writes what a study leaves. @throws BackendError IO. */
export function writeStudy(
  out: string,
  files: {
    readonly text: string;
    readonly record: RunRecord;
    readonly summary: unknown;
    readonly summaryFile: string;
  },
): void {
  const write = (file: string, content: string) =>
    writeAtomic(join(out, file), [Buffer.from(content)]);
  write(studyFiles.config, files.text);
  write(studyFiles.record, `${JSON.stringify(files.record, null, 2)}\n`);
  write(studyFiles.report, renderReport(files.record));
  write(files.summaryFile, `${JSON.stringify(files.summary, finite, 2)}\n`);
}

function finite(_: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? null : value;
}
