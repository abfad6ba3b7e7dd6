import { affine } from "../compiler/compose.ts";
import type { Tensor } from "../compiler/graph.ts";
import type { Builder, Initializer } from "./builder.ts";
import { xavier, zeros } from "./initializers.ts";

export interface LinearOptions {
  /** Default `xavier`; `he` before a rectifier. */
  readonly initializer?: Initializer;
  /** Default `zeros`. */
  readonly biasInitializer?: Initializer;
  /** Default true; without one, a normalisation that shifts should follow. */
  readonly bias?: boolean;
}

/** An affine map `[..., I] → [..., O]` with parameters `name.weight [I, O]` and `name.bias [O]`. */
export function linear(
  builder: Builder,
  name: string,
  x: Tensor,
  size: number,
  options: LinearOptions = {},
): Tensor {
  return builder.scope(name, () => {
    const shape = [x.shape[x.rank - 1], size];
    const weight = builder.parameter("weight", shape, options.initializer ?? xavier);
    if (options.bias === false) return x.matmul(weight);
    const initialBias = options.biasInitializer ?? zeros;
    return affine(x, weight, builder.parameter("bias", [size], initialBias, { decay: false }));
  });
}
