import type { ExperimentConfig } from "../config/experiment.ts";
import { ConfigError } from "../core/errors.ts";
import { families } from "../learners/families.ts";
import type { Family } from "../learners/learner.ts";
import { readColumns } from "../model/stream.ts";
import { columnsOf } from "../train/learn.ts";
import type { CompareOptions, Comparison } from "./comparison.ts";
import { fewOf, groupsOf, mostProbed, noteOverlap, unmeasured } from "./comparison-notes.ts";
import {
  chooseFit,
  drawChoices,
  type TunedChoices,
  type TunedModel,
  untuned,
} from "./equal-tuning.ts";
import { FitLog } from "./fit-log.ts";
import { type FitSpec, fitKey, type WorkSpec } from "./fit-spec.ts";
import { StudyRows } from "./fold-rows.ts";
import { type Place, PlacedFits, whereOf } from "./placed-fits.ts";
import { workThrough } from "./pool.ts";
import type { Regime } from "./regimes/regime.ts";
import { type RegimeName, regimes } from "./regimes/regimes.ts";
import { fitting, type WorkOrder } from "./run-work.ts";
import { summarisePull, type TaskPull } from "./task-pull.ts";
import { judge, judgeTogether, relativeImprovement } from "./verdicts.ts";

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
  checkOptions(options);
  const rows = await StudyRows.open(given, options.baseDir);
  try {
    checkTogether(rows.opened.specs.tasks.length);
    const study = new Study(rows, given, options);
    await study.prepare();
    return await study.run();
  } finally {
    rows.close();
  }
}

/** @throws ConfigError for a single task, those that `by` makes being counted. */
function checkTogether(tasks: number): void {
  if (tasks >= 2) return;
  throw new ConfigError(
    "CONFIG_INVALID",
    `tasks: at least two to compare learning them together with learning them alone; got ${tasks}`,
    { hint: "polytask train learns a single task" },
  );
}

function checkOptions({ folds, seeds, tune }: CompareOptions): void {
  const whole = (name: string, value: number, least: number) => {
    if (Number.isInteger(value) && value >= least && value <= 1000) return;
    throw new ConfigError("USAGE", `${name}: a whole number from ${least} to 1000; got ${value}`);
  };
  whole("folds", folds, 2);
  whole("seeds", seeds, 1);
  if (tune) whole("compare.tune.trials", tune.trials, 2);
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
  private choices: TunedChoices;
  private readonly models: TunedModel[] = [];
  private readonly orders = new Map<string, WorkOrder>();

  constructor(rows: StudyRows, given: ExperimentConfig, options: CompareOptions) {
    const { declared, specs, fingerprint } = rows.opened;
    this.rows = rows;
    // With tasks as they were declared: whoever opens the rows makes of them what `by` says.
    this.config = { ...declared, learner: given.learner };
    this.options = options;
    this.log = new FitLog(options.folder);
    this.base = JSON.stringify([fingerprint, options.versions]);
    this.tasks = specs.tasks.map((task) => task.name);
    this.fits = new PlacedFits(this.log, this.tasks, [...this.places()]);
    this.family = families[declared.learner.type] as Family;
    this.choices = untuned(this.config);
    const asked = options.regimes ?? (Object.keys(regimes) as RegimeName[]);
    for (const regime of Object.values(regimes) as Regime[]) {
      const needed = regime.name === reference || regime.name === "multiTask";
      if (!needed && !asked.includes(regime.name as RegimeName)) continue;
      const named = options.regimes?.includes(regime.name as RegimeName) ?? false;
      const count = this.tasks.length;
      const why =
        regime.refuses?.(this.family, count) ?? (named ? undefined : regime.costs?.(count));
      if (why === undefined) this.chosen.push(regime);
      else this.refused[regime.name] = why;
    }
  }

  /** Reads labels, cuts folds, and says what a reader must know. @throws DataError. */
  async prepare(): Promise<void> {
    const { rows, options, config } = this;
    const { specs, stream, split } = rows.opened;
    await noteOverlap(specs, await readColumns(stream, columnsOf([], specs.tasks)), (message) => {
      this.notes.push(message);
    });
    await rows.checkTasks();
    for (let r = 0; r < options.seeds; r++)
      await rows.splitsOf({ folds: options.folds, repeat: r });
    if (options.tune) {
      if (split.validation.length === 0) {
        throw new ConfigError(
          "CONFIG_INVALID",
          "compare.tune: validation rows, as values are chosen on them; the split has none",
          { hint: "give split.fractions.validation a share" },
        );
      }
      this.choices = drawChoices(this.config, this.family, options.tune);
    }
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
    const found = this.result(pull, groups);
    // They were for the blends; what a later call needs again is fitted again.
    this.log.dropAllPredictions();
    return found;
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
    const { configs } = this.choices;
    const fits: { regime: Regime; place: Place; work: FitSpec; orders: WorkOrder[] }[] = [];
    for (const place of this.places()) {
      for (const regime of list) {
        for (const { tasks, pretrain } of regime.fits?.(this.tasks, groups) ?? []) {
          const inOrder = this.tasks.filter((t) => tasks.includes(t));
          const work: FitSpec = {
            ...place,
            tasks: inOrder,
            pretrain,
            diagnose:
              inOrder.length === this.tasks.length && inOrder.length <= mostProbed
                ? true
                : undefined,
            validate: configs.length > 1 ? true : undefined,
          };
          const orders = configs.map((config) => this.order(work, true, config));
          fits.push({ regime, place, work, orders });
        }
      }
    }
    await this.work(
      fits.flatMap(({ regime, orders }) => orders.map((order) => ({ order, regime: regime.name }))),
    );
    for (const { regime, place, work, orders } of fits) {
      const chosen = this.chooseAmong(orders, work);
      this.fits.remember(regime.name, place, work, orders[chosen].key);
      if (configs.length > 1) this.models.push({ regime, tasks: work.tasks, point: chosen });
    }
  }

  /** The fit that did best on validation rows; of the others no predictions are wanted. */
  private chooseAmong(orders: readonly WorkOrder[], { tasks }: FitSpec): number {
    if (orders.length === 1) return 0;
    const { log } = this;
    const judged = this.rows.opened.specs.tasks
      .filter(({ name }) => tasks.includes(name))
      .map(({ name, kind }) => ({
        name,
        metric: kind.primary,
        better: kind.direction(kind.primary),
      }));
    const chosen =
      chooseFit(
        orders.map(({ key }) => log.result(key)),
        judged,
      ) ?? 0;
    orders.forEach(({ key }, i) => {
      if (i !== chosen) log.dropPredictions(key);
    });
    return chosen;
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
    const due = orders.filter(({ order }) => this.log.result(order.key) === undefined);
    await this.repredict(due.map(({ order }) => order.work));
    await this.work(orders);
  }

  /** Fits again what a blend needs and whose predictions were not kept when an earlier study ended. */
  private async repredict(blends: readonly WorkSpec[]): Promise<void> {
    const { log, options } = this;
    const keys = blends.flatMap((work) =>
      "blend" in work
        ? [...Object.values(work.blend), ...Object.values(work.stack ?? {}).flat()].flat()
        : [],
    );
    const gone = [...new Set(keys)].filter((key) => !log.hasPredictions(key));
    const again = gone.flatMap((key) => this.orders.get(key) ?? []);
    if (again.length > 0) options.onEvent?.({ type: "plan", fits: again.length, done: 0 });
    let done = 0;
    await workThrough(again, fitting, options, (order, answer) => {
      if ("error" in answer)
        options.onEvent?.({
          type: "warning",
          message: `${whereOf("again", order.work)}: ${answer.error.message}`,
        });
      options.onEvent?.({ type: "fit", done: ++done, fits: again.length, regime: "again" });
    });
  }

  /** The fits whose predictions of a task a regime averages; undefined where one gave none. */
  private blended(regime: Regime, place: Place, task: string): string[] | undefined {
    const keys = (regime.blends ?? []).map((r) => this.fits.keyFor(r, place, task));
    const whole = keys.filter((k) => k && this.log.result(k)?.scores[task] !== undefined);
    return whole.length === keys.length ? (whole as string[]) : undefined;
  }

  private order(work: WorkSpec, keep: boolean, config = this.config): WorkOrder {
    const { options, log, base } = this;
    const key = fitKey(base, config, work);
    const { predictions } = log;
    const order = { key, work, config, baseDir: options.baseDir, predictions, keep };
    this.orders.set(key, order);
    return order;
  }

  private async work(list: readonly { order: WorkOrder; regime: string }[]): Promise<void> {
    const { log, options } = this;
    const wanted = new Map(list.map((one) => [one.order.key, one]));
    const missing = [...wanted.values()].filter(({ order }) => log.result(order.key) === undefined);
    let done = wanted.size - missing.length;
    options.onEvent?.({ type: "plan", fits: wanted.size, done });
    await workThrough(
      missing.map(({ order }) => order),
      fitting,
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
    const ratio = sizes.heldOut / sizes.train;
    const compared = specs.tasks.map(({ name, kind }) => ({
      name,
      metric: kind.primary,
      better: kind.direction(kind.primary),
      regimes: Object.fromEntries(
        names.map((n) => [
          n,
          results.map((at) => at[n].get(name)?.metrics[kind.primary] ?? Number.NaN),
        ]),
      ),
    }));
    const tasks = judge(compared, names, reference, ratio);
    const others = names.filter((n) => n !== reference);
    return {
      config,
      source: stream.origin,
      fingerprint,
      regimes: this.chosen
        .filter((r) => names.includes(r.name))
        .map(({ name, title, summary }) => ({ name, title, summary })),
      refused: this.refused,
      tasks,
      deltaM: Object.fromEntries(others.map((n) => [n, relativeImprovement(tasks, n, reference)])),
      overall: Object.fromEntries(
        others.map((n) => [n, judgeTogether(compared, n, reference, ratio)]),
      ),
      groups,
      pull,
      costs: names.map((n) => this.fits.cost(n)),
      tuning: options.tune && { ...this.choices, models: this.models },
      rows: { used: rows.usable().length, test: split.test.length, ...sizes },
      folds: options.folds,
      seeds: options.seeds,
      failures: this.fits.failures(),
      notes: [
        ...this.notes,
        ...fewOf(this.fits.gaps()),
        ...fewOf(unmeasured(tasks, results.length, reference)),
      ],
    };
  }
}
