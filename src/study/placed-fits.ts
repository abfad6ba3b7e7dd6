import { PolytaskError } from "../core/errors.ts";
import type { FitLog } from "./fit-log.ts";
import type { FitResult, WorkSpec } from "./fit-spec.ts";
import type { Regime } from "./regimes/regime.ts";
import { regimes } from "./regimes/regimes.ts";

/** A fold of a repetition, both from 0. */
export interface Place {
  readonly repeat: number;
  readonly fold: number;
}

/** What a regime cost, over the fits of one fold. */
export interface RegimeCost {
  readonly regime: string;
  /** Fits of one fold. */
  readonly fits: number;
  readonly parameters: number;
  readonly seconds: number;
  readonly memoryBytes: number;
}

/** The fits of every regime by the fold they belong to, and what their results say together. */
export class PlacedFits {
  private readonly log: FitLog;
  private readonly tasks: readonly string[];
  private readonly places: readonly Place[];
  /** Keys of the fits of a regime, by place. */
  private readonly keys = new Map<string, { readonly work: WorkSpec; readonly keys: string[] }>();
  /** Key of the fit behind a task's predictions. */
  private readonly byTask = new Map<string, string>();

  constructor(log: FitLog, tasks: readonly string[], places: readonly Place[]) {
    this.log = log;
    this.tasks = tasks;
    this.places = places;
  }

  /** Whether any fit of a regime was asked for. */
  has(regime: string): boolean {
    return [...this.keys.keys()].some((at) => at.startsWith(`${regime}/`));
  }

  remember(regime: string, place: Place, work: WorkSpec, key: string): void {
    const at = placeKey(regime, place);
    const known = this.keys.get(at);
    if (known) known.keys.push(key);
    else this.keys.set(at, { work, keys: [key] });
    for (const task of work.tasks) this.byTask.set(`${at}/${task}`, key);
  }

  keyFor(regime: string, place: Place, task: string): string | undefined {
    return this.byTask.get(`${placeKey(regime, place)}/${task}`);
  }

  scoresAt(regime: string, place: Place): Map<string, FitResult["scores"][string]> {
    const found = new Map<string, FitResult["scores"][string]>();
    for (const task of this.tasks) {
      const key = this.keyFor(regime, place, task);
      const score = key && this.log.result(key)?.scores[task];
      if (score) found.set(task, score);
    }
    return found;
  }

  /** Rows of a fold, on average. @throws the first fit's error where no fit gave a result. */
  sizes(): { train: number; validation: number; heldOut: number } {
    const all = [...this.keys.values()].flatMap(({ keys }) => keys);
    const done = all.flatMap((key) => this.log.result(key)?.rows ?? []);
    if (done.length === 0) {
      const first = all.map((key) => this.log.failure(key)).find((f) => f !== undefined);
      throw new PolytaskError(
        first?.code ?? "BACKEND",
        first?.message ?? "study: fits; none was made",
        {
          hint: first?.hint,
        },
      );
    }
    const mean = (part: "train" | "validation" | "heldOut") =>
      done.reduce((sum, r) => sum + r[part], 0) / done.length;
    return { train: mean("train"), validation: mean("validation"), heldOut: mean("heldOut") };
  }

  cost(regime: string): RegimeCost {
    const used = (regimes as Record<string, Regime>)[regime].blends ?? [regime];
    const places = this.places.map((place) =>
      used.flatMap((r) => {
        const keys = new Set(this.keys.get(placeKey(r, place))?.keys ?? []);
        return [...keys].flatMap((key) => this.log.result(key) ?? []);
      }),
    );
    const full = places.filter((list) => list.length > 0);
    const mean = (of: (list: readonly FitResult[]) => number) =>
      full.reduce((sum, list) => sum + of(list), 0) / full.length;
    const sum = (key: "parameters" | "seconds") => (list: readonly FitResult[]) =>
      list.reduce((s, r) => s + r[key], 0);
    return {
      regime,
      fits: mean((list) => list.length),
      parameters: mean(sum("parameters")),
      seconds: mean(sum("seconds")),
      memoryBytes: Math.max(0, ...full.flat().map((r) => r.memoryBytes)),
    };
  }

  failures(): readonly { readonly where: string; readonly message: string }[] {
    const seen = new Set<string>();
    return [...this.keys].flatMap(([at, { work, keys }]) =>
      keys.flatMap((key) => {
        const failure = this.log.result(key) ? undefined : this.log.failure(key);
        if (failure === undefined || seen.has(key)) return [];
        seen.add(key);
        return [{ where: whereOf(at.split("/")[0], work), message: failure.message }];
      }),
    );
  }

  /** Tasks that could not be learned in some folds. */
  gaps(): string[] {
    const left = new Map<string, Set<string>>();
    for (const { keys, work } of this.keys.values()) {
      for (const key of keys) {
        for (const [task, why] of Object.entries(this.log.result(key)?.left ?? {})) {
          const at = left.get(`${task}: ${why}`) ?? new Set();
          at.add(`${work.repeat}/${work.fold}`);
          left.set(`${task}: ${why}`, at);
        }
      }
    }
    return [...left].map(
      ([what, at]) => `Left out in ${at.size} of ${this.places.length} folds: ${what}`,
    );
  }
}

function placeKey(regime: string, { repeat, fold }: Place): string {
  return `${regime}/${repeat}/${fold}`;
}

/** A fit in words. */
export function whereOf(regime: string, { repeat, fold, tasks }: WorkSpec): string {
  return `${regime}, seed ${repeat + 1}, fold ${fold + 1}, ${tasks.length > 3 ? `${tasks.length} tasks` : tasks.join(" + ")}`;
}
