import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { basename } from "node:path";
import type { ExperimentConfig } from "../config/experiment.ts";
import { stringifyConfig } from "../config/stringify.ts";
import { ConfigError } from "../core/errors.ts";
import { assessQuality } from "../data/quality.ts";
import { openSource, type Source } from "../data/source.ts";
import { buildOnnx } from "../model/export.ts";
import { type FitOutcome, fitFamily, type PartName } from "../model/fit.ts";
import { metadataOf } from "../model/metadata.ts";
import { Model } from "../model/model.ts";
import { compareOutputs, type Parity } from "../model/parity.ts";
import { resolveSpecs } from "../model/specs.ts";
import { splitRows } from "../model/split-rows.ts";
import {
  joinStreams,
  memoryStream,
  readRows,
  sourceStream,
  type TableStream,
} from "../model/stream.ts";
import { renderReport } from "../report/render.ts";
import { columnsOf } from "../train/encode.ts";
import type { TrainEvent } from "../train/events.ts";
import { hashOf, RunFolder, runFiles } from "./folder.ts";
import { predictionsCsv } from "./predictions.ts";
import { runRecord } from "./record.ts";
import { versions } from "./versions.ts";
import { worstExamples } from "./worst.ts";

/** What a training run tells while it works: training's events, and the stages around it. */
export type RunEvent =
  | TrainEvent
  | { readonly type: "stage"; readonly stage: "read" | "encode" | "fit" | "export" | "report" };

export interface TrainRunOptions {
  /** The run folder: new, empty, or an unfinished run's with `resume`. */
  readonly out: string;
  readonly resume?: boolean;
  /** Memory for the rows, such as "512MB"; without it all rows are held in memory. */
  readonly memoryLimit?: string;
  readonly signal?: AbortSignal;
  /** The folder against which data paths resolve. */
  readonly baseDir: string;
  /** The command line, for the record. */
  readonly command?: string;
  onEvent?(event: RunEvent): void;
}

export interface TaskSummary {
  readonly kind: string;
  readonly primary: string;
  /** The part that was scored: test rows where there are some. */
  readonly part: "test" | "validation" | undefined;
  readonly rows: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly baseline: Readonly<Record<string, number>>;
}

export interface RunSummary {
  readonly dir: string;
  readonly tasks: Readonly<Record<string, TaskSummary>>;
  readonly parity: Parity;
  readonly seconds: number;
  readonly report: string;
}

/** Rows of the parity check. */
const parityRows = 256;

/** Rows of the sample from which column kinds are inferred. */
const sampleRows = 10_000;

/**
 * Trains as a configuration says and leaves a run folder: the model as one ONNX file, metrics,
 * predictions, history and a report. The same configuration, data and versions give the same files,
 * but for times.
 * @throws ConfigError, DataError, BackendError; INTERRUPTED after `signal`, with a checkpoint kept.
 */
export async function trainRun(
  config: ExperimentConfig,
  options: TrainRunOptions,
): Promise<RunSummary> {
  const started = new Date();
  const clock = performance.now();
  if (!config.data)
    throw new ConfigError("CONFIG_INVALID", "data: a path; got nothing", {
      hint: "name the data file in the configuration",
    });
  const folder = new RunFolder(options.out, options.resume ?? false);
  const text = stringifyConfig(config);
  folder.write("config", text);
  options.onEvent?.({ type: "stage", stage: "read" });
  const memoryLimit = options.memoryLimit ?? config.memoryLimit;
  const sources = await openSources(config, options.baseDir, memoryLimit);
  try {
    const stream = await openStream(sources, memoryLimit !== undefined);
    const sample =
      memoryLimit === undefined
        ? await sources[0].read()
        : await sources[0].sample(sampleRows, config.seed);
    const specs = resolveSpecs(
      { inputs: config.inputs, tasks: config.tasks, reserved: reservedColumns(config) },
      sample,
    );
    const counts = await Promise.all(sources.map((s) => s.rowCount()));
    const { split, rule } = await splitRows(
      stream,
      config.split,
      specs.tasks.map((t) => t.column),
      config.seed,
      partCounts(config, counts),
    );
    const fingerprint = (await Promise.all(sources.map((s) => s.fingerprint()))).join("+");
    const used = versions();
    const runKey = createHash("sha256")
      .update(JSON.stringify([text, fingerprint, used]))
      .digest("hex");
    if (memoryLimit !== undefined) mkdirSync(folder.at("cache"), { recursive: true });

    options.onEvent?.({ type: "stage", stage: "encode" });
    const { weightColumn, learner, training, seed, badCells } = config;
    const outcome = await fitFamily({
      stream,
      specs,
      split,
      learner,
      training,
      seed,
      weightColumn,
      badCells,
      runKey,
      cache: memoryLimit === undefined ? undefined : folder.at("cache"),
      checkpoints: folder.at("checkpoints"),
      resume: options.resume,
      signal: options.signal,
      onEvent: options.onEvent,
    });
    const history = outcome.fitted.history ?? [];

    options.onEvent?.({ type: "stage", stage: "export" });
    const metadata = metadataOf(outcome.family, outcome.inputs, outcome.tasks, used.polytask);
    const bytes = buildOnnx(outcome.inputs, outcome.tasks, outcome.fitted, metadata);
    const parity = await checkParity(bytes, outcome, stream, split);
    const model = hashOf("model.onnx", bytes);
    folder.write("model", bytes);
    folder.writeJson("manifest", { format: 1, files: [model] });

    options.onEvent?.({ type: "stage", stage: "report" });
    const rows = {
      train: split.train.length,
      validation: split.validation.length,
      test: split.test.length,
    };
    const scored = (["test", "validation"] as const).find((p) => outcome.results[p] !== undefined);
    const worst = scored ? await worstExamples(outcome, stream, scored, split[scored]) : [];
    const names = columnsOf(outcome.inputs, outcome.tasks);
    const quality =
      memoryLimit === undefined
        ? assessQuality(
            await readRows(
              stream,
              names,
              Int32Array.from({ length: stream.rows }, (_, i) => i),
            ),
            {
              inputs: outcome.inputs.map((i) => i.column),
              targets: outcome.tasks.map((t) => t.column),
              split,
            },
          )
        : undefined;
    const tasks = summarise(outcome, scored);
    const seconds = (performance.now() - clock) / 1000;
    const record = runRecord({
      project: config.name,
      name: basename(options.out),
      startedAt: started.toISOString(),
      seed: config.seed,
      wallSeconds: seconds,
      command: options.command ?? "",
      versions: used,
      source: stream.origin,
      fingerprint,
      config: text,
      rule,
      selection: config.training.earlyStopping.rule,
      epochsPlanned: config.training.epochs,
      rows,
      outcome,
      history,
      worst,
      quality,
      model: bytes,
      parity,
      files: [{ ...model, path: runFiles.model }],
    });
    folder.write("history", history.map((h) => `${JSON.stringify(h)}\n`).join(""));
    folder.writeJson("metrics", metricsJson(outcome));
    folder.write("predictions", predictionsCsv(outcome, split));
    folder.writeJson("record", record);
    folder.write("report", renderReport(record));
    folder.writeJson("run", {
      format: 1,
      name: config.name,
      startedAt: started.toISOString(),
      seconds,
      seed: config.seed,
      versions: used,
      data: { source: stream.origin, fingerprint, rows: stream.rows },
      runKey,
      rows,
      split: rule,
      threads: outcome.fitted.facts.threads,
      peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
      command: options.command,
      parity,
    });
    outcome.fitted.dispose();
    folder.sweep();
    return { dir: options.out, tasks, parity, seconds, report: folder.at("report") };
  } finally {
    for (const source of sources) source.close();
  }
}

/** The training data, then for a split by files the validation and test files. */
async function openSources(
  config: ExperimentConfig,
  baseDir: string,
  memoryLimit: string | undefined,
): Promise<Source[]> {
  const { path, ...how } = config.data as NonNullable<ExperimentConfig["data"]>;
  const open = (spec: string | readonly string[]) =>
    openSource(spec, { baseDir, memoryLimit, ...how });
  const specs = [
    path,
    ...(config.split.type === "files" ? [config.split.validation, config.split.test] : []),
  ];
  const sources: Source[] = [];
  for (const spec of specs) if (spec !== undefined) sources.push(await open(spec));
  return sources;
}

async function openStream(sources: readonly Source[], streaming: boolean): Promise<TableStream> {
  const streams: TableStream[] = [];
  for (const source of sources)
    streams.push(streaming ? await sourceStream(source) : memoryStream(await source.read()));
  return streams.length === 1 ? streams[0] : joinStreams(streams);
}

function partCounts(
  config: ExperimentConfig,
  counts: readonly number[],
): Record<PartName, number> | undefined {
  if (config.split.type !== "files") return undefined;
  const [train, ...rest] = counts;
  const validation = config.split.validation === undefined ? 0 : (rest.shift() ?? 0);
  return { train, validation, test: rest.shift() ?? 0 };
}

function reservedColumns(config: ExperimentConfig): string[] {
  return [config.weightColumn, "column" in config.split ? config.split.column : undefined].filter(
    (n) => n !== undefined,
  );
}

/** The exported file must give what the trained model gave, cells to outputs, before it is written. */
async function checkParity(
  bytes: Uint8Array,
  outcome: FitOutcome,
  stream: TableStream,
  split: Record<PartName, Int32Array>,
): Promise<Parity> {
  const part = (["test", "validation"] as const).find((p) => outcome.results[p] !== undefined);
  if (part === undefined) return { rows: 0, maxAbsDifference: 0, tolerance: 0 };
  const rows = split[part].subarray(0, parityRows);
  const model = await Model.open(bytes);
  try {
    const table = await readRows(stream, columnsOf(outcome.inputs), rows);
    const exported = await model.outputs(table);
    const trained = Object.fromEntries(
      Object.entries(outcome.results[part]?.outputs ?? {}).map(([task, outputs]) => [
        task,
        Object.fromEntries(
          Object.entries(outputs).map(([name, v]) => [
            name,
            v.slice(0, (v.length / split[part].length) * rows.length),
          ]),
        ),
      ]),
    );
    return compareOutputs(outcome.tasks, trained as never, exported, rows.length);
  } finally {
    await model.dispose();
  }
}

function summarise(
  outcome: FitOutcome,
  part: "test" | "validation" | undefined,
): Record<string, TaskSummary> {
  return Object.fromEntries(
    outcome.tasks.map((t) => {
      const evaluation = part && outcome.results[part]?.evaluations[t.name];
      return [
        t.name,
        {
          kind: t.kind.name,
          primary: t.kind.primary,
          part,
          rows: evaluation?.rows ?? 0,
          metrics: evaluation?.metrics ?? {},
          baseline: (part && outcome.baseline[part]?.evaluations[t.name].metrics) ?? {},
        },
      ];
    }),
  );
}

function metricsJson(outcome: FitOutcome): unknown {
  return {
    format: 1,
    tasks: Object.fromEntries(
      outcome.tasks.map((t) => [
        t.name,
        {
          kind: t.kind.name,
          primary: t.kind.primary,
          ...Object.fromEntries(
            (["validation", "test"] as const)
              .filter((p) => outcome.results[p] !== undefined)
              .map((p) => [
                p,
                {
                  ...outcome.results[p]?.evaluations[t.name],
                  baseline: outcome.baseline[p]?.evaluations[t.name].metrics,
                },
              ]),
          ),
        },
      ]),
    ),
  };
}
