import type { Node, Tensor } from "../compiler/graph.ts";
import { isOp } from "../compiler/op.ts";
import type { ParameterSpec } from "../nn/builder.ts";
import { type Network, traceForward } from "../train/network.ts";

/** Neighbouring rows of a weight that read the same inputs. */
export interface ReadSegment {
  /** Names of the inputs, ascending; none where it reads no input. */
  readonly inputs: readonly string[];
  readonly width: number;
}

/** A network's parameters, and what the rows of its weights read. */
export interface NetworkTrace {
  readonly parameters: ReadonlyMap<string, ParameterSpec>;
  readonly buffers: ReadonlyMap<string, readonly number[]>;
  /** By weight: its rows in order, where it multiplies features laid side by side. */
  readonly reads: ReadonlyMap<string, readonly ReadSegment[]>;
}

/** Rows of the trace: any number gives the same parameters. */
const rows = 2;

/** Traces a network, and finds for each weight `[I, O]` which inputs its rows read. */
export function traceReads(network: Network, inputs: readonly string[]): NetworkTrace {
  const { builder, outputs } = traceForward(network, rows);
  const owners = new Map(
    network.feeds.map(({ name }) => [
      name,
      // The longest name wins: an input may be called as another's feed begins.
      inputs.filter((input) => name.startsWith(`${input}.`)).sort((a, b) => b.length - a.length)[0],
    ]),
  );
  const known = new Map<Node, ReadonlySet<string>>();
  const reads = new Map<string, ReadSegment[]>();
  for (const node of inOrder(Object.values(outputs))) {
    const found = new Set<string>();
    if (isOp(node, "input")) {
      const owner = owners.get(node.params.name);
      if (owner !== undefined) found.add(owner);
    }
    for (const input of node.inputs) for (const name of known.get(input) ?? []) found.add(name);
    known.set(node, found);
    if (node.op !== "gemm" && node.op !== "matmul") continue;
    const weight = node.inputs[1];
    if (!isOp(weight, "input") || !builder.parameters.has(weight.params.name)) continue;
    const segments = segmentsOf(node.inputs[0]).map((piece) => ({
      inputs: [...(known.get(piece) ?? [])].sort(),
      width: piece.shape[piece.shape.length - 1],
    }));
    reads.set(weight.params.name, segments);
  }
  return {
    parameters: builder.parameters,
    buffers: new Map([...builder.buffers.values()].map((b) => [b.name, b.shape])),
    reads,
  };
}

/** The pieces that were laid side by side along the last axis. */
function segmentsOf(node: Node): Node[] {
  const last = node.shape.length - 1;
  if (isOp(node, "concat") && node.params.axis === last) return node.inputs.flatMap(segmentsOf);
  if (isOp(node, "reshape")) {
    const [from] = node.inputs;
    if (from.shape.at(-1) === node.shape[last]) return segmentsOf(from);
  }
  return [node];
}

/** All nodes behind some tensors, each after what it depends on. */
function inOrder(tensors: readonly Tensor[]): Node[] {
  const seen = new Set<Node>();
  const stack = tensors.map((t) => t.node as Node);
  while (stack.length > 0) {
    const node = stack.pop() as Node;
    if (seen.has(node)) continue;
    seen.add(node);
    stack.push(...node.inputs);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}
