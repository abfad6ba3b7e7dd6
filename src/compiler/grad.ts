import { CompileError, ShapeError } from "../core/errors.ts";
import { showShape } from "../core/shape.ts";
import { concat, type Graph, type Node, Tensor } from "./graph.ts";
import { isOp } from "./op.ts";
import { ops } from "./ops.ts";

/**
 * Gradients of a scalar with respect to some tensors of its graph, by reverse mode: the result is
 * more nodes of the same graph, so a forward pass is shared by any number of gradients.
 * @param loss a scalar.
 * @param wrt inputs, or computed values kept apart by `.barrier()`: simplification may go past others,
 *   and a gradient would miss what it took along.
 * @returns one tensor for each of `wrt`, of its shape; zeros where the loss does not depend on it.
 * @throws ShapeError if the loss is not a scalar; CompileError for a computed value without barrier.
 */
export function grad(loss: Tensor, wrt: readonly Tensor[]): Tensor[] {
  if (loss.rank !== 0) {
    throw new ShapeError("SHAPE_MISMATCH", `grad: a scalar loss; got ${showShape(loss.shape)}`, {
      hint: "reduce it with .sum() or .mean()",
    });
  }
  return vjp(loss, loss.graph.constant(1, [], loss.dtype), wrt);
}

/** Cotangents of `wrt`, given the cotangent of `output`. */
export function vjp(output: Tensor, cotangent: Tensor, wrt: readonly Tensor[]): Tensor[] {
  const { graph } = output;
  for (const { node } of wrt) {
    if (node === output.node || node.inputs.length === 0) continue;
    if (!ops[node.op].traits.includes("barrier")) {
      throw new CompileError(
        `grad: inputs, or values kept by .barrier(); got the result of ${node.op}${node.scope ? ` in ${node.scope}` : ""}`,
      );
    }
  }
  const order = dependents(output.node, wrt);
  const pending = new Map<Node, Tensor[]>([[output.node, [cotangent]]]);
  const wanted = new Set(wrt.map((t) => t.node));
  const found = new Map<Node, Tensor>();
  for (const node of order) {
    const parts = pending.get(node);
    if (!parts) continue;
    pending.delete(node);
    const total = accumulate(parts);
    if (wanted.has(node)) found.set(node, total);
    for (const [input, part] of pull(graph, node, total)) {
      const list = pending.get(input);
      if (list) list.push(part);
      else pending.set(input, [part]);
    }
  }
  return wrt.map((t) => found.get(t.node) ?? graph.zeros(t.shape, t.dtype));
}

/** The nodes between `wrt` and the output, consumers before producers. */
function dependents(output: Node, wrt: readonly Tensor[]): Node[] {
  const reaches = new Set<Node>(wrt.map((t) => t.node));
  const all: Node[] = [];
  const seen = new Set<Node>([output]);
  const stack = [output];
  while (stack.length > 0) {
    const node = stack.pop() as Node;
    all.push(node);
    for (const input of node.inputs) {
      if (!seen.has(input)) {
        seen.add(input);
        stack.push(input);
      }
    }
  }
  // Operands are made before their users, so ids are a topological order.
  all.sort((a, b) => a.id - b.id);
  for (const node of all) if (node.inputs.some((i) => reaches.has(i))) reaches.add(node);
  return all.filter((node) => reaches.has(node)).reverse();
}

function* pull(graph: Graph, node: Node, cotangent: Tensor): Generator<[Node, Tensor]> {
  const row = ops[node.op];
  if (node.inputs.length === 0 || typeof row.vjp !== "function") return;
  const inputs = node.inputs.map((n) => new Tensor(graph, n));
  const parts = graph.scope(node.scope ? `∇${node.scope}` : "∇", () =>
    (row.vjp as (g: Tensor, at: object) => (Tensor | null)[])(cotangent, {
      inputs,
      output: new Tensor(graph, node),
      params: node.params,
      differentiate: vjp,
    }),
  );
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    if (part === null) continue;
    if (part.shape.join() !== node.inputs[i].shape.join()) {
      throw new CompileError(
        `${node.op}: a cotangent of shape ${showShape(node.inputs[i].shape)} for operand ${i}; got ${showShape(part.shape)}`,
      );
    }
    yield [node.inputs[i], part];
  }
}

/**
 * Sums the cotangents of one value. Those that came from slices of it are zero-padded boxes; where
 * they lie side by side along one axis they are joined by one concatenation instead of being added.
 */
function accumulate(parts: readonly Tensor[]): Tensor {
  if (parts.length === 1) return parts[0];
  const rest: Tensor[] = [];
  const byAxis = new Map<number, { start: number; part: Tensor }[]>();
  for (const part of parts) {
    const axis = paddedAxis(part.node);
    if (axis === undefined) {
      rest.push(part);
      continue;
    }
    const { node } = part;
    const inner = new Tensor(part.graph, node.inputs[0]);
    const start = isOp(node, "pad") ? node.params.before[axis] : 0;
    const list = byAxis.get(axis);
    if (list) list.push({ start, part: inner });
    else byAxis.set(axis, [{ start, part: inner }]);
  }
  for (const [axis, pieces] of byAxis) rest.push(...joinBoxes(axis, pieces, parts[0]));
  return rest.reduce((sum, part) => sum.add(part));
}

/** The one axis a pad node pads (without interior gaps), or undefined. */
function paddedAxis(node: Node): number | undefined {
  if (!isOp(node, "pad")) return undefined;
  const { before, after, interior } = node.params;
  if (interior.some((gap) => gap !== 0)) return undefined;
  const axes = before.map((_, i) => i).filter((i) => before[i] !== 0 || after[i] !== 0);
  return axes.length === 1 ? axes[0] : undefined;
}

function joinBoxes(
  axis: number,
  pieces: { start: number; part: Tensor }[],
  like: Tensor,
): Tensor[] {
  const full = like.shape[axis];
  // The same box may be there twice: add those first.
  const boxes = new Map<string, { start: number; part: Tensor }>();
  for (const piece of pieces) {
    const key = `${piece.start}:${piece.part.shape[axis]}`;
    const known = boxes.get(key);
    boxes.set(key, known ? { start: piece.start, part: known.part.add(piece.part) } : piece);
  }
  const sorted = [...boxes.values()].sort((a, b) => a.start - b.start);
  const overlap = sorted.some(
    (p, i) => i > 0 && sorted[i - 1].start + sorted[i - 1].part.shape[axis] > p.start,
  );
  if (overlap || sorted.length === 1) {
    return sorted.map(({ start, part }) => {
      const before = part.shape.map((_, i) => (i === axis ? start : 0));
      const after = part.shape.map((d, i) => (i === axis ? full - start - d : 0));
      return part.pad(before, after);
    });
  }
  const row: Tensor[] = [];
  let at = 0;
  const gap = (size: number) =>
    row.push(
      like.graph.zeros(
        like.shape.map((d, i) => (i === axis ? size : d)),
        like.dtype,
      ),
    );
  for (const { start, part } of sorted) {
    if (start > at) gap(start - at);
    row.push(part);
    at = start + part.shape[axis];
  }
  if (at < full) gap(full - at);
  return [concat(row, axis)];
}
