import { cpSync, existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import type { ExperimentConfig } from "../config/experiment.ts";
import { rebaseConfig, stringifyConfig } from "../config/stringify.ts";
import { ConfigError, PolytaskError } from "../core/errors.ts";
import type { FrontRecord, RunRecord } from "../report/record.ts";
import { renderReport } from "../report/render.ts";
import { workThrough } from "../study/pool.ts";
import type { TaskKind } from "../tasks/task.ts";
import { taskKinds } from "../tasks/tasks.ts";
import { preferenceGrid } from "../weighting/pareto.ts";
import { RunFolder, runFiles } from "./folder.ts";
import { type FrontTask, frontOf, type PlacedModel } from "./front.ts";
import type { RunSummary, TrainRunOptions } from "./train-run.ts";
import { type TrainOrder, training } from "./train-work.ts";

export interface ParetoRunOptions
  extends Pick<TrainRunOptions, "out" | "baseDir" | "command" | "resume" | "signal"> {
  /** Processes at once; one a core by default, 0 for this process. */
  readonly jobs?: number;
  readonly execArgv?: readonly string[];
  onEvent?(event: FrontEvent): void;
}

/** What a front tells while its models train. */
export type FrontEvent =
  | { readonly type: "plan"; readonly fits: number; readonly done: number }
  | { readonly type: "fit"; readonly fits: number; readonly done: number; readonly regime: string }
  | { readonly type: "warning"; readonly message: string };

/** The main model's run, and the front around it. */
export interface FrontSummary extends RunSummary {
  readonly front: FrontRecord;
}

/**
 * Trains one model for each of `pareto` preferences among the tasks, in child processes and each in a run
 * folder of its own, and places them by their scores on validation rows: which no other beats on all
 * tasks, and the volume that the front gains over the baseline. The model whose gains over the baseline
 * multiply to the most becomes that of the whole run folder.
 * @throws ConfigError for a single task, a weighting that takes no preference, or no validation rows;
 *   BackendError; INTERRUPTED after `signal`, with checkpoints kept; the first model's error where all fail.
 */
export async function paretoRun(
  config: ExperimentConfig,
  options: ParetoRunOptions,
): Promise<FrontSummary> {
  const clock = performance.now();
  const { out, baseDir, resume = false, signal } = options;
  const names = Object.keys(config.tasks);
  const preferences = frontPreferences(config);
  const folder = new RunFolder(out, resume);
  try {
    const orders = preferences.map(
      (preference, k): TrainOrder => ({
        number: k + 1,
        config: withPreference(config, preference),
        out: join(out, frontFolder, String(k + 1)),
        baseDir,
        command: options.command,
        resume: resume && existsSync(join(out, frontFolder, String(k + 1))),
      }),
    );
    const runs = new Map<number, RunSummary>();
    const failures: (FrontRecord["failures"][number] & { error: PolytaskError })[] = [];
    options.onEvent?.({ type: "plan", fits: orders.length, done: 0 });
    await workThrough(
      orders,
      training,
      { jobs: options.jobs ?? availableParallelism(), signal, execArgv: options.execArgv },
      (order, answer) => {
        if ("result" in answer) runs.set(order.number, answer.result);
        else {
          const { code, message, hint } = answer.error;
          failures.push({
            model: order.number,
            message,
            error: new PolytaskError(code, message, { hint }),
          });
          options.onEvent?.({ type: "warning", message: `model ${order.number}: ${message}` });
        }
        const done = runs.size + failures.length;
        const regime = `model ${order.number}`;
        options.onEvent?.({ type: "fit", fits: orders.length, done, regime });
      },
    );
    if (runs.size === 0) throw failures[0].error;
    const models = orders
      .filter(({ number }) => runs.has(number))
      .map(
        ({ number, out: path }): PlacedModel => ({
          number,
          folder: `${frontFolder}/${number}`,
          preference: [...preferences[number - 1]],
          ...placeOf(path, names),
        }),
      );
    const tasks = tasksOf(orders[models[0].number - 1].out, names);
    const front: FrontRecord = {
      ...frontOf(tasks, models),
      failures: failures.map(({ model, message }) => ({ model, message })),
    };
    const seconds = (performance.now() - clock) / 1000;
    const main = runs.get(front.main) as RunSummary;
    promote(folder, join(out, frontFolder, String(front.main)), {
      config: stringifyConfig(rebaseConfig(config, baseDir, out)),
      front,
      seconds,
      command: options.command,
    });
    return { ...main, dir: out, seconds, report: folder.at("report"), front };
  } finally {
    folder.close();
  }
}

/** Where the models of a front lie in its run folder. */
const frontFolder = runFiles.front;

/** @throws ConfigError where the configuration cannot make a front. */
function frontPreferences(config: ExperimentConfig): Float64Array[] {
  const names = Object.keys(config.tasks);
  const invalid = (message: string, hint: string) =>
    new ConfigError("CONFIG_INVALID", message, { hint });
  if (config.pareto === undefined)
    throw invalid("pareto: how many models the front has; got nothing", "for example pareto: 7");
  if (names.length < 2)
    throw invalid(
      `pareto: at least two tasks to prefer one to another; got ${names.length}`,
      "leave pareto out to train a single model",
    );
  const { split } = config;
  if ("fractions" in split && split.fractions.validation === 0)
    throw invalid(
      "pareto: validation rows, by which models are placed; the split has none",
      "give split.fractions.validation a share",
    );
  const { weighting } = config.learner as { weighting?: { type: string } };
  const takes = weighting === undefined || weighting.type === "fixed" || "preference" in weighting;
  if (config.learner.type === "baseline" || !takes)
    throw invalid(
      `learner.weighting: fixed, or one with a preference, to train a front; got ${weighting?.type ?? config.learner.type}`,
      "stch reaches every point of a front; fixed those of its convex parts",
    );
  return preferenceGrid(names.length, config.pareto);
}

/** The configuration of one model: its preference is the weighting's own, or the tasks' weights. */
function withPreference(config: ExperimentConfig, preference: Float64Array): ExperimentConfig {
  const { pareto: _, tune: __, compare: ___, ...rest } = config;
  const learner = config.learner as ExperimentConfig["learner"] & {
    readonly weighting?: { readonly type: string };
  };
  // One thread each: the processes share the cores, and their number must not change results.
  const training = { ...config.training, threads: config.training.threads || 1 };
  if (learner.weighting && "preference" in learner.weighting) {
    const weighting = { ...learner.weighting, preference: [...preference] };
    return { ...rest, training, learner: { ...learner, weighting } } as ExperimentConfig;
  }
  const tasks = Object.fromEntries(
    Object.entries(config.tasks).map(([name, task], i) => [
      name,
      { ...task, weight: preference[i] },
    ]),
  );
  return { ...rest, training, tasks } as ExperimentConfig;
}

interface MetricsFile {
  readonly tasks: Readonly<
    Record<
      string,
      { readonly kind: string; readonly primary: string } & Partial<
        Record<
          "validation" | "test",
          {
            readonly metrics: Readonly<Record<string, number | null>>;
            readonly baseline: Readonly<Record<string, number | null>>;
          }
        >
      >
    >
  >;
}

function metricsOf(path: string): MetricsFile {
  return JSON.parse(readFileSync(join(path, runFiles.metrics), "utf8")) as MetricsFile;
}

function placeOf(path: string, names: readonly string[]): Pick<PlacedModel, "validation" | "test"> {
  const { tasks } = metricsOf(path);
  const scores = (part: "validation" | "test") =>
    names.map((name) => {
      const task = tasks[name];
      return task?.[part]?.metrics[task.primary] ?? null;
    });
  const test = scores("test");
  return {
    validation: scores("validation"),
    test: test.every((v) => v === null) ? undefined : test,
  };
}

function tasksOf(path: string, names: readonly string[]): FrontTask[] {
  const { tasks } = metricsOf(path);
  return names.map((name) => {
    const { kind, primary, validation } = tasks[name];
    const reference = validation?.baseline[primary];
    if (reference === undefined || reference === null) {
      throw new ConfigError(
        "CONFIG_INVALID",
        `pareto: validation rows with labels of every task; ${name} has no ${primary} of the baseline there`,
        { hint: "give split.fractions.validation a larger share" },
      );
    }
    const row = taskKinds[kind as keyof typeof taskKinds] as TaskKind;
    return { name, metric: primary, better: row.direction(primary), reference };
  });
}

/** Makes the run of one model that of the whole folder. */
function promote(
  folder: RunFolder,
  from: string,
  {
    config,
    front,
    seconds,
    command,
  }: {
    readonly config: string;
    readonly front: FrontRecord;
    readonly seconds: number;
    readonly command: string | undefined;
  },
): void {
  for (const file of ["model", "manifest", "metrics", "predictions", "history", "run"] as const) {
    const source = join(from, runFiles[file]);
    if (existsSync(source)) cpSync(source, folder.at(file));
  }
  const record = JSON.parse(readFileSync(join(from, runFiles.record), "utf8")) as RunRecord;
  const whole: RunRecord = {
    ...record,
    config,
    run: {
      ...record.run,
      name: basename(folder.path),
      wallSeconds: seconds,
      command: command ?? "",
    },
    front,
  };
  folder.write("config", config);
  folder.writeJson("record", whole);
  folder.writeJson("frontScores", front);
  folder.write("report", renderReport(whole));
}
