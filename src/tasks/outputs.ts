import { CompileError, show } from "../core/errors.ts";
import type { Outputs } from "./task.ts";

/** The numbers of a float output. @throws CompileError where they are not there. */
export function numbersOf(outputs: Outputs, name: string): Float32Array | Float64Array {
  const values = outputs[name];
  if (values instanceof Float32Array || values instanceof Float64Array) return values;
  throw new CompileError(`outputs: numbers called ${show(name)}; got ${values ? "text" : "none"}`);
}
