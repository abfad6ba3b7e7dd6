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

const isContraction = ({ op }: Node) => op === "matmul" || op === "gemm" || op === "conv";

/** Multiply-adds behind one element of a contraction: the weights over the outputs they make. */
function termsOf({ op, shape, inputs: [, weights] }: Node): number {
  const made = op === "conv" ? weights.shape[0] : (shape.at(-1) ?? 1);
  return sizeOf(weights.shape) / Math.max(1, made);
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
    work += size * (isContraction(node) ? termsOf(node) : 1);
  }
  return work;
}
