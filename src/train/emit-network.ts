import type { OnnxBuilder } from "../compiler/onnx/builder.ts";
import { emitTensors, tracedRows } from "../compiler/onnx/emit.ts";
import { type Network, traceForward } from "./network.ts";
import type { ParameterLayout } from "./parameters.ts";

/** The numbers that make a network a fitted function. */
export interface FittedValues {
  readonly layout: ParameterLayout;
  readonly weights: Float32Array;
  readonly buffers: ReadonlyMap<string, Float32Array>;
}

/**
 * Emits a fitted network for any number of rows, its numbers as initializers: ONNX values of its feeds
 * to raw outputs `[rows, outputSize]` a task.
 */
export function emitNetwork(
  onnx: OnnxBuilder,
  network: Network,
  { layout, weights, buffers }: FittedValues,
  values: Readonly<Record<string, string>>,
): Record<string, string> {
  const here = traceForward(network, tracedRows.here);
  const there = traceForward(network, tracedRows.there);
  const inputs: Record<string, string> = { ...values };
  const give = (name: string, shape: readonly number[], data: Float32Array) => {
    inputs[name] = onnx.initializer(onnx.fresh(name), "float32", shape, data.slice());
  };
  for (const { name, shape, start, size } of layout.slots) {
    // Parameters that training alone uses stay out of the file.
    if (here.builder.parameters.has(name)) give(name, shape, weights.subarray(start, start + size));
  }
  for (const [name, { shape }] of here.builder.buffers)
    give(name, shape, buffers.get(name) as Float32Array);
  const tasks = network.tasks.map((t) => t.name);
  const names = emitTensors(
    onnx,
    tasks.map((t) => here.outputs[t]),
    {
      target: "export",
      inputs,
      twin: tasks.map((t) => there.outputs[t]),
      rows: { ...tracedRows, input: values[network.feeds[0].name] },
    },
  );
  return Object.fromEntries(tasks.map((t, i) => [t, names[i]]));
}
