import type { DType } from "../../core/dtype.ts";
import { type Shape, sizeOf } from "../../core/shape.ts";
import { type Node, Tensor } from "../graph.ts";
import { isOp } from "../op.ts";
import { OnnxBuilder } from "./builder.ts";
import { emitTensors } from "./emit.ts";
import type { OnnxTarget } from "./emitter.ts";

/** A value that goes in or out of a program. */
export interface ProgramValue {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

/** Several float inputs or outputs that travel as one flat vector, in order. */
export interface Pack {
  readonly name: string;
  readonly members: readonly string[];
}

/**
 * Rows to be added into a zeroed table after the program has run: the gradient of an embedding. The
 * engine's own scatter is slow or racy, so it is left out of the graph.
 */
export interface DeferredScatter {
  /** The output it completes. */
  readonly output: string;
  /** The input or output that holds the row numbers (int32). */
  readonly ids: string;
  /** The output that holds the rows. */
  readonly rows: string;
  /** Number of rows, and floats a row. */
  readonly count: number;
  readonly width: number;
}

/** A graph ready for a session: ONNX bytes, and what to bind. */
export interface Program {
  readonly bytes: Uint8Array;
  readonly inputs: readonly ProgramValue[];
  readonly outputs: readonly ProgramValue[];
  readonly scatters: readonly DeferredScatter[];
  /** Number of ONNX nodes, for choosing session settings. */
  readonly nodes: number;
}

export interface ProgramOptions {
  readonly target?: OnnxTarget;
  /** Inputs fed as one vector each (small models: binding costs more than copying). */
  readonly packInputs?: readonly Pack[];
  readonly packOutputs?: readonly Pack[];
  /** Leaves scatter-adds at outputs to the caller. Default true. */
  readonly deferScatter?: boolean;
  /**
   * What the graph's float32 is in the program, fed and fetched: float64 for solvers that need the
   * digits. The engine's fused operators have no float64 form, so take the `export` target with it.
   */
  readonly float?: "float32" | "float64";
}

/** Compiles named tensors of one graph to a static-shape ONNX program. */
export function compileProgram(
  outputs: Readonly<Record<string, Tensor>>,
  options: ProgramOptions = {},
): Program {
  const builder = new OnnxBuilder({ name: "program" });
  const float = options.float ?? "float32";
  const stored = (dtype: DType) => (dtype === "float32" ? float : dtype);
  const plan = planOutputs(outputs, options.deferScatter ?? true);
  const used = usedInputs(plan.map((p) => p.tensor));
  const bindings: Record<string, string> = {};
  const inputs: ProgramValue[] = [];
  const packed = new Set<string>();
  for (const pack of options.packInputs ?? []) {
    const nodes = pack.members.map((m) => used.get(m)).filter((n) => n !== undefined);
    if (nodes.length === 0 || nodes.length !== pack.members.length) continue;
    inputs.push(unpack(builder, pack, nodes, bindings, float));
    for (const m of pack.members) packed.add(m);
  }
  for (const [name, node] of used) {
    if (packed.has(name)) continue;
    const dtype = stored(node.dtype);
    bindings[name] = builder.input(name, dtype, node.shape);
    inputs.push({ name, dtype, shape: node.shape });
  }
  const names = emitTensors(
    builder,
    plan.map((p) => p.tensor),
    { target: options.target ?? "cpu", inputs: bindings, float },
  );
  const values = new Map(plan.map((p, i) => [p.name, { value: names[i], tensor: p.tensor }]));
  const outs: ProgramValue[] = [];
  const packedOut = new Set<string>();
  for (const pack of options.packOutputs ?? []) {
    const members = pack.members.map((m) => values.get(m));
    if (members.some((m) => m === undefined)) continue;
    const flat = members.map(
      (m) => builder.node("Reshape", [m?.value as string, builder.int64s([-1])])[0],
    );
    const size = members.reduce((sum, m) => sum + (m?.tensor.size ?? 0), 0);
    builder.node("Concat", flat, {
      attributes: { axis: { int: 0 } },
      outputs: [`${pack.name}:out`],
    });
    builder.output(`${pack.name}:out`, float, [size]);
    outs.push({ name: `${pack.name}:out`, dtype: float, shape: [size] });
    for (const m of pack.members) packedOut.add(m);
  }
  for (const [name, { value, tensor }] of values) {
    if (packedOut.has(name)) continue;
    const out = `${name}:out`;
    builder.node("Identity", [value], { outputs: [out] });
    builder.output(out, stored(tensor.dtype), tensor.shape);
    outs.push({ name: out, dtype: stored(tensor.dtype), shape: tensor.shape });
  }
  return {
    bytes: builder.toBytes(),
    inputs,
    outputs: outs,
    scatters: plan.flatMap((p) => p.scatter ?? []),
    nodes: builder.nodeCount,
  };
}

interface Planned {
  readonly name: string;
  readonly tensor: Tensor;
  readonly scatter?: DeferredScatter;
}

function planOutputs(outputs: Readonly<Record<string, Tensor>>, defer: boolean): Planned[] {
  const plan: Planned[] = [];
  const idsNames = new Map<Node, string>();
  for (const [name, tensor] of Object.entries(outputs)) {
    const parts = defer ? scatterParts(tensor) : undefined;
    if (!parts) {
      plan.push({ name, tensor: withoutReshape(tensor) });
      continue;
    }
    if (parts.rest) plan.push({ name, tensor: withoutReshape(parts.rest) });
    parts.scatters.forEach((node, i) => {
      const [ids, rows] = node.inputs;
      const source = withoutReshape(new Tensor(tensor.graph, ids)).node;
      let idsName = isOp(source, "input") ? source.params.name : idsNames.get(source);
      if (idsName === undefined) {
        idsName = `${name}:ids${i}`;
        idsNames.set(source, idsName);
        plan.push({ name: idsName, tensor: new Tensor(tensor.graph, source) });
        idsName = `${idsName}:out`;
      }
      const count = sizeOf(ids.shape);
      const rowsName = `${name}:rows${i}`;
      plan.push({
        name: rowsName,
        tensor: withoutReshape(new Tensor(tensor.graph, rows)),
        scatter: {
          output: name,
          ids: idsName,
          rows: `${rowsName}:out`,
          count,
          width: sizeOf(rows.shape) / count,
        },
      });
    });
  }
  return plan;
}

/** Splits a sum into its scatter-adds and the rest; undefined where there is no scatter-add. */
function scatterParts(
  tensor: Tensor,
): { scatters: Node<"scatterAdd">[]; rest: Tensor | undefined } | undefined {
  const scatters: Node<"scatterAdd">[] = [];
  let rest: Tensor | undefined;
  const visit = (node: Node) => {
    if (isOp(node, "scatterAdd")) scatters.push(node);
    else if (isOp(node, "add") && node.inputs.every((n) => n.shape.join() === node.shape.join()))
      node.inputs.forEach(visit);
    else {
      const t = new Tensor(tensor.graph, node);
      rest = rest ? rest.add(t) : t;
    }
  };
  visit(tensor.node);
  return scatters.length > 0 ? { scatters, rest } : undefined;
}

/** Memory is the same before and after a reshape, so the last one need not run. */
function withoutReshape(tensor: Tensor): Tensor {
  let { node } = tensor;
  while (isOp(node, "reshape")) node = node.inputs[0];
  return new Tensor(tensor.graph, node);
}

function usedInputs(tensors: readonly Tensor[]): Map<string, Node<"input">> {
  const found: Node<"input">[] = [];
  const seen = new Set<Node>();
  const stack = tensors.map((t) => t.node);
  while (stack.length > 0) {
    const node = stack.pop() as Node;
    if (seen.has(node)) continue;
    seen.add(node);
    if (isOp(node, "input")) found.push(node);
    stack.push(...node.inputs);
  }
  found.sort((a, b) => a.id - b.id);
  return new Map(found.map((n) => [n.params.name, n]));
}

/** Declares one flat input and splits it into its members. */
function unpack(
  builder: OnnxBuilder,
  pack: Pack,
  nodes: readonly Node<"input">[],
  bindings: Record<string, string>,
  float: "float32" | "float64",
): ProgramValue {
  const sizes = nodes.map((n) => sizeOf(n.shape));
  const total = sizes.reduce((a, b) => a + b, 0);
  const flat = builder.input(pack.name, float, [total]);
  const pieces =
    nodes.length === 1
      ? [flat]
      : builder.node("Split", [flat, builder.int64s(sizes)], {
          attributes: { axis: { int: 0 } },
          outputs: nodes.length,
        });
  nodes.forEach((node, i) => {
    bindings[node.params.name] =
      node.shape.length === 1
        ? pieces[i]
        : builder.node("Reshape", [pieces[i], builder.int64s(node.shape)])[0];
  });
  return { name: pack.name, dtype: float, shape: [total] };
}
