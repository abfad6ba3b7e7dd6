import type { ExperimentConfig } from "../config/experiment.ts";
import { ConfigError, DataError } from "../core/errors.ts";
import { isMissing } from "../data/columns.ts";
import { families } from "../learners/families.ts";
import type { Family } from "../learners/learner.ts";
import type { ResolvedSpecs } from "../model/specs.ts";
import { readColumns } from "../model/stream.ts";
import { columnsOf } from "../train/encode.ts";
import { FitLog } from "./fit-log.ts";
import { type FitSpec, fitKey, type WorkSpec } from "./fit-spec.ts";
import { StudyRows } from "./fold-rows.ts";
import { proposeGroups } from "./grouping.ts";
import { type Place, PlacedFits, type RegimeCost, whereOf } from "./placed-fits.ts";
import { type PoolOptions, workThrough } from "./pool.ts";
import type { Regime } from "./regimes/regime.ts";
import { type RegimeName, regimes } from "./regimes/regimes.ts";
import type { WorkOrder } from "./run-work.ts";
import { summarisePull, type TaskPull } from "./task-pull.ts";
import { type JudgedTask, judge, relativeImprovement } from "./verdicts.ts";

/** What a comparison tells while it works. */
export type CompareEvent =
  | { readonly type: "plan"; readonly fits: number; readonly done: number }
  | { readonly type: "fit"; readonly done: number; readonly fits: number; readonly regime: string }
  | { readonly type: "warning"; readonly message: string };

export interface CompareOptions extends PoolOptions {
  readonly baseDir: string;
  /** Folder of the log and of held-out predictions. */
  readonly folder: string;
  readonly folds: number;
  /** Repetitions, each with folds and seeds of its own. */
  readonly seeds: number;
  readonly regimes?: readonly RegimeName[];
  /** Versions of what computes: a log of others is not used. */
  readonly versions: Readonly<Record<string, string>>;
  onEvent?(event: CompareEvent): void;
}

export interface Comparison {
  /** The configuration with inferred kinds filled in. */
  readonly config: ExperimentConfig;
  readonly source: string;
  readonly fingerprint: string;
  /** Regimes that were run, in the order of the table. */
  readonly regimes: readonly Pick<Regime, "name" | "title" | "summary">[];
  /** Regimes that were not, and why. */
  readonly refused: Readonly<Record<string, string>>;
  readonly tasks: readonly JudgedTask[];
  /** Δm of each regime against independent models, a share. */
  readonly deltaM: Readonly<Record<string, number>>;
  /** Proposed groups of tasks; undefined for families without gradients. */
  readonly groups: readonly (readonly string[])[] | undefined;
  readonly pull: TaskPull | undefined;
  readonly costs: readonly RegimeCost[];
  readonly rows: {
    /** Rows that folds were cut from. */
    readonly used: number;
    /** Test rows of the configuration, which were not looked at. */
    readonly test: number;
    readonly train: number;
    readonly validation: number;
    readonly heldOut: number;
  };
  readonly folds: number;
  readonly seeds: number;
  /** Fits that gave no result, and why; the rest went on. */
  readonly failures: readonly { readonly where: string; readonly message: string }[];
  readonly notes: readonly string[];
}

/** What every regime is compared with. */
const reference = "independent";

/**
 * Answers whether tasks should be learned together: every regime is fitted on the same folds with the
 * same seeds, options and epochs, scored on rows that it did not see, and compared with one model a task.
 * Test rows of the configuration are never looked at. Fits run in child processes and are kept in the
 * folder as they finish, so that the same call goes on where an interrupted one stopped.
 * @throws ConfigError for fewer than two tasks; DataError for rows that cannot be cut into folds;
 *   BackendError INTERRUPTED; the first fit's error where no fit gave a result.
 */
export async function compareRegimes(
  given: ExperimentConfig,
  options: CompareOptions,
): Promise<Comparison> {
  checkOptions(given, options);
  const rows = await StudyRows.open(given, options.baseDir);
  try {
    const study = new Study(rows, given, options);
    await study.prepare();
    return await study.run();
  } finally {
    rows.close();
  }
}

function checkOptions(config: ExperimentConfig, { folds, seeds }: CompareOptions): void {
  const tasks = Object.keys(config.tasks);
  if (tasks.length < 2) {
    throw new ConfigError(
      "CONFIG_INVALID",
      `tasks: at least two to compare learning them together with learning them alone; got ${tasks.length}`,
      { hint: "polytask train learns a single task" },
    );
  }
  const whole = (name: string, value: number, least: number) => {
    if (Number.isInteger(value) && value >= least && value <= 1000) return;
    throw new ConfigError("USAGE", `${name}: a whole number from ${least} to 1000; got ${value}`);
  };
  whole("folds", folds, 2);
  whole("seeds", seeds, 1);
}

class Study {
  private readonly rows: StudyRows;
  private readonly config: ExperimentConfig;
  private readonly options: CompareOptions;
  private readonly log: FitLog;
  private readonly base: string;
  private readonly tasks: readonly string[];
  private readonly family: Family;
  private readonly chosen: Regime[] = [];
  private readonly refused: Record<string, string> = {};
  private readonly notes: string[] = [];
  private readonly fits: PlacedFits;

  constructor(rows: StudyRows, given: ExperimentConfig, options: CompareOptions) {
    const { config, fingerprint } = rows.opened;
    this.rows = rows;
    this.config = { ...config, learner: given.learner };
    this.options = options;
    this.log = new FitLog(options.folder);
    this.base = JSON.stringify([fingerprint, options.versions]);
    this.tasks = Object.keys(config.tasks);
    this.fits = new PlacedFits(this.log, this.tasks, [...this.places()]);
    this.family = families[config.learner.type] as Family;
    const asked = options.regimes ?? (Object.keys(regimes) as RegimeName[]);
    for (const regime of Object.values(regimes) as Regime[]) {
      const needed = regime.name === reference || regime.name === "multiTask";
      if (!needed && !asked.includes(regime.name as RegimeName)) continue;
      const why = regime.refuses?.(this.family, this.tasks.length);
      if (why === undefined) this.chosen.push(regime);
      else this.refused[regime.name] = why;
    }
  }

  /** Reads labels, cuts folds, and says what a reader must know. @throws DataError. */
  async prepare(): Promise<void> {
    const { rows, options, config } = this;
    const { specs, stream, split } = rows.opened;
    await checkOverlap(specs, await readColumns(stream, columnsOf(specs.tasks)), (message) => {
      this.notes.push(message);
    });
    for (let r = 0; r < options.seeds; r++) await rows.splitsOf(options.folds, r);
    if (split.test.length > 0)
      this.notes.push(
        `The ${split.test.length} test rows of the configuration were not looked at.`,
      );
    if (config.split.type === "time")
      this.notes.push(
        "Folds are drawn at random although the configuration splits by time: scores may be too good for forecasts, alike for every regime.",
      );
  }

  async run(): Promise<Comparison> {
    const direct = this.chosen.filter((r) => r.fits && !r.needsGroups);
    await this.fit(direct, []);
    const pull = this.pull();
    const groups = pull && groupsOf(pull);
    const later = this.chosen.filter((r) => r.needsGroups && groups !== undefined);
    if (groups) await this.fit(later, groups);
    await this.blend(this.chosen.filter((r) => r.blends));
    return this.result(pull, groups);
  }

  private *places(): Generator<{ repeat: number; fold: number; folds: number }> {
    const { folds, seeds } = this.options;
    for (let repeat = 0; repeat < seeds; repeat++)
      for (let fold = 0; fold < folds; fold++) yield { folds, repeat, fold };
  }

  /** Does what is missing of some regimes' fits; a fit that two regimes share is done once. */
  private async fit(
    list: readonly Regime[],
    groups: readonly (readonly string[])[],
  ): Promise<void> {
    const orders: { order: WorkOrder; regime: string }[] = [];
    for (const place of this.places()) {
      for (const regime of list) {
        for (const { tasks, pretrain } of regime.fits?.(this.tasks, groups) ?? []) {
          const inOrder = this.tasks.filter((t) => tasks.includes(t));
          const work: FitSpec = {
            ...place,
            tasks: inOrder,
            pretrain,
            diagnose: inOrder.length === this.tasks.length ? true : undefined,
          };
          orders.push({ order: this.order(work, true), regime: regime.name });
          this.fits.remember(regime.name, place, work, orders[orders.length - 1].order.key);
        }
      }
    }
    await this.work(orders);
  }

  private async blend(list: readonly Regime[]): Promise<void> {
    const orders: { order: WorkOrder; regime: string }[] = [];
    const places = [...this.places()];
    for (const place of places) {
      for (const regime of list) {
        const blend: Record<string, string[]> = {};
        const stack: Record<string, string[][]> = {};
        for (const task of this.tasks) {
          const found = this.blended(regime, place, task);
          if (found === undefined) continue;
          blend[task] = found;
          if (!regime.stacks) continue;
          const others = places.filter((p) => p.repeat === place.repeat && p.fold !== place.fold);
          stack[task] = others.flatMap((p) => {
            const keys = this.blended(regime, p, task);
            return keys ? [keys] : [];
          });
        }
        if (Object.keys(blend).length === 0) continue;
        const stacks = regime.stacks ? { stack } : {};
        const work: WorkSpec = { ...place, tasks: Object.keys(blend), blend, ...stacks };
        orders.push({ order: this.order(work, false), regime: regime.name });
        this.fits.remember(regime.name, place, work, orders[orders.length - 1].order.key);
      }
    }
    await this.work(orders);
  }

  /** The fits whose predictions of a task a regime averages; undefined where one gave none. */
  private blended(regime: Regime, place: Place, task: string): string[] | undefined {
    const keys = (regime.blends ?? []).map((r) => this.fits.keyFor(r, place, task));
    const whole = keys.filter((k) => k && this.log.result(k)?.scores[task] !== undefined);
    return whole.length === keys.length ? (whole as string[]) : undefined;
  }

  private order(work: WorkSpec, keep: boolean): WorkOrder {
    const { config, options, log, base } = this;
    const key = fitKey(base, config, work);
    return { key, work, config, baseDir: options.baseDir, predictions: log.predictions, keep };
  }

  private async work(list: readonly { order: WorkOrder; regime: string }[]): Promise<void> {
    const { log, options } = this;
    const wanted = new Map(list.map((one) => [one.order.key, one]));
    const missing = [...wanted.values()].filter(({ order }) => log.result(order.key) === undefined);
    let done = wanted.size - missing.length;
    options.onEvent?.({ type: "plan", fits: wanted.size, done });
    await workThrough(
      missing.map(({ order }) => order),
      options,
      (order, answer) => {
        log.add(order.key, order.work, answer);
        const regime = wanted.get(order.key)?.regime ?? "";
        if ("error" in answer)
          options.onEvent?.({
            type: "warning",
            message: `${whereOf(regime, order.work)}: ${answer.error.message}`,
          });
        options.onEvent?.({ type: "fit", done: ++done, fits: wanted.size, regime });
      },
    );
  }

  /** What the multi-task fits' gradients said, over all folds. */
  private pull(): TaskPull | undefined {
    const looks = [...this.places()].flatMap((place) => {
      const key = this.fits.keyFor("multiTask", place, this.tasks[0]);
      return this.log.result(key ?? "")?.gradients ?? [];
    });
    return looks.length > 0 ? summarisePull(this.tasks, looks) : undefined;
  }

  private result(
    pull: TaskPull | undefined,
    groups: readonly (readonly string[])[] | undefined,
  ): Comparison {
    const { config, rows, options } = this;
    const { specs, stream, fingerprint, split } = rows.opened;
    const names = this.chosen.map((r) => r.name).filter((name) => this.fits.has(name));
    const results = [...this.places()].map((place) =>
      Object.fromEntries(names.map((n) => [n, this.fits.scoresAt(n, place)])),
    );
    const sizes = this.fits.sizes();
    const tasks = judge(
      specs.tasks.map(({ name, kind }) => ({
        name,
        metric: kind.primary,
        better: kind.direction(kind.primary),
        regimes: Object.fromEntries(
          names.map((n) => [
            n,
            results.map((at) => at[n].get(name)?.metrics[kind.primary] ?? Number.NaN),
          ]),
        ),
      })),
      names,
      reference,
      sizes.heldOut / sizes.train,
    );
    return {
      config,
      source: stream.origin,
      fingerprint,
      regimes: this.chosen
        .filter((r) => names.includes(r.name))
        .map(({ name, title, summary }) => ({ name, title, summary })),
      refused: this.refused,
      tasks,
      deltaM: Object.fromEntries(
        names
          .filter((n) => n !== reference)
          .map((n) => [n, relativeImprovement(tasks, n, reference)]),
      ),
      groups,
      pull,
      costs: names.map((n) => this.fits.cost(n)),
      rows: { used: rows.usable().length, test: split.test.length, ...sizes },
      folds: options.folds,
      seeds: options.seeds,
      failures: this.fits.failures(),
      notes: [...this.notes, ...this.fits.gaps(), ...unmeasured(tasks, results.length)],
    };
  }
}

/** Tasks whose metric has no value in some folds, as where a class is rarer than the folds are many. */
function unmeasured(tasks: readonly JudgedTask[], folds: number): string[] {
  return tasks.flatMap(({ name, metric, scores }) => {
    const { measured } = scores[reference];
    if (measured === folds) return [];
    return [
      `${name}: ${metric} has a value in ${measured} of ${folds} folds; in the others its labels were too few or of one class, or a fit failed.`,
    ];
  });
}

/** Groups by affinity; what is smaller than its own error says nothing for or against. */
function groupsOf({ tasks, help, helpError }: TaskPull): string[][] {
  const sure = help.map((row, i) =>
    row.map((value, j) =>
      i === j || value === null || Math.abs(value) <= (helpError[i][j] ?? 0) ? 0 : value,
    ),
  );
  return proposeGroups(sure).map((group) => group.map((t) => tasks[t]));
}

/** Tasks that no row has labels of together can share, but must do so through different rows. */
async function checkOverlap(
  specs: ResolvedSpecs,
  table: Awaited<ReturnType<typeof readColumns>>,
  note: (message: string) => void,
): Promise<void> {
  const labelled = specs.tasks.map(({ name, column }) => {
    const found = table.columns.get(column);
    if (!found) throw new DataError("DATA_SCHEMA", `tasks.${name}: a column; ${column} is none`);
    return { name, found };
  });
  let both = 0;
  for (let row = 0; row < table.rows; row++) {
    if (labelled.filter(({ found }) => !isMissing(found, row)).length > 1) both++;
  }
  if (both === 0)
    note(
      "No row has labels of two tasks: the tasks meet only in the inputs, and their gradients come from different rows of a batch.",
    );
}
