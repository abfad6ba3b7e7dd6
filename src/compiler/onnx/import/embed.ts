import { Graph, type Tensor } from "../../graph.ts";
import type { OnnxBuilder } from "../builder.ts";
import { emitTensors, tracedRows } from "../emit.ts";
import type { ImportedWeight } from "./import.ts";

/** A function of rows that imported models are part of. */
export interface ImportedFunction {
  /** Traces it for some number of rows; `weight` gives the imported weights their tensors. */
  trace(graph: Graph, rows: number, weight: (weight: ImportedWeight) => Tensor): readonly Tensor[];
  /** The ONNX value of each input of the graph that `trace` declares, by name. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Which of the inputs has a row for each row. */
  readonly rows: string;
}

/**
 * Emits a function of rows into a model under construction, its weights as initializers `<prefix>.<name>`.
 * @returns the ONNX values of its results.
 * @throws as `emitTensors`.
 */
export function embedImported(
  onnx: OnnxBuilder,
  prefix: string,
  { trace, inputs, rows }: ImportedFunction,
): string[] {
  const weights = new Map<string, ImportedWeight>();
  const traced = (count: number) => {
    const graph = new Graph();
    return trace(graph, count, (weight) => {
      weights.set(`${prefix}.${weight.name}`, weight);
      return graph.input(`${prefix}.${weight.name}`, weight.shape);
    });
  };
  const here = traced(tracedRows.here);
  const twin = traced(tracedRows.there);
  const bound = Object.fromEntries(
    [...weights].map(([name, weight]) => [
      name,
      onnx.initializer(onnx.fresh(name), "float32", weight.shape, weight.values()),
    ]),
  );
  return emitTensors(onnx, here, {
    target: "export",
    inputs: { ...inputs, ...bound },
    twin,
    rows: { ...tracedRows, input: inputs[rows] },
  });
}
