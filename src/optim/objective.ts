import { BackendError } from "../core/errors.ts";

/** A smooth function: returns its value at `x` and writes its gradient. It must not keep either array. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number | Promise<number>;

/** Why a solver stopped. */
export type SolverStatus =
  /** The stopping rule holds. */
  | "converged"
  /** No lower value can be found, as at the limit of the objective's precision. */
  | "stalled"
  | "maxIterations"
  | "maxEvaluations"
  /** The callback asked for it. */
  | "stopped";

export function inner(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * y[i];
  return sum;
}

/** The largest absolute value; NaN where one is NaN. */
export function infinityNorm(x: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < x.length; i++) {
    const size = Math.abs(x[i]);
    if (!(size <= largest)) largest = size;
    if (Number.isNaN(largest)) break;
  }
  return largest;
}

export function isFiniteVector(x: Float64Array): boolean {
  return Number.isFinite(infinityNorm(x));
}

/** The error for an objective that is not finite, naming the solver and its iteration. */
export function nonFiniteError(
  solver: string,
  iteration: number,
  place: string,
  value: number,
): BackendError {
  const got = Number.isFinite(value) ? "a gradient that is not finite" : `${value}`;
  return new BackendError(
    "NON_FINITE",
    `${solver} iteration ${iteration}: a finite objective ${place}; got ${got}`,
    {
      hint: "look for logarithms of 0, overflowing exponentials and missing values in the inputs",
      details: { iteration },
    },
  );
}
