import { join } from "node:path";
import { ConfigError, DataError } from "../core/errors.ts";
import { fileRowWriter } from "../data/row-file.ts";
import type { Split } from "../data/split.ts";
import { families } from "../learners/families.ts";
import type { Family, Fitted } from "../learners/learner.ts";
import type { Evaluation, Outputs } from "../tasks/task.ts";
import type { TrainingConfig } from "../train/config.ts";
import {
  columnsOf,
  type EncodePlan,
  encodeRows,
  type LearnedInput,
  type LearnedTask,
  learnStates,
} from "../train/encode.ts";
import { allRows, type RawPredictor } from "../train/evaluation.ts";
import type { TrainEvent } from "../train/events.ts";
import { Linker } from "../train/link.ts";
import type { Part, Problem } from "../train/problem.ts";
import type { ResolvedSpecs } from "./specs.ts";
import type { TableStream } from "./stream.ts";

export type PartName = "train" | "validation" | "test";

/** A cell that could not be read. */
export interface CellProblem {
  readonly input: string;
  /** From 0, in the whole table. */
  readonly row: number;
  readonly message: string;
}

export interface FitRequest {
  readonly stream: TableStream;
  readonly specs: ResolvedSpecs;
  readonly split: Split;
  readonly learner: { readonly type: string; readonly [option: string]: unknown };
  readonly training: TrainingConfig;
  readonly seed: number;
  readonly weightColumn?: string;
  readonly badCells: "missing" | "error";
  /** Where encoded rows are kept on disk; in memory without it. */
  readonly cache?: string;
  readonly checkpoints?: string;
  readonly runKey?: string;
  readonly resume?: boolean;
  readonly signal?: AbortSignal;
  onEvent?(event: TrainEvent): void;
}

/** Scores and outputs of a family on one part. */
export interface PartResult {
  readonly evaluations: Readonly<Record<string, Evaluation>>;
  readonly outputs: Readonly<Record<string, Outputs>>;
}

export interface FitOutcome {
  readonly family: Family;
  readonly fitted: Fitted;
  readonly inputs: readonly LearnedInput[];
  readonly tasks: readonly LearnedTask[];
  readonly parts: Readonly<Record<PartName, Part | undefined>>;
  readonly results: Readonly<Partial<Record<PartName, PartResult>>>;
  readonly baseline: Readonly<Partial<Record<PartName, PartResult>>>;
  readonly problems: readonly CellProblem[];
}

/** Cells that could not be read are kept for the report up to so many; the rest are counted. */
const problemLimit = 1000;

/**
 * Learns inputs and tasks from the training rows, encodes all parts, fits a family and the baseline,
 * and scores both on validation and test rows. Test rows are touched only by that last step.
 */
export async function fitFamily(request: FitRequest): Promise<FitOutcome> {
  const { specs, split, stream } = request;
  const family = families[request.learner.type as keyof typeof families] as Family;
  checkAbilities(family, request);
  const problems: CellProblem[] = [];
  const onProblem = (input: string, row: number, message: string) => {
    if (request.badCells === "error") {
      throw new DataError(
        "DATA_VALUE",
        `${stream.origin}, data row ${row + 1}, input ${input}: a readable cell; ${message}`,
        {
          hint: "badCells: missing counts such cells as missing instead",
        },
      );
    }
    if (problems.length < problemLimit) problems.push({ input, row, message });
  };
  const names = columnsOf(specs.inputs, specs.tasks);
  const learned = await learnStates(stream.batches(names), specs.inputs, specs.tasks, {
    rows: split.train,
    onProblem,
  });
  problems.length = 0;
  const plan: EncodePlan = {
    ...learned,
    view: family.can.view,
    weightColumn: request.weightColumn,
  };
  const withWeight =
    request.weightColumn === undefined ? names : [...new Set([...names, request.weightColumn])];
  const encode = async (part: PartName): Promise<Part | undefined> => {
    const rows = split[part];
    if (rows.length === 0) return undefined;
    const { cache } = request;
    const writer =
      cache === undefined
        ? undefined
        : (layout: Part["store"]["layout"]) => fileRowWriter(layout, join(cache, `${part}.rows`));
    return encodeRows(stream.batches(withWeight), plan, { rows, onProblem }, writer);
  };
  const train = (await encode("train")) as Part;
  const validation = await encode("validation");
  const test = await encode("test");
  const parts = { train, validation, test };
  const problem: Problem = {
    inputs: learned.inputs,
    tasks: learned.tasks,
    train,
    validation,
    seed: request.seed,
  };
  const { type: _, ...options } = request.learner;
  const fitted = await family.fit(problem, family.config.parse(options), {
    training: request.training,
    checkpoints: request.checkpoints,
    runKey: request.runKey,
    resume: request.resume,
    signal: request.signal,
    onEvent: request.onEvent,
  });
  const reference = await (families.baseline as Family).fit(
    problem,
    families.baseline.config.parse({}),
    { training: request.training },
  );
  const linker = await Linker.create(learned.tasks);
  try {
    const results = await scoreParts(fitted, linker, learned.tasks, parts);
    const baseline = await scoreParts(reference, linker, learned.tasks, parts);
    return { family, fitted, ...learned, parts, results, baseline, problems };
  } finally {
    await linker.dispose();
    reference.dispose();
  }
}

async function scoreParts(
  predictor: RawPredictor,
  linker: Linker,
  tasks: readonly LearnedTask[],
  parts: FitOutcome["parts"],
): Promise<FitOutcome["results"]> {
  const results: Partial<Record<PartName, PartResult>> = {};
  for (const name of ["validation", "test"] as const) {
    const part = parts[name];
    if (!part) continue;
    const raw = await predictor.predict(part.store, allRows(part.store));
    const outputs = await linker.link(raw, part.store.rows);
    const evaluations = Object.fromEntries(
      tasks.map((t) => [t.name, t.kind.evaluate(t.state, part.truth[t.name], outputs[t.name])]),
    );
    results[name] = { evaluations, outputs };
  }
  return results;
}

/** @throws ConfigError for a family that cannot do what is asked. */
function checkAbilities(family: Family, { specs, cache, resume }: FitRequest): void {
  const refuse = (what: string, hint?: string): never => {
    throw new ConfigError("CONFIG_INVALID", `learner ${family.name}: ${what}`, { hint });
  };
  const { can } = family;
  for (const task of specs.tasks) {
    if (can.tasks !== "all" && !can.tasks.includes(task.kind.name))
      refuse(`tasks of type ${can.tasks.join(", ")}; ${task.name} is ${task.kind.name}`);
  }
  for (const input of specs.inputs) {
    if (can.modalities !== "all" && !can.modalities.includes(input.modality.name))
      refuse(
        `inputs of type ${can.modalities.join(", ")}; ${input.name} is ${input.modality.name}`,
      );
  }
  if (cache !== undefined && !can.streaming)
    refuse(
      "rows in memory; a memory limit was set",
      "drop the memory limit or choose a family that streams",
    );
  if (resume && !can.resume)
    refuse(
      "a fit from the start; --resume was asked",
      "this family fits in one go: run without --resume",
    );
}
