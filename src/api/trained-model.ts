import { tableFromRows } from "../data/from-rows.ts";
import { openSource, type SourceSpec } from "../data/source.ts";
import type { Model } from "../model/model.ts";
import type { RunScores } from "../run/open.ts";
import type { Evaluation } from "../tasks/task.ts";
import { writeAtomic } from "../train/atomic-file.ts";
import type { EpochRecord } from "../train/events.ts";
import type { Predictions, TaskDeclaration } from "./declare.ts";

export interface TrainedFacts {
  readonly history: readonly EpochRecord[];
  readonly scores: RunScores;
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
   * @throws DataError DATA_SCHEMA naming input columns that no row has.
   */
  async predict(rows: readonly Readonly<Record<string, unknown>>[]): Promise<Predictions<T>[]> {
    if (rows.length === 0) return [];
    return (await this.model.predictTable(tableFromRows(rows))) as Predictions<T>[];
  }

  /** Metrics on labelled rows: a file or rows in code. */
  async evaluate(
    data: SourceSpec,
    options: { readonly baseDir?: string } = {},
  ): Promise<Record<keyof T & string, Evaluation>> {
    const source = await openSource(data, options);
    try {
      return (await this.model.evaluateTable(await source.read())) as Record<
        keyof T & string,
        Evaluation
      >;
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
