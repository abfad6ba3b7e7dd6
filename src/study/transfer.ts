import { createHash } from "node:crypto";
import type { ExperimentConfig } from "../config/experiment.ts";
import { ConfigError, PolytaskError } from "../core/errors.ts";
import type { EpochRecord } from "../train/events.ts";
import type { CompareEvent } from "./comparison.ts";
import { FitLog } from "./fit-log.ts";
import { StudyRows } from "./fold-rows.ts";
import { type PoolOptions, workThrough } from "./pool.ts";
import {
  type SourceFile,
  type TransferArm,
  type TransferOrder,
  type TransferResult,
  transferring,
} from "./transfer-fit.ts";
import { type JudgedTask, judge, relativeImprovement } from "./verdicts.ts";

export interface TransferStudyOptions extends PoolOptions {
  readonly baseDir: string;
  /** Folder of the log. */
  readonly folder: string;
  readonly folds: number;
  /** Repetitions, each with folds and seeds of its own. */
  readonly seeds: number;
  readonly source: SourceFile;
  /** Versions of what computes: a log of others is not used. */
  readonly versions: Readonly<Record<string, string>>;
  onEvent?(event: CompareEvent): void;
}

/** A point of a learning curve: means over folds and seeds. */
export interface CurvePoint {
  readonly epoch: number;
  /** NaN where there is none. */
  readonly trainLoss: number;
  /** Primary metric on validation rows. */
  readonly validation: number;
}

/** Learning curves of a task by arm. */
export type TransferCurves = Readonly<Record<TransferArm, readonly CurvePoint[]>>;

export interface TransferComparison {
  readonly folds: number;
  readonly seeds: number;
  readonly epochs: number;
  /** Rows of a fold, on average. */
  readonly rows: {
    readonly used: number;
    readonly train: number;
    readonly validation: number;
    readonly heldOut: number;
  };
  /** Each task under both arms; `against.transfer` compares with training from scratch. */
  readonly tasks: readonly JudgedTask[];
  readonly curves: Readonly<Record<string, TransferCurves>>;
  /** Mean relative improvement over training from scratch, a share. */
  readonly deltaM: number;
  /** Mean seconds of a fit. */
  readonly seconds: Readonly<Record<TransferArm, number>>;
  readonly failures: readonly { readonly where: string; readonly message: string }[];
  readonly notes: readonly string[];
}

const arms: readonly TransferArm[] = ["scratch", "transfer"];

/**
 * Fits every fold twice, from a trained model and from freshly drawn parameters, with the same rows, options, seeds and
 * epochs, and compares the two on held-out rows. Test rows of the configuration are never looked at.
 * @param config with the inputs that the trained model's are matched with, and its learner.
 * @throws ConfigError, DataError, BackendError INTERRUPTED; the first fit's error where none gave a result.
 */
export async function compareTransfer(
  config: ExperimentConfig,
  options: TransferStudyOptions,
): Promise<TransferComparison> {
  const whole = (name: string, value: number, least: number) => {
    if (Number.isInteger(value) && value >= least && value <= 1000) return;
    throw new ConfigError("USAGE", `${name}: a whole number from ${least} to 1000; got ${value}`);
  };
  whole("folds", options.folds, 2);
  whole("seeds", options.seeds, 1);
  const rows = await StudyRows.open(config, options.baseDir);
  try {
    for (let repeat = 0; repeat < options.seeds; repeat++)
      await rows.splitsOf({ folds: options.folds, repeat });
    const results = await fitAll(rows, config, options);
    return summarise(rows, config, options, results);
  } finally {
    rows.close();
  }
}

interface Placed {
  readonly order: TransferOrder;
  readonly result: TransferResult | undefined;
  readonly failure: { readonly where: string; readonly message: string } | undefined;
}

async function fitAll(
  rows: StudyRows,
  config: ExperimentConfig,
  options: TransferStudyOptions,
): Promise<Placed[]> {
  const { folds, seeds, baseDir, source, onEvent } = options;
  const log = new FitLog(options.folder);
  const { name: _, ...decides } = config;
  const base = JSON.stringify([rows.opened.fingerprint, options.versions, source.sha256, decides]);
  const orders: TransferOrder[] = [];
  for (let repeat = 0; repeat < seeds; repeat++) {
    for (let fold = 0; fold < folds; fold++) {
      for (const arm of arms) {
        const place = { folds, repeat, fold };
        const key = createHash("sha256")
          .update(JSON.stringify([base, place, arm]))
          .digest("hex");
        orders.push({ key: key.slice(0, 32), place, arm, config, baseDir, source });
      }
    }
  }
  const missing = orders.filter(({ key }) => log.result(key) === undefined);
  let done = orders.length - missing.length;
  onEvent?.({ type: "plan", fits: orders.length, done });
  const tasks = Object.keys(config.tasks);
  await workThrough(missing, transferring, options, (order, answer) => {
    log.add(order.key, { ...order.place, tasks }, answer);
    if ("error" in answer)
      onEvent?.({ type: "warning", message: `${whereOf(order)}: ${answer.error.message}` });
    onEvent?.({ type: "fit", done: ++done, fits: orders.length, regime: order.arm });
  });
  const placed = orders.map((order): Placed => {
    const result = log.result(order.key) as TransferResult | undefined;
    const failed = result ? undefined : log.failure(order.key);
    const failure = failed && { where: whereOf(order), message: failed.message };
    return { order, result, failure };
  });
  if (placed.every((p) => p.result === undefined)) {
    const first = log.failure(orders[0].key);
    throw new PolytaskError(
      first?.code ?? "BACKEND",
      first?.message ?? "study: fits; none was made",
      { hint: first?.hint },
    );
  }
  return placed;
}

function whereOf({ arm, place }: TransferOrder): string {
  const what = arm === "scratch" ? "from scratch" : "transfer";
  return `${what}, seed ${place.repeat + 1}, fold ${place.fold + 1}`;
}

function summarise(
  rows: StudyRows,
  config: ExperimentConfig,
  { folds, seeds }: TransferStudyOptions,
  placed: readonly Placed[],
): TransferComparison {
  const { specs, split } = rows.opened;
  const of = (arm: TransferArm) => placed.filter((p) => p.order.arm === arm);
  const done = placed.flatMap((p) => p.result ?? []);
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const size = (part: "train" | "validation" | "heldOut") => mean(done.map((r) => r.rows[part]));
  const tasks = judge(
    specs.tasks.map(({ name, kind }) => ({
      name,
      metric: kind.primary,
      better: kind.direction(kind.primary),
      regimes: Object.fromEntries(
        arms.map((arm) => [
          arm,
          of(arm).map((p) => p.result?.scores[name]?.metrics[kind.primary] ?? Number.NaN),
        ]),
      ),
    })),
    arms,
    "scratch",
    size("heldOut") / size("train"),
  );
  const notes = new Set<string>();
  if (split.test.length > 0)
    notes.add(`The ${split.test.length} test rows of the configuration were not looked at.`);
  for (const { left } of done)
    for (const [task, why] of Object.entries(left))
      notes.add(`Left out in some folds: ${task}: ${why}`);
  if (config.split.type === "time")
    notes.add(
      "Folds are drawn at random although the configuration splits by time: scores may be too good for forecasts, alike for both.",
    );
  return {
    folds,
    seeds,
    epochs: config.training.epochs,
    rows: {
      used: rows.usable().length,
      train: size("train"),
      validation: size("validation"),
      heldOut: size("heldOut"),
    },
    tasks,
    curves: Object.fromEntries(
      specs.tasks.map(({ name, kind }) => [
        name,
        Object.fromEntries(
          arms.map((arm) => [
            arm,
            curveOf(
              of(arm).flatMap((p) => (p.result ? [p.result.history] : [])),
              name,
              kind.primary,
            ),
          ]),
        ) as unknown as TransferCurves,
      ]),
    ),
    deltaM: relativeImprovement(tasks, "transfer", "scratch"),
    seconds: Object.fromEntries(
      arms.map((arm) => [arm, mean(of(arm).flatMap((p) => p.result?.seconds ?? []))]),
    ) as Record<TransferArm, number>,
    failures: placed.flatMap((p) => p.failure ?? []),
    notes: [...notes],
  };
}

/** Means over fits, epoch by epoch, as long as all of them train: a mean of fewer would jump. */
function curveOf(
  histories: readonly (readonly EpochRecord[])[],
  task: string,
  metric: string,
): CurvePoint[] {
  const length = Math.min(...histories.map((h) => h.length), Number.MAX_SAFE_INTEGER);
  if (histories.length === 0) return [];
  return Array.from({ length }, (_, i) => {
    const at = histories.map((h) => h[i].tasks[task]);
    const mean = (values: readonly (number | null | undefined)[]) => {
      const found = values.filter((v): v is number => typeof v === "number" && Number.isFinite(v));
      return found.length === 0 ? Number.NaN : found.reduce((a, b) => a + b, 0) / found.length;
    };
    return {
      epoch: i + 1,
      trainLoss: mean(at.map((t) => t?.loss)),
      validation: mean(
        at.map((t) => (t?.validation as Readonly<Record<string, number>> | undefined)?.[metric]),
      ),
    };
  });
}
