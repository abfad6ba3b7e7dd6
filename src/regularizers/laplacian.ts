import type { Tensor } from "../compiler/graph.ts";
import { ConfigError, didYouMean, show } from "../core/errors.ts";
import type { TaskColumns, WeightLayout } from "./regularizer.ts";

/** An edge between two tasks, by their numbers. */
export interface TaskEdge {
  readonly a: number;
  readonly b: number;
  readonly weight: number;
}

/**
 * The matrix L `[outputs, outputs]` of a graph of tasks, tr(W·L·Wᵀ) being
 * Σ over edges of weight·‖w_a − w_b‖², column by column.
 * @throws ConfigError CONFIG_INVALID for an edge between tasks with different numbers of outputs.
 */
export function laplacianOf(
  edges: readonly TaskEdge[],
  { tasks, outputs }: WeightLayout,
  where: string,
): Float64Array {
  const matrix = new Float64Array(outputs * outputs);
  for (const { a, b, weight } of edges) {
    requireSameSize([tasks[a], tasks[b]], where);
    for (let k = 0; k < tasks[a].size; k++) {
      const i = tasks[a].start + k;
      const j = tasks[b].start + k;
      matrix[i * outputs + i] += weight;
      matrix[j * outputs + j] += weight;
      matrix[i * outputs + j] -= weight;
      matrix[j * outputs + i] -= weight;
    }
  }
  return matrix;
}

/** ½·weight·tr(W·L·Wᵀ). */
export function laplacianPenalty(weights: Tensor, matrix: Float64Array, weight: number): Tensor {
  const outputs = weights.shape[1];
  const related = weights.matmul(weights.graph.constant(matrix, [outputs, outputs]));
  return related
    .mul(weights)
    .sum()
    .mul(0.5 * weight);
}

/** @throws ConfigError CONFIG_INVALID unless all have equally many outputs. */
export function requireSameSize(tasks: readonly TaskColumns[], where: string): void {
  const other = tasks.find((t) => t.size !== tasks[0].size);
  if (!other) return;
  const first = tasks[0];
  throw new ConfigError(
    "CONFIG_INVALID",
    `${where}: tasks with equally many outputs, as columns are compared; got ${show(first.name)} with ${first.size} and ${show(other.name)} with ${other.size}`,
  );
}

/**
 * The number of a task.
 * @throws ConfigError CONFIG_INVALID for a name that no task has.
 */
export function taskNumber(name: string, tasks: readonly TaskColumns[], where: string): number {
  const names = tasks.map((t) => t.name);
  const at = names.indexOf(name);
  if (at >= 0) return at;
  const near = didYouMean(name, names);
  throw new ConfigError(
    "CONFIG_INVALID",
    `${where}: names of tasks, ${show(names)}; got ${show(name)}`,
    near === undefined ? {} : { hint: `did you mean ${show(near)}?` },
  );
}

/**
 * Tasks along a line.
 * @param order names of all tasks; their own order where empty.
 * @throws ConfigError CONFIG_INVALID unless it names every task once, all with equally many outputs.
 */
export function taskOrder(
  order: readonly string[],
  { tasks }: WeightLayout,
  where: string,
): readonly TaskColumns[] {
  requireSameSize(tasks, where);
  if (order.length === 0) return tasks;
  const numbers = order.map((name) => taskNumber(name, tasks, `${where}, order`));
  if (new Set(numbers).size === tasks.length && numbers.length === tasks.length) {
    return numbers.map((n) => tasks[n]);
  }
  throw new ConfigError(
    "CONFIG_INVALID",
    `${where}, order: every task once, ${show(tasks.map((t) => t.name))}; got ${show(order)}`,
  );
}
