import { PolytaskError } from "../../core/errors.ts";
import { lbfgs } from "../../optim/lbfgs.ts";
import type { Objective, SolverStatus } from "../../optim/objective.ts";
import { elasticNet } from "../../optim/prox.ts";
import { proximal } from "../../optim/proximal.ts";
import type { Design } from "./design.ts";
import { inLockstep } from "./lockstep.ts";
import type { TaskLosses } from "./loss.ts";

/** What is added to a task's mean loss. */
export interface Strength {
  readonly l1: number;
  readonly l2: number;
}

export interface SolveOptions {
  readonly solver: "auto" | "lbfgs" | "proximal";
  readonly tolerance: number;
  readonly maxIterations: number;
  readonly intercept: boolean;
  /** Of `lbfgs`: stops when an iteration lowers the value by less than this share of it; 0 by default. */
  readonly valueTolerance?: number;
  /** Called after each pass over the rows with the mean of the tasks' values. */
  onPass?(pass: number, value: number): void;
}

export interface TaskSolution {
  readonly status: SolverStatus;
  readonly iterations: number;
  readonly value: number;
  /** Largest component of the (generalised) gradient. */
  readonly residual: number;
}

/** Columns of one task, as a vector of its own: weights `[features, size]`, intercepts `[size]`. */
export function takeColumns(
  { features, outputs }: Design,
  all: Float64Array,
  { start, size }: { readonly start: number; readonly size: number },
  into: Float64Array = new Float64Array((features + 1) * size),
): Float64Array {
  for (let f = 0; f <= features; f++)
    for (let o = 0; o < size; o++) into[f * size + o] = all[f * outputs + start + o];
  return into;
}

/** The inverse of `takeColumns`. */
export function putColumns(
  { features, outputs }: Design,
  own: Float64Array,
  { start, size }: { readonly start: number; readonly size: number },
  all: Float64Array,
): void {
  for (let f = 0; f <= features; f++)
    for (let o = 0; o < size; o++) all[f * outputs + start + o] = own[f * size + o];
}

/**
 * Minimises each task's mean loss plus its elastic net, all tasks in the same passes over the rows.
 * A task's solution depends on no other task.
 * @param x where to start, `[features + 1, outputs]`; becomes the solution.
 */
export async function solveTasks(
  design: Design,
  loss: TaskLosses,
  strengths: readonly Strength[],
  x: Float64Array,
  options: SolveOptions,
): Promise<TaskSolution[]> {
  const all = x.slice();
  const gradient = new Float64Array(x.length);
  /** The latest value of each task: those that are done are not asked for. */
  const shown = new Float64Array(design.tasks.length);
  let pass = 0;
  const smooth = strengths.map(({ l2 }, t) => ridge(l2, design.features * design.tasks[t].size));
  const solver = (t: number) =>
    options.solver === "auto" ? (strengths[t].l1 > 0 ? "proximal" : "lbfgs") : options.solver;

  return inLockstep(
    design.tasks.length,
    async (asked) => {
      asked.forEach((a, t) => {
        if (a) putColumns(design, a.x, design.tasks[t], all);
      });
      const values = await loss.evaluate(
        all,
        gradient,
        asked.map((a) => a !== undefined),
      );
      asked.forEach((a, t) => {
        if (!a) return;
        takeColumns(design, gradient, design.tasks[t], a.gradient);
        if (!options.intercept) a.gradient.fill(0, design.features * design.tasks[t].size);
        // The proximal map takes the whole elastic net where there is an L1 part.
        if (solver(t) === "lbfgs") values[t] += smooth[t](a.x, a.gradient);
      });
      asked.forEach((a, t) => {
        if (a) shown[t] = values[t];
      });
      options.onPass?.(++pass, shown.reduce((sum, v) => sum + v, 0) / shown.length);
      return values;
    },
    async (objective, t) => {
      const task = design.tasks[t];
      const start = takeColumns(design, x, task);
      const solved = await naming(task.task.name, () =>
        minimise(objective, strengths[t], design.features * task.size, start, {
          ...options,
          solver: solver(t),
        }),
      );
      putColumns(design, solved.x, task, x);
      const { status, iterations, value } = solved;
      return { status, iterations, value, residual: solved.residual };
    },
  );
}

interface Minimum {
  readonly x: Float64Array;
  readonly status: SolverStatus;
  readonly iterations: number;
  readonly value: number;
  readonly residual: number;
}

async function minimise(
  objective: Objective,
  { l1, l2 }: Strength,
  penalised: number,
  start: Float64Array,
  options: SolveOptions,
): Promise<Minimum> {
  const { tolerance, maxIterations, valueTolerance = 0 } = options;
  if (options.solver === "lbfgs") {
    const limits = { tolerance, maxIterations, valueTolerance, memory: 10 };
    const found = await lbfgs(objective, start, limits);
    return { ...found, residual: found.gradientNorm };
  }
  const weights = new Float64Array(start.length).fill(1, 0, penalised);
  return proximal(objective, elasticNet(l1, l2, weights), start, { tolerance, maxIterations });
}

/** ½·l2·‖w‖² of the first `penalised` components; adds its gradient. */
export function ridge(l2: number, penalised: number) {
  return (x: Float64Array, gradient: Float64Array): number => {
    if (l2 === 0) return 0;
    let sum = 0;
    for (let i = 0; i < penalised; i++) {
      sum += x[i] * x[i];
      gradient[i] += l2 * x[i];
    }
    return 0.5 * l2 * sum;
  };
}

/** Puts the task's name before what a solver says went wrong. */
async function naming<T>(task: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PolytaskError && error.code === "NON_FINITE") {
      throw new PolytaskError(error.code, `task ${task}, ${error.message}`, {
        hint: error.hint,
        details: { ...error.details, task },
        cause: error,
      });
    }
    throw error;
  }
}
