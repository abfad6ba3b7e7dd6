import { basename } from "node:path";
import type { ExperimentConfig } from "../config/experiment.ts";
import { rebaseConfig, stringifyConfig } from "../config/stringify.ts";
import { ConfigError } from "../core/errors.ts";
import { assessQuality } from "../data/quality.ts";
import { rowsOfPart } from "../data/row-set.ts";
import type { FitOutcome } from "../model/fit.ts";
import type { Parity } from "../model/parity.ts";
import { memberName, type ReportedTask, type Route } from "../model/routes.ts";
import { readColumns } from "../model/stream.ts";
import type { RunRecord } from "../report/record.ts";
import { renderReport } from "../report/render.ts";
import { inputWorth } from "../study/input-worth.ts";
import { sourceColumns } from "../train/input-cells.ts";
import { columnsOf } from "../train/learn.ts";
import { cellExamples } from "./cell-examples.ts";
import { type Experiment, type ExperimentOptions, runExperiment } from "./experiment.ts";
import { hashOf, RunFolder, runFiles } from "./folder.ts";
import { predictionsCsv } from "./predictions.ts";
import { runRecord } from "./record.ts";
import { retrievalExamples } from "./retrieval-examples.ts";
import { worstExamples } from "./worst.ts";

export interface TrainRunOptions extends Omit<ExperimentOptions, "cache" | "checkpoints"> {
  /** The run folder: new, empty, or an unfinished run's with `resume`. */
  readonly out: string;
  /** The command line, for the record. */
  readonly command?: string;
  /** Further blocks of the record, for the report. */
  readonly blocks?: Pick<RunRecord, "transfer">;
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
  const startedAt = new Date().toISOString();
  const clock = performance.now();
  if (config.pareto !== undefined) {
    throw new ConfigError("CONFIG_INVALID", `pareto: none for a single run; got ${config.pareto}`, {
      hint: "paretoRun, or polytask train, trains the models of a front",
    });
  }
  const folder = new RunFolder(options.out, options.resume ?? false);
  try {
    return await trainInto(folder, config, { ...options, startedAt, clock });
  } finally {
    folder.close();
  }
}

/** As `trainRun`, into a folder that is open. */
export async function trainInto(
  folder: RunFolder,
  config: ExperimentConfig,
  options: TrainRunOptions & { readonly startedAt: string; readonly clock: number },
): Promise<RunSummary> {
  let experiment: Experiment | undefined;
  try {
    experiment = await runExperiment(config, {
      ...options,
      cache: folder.at("cache"),
      checkpoints: folder.at("checkpoints"),
      expectedKey: folder.finishedKey(),
    });
    options.onEvent?.({ type: "stage", stage: "report" });
    return await writeRun(folder, experiment, options);
  } finally {
    experiment?.close();
  }
}

async function writeRun(
  folder: RunFolder,
  experiment: Experiment,
  {
    out,
    baseDir,
    command,
    startedAt,
    clock,
    blocks,
  }: TrainRunOptions & { readonly startedAt: string; readonly clock: number },
): Promise<RunSummary> {
  const { config, stream, split, outcome, model, parity, fingerprint, runKey, versions } =
    experiment;
  // Paths in the folder's own configuration start at the folder.
  const text = stringifyConfig(rebaseConfig(config, baseDir, out));
  const hash = hashOf("model.onnx", model);
  folder.write("config", text);
  folder.write("model", model);
  folder.writeJson("manifest", { format: 1, files: [hash] });
  const part = (["test", "validation"] as const).find((p) => outcome.results[p] !== undefined);
  const history = outcome.fitted.history ?? [];
  const rows = {
    train: rowsOfPart(split, "train").length,
    validation: rowsOfPart(split, "validation").length,
    test: rowsOfPart(split, "test").length,
  };
  const scored = part && rowsOfPart(split, part);
  const worst = scored ? await worstExamples(outcome, stream, part, scored) : [];
  const worth = part ? await inputWorth(outcome, part, config.seed) : undefined;
  const retrieval = scored ? await retrievalExamples(outcome, stream, part, scored) : [];
  const cells = scored ? await cellExamples(outcome, stream, part, scored) : [];
  const seconds = (performance.now() - clock) / 1000;
  const record = {
    ...blocks,
    ...runRecord({
      project: config.name,
      name: basename(out),
      startedAt,
      seed: config.seed,
      wallSeconds: seconds,
      command: command ?? "",
      versions,
      source: stream.origin,
      fingerprint,
      config: text,
      rule: experiment.rule,
      selection: config.training.earlyStopping.rule,
      epochsPlanned: config.training.epochs,
      rows,
      outcome,
      history,
      worst,
      worth,
      retrieval,
      cells,
      quality: await qualityOf(experiment),
      model,
      parity,
      files: [{ ...hash, path: runFiles.model }],
    }),
  };
  folder.write("history", history.map((h) => `${JSON.stringify(h)}\n`).join(""));
  folder.writeJson("metrics", metricsJson(outcome));
  folder.writePieces("predictions", predictionsCsv(outcome, split));
  folder.writeJson("record", record);
  folder.write("report", renderReport(record));
  folder.writeJson("run", {
    format: 1,
    name: config.name,
    startedAt,
    seconds,
    seed: config.seed,
    versions,
    data: { source: stream.origin, fingerprint, rows: stream.rows },
    runKey,
    rows,
    split: experiment.rule,
    threads: outcome.fitted.facts.threads,
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    command,
    parity,
  });
  return {
    dir: out,
    tasks: summarise(outcome, part),
    parity,
    seconds,
    report: folder.at("report"),
  };
}

/** Facts on the data, where the rows fit in memory. */
async function qualityOf({
  config,
  stream,
  split,
  outcome,
}: Experiment): Promise<ReturnType<typeof assessQuality> | undefined> {
  if (config.memoryLimit !== undefined) return undefined;
  const table = await readColumns(stream, columnsOf(outcome.inputs, outcome.reported));
  return assessQuality(table, {
    inputs: outcome.inputs.flatMap(sourceColumns),
    targets: outcome.reported.filter((t) => !t.kind.objective).map((t) => t.column),
    split,
  });
}

function summarise(
  outcome: FitOutcome,
  part: "test" | "validation" | undefined,
): Record<string, TaskSummary> {
  return Object.fromEntries(
    outcome.reported.map((t) => {
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

/** Metrics of each value whose rows a task has to itself: value → part → metrics. */
function metricsOfValues(
  task: ReportedTask,
  { values }: Route,
  { results, baseline }: FitOutcome,
): Record<string, unknown> {
  const parts = (["validation", "test"] as const).filter((p) => results[p] !== undefined);
  const of = (name: string, part: (typeof parts)[number]) => ({
    ...results[part]?.evaluations[name],
    baseline: baseline[part]?.evaluations[name].metrics,
  });
  return Object.fromEntries(
    values.map((value) => [
      value,
      Object.fromEntries(parts.map((part) => [part, of(memberName(task, value), part)])),
    ]),
  );
}

function metricsJson(outcome: FitOutcome): unknown {
  return {
    format: 1,
    tasks: Object.fromEntries(
      outcome.reported.map((t) => [
        t.name,
        {
          kind: t.kind.name,
          primary: t.kind.primary,
          ...(t.route && { by: t.route.by, values: metricsOfValues(t, t.route, outcome) }),
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
