import type { DType, TypedArray } from "../../core/dtype.ts";
import type { Node, Tensor } from "../graph.ts";
import type { Attribute } from "./attributes.ts";

/** Where the emitted graph will run: the CPU engine, a GPU through WebGPU, or any ONNX runtime. */
export type OnnxTarget = "cpu" | "webgpu" | "export";

/** A size that is known, or one that grows with the number of rows fed. */
export type Dim = number | "dynamic";

/** What a row's `onnx` rule may use. */
export interface OnnxEmitter {
  readonly target: OnnxTarget;
  /** Adds a node and returns the names of its results (one unless `outputs` says more). */
  node(
    type: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, Attribute>>,
    options?: { readonly outputs?: number; readonly domain?: "com.microsoft" | "ai.onnx.ml" },
  ): string[];
  /** As `node`, but one node serves all callers with the same type, inputs and attributes. */
  shared(
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
    outputs: number,
  ): string[];
  /** The name of a constant tensor; equal constants share one. */
  constant(value: TypedArray, shape: readonly number[], dtype: DType): string;
  /** A one-dimensional int64 constant. */
  int64(values: readonly number[]): string;
  /** A float scalar constant. */
  scalar(value: number): string;
  /** The value's shape with the sizes that depend on the number of rows marked. */
  dims(node: Node): readonly Dim[];
  /** A shape operand for Reshape: the one dynamic size, if any, becomes -1. */
  reshapeTarget(node: Node): string;
  /** A shape operand for Expand, computed at run time where a size is dynamic. */
  expandTarget(node: Node): string;
  /** Emits tensors of another graph, whose inputs are values of this one. */
  inline(outputs: readonly Tensor[], inputs: Readonly<Record<string, string>>): string[];
  /** The nodes of this program that read a value: what is not read need not be computed. */
  consumers(node: Node): readonly Node[];
  /** The name under which an operand was emitted. */
  nameOf(node: Node): string;
}

export { float, int, ints, str } from "./attributes.ts";
export type { Attribute };
