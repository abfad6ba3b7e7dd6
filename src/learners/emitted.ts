import { OnnxBuilder } from "../compiler/onnx/builder.ts";
import { createSession } from "../compiler/onnx/session/session.ts";
import { allocateBatch, type RowStore } from "../data/rows.ts";
import { viewOf } from "../modalities/views.ts";
import type { Problem } from "../train/problem.ts";
import type { Capabilities, Fitted } from "./learner.ts";

/** The entries of a store that belong to inputs. */
export function inputEntries({ inputs }: Problem, store: RowStore): number[] {
  return store.layout.flatMap(({ name }, i) =>
    inputs.some((input) => name.startsWith(`${input.name}.`)) ? [i] : [],
  );
}

type View = Capabilities["view"];

/** Shapes of one row of the inputs' entries, by name. */
function entryShapes({ inputs }: Problem, view: View): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  for (const input of inputs) {
    for (const { name, shape } of viewOf(input, view).feeds(input.state)) {
      shapes.set(`${input.name}.${name}`, shape);
    }
    shapes.set(`${input.name}.present`, [1]);
  }
  return shapes;
}

/** The fitted function alone as an ONNX model of the store's entries. */
export function exportFitted(problem: Problem, fitted: Fitted, view: View): Uint8Array {
  const { store } = problem.train;
  const onnx = new OnnxBuilder({ name: fitted.family });
  const shapes = entryShapes(problem, view);
  const values = Object.fromEntries(
    inputEntries(problem, store).map((i) => {
      const { name, dtype, width } = store.layout[i];
      return [name, onnx.input(name, dtype, ["rows", ...(shapes.get(name) ?? [width])])];
    }),
  );
  const raw = fitted.emit(onnx, values);
  for (const { name, kind, state } of problem.tasks) {
    onnx.node("Identity", [raw[name]], { outputs: [`${name}/raw`] });
    onnx.output(`${name}/raw`, "float32", ["rows", kind.outputSize(state)]);
  }
  return onnx.toBytes();
}

/** Raw outputs of an exported function for some rows of a store. */
export async function runExported(
  bytes: Uint8Array,
  problem: Problem,
  view: View,
  store: RowStore,
  rows: Int32Array,
): Promise<Record<string, Float32Array>> {
  const session = await createSession(bytes, { threads: 1 });
  try {
    const arrays = allocateBatch(store.layout, rows.length);
    store.gather(rows, 0, rows.length, arrays);
    const shapes = entryShapes(problem, view);
    const feeds = session.inputNames.map((name) => {
      const at = store.layout.findIndex((entry) => entry.name === name);
      const { dtype, width } = store.layout[at];
      const dims = [rows.length, ...(shapes.get(name) ?? [width])];
      return [name, { dtype, dims, data: arrays[at] }] as const;
    });
    const found = await session.run(Object.fromEntries(feeds));
    return Object.fromEntries(
      problem.tasks.map(({ name }) => [name, found[`${name}/raw`].data as Float32Array]),
    );
  } finally {
    await session.dispose();
  }
}
