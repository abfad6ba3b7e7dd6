/** How benches that ask what is learned from rows in memory fit them, score them, and keep their results. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { ExperimentConfig } from "../src/config/experiment.ts";
import type { Table } from "../src/data/columns.ts";
import type { Split } from "../src/data/split.ts";
import { type FitOutcome, fitFamily } from "../src/model/fit.ts";
import { resolveSpecs } from "../src/model/specs.ts";
import { memoryStream } from "../src/model/stream.ts";

export interface RowFit {
  /** What was learned of the tasks, with their classes. */
  readonly tasks: FitOutcome["tasks"];
  readonly results: FitOutcome["results"];
  /** A metric of a task on test rows; NaN where it has none. */
  test(task: string, metric?: string): number;
  /** On the clock, to a tenth. */
  readonly seconds: number;
  /** Of all threads together. */
  readonly processorSeconds: number;
}

/** Fits and scores what a configuration declares; the model is freed. A cell that cannot be read is an error. */
export async function fitRows(
  { inputs, tasks, learner, training, seed }: ExperimentConfig,
  table: Table,
  split: Split,
): Promise<RowFit> {
  const specs = resolveSpecs({ inputs, tasks, reserved: [] }, table);
  const stream = memoryStream(table);
  const began = performance.now();
  const before = process.cpuUsage();
  const outcome = await fitFamily({
    stream,
    specs,
    split,
    learner,
    training,
    seed,
    badCells: "error",
  });
  const { user, system } = process.cpuUsage(before);
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  outcome.close();
  const { results } = outcome;
  return {
    tasks: outcome.tasks,
    results,
    test: (task, metric = "accuracy") =>
      results.test?.evaluations[task]?.metrics[metric] ?? Number.NaN,
    seconds,
    processorSeconds: (user + system) / 1e6,
  };
}

/** Row numbers from one up to, but not including, another. */
export function span(from: number, to: number): Int32Array {
  return Int32Array.from({ length: to - from }, (_, i) => from + i);
}

export function mean(list: readonly number[]): number {
  return list.reduce((a, b) => a + b, 0) / list.length;
}

/** The deviation of a sample; 0 of one number. */
export function deviation(list: readonly number[]): number {
  const middle = mean(list);
  const squares = list.reduce((sum, x) => sum + (x - middle) ** 2, 0);
  return Math.sqrt(squares / Math.max(1, list.length - 1));
}

/** Writes a record of results by name; what was not run this time keeps the results that the file has. */
export function keepResults(
  file: string,
  record: { readonly results: Readonly<Record<string, unknown>>; readonly [key: string]: unknown },
): void {
  const known = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  const kept = { ...record, results: { ...known.results, ...record.results } };
  const all = { ...known, ...kept, date: new Date().toISOString() };
  writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`);
}
