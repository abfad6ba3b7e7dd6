import { CompileError, ShapeError } from "../../core/errors.ts";
import { showShape, sizeOf } from "../../core/shape.ts";
import type { Node, Tensor } from "../graph.ts";
import { emitJs } from "./emit.ts";
import { ruleOf, stored } from "./groups.ts";
import { special } from "./special.ts";

/** A graph compiled to JavaScript. */
export interface JsFunction {
  /**
   * Computes the outputs. Arrays of doubles are read in place, others are copied.
   * @returns one array an output, overwritten by the next call.
   * @throws ShapeError if an input is missing or has a wrong number of elements.
   */
  run(feeds: Readonly<Record<string, ArrayLike<number>>>): Float64Array[];
  /** The generated code. */
  readonly source: string;
}

/**
 * Compiles tensors of one graph to a JavaScript function in double precision. Memory is allocated
 * once. The code is made with `new Function`, which pages that forbid `unsafe-eval` refuse.
 */
export function compileJs(outputs: readonly Tensor[]): JsFunction {
  const nodes = outputs.map((t) => t.node);
  const { source, buffers, kernels, inputs } = emitJs(nodes);
  const names: string[] = ["R"];
  const values: unknown[] = [special];
  for (const [node, buffer] of buffers) {
    names.push(`b${node.id}`);
    values.push(buffer);
  }
  for (const node of kernels) {
    const rule = ruleOf(node);
    if (!("kernel" in rule)) throw new CompileError(`${node.op}: a kernel; got an expression`);
    names.push(`k${node.id}`, `n${node.id}`);
    values.push(rule.kernel, node);
  }
  const parameters = inputs.map((_, i) => `f${i}`).join();
  const text = `"use strict";return function(${parameters}){\n${source}\n}`;
  const call = new Function(...names, text)(...values) as (...feeds: Float64Array[]) => void;
  return {
    source,
    run(feeds) {
      const fed = inputs.map((node) => read(node, feeds[node.params.name]));
      call(...fed);
      return nodes.map((node) => {
        const home = stored(node);
        const at = inputs.indexOf(home as Node<"input">);
        return at >= 0 ? fed[at].slice() : (buffers.get(home) as Float64Array);
      });
    },
  };
}

function read(node: Node<"input">, value: ArrayLike<number> | undefined): Float64Array {
  const size = sizeOf(node.shape);
  if (value?.length !== size) {
    throw new ShapeError(
      "SHAPE_MISMATCH",
      `input ${node.params.name}: ${size} numbers for ${showShape(node.shape)}; got ${value ? value.length : "none"}`,
    );
  }
  return value instanceof Float64Array ? value : Float64Array.from(value);
}
