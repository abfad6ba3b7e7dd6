import { BackendError, CompileError } from "../core/errors.ts";
import type { StepFacts } from "./weighting.ts";

/** A square matrix of inner products of k vectors, row-major. */
export interface Gram {
  readonly k: number;
  readonly values: Float64Array;
}

/** G·w. */
export function times(gram: Gram, w: Float64Array): Float64Array {
  const { k, values } = gram;
  const out = new Float64Array(k);
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < k; j++) out[i] += values[i * k + j] * w[j];
  }
  return out;
}

/** Σ x_i y_i. */
export function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * y[i];
  return sum;
}

/** ‖Σ w_i g_i‖², never below 0. */
export function squaredLength(gram: Gram, w: Float64Array): number {
  return Math.max(0, dot(w, times(gram, w)));
}

/** The lengths ‖g_i‖. */
export function lengths(gram: Gram): Float64Array {
  return Float64Array.from({ length: gram.k }, (_, i) =>
    Math.sqrt(Math.max(0, gram.values[i * gram.k + i])),
  );
}

/** The Gram matrix of the vectors `factor_i · g_i`. */
export function scaled(gram: Gram, factor: Float64Array): Gram {
  const { k, values } = gram;
  return { k, values: values.map((v, at) => v * factor[Math.floor(at / k)] * factor[at % k]) };
}

/** Rows and columns of some tasks. */
export function restrict(gram: Gram, tasks: readonly number[]): Gram {
  const { k, values } = gram;
  const out = new Float64Array(tasks.length ** 2);
  tasks.forEach((i, a) => {
    tasks.forEach((j, b) => {
      out[a * tasks.length + b] = values[i * k + j];
    });
  });
  return { k: tasks.length, values: out };
}

/** A matrix of the step's facts. @throws CompileError where the engine did not give it. */
export function matrixOf(facts: StepFacts, which: "gram" | "cross"): Gram {
  const values = facts[which];
  const k = facts.losses.length;
  if (values?.length === k * k) return { k, values };
  throw new CompileError(
    `weighting: facts.${which} of ${k} × ${k}; got ${values ? `${values.length} numbers` : "none"}`,
  );
}

/** The tasks that have labelled rows in this batch. */
export function present(facts: StepFacts): number[] {
  const out: number[] = [];
  facts.losses.forEach((loss, i) => {
    if (!Number.isNaN(loss)) out.push(i);
  });
  return out;
}

/**
 * The step's Gram matrix of the tasks that are present.
 * @throws BackendError NON_FINITE naming the first task whose gradient is not finite.
 */
export function presentGram(
  facts: StepFacts,
  names: readonly string[],
): { tasks: number[]; gram: Gram } {
  const tasks = present(facts);
  const full = matrixOf(facts, "gram");
  checkFinite(full, tasks, names);
  return { tasks, gram: restrict(full, tasks) };
}

/** @throws BackendError NON_FINITE naming the first task whose gradient is not finite. */
export function checkFinite(gram: Gram, tasks: readonly number[], names: readonly string[]): void {
  for (const i of tasks) {
    const square = gram.values[i * gram.k + i];
    if (Number.isFinite(square)) continue;
    throw new BackendError(
      "NON_FINITE",
      `task ${names[i]}: a finite gradient; got a squared norm of ${square}`,
      { hint: "lower the learning rate or clip the gradient (training.clip)" },
    );
  }
}

/** Values of some tasks put among zeros for the others. */
export function spread(values: Float64Array, tasks: readonly number[], k: number): Float64Array {
  const out = new Float64Array(k);
  tasks.forEach((i, a) => {
    out[i] = values[a];
  });
  return out;
}

/** Values of some tasks. */
export function pick(values: Float64Array, tasks: readonly number[]): Float64Array {
  return Float64Array.from(tasks, (i) => values[i]);
}
