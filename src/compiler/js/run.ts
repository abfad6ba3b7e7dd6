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
   * @returns one array an output; the next call overwrites them.
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
    values.push(rule.prepare ? rule.prepare(node, compileJs) : rule.kernel, node);
  }
  const read = (i: number, value: ArrayLike<number> | undefined) => asDoubles(inputs[i], value);
  // Names written out in the code are looked up faster than names in a list.
  const reads = inputs.map((n, i) => `read(${i},feeds[${JSON.stringify(n.params.name)}])`);
  const text = `"use strict";return function(feeds){const f=[${reads}];\n${source}\nreturn f}`;
  const call = new Function("read", ...names, text)(read, ...values) as (
    feeds: Readonly<Record<string, ArrayLike<number>>>,
  ) => Float64Array[];
  const results = nodes.map((n) => buffers.get(stored(n)) ?? new Float64Array(0));
  const passed = nodes.map((n) => inputs.indexOf(stored(n) as Node<"input">));
  return {
    source,
    run(feeds) {
      const fed = call(feeds);
      for (let i = 0; i < passed.length; i++) {
        if (passed[i] >= 0) results[i] = fed[passed[i]].slice();
      }
      return results;
    },
  };
}

/** The values of an input as doubles. */
function asDoubles(node: Node<"input">, value: ArrayLike<number> | undefined): Float64Array {
  const size = sizeOf(node.shape);
  if (value?.length !== size) {
    throw new ShapeError(
      "SHAPE_MISMATCH",
      `input ${node.params.name}: ${size} numbers for ${showShape(node.shape)}; got ${value ? value.length : "none"}`,
    );
  }
  return value instanceof Float64Array ? value : Float64Array.from(value);
}
