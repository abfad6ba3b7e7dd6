import type { Tensor } from "../compiler/graph.ts";
import type { Builder } from "./builder.ts";
import { ones, zeros } from "./initializers.ts";

/**
 * Normalises each row over its last axis to mean 0 and variance 1, then scales and shifts it by the
 * parameters `name.scale [D]` and `name.shift [D]`. @cite ba2016
 */
export function layerNorm(builder: Builder, name: string, x: Tensor, epsilon = 1e-5): Tensor {
  return builder.scope(name, () => {
    const shape = [x.shape[x.rank - 1]];
    const scale = builder.parameter("scale", shape, ones, { decay: false });
    const shift = builder.parameter("shift", shape, zeros, { decay: false });
    return x.layerNorm(scale, shift, epsilon);
  });
}
