import type { Choice } from "../../core/choice.ts";
import type { RowStore } from "../../data/rows.ts";
import { LossAround } from "./around.ts";
import type { Design } from "./design.ts";
import { LinearLoss, type LossOptions, type TaskLosses } from "./loss.ts";
import { OwnRowsLoss } from "./own-rows.ts";
import { QuadraticLoss } from "./quadratic.ts";
import type { SolveOptions, Strength } from "./solve.ts";
import { tieOf } from "./tie.ts";
import { layoutOf, solveTogether, type Together, type TogetherSolution } from "./together.ts";

export interface TogetherOptions {
  readonly regularizer: Choice;
  readonly strengths: readonly Strength[];
  readonly lambdas: readonly number[];
  readonly balance: "tasks" | "rows";
  /** Value of the constant feature; 0 leaves intercepts out. */
  readonly tieIntercepts: number;
  readonly solve: SolveOptions;
  readonly loss: LossOptions;
}

/**
 * The tasks' losses over a store: of squared errors their moments, where many evaluations are to come; of tasks
 * with rows of their own the labelled rows alone.
 */
export async function lossOf(
  design: Design,
  store: RowStore,
  options: LossOptions,
  often: boolean,
): Promise<TaskLosses> {
  const loss = await plainLossOf(design, store, options, often);
  return options.around ? new LossAround(loss, design, options.around) : loss;
}

async function plainLossOf(
  design: Design,
  store: RowStore,
  options: LossOptions,
  often: boolean,
): Promise<TaskLosses> {
  if (often && QuadraticLoss.fits(design, store))
    return QuadraticLoss.create(design, store, options);
  return OwnRowsLoss.fits(design, store)
    ? OwnRowsLoss.create(design, store, options)
    : LinearLoss.create(design, store, options);
}

/** What each task counts, 1 on average: λ, or λ times its labelled rows. */
export function sharesOf(
  { lambdas, balance }: TogetherOptions,
  counts: Float64Array,
): readonly number[] {
  const raw = lambdas.map((lambda, t) => (balance === "rows" ? lambda * counts[t] : lambda));
  const mean = raw.reduce((a, b) => a + b, 0) / raw.length;
  return raw.map((share) => share / mean);
}

/** Fits all tasks over a store with their regulariser. `x` is the start and becomes the solution. */
export async function fitTogether(
  design: Design,
  store: RowStore,
  options: TogetherOptions,
  x: Float64Array,
): Promise<TogetherSolution> {
  const loss = await lossOf(design, store, options.loss, true);
  try {
    return await fitLosses(design, loss, options, x);
  } finally {
    await loss.dispose();
  }
}

/** As `fitTogether`, for losses made before. */
export async function fitLosses(
  design: Design,
  loss: TaskLosses,
  options: TogetherOptions,
  x: Float64Array,
): Promise<TogetherSolution> {
  const { strengths, regularizer, tieIntercepts, solve } = options;
  const layout = layoutOf(design, tieIntercepts > 0);
  const tie = await tieOf(regularizer, layout, strengths);
  try {
    const shares = sharesOf(options, loss.counts);
    const constant = tieIntercepts > 0 ? tieIntercepts : 1;
    const together: Together = { strengths, shares, tie, layout, constant };
    return await solveTogether(design, loss, together, x, solve);
  } finally {
    await tie.dispose();
  }
}
