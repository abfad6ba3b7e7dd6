import { BackendError, show } from "../../../core/errors.ts";
import { normalizeAxis } from "../../../core/shape.ts";
import { type Graph, Tensor } from "../../graph.ts";
import type { Attribute } from "../attributes.ts";
import type { OnnxTensor } from "../tensor-data.ts";
import { type Constant, constantTensor } from "./constant.ts";

/** A value of a model that is being traced: part of the graph, or known already. */
export type Value = Tensor | Constant;

/** Computes the results of a node. */
export type Operator = (node: ImportNode) => Value | readonly Value[];

interface NodeFields {
  readonly op: string;
  readonly name: string;
  readonly opset: number;
  readonly graph: Graph;
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: number;
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A node of a model with its operands at hand. */
export class ImportNode {
  readonly op: string;
  readonly opset: number;
  readonly graph: Graph;
  /** Undefined for an operand that is left out. */
  readonly inputs: readonly (Value | undefined)[];
  /** How many results are read. */
  readonly outputs: number;
  private readonly attributes: Readonly<Record<string, Attribute>>;
  private readonly name: string;

  constructor(fields: NodeFields) {
    this.op = fields.op;
    this.name = fields.name;
    this.opset = fields.opset;
    this.graph = fields.graph;
    this.inputs = fields.inputs;
    this.outputs = fields.outputs;
    this.attributes = fields.attributes;
  }

  /** The same node with other operands. */
  on(inputs: readonly Value[]): ImportNode {
    const { op, name, opset, graph, outputs, attributes } = this;
    return new ImportNode({ op, name, opset, graph, inputs, outputs, attributes });
  }

  /** @throws BackendError UNSUPPORTED naming this node: what it would take, and what it has. */
  refuse(expected: string, got: string): never {
    throw new BackendError(
      "UNSUPPORTED",
      `ONNX node ${show(this.name)} (${this.op}): ${expected}; got ${got}`,
    );
  }

  /** Whether an operand is there. */
  has(i: number): boolean {
    return this.inputs[i] !== undefined;
  }

  value(i: number): Value {
    return this.inputs[i] ?? this.refuse(`an operand ${i + 1}`, `${this.inputs.length} operands`);
  }

  /** An operand as part of the graph. */
  tensor(i: number): Tensor {
    return this.lift(this.value(i));
  }

  lift(value: Value): Tensor {
    return value instanceof Tensor ? value : constantTensor(this.graph, value);
  }

  /** An operand that must be known while tracing. */
  constant(i: number): Constant {
    const value = this.value(i);
    return value instanceof Tensor
      ? this.refuse(
          `an operand ${i + 1} that depends on constants and shapes alone`,
          "a computed one",
        )
      : value;
  }

  /** All operands, where each is known. */
  constants(): Constant[] | undefined {
    const known = this.inputs.filter((v): v is Constant => v !== undefined && !isTensor(v));
    return known.length === this.inputs.length ? known : undefined;
  }

  /** The numbers of a known operand; undefined where it is left out. */
  numbers(i: number): number[] | undefined {
    return this.has(i) ? [...this.constant(i).data] : undefined;
  }

  integer(name: string, otherwise: number): number {
    const attribute = this.attributes[name];
    return attribute && "int" in attribute ? Number(attribute.int) : otherwise;
  }

  integers(name: string): number[] | undefined {
    const attribute = this.attributes[name];
    return attribute && "ints" in attribute ? attribute.ints.map(Number) : undefined;
  }

  float(name: string, otherwise: number): number {
    const attribute = this.attributes[name];
    return attribute && "float" in attribute ? attribute.float : otherwise;
  }

  floats(name: string): readonly number[] | undefined {
    const attribute = this.attributes[name];
    return attribute && "floats" in attribute ? attribute.floats : undefined;
  }

  string(name: string, otherwise: string): string {
    const attribute = this.attributes[name];
    return attribute && "string" in attribute ? attribute.string : otherwise;
  }

  stored(name: string): OnnxTensor | undefined {
    const attribute = this.attributes[name];
    return attribute && "tensor" in attribute ? attribute.tensor : undefined;
  }

  /** An attribute that names an axis of a value. */
  axis(name: string, otherwise: number, rank: number): number {
    return normalizeAxis(this.integer(name, otherwise), rank, this.op);
  }

  /** Axes from an attribute, or from an operand as newer versions of an operator have them. */
  axes(operand: number, rank: number): number[] | undefined {
    const axes = this.integers("axes") ?? this.numbers(operand);
    return axes?.map((a) => normalizeAxis(a, rank, this.op));
  }
}

export function isTensor(value: Value): value is Tensor {
  return value instanceof Tensor;
}
