import { type Shape, sizeOf, stridesOf } from "../../core/shape.ts";
import type { Node } from "../graph.ts";
import { needed } from "../needed.ts";
import type { JsReduction } from "../op.ts";
import { loopShape, planSteps, ruleOf, type Step, stored } from "./groups.ts";
import { type Access, Nest, type Read } from "./nest.ts";

/** Source of a function body, and what it refers to by name. */
export interface Emitted {
  readonly source: string;
  /** Arrays that the code or `const` fills: `b<id>` in the source. */
  readonly buffers: ReadonlyMap<Node, Float64Array>;
  /** Nodes computed by kernels: `k<id>` and `n<id>` in the source. */
  readonly kernels: readonly Node[];
  /** Inputs, in the order of the array `f` that the code is given. */
  readonly inputs: readonly Node<"input">[];
}

/**
 * Writes straight-line code that computes some nodes: single numbers become local constants,
 * elementwise nets with the reduction at their end one loop each, the rest calls of kernels.
 */
export function emitJs(outputs: readonly Node[]): Emitted {
  const writer = new Writer(outputs);
  for (const step of planSteps(outputs)) writer.step(step);
  return writer.finish();
}

class Writer {
  private readonly lines: string[] = [];
  private readonly buffers = new Map<Node, Float64Array>();
  private readonly kernels: Node[] = [];
  private readonly inputs: Node<"input">[] = [];
  /** Single numbers: the local or literal that holds each. */
  private readonly scalars = new Map<Node, string>();
  /** Nodes that must be in memory because a kernel or the caller reads them there. */
  private readonly inMemory = new Set<Node>();

  constructor(outputs: readonly Node[]) {
    for (const node of outputs) this.inMemory.add(stored(node));
    for (const node of needed(outputs)) {
      if (!("kernel" in ruleOf(node))) continue;
      for (const input of node.inputs) this.inMemory.add(stored(input));
    }
  }

  finish(): Emitted {
    const { buffers, kernels, inputs } = this;
    return { source: this.lines.join("\n"), buffers, kernels, inputs };
  }

  step(step: Step): void {
    const { node } = step;
    switch (step.kind) {
      case "alias":
        return;
      case "input":
        this.lines.push(`const b${node.id}=f[${this.inputs.length}];`);
        this.inputs.push(step.node);
        this.loadScalar(node);
        return;
      case "const": {
        const buffer = this.allocate(node);
        const { value } = step.node.params;
        for (let i = 0; i < buffer.length; i++) {
          buffer[i] = Number(value.length === 1 ? value[0] : value[i]);
        }
        if (buffer.length === 1) this.scalars.set(node, literal(buffer[0]));
        return;
      }
      case "kernel": {
        this.allocate(node);
        this.kernels.push(node);
        const operands = node.inputs.map((n) => `b${stored(n).id}`).join();
        this.lines.push(`k${node.id}(b${node.id},[${operands}],n${node.id});`);
        this.loadScalar(node);
        return;
      }
      case "loop": {
        const rule = ruleOf(node);
        if ("step" in rule) this.reduction(node, rule, step.members);
        else this.elementwise(node, step.members);
      }
    }
  }

  private allocate(node: Node): Float64Array {
    const buffer = new Float64Array(sizeOf(node.shape));
    this.buffers.set(node, buffer);
    return buffer;
  }

  /** Reads a single number that a kernel or the caller left in memory. */
  private loadScalar(node: Node): void {
    if (sizeOf(node.shape) !== 1) return;
    this.lines.push(`const v${node.id}=b${node.id}[0];`);
    this.scalars.set(node, `v${node.id}`);
  }

  /** Notes a single number held in a local, and stores it if it is needed in memory. */
  private keepScalar(node: Node): void {
    this.scalars.set(node, `v${node.id}`);
    if (!this.inMemory.has(node)) return;
    this.allocate(node);
    this.lines.push(`b${node.id}[0]=v${node.id};`);
  }

  private elementwise(root: Node, members: readonly Node[]): void {
    const body = this.statements(members);
    if (sizeOf(root.shape) === 1) {
      this.lines.push(...body);
      this.keepScalar(root);
      return;
    }
    this.allocate(root);
    const out = { array: `b${root.id}`, strides: stridesOf(root.shape) };
    const nest = new Nest(root.shape, this.reads(members, members, root.shape), out);
    this.lines.push(nest.render([...body, `${out.array}[${nest.position(out)}]=v${root.id};`]));
  }

  private reduction(root: Node, rule: JsReduction, members: readonly Node[]): void {
    const [operand] = root.inputs;
    const shape = loopShape(root);
    const reads = this.reads([...members, root], members, shape);
    const axes = rule.axes(root.params);
    const count = axes.reduce((product, axis) => product * shape[axis], 1);
    const start = literal(rule.start);
    const element = this.value(operand, members);
    const finish = (acc: string) => rule.finish?.(acc, count) ?? acc;
    const body = this.statements(members);
    const acc = `t${root.id}`;
    if (sizeOf(root.shape) === 1) {
      const nest = new Nest(shape, reads);
      this.lines.push(`let ${acc}=${start};`);
      this.lines.push(nest.render([...body, `${acc}=${rule.step(acc, element)};`]));
      this.lines.push(`const v${root.id}=${finish(acc)};`);
      this.keepScalar(root);
      return;
    }
    this.allocate(root);
    const out: Access = { array: `b${root.id}`, strides: keptStrides(shape, axes) };
    const nest = new Nest(shape, reads, out);
    const at = `${out.array}[${nest.position(out)}]`;
    if (nest.reducesInside(out)) {
      const around = { out, before: `let ${acc}=${start};`, after: `${at}=${finish(acc)};` };
      this.lines.push(nest.render([...body, `${acc}=${rule.step(acc, element)};`], around));
      return;
    }
    this.lines.push(`${out.array}.fill(${start});`);
    this.lines.push(nest.render([...body, `${at}=${rule.step(at, element)};`]));
    if (rule.finish) {
      const each = `${out.array}[i]`;
      this.lines.push(`for(let i=0;i<${out.array}.length;i++)${each}=${finish(each)};`);
    }
  }

  /** One local constant for each member of a loop. */
  private statements(members: readonly Node[]): string[] {
    return members.map((node) => {
      const rule = ruleOf(node);
      const operands = node.inputs.map((n) => this.value(n, members));
      const text = "expression" in rule ? rule.expression(operands, node.params) : "";
      return `const v${node.id}=${text};`;
    });
  }

  /** How a loop's statement names an operand. */
  private value(node: Node, members: readonly Node[]): string {
    if (members.includes(node)) return `v${node.id}`;
    return this.scalars.get(stored(node)) ?? `a${node.id}`;
  }

  /** The arrays that a loop over `shape` reads. */
  private reads(nodes: readonly Node[], members: readonly Node[], shape: Shape): Read[] {
    const inside = new Set(members);
    const leaves = new Set(nodes.flatMap((n) => n.inputs).filter((n) => !inside.has(n)));
    return [...leaves]
      .filter((n) => !this.scalars.has(stored(n)))
      .map((n) => ({
        local: `a${n.id}`,
        array: `b${stored(n).id}`,
        strides: broadcastStrides(n.shape, shape),
      }));
  }
}

/** Strides of an operand under the axes of the shape it broadcasts to. */
function broadcastStrides(from: Shape, to: Shape): number[] {
  const strides = stridesOf(from);
  const extra = to.length - from.length;
  return to.map((_, i) => (i < extra || from[i - extra] === 1 ? 0 : strides[i - extra]));
}

/** Strides of a reduction's result under the axes of its operand. */
function keptStrides(shape: Shape, axes: readonly number[]): number[] {
  const strides = stridesOf(shape.map((d, i) => (axes.includes(i) ? 1 : d)));
  return strides.map((s, i) => (axes.includes(i) || shape[i] === 1 ? 0 : s));
}

/** A number as source; parentheses keep a sign apart from a minus before it. */
function literal(value: number): string {
  if (Object.is(value, -0)) return "(-0)";
  return value < 0 ? `(${value})` : `${value}`;
}
