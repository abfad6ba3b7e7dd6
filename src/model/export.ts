import { Graph, type Tensor } from "../compiler/graph.ts";
import { OnnxBuilder } from "../compiler/onnx/builder.ts";
import { emitTensors, tracedRows } from "../compiler/onnx/emit.ts";
import type { Fitted } from "../learners/learner.ts";
import { viewOf } from "../modalities/views.ts";
import type { ProblemInput, ProblemTask } from "../train/problem.ts";
import { encodeMetadata, type ModelMetadata, metadataKey } from "./metadata.ts";
import { emitRoute, memberName, type ReportedTask, type Route, traceRoute } from "./routes.ts";

/** The ONNX name of the dimension that counts rows. */
const rowsName = "rows";

/**
 * Builds the one ONNX file of a model: preprocessing as far as ONNX can do it, the fitted function,
 * and an output `<task>.<name>` for every result of every task. A task that was learned as several, one
 * for each value of a column, has one input more, `<task>.by`, and the outputs of the row's value.
 */
export function buildOnnx(
  inputs: readonly ProblemInput[],
  tasks: readonly ReportedTask[],
  fitted: Fitted,
  metadata: ModelMetadata,
): Uint8Array {
  const onnx = new OnnxBuilder({ name: "polytask" });
  const values: Record<string, string> = {};
  for (const input of inputs) {
    const view = viewOf(input, metadata.view);
    const boundary = view.boundary(input.state, input.name, onnx, rowsName);
    for (const [feed, value] of Object.entries(boundary.feeds))
      values[`${input.name}.${feed}`] = value;
    values[`${input.name}.present`] = boundary.present;
  }
  const raw = fitted.emit(onnx, values);
  for (const task of tasks) {
    const { route } = task;
    emitOutputs(onnx, task, route ? emitRouted(onnx, { ...task, route }, raw) : raw[task.name]);
  }
  onnx.metadata(metadataKey, encodeMetadata(metadata));
  return onnx.toBytes();
}

/** The raw outputs of a declared task: in each row those of the task of its value. */
function emitRouted(
  onnx: OnnxBuilder,
  task: ReportedTask & { readonly route: Route },
  raw: Readonly<Record<string, string>>,
): string {
  const ids = emitRoute(task, onnx, rowsName);
  const size = task.kind.outputSize(task.state);
  const names = task.route.values.map((_, i) => `raw${i}`);
  const traced = (rows: number) => {
    const graph = new Graph();
    const members = names.map((name) => graph.input(name, [rows, size]));
    return traceRoute(members, graph.input("ids", [rows], "int32"));
  };
  const inputs = names.map((name, i) => [name, raw[memberName(task, task.route.values[i])]]);
  const [routed] = emitTensors(onnx, [traced(tracedRows.here)], {
    target: "export",
    inputs: { ...Object.fromEntries(inputs), ids },
    twin: [traced(tracedRows.there)],
    rows: { ...tracedRows, input: ids },
  });
  return routed;
}

function emitOutputs(onnx: OnnxBuilder, task: ProblemTask, raw: string): void {
  const here = traceLink(task, tracedRows.here);
  const there = traceLink(task, tracedRows.there);
  const floats = Object.keys(here);
  const emitted = emitTensors(
    onnx,
    floats.map((n) => here[n]),
    {
      target: "export",
      inputs: { raw },
      twin: floats.map((n) => there[n]),
      rows: { ...tracedRows, input: raw },
    },
  );
  const linked = Object.fromEntries(floats.map((name, i) => [name, emitted[i]]));
  const all = { ...linked, ...task.kind.labels?.(task.state, linked, onnx) };
  for (const output of task.kind.outputs(task.state)) {
    const name = `${task.name}.${output.name}`;
    onnx.node("Identity", [all[output.name]], { outputs: [name] });
    onnx.output(name, output.dtype, [rowsName, ...output.shape]);
  }
}

function traceLink(task: ProblemTask, rows: number): Readonly<Record<string, Tensor>> {
  const graph = new Graph();
  return task.kind.link(graph.input("raw", [rows, task.kind.outputSize(task.state)]), task.state);
}
