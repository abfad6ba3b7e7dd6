import type { Tensor } from "../compiler/graph.ts";
import { type ActivationName, activations } from "./activations.ts";
import type { Builder } from "./builder.ts";
import { layerNorm } from "./layer-norm.ts";
import { linear } from "./linear.ts";

export interface ResidualBlockOptions {
  readonly activation?: ActivationName;
  /** Width of the hidden layer. Default: that of the input. */
  readonly hidden?: number;
  readonly dropout?: number;
}

/**
 * A pre-norm residual block `[B, D] → [B, D]`: x + W₂·dropout(act(W₁·norm(x))). W₂ starts small, so that
 * the block starts near the identity. @cite gorishniy2021
 */
export function residualBlock(
  builder: Builder,
  name: string,
  x: Tensor,
  options: ResidualBlockOptions = {},
): Tensor {
  const width = x.shape[x.rank - 1];
  const { apply, initializer } = activations[options.activation ?? "relu"];
  return builder.scope(name, () => {
    let h = layerNorm(builder, "norm", x);
    h = apply(linear(builder, "in", h, options.hidden ?? width, { initializer }));
    h = builder.dropout(h, options.dropout ?? 0);
    const small = scaled(activations.none.initializer, 0.5);
    return x.add(linear(builder, "out", h, width, { initializer: small }));
  });
}

function scaled(inner: typeof activations.none.initializer, factor: number): typeof inner {
  return (out, shape, random) => {
    inner(out, shape, random);
    for (let i = 0; i < out.length; i++) out[i] *= factor;
  };
}
