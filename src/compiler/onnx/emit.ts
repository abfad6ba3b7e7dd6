import { allocate, type DType, isFloat, type TypedArray } from "../../core/dtype.ts";
import { CompileError } from "../../core/errors.ts";
import { sizeOf } from "../../core/shape.ts";
import type { Node, Tensor } from "../graph.ts";
import { isOp, type OnnxRule, type OpName } from "../op.ts";
import { onnxType } from "../ops/onnx-type.ts";
import { ops } from "../ops.ts";
import type { OnnxBuilder } from "./builder.ts";
import { type Attribute, type Dim, int, type OnnxEmitter, type OnnxTarget } from "./emitter.ts";

export interface EmitOptions {
  readonly target: OnnxTarget;
  /** ONNX value of each graph input, by its name. */
  readonly inputs: Readonly<Record<string, string>>;
  /**
   * The same function traced with another number of rows. Sizes that differ between the two traces
   * are those that grow with the rows fed, and are emitted as such.
   */
  readonly twin?: readonly Tensor[];
  /** With a twin: the numbers of rows of both traces, and an input whose first axis they are. */
  readonly rows?: { readonly here: number; readonly there: number; readonly input: string };
  /** What the graph's float32 is in the model: float64 for solvers that need the digits. */
  readonly float?: "float32" | "float64";
}

/** Rows of the two traces behind an export: primes that no other size is likely to be. */
export const tracedRows = { here: 1009, there: 1013 } as const;

/**
 * Emits the nodes that compute some tensors into a model under construction.
 * @returns the ONNX values of the tensors, in order.
 * @throws CompileError where the twin is not the same function, PolytaskError UNSUPPORTED where a
 *   primitive has no ONNX form.
 */
export function emitTensors(
  builder: OnnxBuilder,
  outputs: readonly Tensor[],
  options: EmitOptions,
): string[] {
  const emitter = new GraphEmitter(builder, outputs, options);
  return outputs.map((t) => emitter.emit(t.node));
}

class GraphEmitter implements OnnxEmitter {
  readonly target: OnnxTarget;
  private readonly builder: OnnxBuilder;
  private readonly options: EmitOptions;
  private readonly names = new Map<Node, string>();
  private readonly twins: Map<Node, Node> | undefined;
  private readonly sharedNodes = new Map<string, string[]>();
  private readonly readers: ReadonlyMap<Node, readonly Node[]>;

  constructor(builder: OnnxBuilder, outputs: readonly Tensor[], options: EmitOptions) {
    this.builder = builder;
    this.options = options;
    this.target = options.target;
    this.twins = options.twin && pair(outputs, options.twin);
    this.readers = readersOf(outputs.map((t) => t.node));
  }

  /** Emits a node and all it needs, operands first. */
  emit(root: Node): string {
    const stack = [root];
    while (stack.length > 0) {
      const node = stack[stack.length - 1];
      if (this.names.has(node)) {
        stack.pop();
        continue;
      }
      const missing = node.inputs.filter((n) => !this.names.has(n));
      if (missing.length > 0) {
        stack.push(...missing);
        continue;
      }
      this.names.set(node, this.emitOne(node));
      stack.pop();
    }
    return this.nameOf(root);
  }

  private emitOne(node: Node): string {
    if (isOp(node, "input")) {
      const name = this.options.inputs[node.params.name];
      if (name === undefined)
        throw new CompileError(`emit: a value for input ${node.params.name}; got none`);
      return name;
    }
    const rule = ops[node.op].onnx;
    if (typeof rule !== "function") {
      throw new CompileError(
        `${node.op}: an operation with an ONNX form; it has none: ${rule.none}`,
      );
    }
    return (rule as OnnxRule<OpName>)(
      this,
      node.inputs.map((n) => this.nameOf(n)),
      node,
    );
  }

  inline(outputs: readonly Tensor[], inputs: Readonly<Record<string, string>>): string[] {
    return emitTensors(this.builder, outputs, { target: this.target, inputs });
  }

  consumers(node: Node): readonly Node[] {
    return this.readers.get(node) ?? [];
  }

  nameOf(node: Node): string {
    const name = this.names.get(node);
    if (name === undefined)
      throw new CompileError(`emit: operands before their user; got ${node.op} first`);
    return name;
  }

  node(
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    options: { readonly outputs?: number; readonly domain?: "com.microsoft" | "ai.onnx.ml" } = {},
  ): string[] {
    return this.builder.node(type, inputs, {
      attributes: type === "Cast" ? this.castAttributes(attributes) : attributes,
      outputs: options.outputs ?? 1,
      domain: options.domain ?? "",
    });
  }

  shared(
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
    outputs: number,
  ): string[] {
    const key = `${type}(${inputs.join()})${JSON.stringify(attributes)}`;
    const known = this.sharedNodes.get(key);
    if (known) return known;
    const names = this.node(type, inputs, attributes, { outputs });
    this.sharedNodes.set(key, names);
    return names;
  }

  constant(value: TypedArray, shape: readonly number[], dtype: DType): string {
    const stored = this.stored(dtype);
    return this.builder.constant(stored, shape, convert(value, sizeOf(shape), stored));
  }

  int64(values: readonly number[]): string {
    return this.builder.int64s(values);
  }

  scalar(value: number): string {
    return this.builder.scalar(value, this.options.float ?? "float32");
  }

  /** The type in which a float of the graph is stored. */
  private stored(dtype: DType): DType {
    return dtype === "float32" ? (this.options.float ?? "float32") : dtype;
  }

  private castAttributes(attributes: Readonly<Record<string, Attribute>>) {
    const single = "int" in attributes.to && Number(attributes.to.int) === onnxType.float32;
    return single ? { to: int(onnxType[this.options.float ?? "float32"]) } : attributes;
  }

  dims(node: Node): readonly Dim[] {
    const twin = this.twins?.get(node);
    return node.shape.map((d, i) => (twin && twin.shape[i] !== d ? "dynamic" : d));
  }

  reshapeTarget(node: Node): string {
    const dims = this.dims(node);
    if (dims.filter((d) => d === "dynamic").length > 1) return this.expandTarget(node);
    return this.int64(dims.map((d) => (d === "dynamic" ? -1 : d)));
  }

  expandTarget(node: Node): string {
    const dims = this.dims(node);
    if (!dims.includes("dynamic")) return this.int64(node.shape);
    const parts = dims.map((d, i) =>
      d === "dynamic" ? this.dynamicSize(node, i) : this.int64([d]),
    );
    return this.node("Concat", parts, { axis: { int: 0 } })[0];
  }

  /** A size a·rows + b, computed when the model runs. */
  private dynamicSize(node: Node, axis: number): string {
    const { rows } = this.options;
    const twin = this.twins?.get(node);
    if (!rows || !twin)
      throw new CompileError("emit: the numbers of rows of both traces; got none");
    const slope = (twin.shape[axis] - node.shape[axis]) / (rows.there - rows.here);
    const offset = node.shape[axis] - slope * rows.here;
    const [shape] = this.shared("Shape", [rows.input], { start: { int: 0 }, end: { int: 1 } }, 1);
    const scaled = slope === 1 ? shape : this.shared("Mul", [shape, this.int64([slope])], {}, 1)[0];
    return offset === 0 ? scaled : this.shared("Add", [scaled, this.int64([offset])], {}, 1)[0];
  }
}

/** For each node, those that read it on the way to the roots. */
function readersOf(roots: readonly Node[]): Map<Node, Node[]> {
  const readers = new Map<Node, Node[]>(roots.map((root) => [root, []]));
  const stack = [...readers.keys()];
  while (stack.length > 0) {
    const node = stack.pop() as Node;
    for (const input of node.inputs) {
      const known = readers.get(input);
      if (known) known.push(node);
      else {
        readers.set(input, [node]);
        stack.push(input);
      }
    }
  }
  return readers;
}

/** Pairs the nodes of two traces of one function. */
function pair(a: readonly Tensor[], b: readonly Tensor[]): Map<Node, Node> {
  const pairs = new Map<Node, Node>();
  const stack: [Node, Node][] = a.map((t, i) => [t.node, b[i]?.node]);
  while (stack.length > 0) {
    const [x, y] = stack.pop() as [Node, Node];
    const known = pairs.get(x);
    if (known === y) continue;
    if (
      known ||
      y === undefined ||
      x.op !== y.op ||
      x.inputs.length !== y.inputs.length ||
      x.shape.length !== y.shape.length
    ) {
      throw new CompileError(
        `emit: two traces of one function; they differ at ${x.op}${x.scope ? ` in ${x.scope}` : ""}`,
      );
    }
    if (isOp(x, "const") && isOp(y, "const") && !sameConstant(x, y)) {
      throw new CompileError(
        `emit: constants that do not depend on the number of rows; got one that does${x.scope ? ` in ${x.scope}` : ""}`,
      );
    }
    pairs.set(x, y);
    x.inputs.forEach((n, i) => {
      stack.push([n, y.inputs[i]]);
    });
  }
  return pairs;
}

function sameConstant(x: Node<"const">, y: Node<"const">): boolean {
  const [a, b] = [x.params.value, y.params.value];
  return a.length === b.length && a.every((v: number | bigint, i: number) => Object.is(v, b[i]));
}

function convert(value: TypedArray, length: number, dtype: DType): TypedArray {
  const out = allocate(dtype, length);
  const one = value.length === 1;
  for (let i = 0; i < length; i++) {
    const x = one ? value[0] : value[i];
    if (out instanceof BigInt64Array) out[i] = BigInt(x);
    else out[i] = isFloat(dtype) ? Number(x) : Math.trunc(Number(x));
  }
  return out;
}
