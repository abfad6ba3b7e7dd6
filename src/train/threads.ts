import { availableParallelism } from "node:os";
import type { Node } from "../compiler/graph.ts";
import { sizeOf } from "../core/shape.ts";
import { type Network, traceForward } from "./network.ts";

/** Forward work (multiply-adds and elements touched) below which one thread is faster. */
const threadedWork = 2e7;

/**
 * Threads for a network: what the configuration says, else one for small steps and one a core (at
 * most 8) for large ones. Fixed by the shapes alone, so that a run can be repeated.
 */
export function threadsFor(network: Network, rows: number, configured: number): number {
  if (configured > 0) return configured;
  const { outputs } = traceForward(network, rows);
  return forwardWork(Object.values(outputs).map((t) => t.node)) < threadedWork
    ? 1
    : Math.min(8, availableParallelism());
}

/** A rough count: each node touches its result, and contractions read a weight for each element. */
function forwardWork(roots: readonly Node[]): number {
  const seen = new Set<Node>();
  const stack = [...roots];
  let work = 0;
  while (stack.length > 0) {
    const node = stack.pop() as Node;
    if (seen.has(node)) continue;
    seen.add(node);
    stack.push(...node.inputs);
    const size = sizeOf(node.shape);
    const [a, b] = node.inputs;
    const contraction = node.op === "matmul" || node.op === "gemm" || node.op === "conv";
    work += contraction
      ? (size * sizeOf(b.shape)) /
        Math.max(1, node.op === "conv" ? b.shape[0] : (node.shape.at(-1) ?? 1))
      : size + 0 * a?.id;
  }
  return work;
}
