/** Where in a sequence a vector stands. */
import type { Tensor } from "../compiler/graph.ts";
import type { Builder } from "./builder.ts";
import { normal } from "./initializers.ts";

/** Sines and cosines of wavelengths from 2π to 10,000·2π, in pairs: `[T, size]`. @cite vaswani2017 */
export function sinusoids(x: Tensor): Tensor {
  const [, steps, size] = x.shape;
  const table = new Float64Array(steps * size);
  for (let t = 0; t < steps; t++) {
    for (let d = 0; d < size; d++) {
      const angle = t / 10_000 ** ((d - (d % 2)) / size);
      table[t * size + d] = d % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
    }
  }
  return x.graph.constant(table, [steps, size]);
}

/** A learned vector a place, the parameter `name [T, size]`. @cite devlin2019 */
export function learnedPositions(builder: Builder, name: string, x: Tensor): Tensor {
  return builder.parameter(name, x.shape.slice(1), normal(0.02), { decay: false });
}
