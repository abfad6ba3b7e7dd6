import { isFloat } from "../core/dtype.ts";
import type { Random } from "../core/random.ts";
import { type Shape, sizeOf } from "../core/shape.ts";
import { vjp } from "./grad.ts";
import type { Tensor } from "./graph.ts";
import { compileJs } from "./js/run.ts";
import type { Domain } from "./op.ts";

/** Values of named inputs, in double precision. */
export type Feeds = Record<string, Float64Array>;

/**
 * Draws an operand's values.
 * @param place which operand it is: values of `distinct` operands of different places differ too.
 */
export function drawValues(
  random: Random,
  shape: Shape,
  domain: Domain,
  place: number,
): Float64Array {
  const size = sizeOf(shape);
  const out = new Float64Array(size);
  if ("distinct" in domain) {
    const order = random.permutation(size);
    // Neither equal, nor near an integer or zero, where some operations jump.
    for (let i = 0; i < size; i++)
      out[i] = (order[i] - Math.floor(size / 2)) * 0.5 + 0.21 + 0.07 * place;
    return out;
  }
  if ("positiveDefinite" in domain) {
    const n = shape[shape.length - 1];
    const half = Float64Array.from(out, () => random.uniform() - 0.5);
    for (let at = 0; at < size; at += n * n)
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++) {
          let sum = i === j ? 1 : 0;
          for (let k = 0; k < n; k++) sum += half[at + i * n + k] * half[at + j * n + k];
          out[at + i * n + j] = sum;
        }
    return out;
  }
  for (let i = 0; i < size; i++) {
    if ("integersBelow" in domain) out[i] = random.integer(domain.integersBelow);
    else if ("booleans" in domain) out[i] = random.integer(2);
    else out[i] = Math.fround(domain.from + (domain.to - domain.from) * random.uniform());
  }
  return out;
}

/** Largest |actual − expected| / (1 + |expected|); infinite where only one of them is a number. */
export function difference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    if (Object.is(actual[i], expected[i])) continue;
    const error = Math.abs(actual[i] - expected[i]) / (1 + Math.abs(expected[i]));
    worst = Number.isNaN(error) ? Infinity : Math.max(worst, error);
  }
  return worst;
}

/** A difference between a derivative and its estimate, beside the size of the derivative. */
export interface GradientError {
  /** Largest |derivative − estimate| over all elements. */
  readonly absolute: number;
  /** The same over 1 + the largest |derivative|. */
  readonly relative: number;
}

/**
 * Compares the reverse-mode derivative of a tensor with central differences in double precision, both
 * contracted with a random cotangent.
 * @param wrt inputs of the graph; those that are not floats are passed over.
 */
export function checkGradient(
  output: Tensor,
  wrt: readonly Tensor[],
  feeds: Feeds,
  random: Random,
  step = 1e-5,
): GradientError {
  const { graph } = output;
  const floats = wrt.filter((t) => isFloat(t.dtype));
  const cotangent = graph.constant(
    Float64Array.from({ length: output.size }, () => 2 * random.uniform() - 1),
    output.shape,
    output.dtype,
  );
  const value = compileJs([output.mul(cotangent).sum()]);
  const derivatives = compileJs(vjp(output, cotangent, floats))
    .run(feeds)
    .map((d) => d.slice());
  let absolute = 0;
  let largest = 0;
  floats.forEach((input, k) => {
    const { name } = input.node.params as { readonly name: string };
    const values = feeds[name];
    for (let i = 0; i < values.length; i++) {
      const [low, high] = [-step, step].map((shift) => {
        const moved = values.slice();
        moved[i] += shift;
        return value.run({ ...feeds, [name]: moved })[0][0];
      });
      const estimate = (high - low) / (2 * step);
      absolute = Math.max(absolute, Math.abs(derivatives[k][i] - estimate));
      if (Number.isNaN(derivatives[k][i] - estimate)) absolute = Infinity;
      largest = Math.max(largest, Math.abs(derivatives[k][i]));
    }
  });
  return { absolute, relative: absolute / (1 + largest) };
}
