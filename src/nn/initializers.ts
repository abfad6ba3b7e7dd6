import type { Shape } from "../core/shape.ts";
import type { Initializer } from "./builder.ts";

/** Fan-in and fan-out of a weight: `[in, out]` matrices, `[out, in, ...kernel]` filters. */
function fans(shape: Shape): { fanIn: number; fanOut: number } {
  if (shape.length <= 2) return { fanIn: shape[0] ?? 1, fanOut: shape.at(-1) ?? 1 };
  const field = shape.slice(2).reduce((p, d) => p * d, 1);
  return { fanIn: shape[1] * field, fanOut: shape[0] * field };
}

export const zeros: Initializer = (out) => {
  out.fill(0);
};

export const ones: Initializer = (out) => {
  out.fill(1);
};

export function constant(value: number): Initializer {
  return (out) => {
    out.fill(value);
  };
}

/** Given values, for example a task's prior. */
export function values(list: ArrayLike<number>): Initializer {
  return (out) => {
    out.set(list);
  };
}

export function normal(deviation: number): Initializer {
  return (out, _, random) => {
    for (let i = 0; i < out.length; i++) out[i] = deviation * random.normal();
  };
}

/** Normal with variance 2/fan-in, for layers before a rectifier. @cite he2015 */
export const he: Initializer = (out, shape, random) => {
  const deviation = Math.sqrt(2 / fans(shape).fanIn);
  for (let i = 0; i < out.length; i++) out[i] = deviation * random.normal();
};

/** Uniform with variance 2/(fan-in + fan-out). @cite glorot2010 */
export const xavier: Initializer = (out, shape, random) => {
  const { fanIn, fanOut } = fans(shape);
  const bound = Math.sqrt(6 / (fanIn + fanOut));
  for (let i = 0; i < out.length; i++) out[i] = bound * (2 * random.uniform() - 1);
};
