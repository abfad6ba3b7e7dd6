import { cpus } from "node:os";
import { readModel } from "../compiler/onnx/read.ts";
import type { DataQuality } from "../data/quality.ts";
import type { FitOutcome } from "../model/fit.ts";
import type { Parity } from "../model/parity.ts";
import type { PartName } from "../model/placed-rows.ts";
import { memberName, type ReportedTask } from "../model/routes.ts";
import type {
  Fact,
  Measure,
  MetricRow,
  PredictedCellsRecord,
  RetrievalExample,
  RunRecord,
  TaskRecord,
  WorstExample,
  WorthRecord,
} from "../report/record.ts";
import { hasLabel } from "../tasks/has-label.ts";
import { metricFacts, type PredictionKind } from "../tasks/metrics/table.ts";
import { detailScored } from "../tasks/scored.ts";
import type { EpochRecord } from "../train/events.ts";
import type { LearnedTask } from "../train/learn.ts";
import { type FileHash, runFiles } from "./folder.ts";
import { reportedHistory } from "./group-history.ts";
import { bootstrapInterval } from "./interval.ts";
import { qualityRecord } from "./quality-record.ts";

export interface RecordParts {
  readonly project: string;
  readonly name: string;
  readonly startedAt: string;
  readonly seed: number;
  readonly wallSeconds: number;
  readonly command: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly source: string;
  readonly fingerprint: string;
  readonly config: string;
  readonly rule: string;
  readonly selection: string;
  /** Epochs asked for; early stopping may end before. */
  readonly epochsPlanned: number;
  readonly rows: Readonly<Record<PartName, number>>;
  readonly outcome: FitOutcome;
  readonly history: readonly EpochRecord[];
  readonly worst: readonly WorstExample[];
  readonly worth: WorthRecord | undefined;
  readonly retrieval: readonly RetrievalExample[];
  readonly cells: readonly PredictedCellsRecord[];
  readonly quality: DataQuality | undefined;
  readonly model: Uint8Array;
  readonly parity: Parity;
  readonly files: readonly FileHash[];
}

/** What the report draws, put together from all that a run produced. */
export function runRecord(parts: RecordParts): RunRecord {
  const { outcome } = parts;
  const history = reportedHistory(parts.history, outcome.reported);
  const onnx = readModel(parts.model);
  const chosen = Number(outcome.fitted.facts.epoch ?? Number.NaN);
  return {
    format: 1,
    run: {
      project: parts.project,
      name: parts.name,
      startedAt: parts.startedAt,
      seed: parts.seed,
      wallSeconds: parts.wallSeconds,
      peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
      command: parts.command,
      versions: parts.versions,
      platform: {
        system: `${process.platform} ${process.arch}`,
        processor: cpus()[0]?.model,
        threads: Number(outcome.fitted.facts.threads ?? 1),
      },
      data: { source: parts.source, fingerprint: parts.fingerprint },
      ending: history.length > 0 && history.length < parts.epochsPlanned ? "stopped" : "finished",
    },
    config: parts.config,
    split: { rule: parts.rule, rows: parts.rows },
    inputs: outcome.inputs.map((input) => ({
      name: input.name,
      modality: input.modality.name,
      columns: input.columns ?? (input.column === input.name ? undefined : [input.column]),
      missing: missingShare(input.modality.describe(input.state)),
      facts: factsOf(input.modality.describe(input.state)),
    })),
    tasks: outcome.reported.map((task) => taskRecord(task, outcome, history, parts.seed)),
    history:
      history.length === 0
        ? undefined
        : {
            epochs: history.map((h) => ({
              epoch: h.epoch,
              trainLoss: Object.fromEntries(
                Object.entries(h.tasks).map(([n, t]) => [n, measure(t.loss)]),
              ),
              validation: Object.values(h.tasks).some((t) => t.validation)
                ? Object.fromEntries(
                    Object.entries(h.tasks).map(([n, t]) => [n, mapMeasures(t.validation ?? {})]),
                  )
                : undefined,
              objective: measure(h.loss),
              learningRate: measure(h.learningRate),
              weights: Object.fromEntries(
                Object.entries(h.tasks).map(([n, t]) => [n, measure(t.weight)]),
              ),
              seconds: h.seconds,
            })),
            selected: Number.isNaN(chosen) ? undefined : { epoch: chosen, rule: parts.selection },
          },
    worst: parts.worst,
    ...(parts.worth && { worth: parts.worth }),
    ...(parts.retrieval.length > 0 && { retrieval: parts.retrieval }),
    ...(parts.cells.length > 0 && { cells: parts.cells }),
    quality: parts.quality && qualityRecord(parts.quality, outcome),
    model: {
      family: outcome.family.name,
      summary: outcome.family.summary,
      parameters: outcome.fitted.parameters,
      facts: factsOf(outcome.fitted.facts),
      diagram: outcome.fitted.diagram,
      onnx: {
        file: runFiles.model,
        bytes: parts.model.length,
        opset: onnx.opsets[""] ?? 0,
        inputs: onnx.inputs.map((v) => ({ name: v.name, type: v.dtype, shape: v.dims ?? [] })),
        outputs: onnx.outputs.map((v) => ({ name: v.name, type: v.dtype, shape: v.dims ?? [] })),
      },
      parity: {
        rows: parts.parity.rows,
        maxAbsDifference: parts.parity.maxAbsDifference,
        tolerance: parts.parity.tolerance,
      },
      files: parts.files,
    },
  };
}

/** The primary metric of every value that has a task of its own. */
function valuesOf(
  task: ReportedTask,
  { results, baseline }: FitOutcome,
  part: "test" | "validation" | undefined,
): TaskRecord["values"] {
  const { route, kind } = task;
  if (!route || !part) return undefined;
  return {
    by: route.by,
    part,
    metric: kind.primary,
    better: kind.direction(kind.primary),
    scores: route.values.map((value) => {
      const name = memberName(task, value);
      const found = results[part]?.evaluations[name];
      return {
        value,
        rows: found?.rows ?? 0,
        model: measure(found?.metrics[kind.primary] ?? Number.NaN),
        baseline: measure(baseline[part]?.evaluations[name]?.metrics[kind.primary] ?? Number.NaN),
      };
    }),
  };
}

function taskRecord(
  task: ReportedTask,
  outcome: FitOutcome,
  history: readonly EpochRecord[],
  seed: number,
): TaskRecord {
  const facts = task.kind.describe(task.state);
  const metrics: MetricRow[] = [];
  const scored = (["test", "validation"] as const).filter((part) => outcome.results[part]);
  for (const part of scored) {
    const evaluation = outcome.results[part]?.evaluations[task.name];
    const reference = outcome.baseline[part]?.evaluations[task.name];
    if (!evaluation) continue;
    for (const [metric, value] of Object.entries(evaluation.metrics)) {
      const known = metricFacts(task.kind.name as PredictionKind, metric);
      const better = task.kind.direction(metric);
      metrics.push({
        part,
        metric,
        title: known?.title,
        better,
        ideal: idealOf(known?.range, better),
        rows: evaluation.rows,
        model: measure(value),
        baseline: measure(reference?.metrics[metric] ?? Number.NaN),
        interval:
          part === scored[0] && metric === task.kind.primary
            ? intervalOf(task, outcome, part, seed)
            : undefined,
      });
    }
  }
  const last = history.at(-1)?.tasks[task.name]?.weight ?? task.weight;
  const labelled = (part: PartName) =>
    outcome.parts[part]?.labelled?.[task.name] ??
    countLabelled(outcome.parts[part]?.truth[task.name], task.kind.labelWidth(task.state));
  return {
    name: task.name,
    kind: task.kind.name,
    classes: classNames(task, facts),
    primary: task.kind.primary,
    weight: measure(last),
    labelled: {
      train: labelled("train"),
      validation: labelled("validation"),
      test: labelled("test"),
    },
    metrics,
    ...(task.route && { values: valuesOf(task, outcome, scored[0]) }),
    details: (["test", "validation"] as const).flatMap((part) => {
      const scored = outcome.results[part]?.scored[task.name];
      return scored ? [{ part, ...detailScored(task, scored) }] : [];
    }),
  };
}

/** Share of missing cells among the training rows, where the modality counts them. */
function missingShare({ rows, missing }: Readonly<Record<string, unknown>>): Measure {
  return typeof rows === "number" && typeof missing === "number" && rows > 0
    ? missing / rows
    : null;
}

/** Class names in the order of the outputs. */
function classNames(
  task: LearnedTask,
  facts: Readonly<Record<string, unknown>>,
): readonly string[] | undefined {
  const labels = task.kind.outputs(task.state).find((output) => output.labels)?.labels;
  if (labels) return labels;
  return facts.classes && typeof facts.classes === "object"
    ? Object.keys(facts.classes)
    : undefined;
}

function intervalOf(
  task: LearnedTask,
  { results }: FitOutcome,
  part: "test" | "validation",
  seed: number,
): readonly [number, number] | undefined {
  const scored = results[part]?.scored[task.name];
  return scored && bootstrapInterval(task, scored, seed);
}

function countLabelled(truth: Float64Array | undefined, width: number): number {
  let count = 0;
  for (let row = 0; truth && row < truth.length / width; row++)
    if (hasLabel(truth, row, width)) count++;
  return count;
}

function idealOf(
  range: readonly [number, number] | undefined,
  better: "higher" | "lower",
): number | undefined {
  const bound = better === "higher" ? range?.[1] : range?.[0];
  return bound !== undefined && Number.isFinite(bound) ? bound : undefined;
}

function measure(value: number): Measure {
  return Number.isFinite(value) ? value : null;
}

function mapMeasures(values: Readonly<Record<string, number>>): Record<string, Measure> {
  return Object.fromEntries(Object.entries(values).map(([k, v]) => [k, measure(v)]));
}

function factsOf(facts: Readonly<Record<string, unknown>>): Fact[] {
  const shown: Fact[] = [];
  for (const [name, value] of Object.entries(facts)) {
    if (typeof value === "number") shown.push({ name, value: measure(value) });
    else if (typeof value === "string") shown.push({ name, value });
  }
  return shown;
}
