import { DataError } from "../core/errors.ts";
import { tableFromRows } from "../data/from-rows.ts";
import { openSource, type SourceSpec } from "../data/source.ts";
import { evaluateBatches } from "../model/evaluate-batches.ts";
import type { Model, OnProblem } from "../model/model.ts";
import { type Found, type SearchOptions, searchTable } from "../model/search.ts";
import type { RunScores } from "../run/open.ts";
import type { Evaluation } from "../tasks/task.ts";
import { writeAtomic } from "../train/atomic-file.ts";
import type { EpochRecord } from "../train/events.ts";
import type { Predictions, TaskDeclaration } from "./declare.ts";

export interface TrainedFacts {
  readonly history: readonly EpochRecord[];
  readonly scores: RunScores;
}

/** A cell that could not be read and counts as missing. */
export interface BadCell {
  readonly column: string;
  /** From 0. */
  readonly row: number;
  readonly message: string;
}

export interface BadCellOptions {
  /** The folder against which paths in cells resolve; the working folder where absent. */
  readonly baseDir?: string;
  /** Takes cells that cannot be read, which then count as missing; without it they are errors. */
  onBadCell?(cell: BadCell): void;
}

export interface EvaluateOptions extends BadCellOptions {
  /** Memory for the rows of a file, such as "512MB": they are streamed. All are held where absent. */
  readonly memoryLimit?: string;
}

/** Rows read at a time where they are streamed. */
const streamedRows = 8192;

function receiver(table: { readonly origin: string }, { onBadCell }: BadCellOptions): OnProblem {
  return (column, row, message) => {
    if (onBadCell) return onBadCell({ column, row, message });
    throw new DataError(
      "DATA_VALUE",
      `${table.origin}, row ${row + 1}, column ${column}: a readable cell; ${message}`,
      { hint: "with onBadCell such cells count as missing" },
    );
  };
}

/** A model that predicts. Its predictions are typed by the tasks it was trained on. */
export class TrainedModel<T extends Readonly<Record<string, TaskDeclaration>>> {
  private readonly model: Model;
  private readonly facts: TrainedFacts | undefined;

  constructor(model: Model, facts?: TrainedFacts) {
    this.model = model;
    this.facts = facts;
  }

  /** How training went; empty for a model without its run folder. */
  get history(): readonly EpochRecord[] {
    return this.facts?.history ?? [];
  }

  /** Metrics on rows that did not train it; empty for a model without its run folder. */
  get scores(): TrainedFacts["scores"] {
    return this.facts?.scores ?? {};
  }

  /**
   * Predicts every task for every row. Missing cells are allowed; columns the model does not use are
   * ignored.
   * @throws DataError DATA_SCHEMA naming input columns that no row has, DATA_VALUE for a cell that
   *   cannot be read where `onBadCell` does not take it.
   */
  async predict(
    rows: readonly Readonly<Record<string, unknown>>[],
    options: BadCellOptions = {},
  ): Promise<Predictions<T>[]> {
    if (rows.length === 0) return [];
    const table = tableFromRows(rows, { baseDir: options.baseDir });
    return (await this.model.predictTable(table, receiver(table, options))) as Predictions<T>[];
  }

  /**
   * Metrics on labelled rows: a file or rows in code.
   * @throws DataError as `predict`, and DATA_SCHEMA or DATA_EMPTY where there are no labels; ConfigError
   *   CONFIG_INVALID for a memory limit that is none.
   */
  async evaluate(
    data: SourceSpec,
    options: EvaluateOptions = {},
  ): Promise<Record<keyof T & string, Evaluation>> {
    const source = await openSource(data, options);
    try {
      const evaluate = async (): Promise<Record<string, Evaluation>> => {
        const onProblem = receiver(source, options);
        if (options.memoryLimit === undefined)
          return this.model.evaluateTable(await source.read(), onProblem);
        const batches = source.batches({ batchRows: streamedRows });
        return evaluateBatches(this.model, batches, source.origin, onProblem);
      };
      return (await evaluate()) as Record<keyof T & string, Evaluation>;
    } finally {
      source.close();
    }
  }

  /**
   * Ranks the rows of a file, or rows in code, for a query: cells by column, of one side of a task that
   * compares inputs. Rows that lack the other side are never found.
   * @throws ConfigError USAGE for a model without such a task, or a query without a cell of its sides;
   *   DataError as `predict`, and DATA_VALUE for a query that cannot be read.
   */
  async search(
    data: SourceSpec,
    query: Readonly<Record<string, unknown>>,
    options: SearchOptions & BadCellOptions = {},
  ): Promise<Found[]> {
    const source = await openSource(data, options);
    try {
      const table = await source.read();
      return await searchTable(this.model, table, query, options, receiver(table, options));
    } finally {
      source.close();
    }
  }

  /** Writes the model as one ONNX file. */
  save(path: string): void {
    writeAtomic(path, [this.model.bytes]);
  }

  async dispose(): Promise<void> {
    await this.model.dispose();
  }
}
