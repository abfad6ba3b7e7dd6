import { join } from "node:path";
import { fileLabelWriter } from "../data/label-file.ts";
import { fileRowWriter } from "../data/row-file.ts";
import { rowsOfPart } from "../data/row-set.ts";
import { scratchFolder } from "../data/scratch-folder.ts";
import type { Split } from "../data/split.ts";
import { families } from "../learners/families.ts";
import { type Family, type Fitted, viewsFor } from "../learners/learner.ts";
import type { Views } from "../modalities/views.ts";
import type { TrainingConfig } from "../train/config.ts";
import { type EncodePlan, encodeParts, type PartRows } from "../train/encode.ts";
import type { RawPredictor } from "../train/evaluation.ts";
import type { TrainEvent } from "../train/events.ts";
import { fileLateCells } from "../train/late-cells-file.ts";
import { columnsOf, type LearnedInput, type LearnedTask, learnStates } from "../train/learn.ts";
import { Linker } from "../train/link.ts";
import type { WarmStart } from "../train/parameters.ts";
import type { Part, Problem } from "../train/problem.ts";
import type { RateRules } from "../train/rates.ts";
import type { ScoredPart } from "../train/scored-part.ts";
import { type CellProblem, CellProblems } from "./cell-problems.ts";
import { checkAbilities, checkRowWeights } from "./fit-checks.ts";
import { isRouted, type PartName, placeRows, withTruth } from "./placed-rows.ts";
import { type ReportedTask, reportedTasks } from "./routes.ts";
import { type PartResult, scoreParts } from "./score-parts.ts";
import { tellUnsettled } from "./settle.ts";
import type { ResolvedSpecs } from "./specs.ts";
import type { TableStream } from "./stream.ts";
import { taskWarnings } from "./task-warnings.ts";
import { unlessAborted, untilAborted } from "./until-aborted.ts";

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
  /** What comes from a trained model, given what was learned from the training rows. */
  takeOver?(learned: {
    readonly inputs: readonly LearnedInput[];
    readonly tasks: readonly LearnedTask[];
  }): TakenOver;
  onEvent?(event: TrainEvent): void;
}

/** Inputs and tasks as a fit is to have them, and the values that it starts from. */
export interface TakenOver {
  readonly inputs: LearnedInput[];
  readonly tasks: LearnedTask[];
  readonly warmStart: WarmStart;
  readonly carriedRates: RateRules;
  readonly pull: "auto" | number;
}

export interface FitOutcome {
  readonly family: Family;
  readonly fitted: Fitted;
  /** What it reads of each input. */
  readonly views: Views;
  readonly inputs: readonly LearnedInput[];
  /** The tasks that were learned. */
  readonly tasks: readonly LearnedTask[];
  /** The tasks as they were declared; results have both. */
  readonly reported: readonly ReportedTask[];
  readonly parts: Readonly<Record<PartName, Part | undefined>>;
  readonly results: Readonly<Partial<Record<PartName, PartResult>>>;
  readonly baseline: Readonly<Partial<Record<PartName, Pick<PartResult, "evaluations">>>>;
  /** Cells that could not be read and count as missing: the first of each input. */
  readonly problems: readonly CellProblem[];
  /** How many there are, an input. */
  readonly problemCounts: Readonly<Record<string, number>>;
  /** Frees the model and the encoded rows. */
  close(): void;
}

/**
 * Learns inputs and tasks from the training rows, encodes all parts, fits a family and the baseline,
 * and scores both on validation and test rows. Test rows are touched only by that last step.
 * @throws ConfigError for a family that cannot do what is asked; DataError for cells and labels;
 *   BackendError INTERRUPTED after `signal`.
 */
export async function fitFamily(request: FitRequest): Promise<FitOutcome> {
  const { specs, split } = request;
  const family = families[request.learner.type as keyof typeof families] as Family;
  checkAbilities(family, request);
  if (request.resume && !family.can.resume) {
    request.onEvent?.({
      type: "warning",
      message: `learner ${family.name} fits in one go: it begins again from the start`,
    });
  }
  const cells = new CellProblems(request);
  const names = columnsOf(specs.inputs, specs.tasks);
  const own = await learnStates(
    untilAborted(request.stream.batches(names), request.signal),
    specs.inputs,
    specs.tasks,
    {
      rows: rowsOfPart(split, "train"),
      onProblem: cells.refuse,
    },
  );
  const taken = request.takeOver?.(own);
  const learned = taken ?? own;
  const { type: _, ...options } = request.learner;
  const config = family.config.parse(options);
  const view = viewsFor(family, config, learned.inputs);
  const plan: EncodePlan = {
    ...learned,
    view,
    weightColumn: request.weightColumn,
    // Where a bad cell ends the run, it does so before anything is learned, and the first one is told.
    arriving: family.can.arriving && request.badCells === "missing",
  };
  const opened: { close(): void }[] = [];
  const close = () => {
    for (const one of opened.splice(0)) one.close();
  };
  try {
    const parts: Partial<Record<PartName, Part>> = await encodeSplit(plan, request, cells.add);
    for (const part of Object.values(parts)) opened.push(part.store);
    const arrived = allArrived(parts, () => cells.tell());
    // Whoever waits for rows throws what is wrong with them.
    arrived.catch(() => {});
    for (const { name, modality, state } of learned.inputs)
      for (const message of modality.notices?.(state) ?? [])
        request.onEvent?.({ type: "notice", message: `${name}: ${message}` });
    checkRowWeights(parts.train, request);
    for (const message of taskWarnings(specs.tasks, parts.train?.labelled ?? {}, request.learner))
      request.onEvent?.({ type: "warning", message });
    const { train, validation } = parts as { train: Part } & typeof parts;
    const { seed, training } = request;
    const { inputs, tasks } = learned;
    const problem: Problem = { inputs, tasks, train, validation, seed };
    const { checkpoints, runKey, resume, signal, onEvent } = request;
    const fitted = await family.fit(problem, config, {
      training,
      checkpoints,
      runKey,
      resume,
      signal,
      onEvent,
      warmStart: taken?.warmStart,
      carriedRates: taken?.carriedRates,
      pull: taken?.pull,
    });
    opened.push({ close: () => fitted.dispose() });
    await unlessAborted(arrived, request.signal);
    const naive = families.baseline as Family;
    const reference = await naive.fit(problem, naive.config.parse({}), { training });
    const declared = reportedTasks(tasks);
    const routed = declared.filter(isRouted);
    tellUnsettled(declared, validation, onEvent);
    const linker = await Linker.create([...tasks, ...routed]);
    try {
      const places = await placeRows(routed, request, parts);
      const whole = withTruth(parts, places);
      const scored = { validation: whole.validation, test: whole.test };
      const score = (predictor: RawPredictor, keep: (part: ScoredPart) => void) =>
        scoreParts(predictor, linker, tasks, scored, places, keep);
      const { results, tasks: settled } = await score(fitted, (part) => opened.push(part));
      const baseline = scoresOnly((await score(reference, (part) => part.close())).results);
      const { problems, counts: problemCounts } = cells;
      return {
        family,
        fitted,
        views: view,
        inputs,
        tasks: settled,
        reported: reportedTasks(settled),
        parts: { validation: undefined, test: undefined, ...whole } as FitOutcome["parts"],
        results,
        baseline,
        problems,
        problemCounts,
        close,
      };
    } finally {
      await linker.dispose();
      reference.dispose();
    }
  } catch (error) {
    close();
    throw error;
  }
}

const partNames = ["train", "validation", "test"] as const;

/** Encodes the parts that have rows in one pass, into files of the cache where there is one. */
function encodeSplit(
  plan: EncodePlan,
  { stream, split, weightColumn, cache, signal }: FitRequest,
  onProblem: CellProblems["add"],
): Promise<Partial<Record<PartName, Part>>> {
  const columns = columnsOf(plan.inputs, plan.tasks);
  if (weightColumn !== undefined && !columns.includes(weightColumn)) columns.push(weightColumn);
  const scratch = cache === undefined ? undefined : scratchFolder(cache);
  const files = (name: PartName): PartRows =>
    cache === undefined
      ? {}
      : {
          write: (layout) => fileRowWriter(layout, join(cache, `${name}.rows`)),
          writeLabels: (fields, what) => fileLabelWriter(fields, join(cache, `${name}.${what}`)),
          keepCells: (columns) => fileLateCells(columns, join(cache, `${name}.cells`)),
          scratch,
        };
  const parts = partNames
    .map((name) => ({ name, rows: rowsOfPart(split, name) }))
    .filter(({ rows }) => rows.length > 0)
    .map(({ name, rows }): [PartName, PartRows] => [name, { rows, ...files(name) }]);
  const batches = untilAborted(stream.batches(columns), signal);
  return encodeParts(batches, plan, Object.fromEntries(parts), onProblem);
}

/** Waits for the rows of all parts, where some arrive. */
async function allArrived(parts: Partial<Record<PartName, Part>>, then: () => void): Promise<void> {
  for (const { store } of Object.values(parts)) if (store.arrival) await store.arrival.ready();
  then();
}

/** Results without the outputs, which take memory for every row. */
function scoresOnly(results: FitOutcome["results"]): FitOutcome["baseline"] {
  const entries = Object.entries(results) as [PartName, PartResult][];
  return Object.fromEntries(entries.map(([name, { evaluations }]) => [name, { evaluations }]));
}
