import { allocate } from "../../../core/dtype.ts";
import { CompileError } from "../../../core/errors.ts";
import type { Tensor } from "../../graph.ts";
import type { OnnxTarget } from "../emitter.ts";
import { compileProgram } from "../program.ts";
import { createSession } from "./session.ts";

/**
 * Computes some tensors of a graph once, through ONNX on the CPU.
 * @param target which form of the operations to emit.
 * @param feeds the values of the graph's inputs.
 * @returns the elements of each tensor.
 */
export async function evaluateOnnx(
  outputs: readonly Tensor[],
  feeds: Readonly<Record<string, ArrayLike<number>>>,
  target: OnnxTarget = "cpu",
): Promise<number[][]> {
  const named = Object.fromEntries(outputs.map((t, i) => [`y${i}`, t]));
  const program = compileProgram(named, { target, deferScatter: false });
  const session = await createSession(program.bytes, { threads: 1 });
  const fed = program.inputs.map(({ name, dtype, shape }) => {
    if (dtype === "int64") throw new CompileError(`input ${name}: anything but int64; got int64`);
    const data = allocate(dtype, feeds[name].length) as Float32Array;
    data.set(feeds[name]);
    return [name, { dtype, dims: [...shape], data }] as const;
  });
  const results = await session.run(Object.fromEntries(fed));
  await session.dispose();
  return outputs.map((_, i) => Array.from(results[`y${i}:out`].data as ArrayLike<number>, Number));
}
