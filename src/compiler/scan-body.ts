import { ShapeError } from "../core/errors.ts";
import { sameShape, showShape } from "../core/shape.ts";
import type { Graph, Node, Tensor } from "./graph.ts";
import { needed } from "./needed.ts";
import type { OpName, TensorType } from "./op.ts";

/**
 * One step of a scan as a graph of its own, with inputs `state`, `x0`, `x1`, … (this step's part of each
 * sequence) and `c0`, `c1`, … (what stays the same), and the next state as its output.
 */
export class ScanBody {
  readonly output: Tensor;
  private readonly key: string;

  constructor(output: Tensor) {
    this.output = output;
    this.key = describe(output.node);
  }

  /** Equal bodies read the same, so that equal scans are one node. */
  toString(): string {
    return this.key;
  }

  /** The body applied inside another graph. */
  inline(inputs: Readonly<Record<string, Tensor>>, graph: Graph): Tensor {
    const made = new Map<Node, Tensor>();
    for (const node of needed([this.output.node])) {
      if (node.op === "input") {
        made.set(node, inputs[(node as Node<"input">).params.name]);
        continue;
      }
      const operands = node.inputs.map((n) => made.get(n) as Tensor);
      made.set(node, graph.apply(node.op as OpName, operands, node.params));
    }
    return made.get(this.output.node) as Tensor;
  }
}

/** Names of the operands of a scan, in order: state, sequences, constants. */
export function scanNames(sequences: number, constants: number): string[] {
  return [
    "state",
    ...Array.from({ length: sequences }, (_, i) => `x${i}`),
    ...Array.from({ length: constants }, (_, i) => `c${i}`),
  ];
}

export type ScanStep = (
  state: Tensor,
  sequences: readonly Tensor[],
  constants: readonly Tensor[],
) => Tensor;

/**
 * Traces one step in an empty graph.
 * @throws ShapeError where the next state is not of the state's shape.
 */
export function traceScanBody(
  graph: Graph,
  step: ScanStep,
  state: TensorType,
  sequences: readonly TensorType[],
  constants: readonly TensorType[],
): ScanBody {
  const xs = sequences.map((t, i) => graph.input(`x${i}`, t.shape.slice(1), t.dtype));
  const cs = constants.map((t, i) => graph.input(`c${i}`, t.shape, t.dtype));
  const next = step(graph.input("state", state.shape, state.dtype), xs, cs);
  if (!sameShape(next.shape, state.shape)) {
    throw new ShapeError(
      "SHAPE_MISMATCH",
      `scan: a next state of shape ${showShape(state.shape)}; got ${showShape(next.shape)}`,
    );
  }
  return new ScanBody(next);
}

function describe(root: Node): string {
  const nodes = needed([root]);
  const at = new Map(nodes.map((n, i) => [n, i]));
  return nodes
    .map(
      (n) =>
        `${n.op}(${n.inputs.map((i) => at.get(i)).join()})${JSON.stringify(n.params, show)}[${n.shape}]`,
    )
    .join(";");
}

function show(_: string, value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as Iterable<number>, String);
  return value instanceof ScanBody ? value.toString() : value;
}
