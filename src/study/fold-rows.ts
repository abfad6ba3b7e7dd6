import { createHash } from "node:crypto";
import type { ExperimentConfig } from "../config/experiment.ts";
import { ConfigError, DataError } from "../core/errors.ts";
import type { Column } from "../data/columns.ts";
import type { Split } from "../data/split.ts";
import { families } from "../learners/families.ts";
import { type Family, viewsFor } from "../learners/learner.ts";
import type { Views } from "../modalities/views.ts";
import { expandTasks } from "../model/by-tasks.ts";
import { checkAbilities } from "../model/fit-checks.ts";
import { type OpenedExperiment, openExperiment } from "../model/open-experiment.ts";
import { type ResolvedSpecs, resolveSpecs } from "../model/specs.ts";
import { readColumns } from "../model/stream.ts";
import { encodeParts } from "../train/encode.ts";
import { columnsOf, type LearnedInput, type LearnedTask, learnStates } from "../train/learn.ts";
import type { Part } from "../train/problem.ts";
import { checkLabels, cutFolds, repeatSeed } from "./folds.ts";

/** The rows of one fold as numbers: states are learned from its training rows only. */
export interface FoldRows {
  readonly inputs: readonly LearnedInput[];
  readonly tasks: readonly LearnedTask[];
  /** Every task of the study, those that are left out here among them. */
  readonly all: readonly Pick<LearnedTask, "name" | "group">[];
  readonly train: Part;
  readonly validation: Part | undefined;
  readonly heldOut: Part;
  /** Tasks whose labels in the training rows cannot be learned from, and why. */
  readonly left: Readonly<Record<string, string>>;
}

/** Which rows a fit sees. */
export interface FoldPlace {
  readonly folds: number;
  /** From 0. */
  readonly repeat: number;
  readonly fold: number;
  /** The outer fold whose training rows these folds are cut from; all rows where absent. */
  readonly within?: { readonly folds: number; readonly repeat: number; readonly fold: number };
}

/** How many encoded folds are kept at once. */
const keptFolds = 3;

/** The rows of a study in one process: read once, encoded once a fold, kept while they are in use. */
export class StudyRows {
  readonly opened: OpenedExperiment;
  private readonly kept = new Map<string, FoldRows>();
  private readonly splits = new Map<string, Split[]>();

  private constructor(opened: OpenedExperiment) {
    this.opened = opened;
  }

  /** @throws ConfigError where rows are not to be held in memory; ConfigError, DataError for the data. */
  static async open(config: ExperimentConfig, baseDir: string): Promise<StudyRows> {
    if (config.memoryLimit !== undefined) {
      throw new ConfigError(
        "CONFIG_INVALID",
        `memoryLimit: none, as folds hold their rows in memory; got ${config.memoryLimit}`,
        { hint: "leave memoryLimit out, or study a sample of the rows" },
      );
    }
    const opened = await openExperiment(config, { baseDir });
    try {
      checkAbilities(families[config.learner.type] as Family, { specs: opened.specs });
      return new StudyRows(opened);
    } catch (error) {
      opened.close();
      throw error;
    }
  }

  /** Every task of the study, those that `by` makes among them. */
  get names(): string[] {
    return this.opened.specs.tasks.map((task) => task.name);
  }

  /** The rows that folds are cut from: all but the test rows. */
  usable(): Int32Array {
    const { train, validation } = this.opened.split;
    return Int32Array.from([...train, ...validation]).sort();
  }

  /**
   * Checks that every task has something to learn among all rows that folds are cut from; in single folds
   * a task may still be left out. @throws DataError TASK_INVALID.
   */
  async checkTasks(): Promise<void> {
    const { specs, stream } = this.opened;
    await learnStates(stream.batches(columnsOf([], specs.tasks)), [], specs.tasks, {
      rows: this.usable(),
    });
  }

  /**
   * The folds of a repetition, of all rows or of the training rows of an outer fold.
   * @throws DataError DATA_EMPTY for a task with too few labels.
   */
  async splitsOf({ folds, repeat, within }: Omit<FoldPlace, "fold">): Promise<Split[]> {
    const key = JSON.stringify([folds, repeat, within]);
    const known = this.splits.get(key);
    if (known) return known;
    const { config, specs, split, stream, groups } = this.opened;
    const all = this.usable();
    let rows = all;
    if (within) {
      const outer = (await this.splitsOf(within))[within.fold];
      rows = Int32Array.from([...outer.train, ...outer.validation]).sort();
    }
    const grouped = config.split.type === "group" ? [config.split.column] : [];
    const table = await readColumns(stream, [...columnsOf([], specs.tasks), ...grouped]);
    const column = (name: string) => table.columns.get(name) as Column;
    const labels = specs.tasks
      .filter((t) => !t.kind.objective)
      .map((t) => ({ name: t.name, column: column(t.column), group: t.group }));
    // Values of a column share what is learned from labels: few rows of one are no reason to stop.
    const own = labels.filter((l) => l.group === undefined);
    const shared = groups.map((g) => ({ name: g.task, column: column(g.column) }));
    checkLabels([...own, ...shared], rows, folds);
    const cut = cutFolds(rows, {
      folds,
      seed: repeatSeed(config.seed, repeat),
      labels: labels.map((l) => l.column),
      groups: grouped.length > 0 ? column(grouped[0]) : undefined,
      validation: split.validation.length / all.length,
    });
    this.splits.set(key, cut);
    return cut;
  }

  /** The encoded rows of a fold, as a family of a configuration reads them. */
  async fold(config: ExperimentConfig, place: FoldPlace): Promise<FoldRows> {
    const { inputs, tasks, learner } = config;
    const { type, ...options } = learner;
    const family = families[type] as Family;
    const view = family.views
      ? viewsFor(family, family.config.parse(options), (await this.specsOf(config)).inputs)
      : family.can.view;
    const unweighted = Object.entries(tasks).map(([name, t]) => [
      name,
      { ...t, weight: undefined },
    ]);
    const key = createHash("sha256")
      .update(JSON.stringify([inputs, unweighted, view, place]))
      .digest("hex");
    const known = this.kept.get(key);
    if (known) {
      this.kept.delete(key);
      this.kept.set(key, known);
      return known;
    }
    const split = (await this.splitsOf(place))[place.fold];
    const encoded = await this.encode(config, split, view);
    this.kept.set(key, encoded);
    for (const [old, rows] of this.kept) {
      if (this.kept.size <= keptFolds) break;
      this.kept.delete(old);
      for (const part of [rows.train, rows.validation, rows.heldOut]) part?.store.close();
    }
    return encoded;
  }

  /** Inputs and tasks of a configuration that may differ in options from the one that was opened. */
  private async specsOf({ inputs, tasks }: ExperimentConfig): Promise<ResolvedSpecs> {
    const { config, specs, stream, groups } = this.opened;
    const columns = new Set(columnsOf(specs.inputs, specs.tasks));
    for (const group of groups) columns.add(group.column);
    const table = await readColumns(stream, [...columns]);
    const found = resolveSpecs({ inputs: inputs ?? config.inputs, tasks, reserved: [] }, table);
    return { ...found, tasks: expandTasks(found.tasks, groups) };
  }

  private async encode(config: ExperimentConfig, split: Split, view: Views): Promise<FoldRows> {
    const { stream } = this.opened;
    const specs = await this.specsOf(config);
    const batches = () => stream.batches(columnsOf(specs.inputs, specs.tasks));
    const left: Record<string, string> = {};
    const onProblem = (input: string, row: number, message: string) => {
      if (config.badCells !== "error") return;
      throw new DataError(
        "DATA_VALUE",
        `${stream.origin}, data row ${row + 1}, input ${input}: a readable cell; ${message}`,
      );
    };
    for (const task of specs.tasks) {
      try {
        const own = stream.batches(columnsOf([], [task]));
        await learnStates(own, [], [task], { rows: split.train });
      } catch (error) {
        if (!(error instanceof DataError) || error.code !== "TASK_INVALID") throw error;
        left[task.name] = error.message;
      }
    }
    const kept = specs.tasks.filter((t) => left[t.name] === undefined);
    const learned = await learnStates(batches(), specs.inputs, kept, {
      rows: split.train,
      onProblem,
    });
    const { weightColumn } = config;
    const columns = [...columnsOf(specs.inputs, kept)];
    if (weightColumn !== undefined && !columns.includes(weightColumn)) columns.push(weightColumn);
    const parts = await encodeParts(
      stream.batches(columns),
      { ...learned, view, weightColumn },
      {
        train: { rows: split.train },
        heldOut: { rows: split.test },
        ...(split.validation.length > 0 ? { validation: { rows: split.validation } } : {}),
      } as Record<"train" | "heldOut" | "validation", { rows: Int32Array }>,
      onProblem,
    );
    return { ...learned, ...parts, all: specs.tasks, left };
  }

  close(): void {
    for (const { train, validation, heldOut } of this.kept.values())
      for (const part of [train, validation, heldOut]) part?.store.close();
    this.kept.clear();
    this.opened.close();
  }
}
