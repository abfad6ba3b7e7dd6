import type { Tensor } from "../compiler/graph.ts";
import { type ActivationName, activations } from "./activations.ts";
import { batchNorm } from "./batch-norm.ts";
import type { Builder } from "./builder.ts";
import { layerNorm } from "./layer-norm.ts";
import { linear } from "./linear.ts";
import { residualBlock } from "./residual-block.ts";

export type NormName = "none" | "batch" | "layer";

export interface MlpOptions {
  /** Widths of the layers, in order; none makes the map the identity. */
  readonly sizes: readonly number[];
  readonly activation?: ActivationName;
  /** Normalisation between the affine map and the activation. Residual blocks always use `layer`. */
  readonly norm?: NormName;
  readonly dropout?: number;
  /** Layers that keep the width become residual blocks. */
  readonly residual?: boolean;
}

/** Layers `name.0`, `name.1`, … of affine map, norm, activation and dropout: `[B, I] → [B, sizes.at(-1)]`. */
export function mlp(builder: Builder, name: string, x: Tensor, options: MlpOptions): Tensor {
  return options.sizes.reduce((h, _, i) => mlpLayer(builder, name, i, h, options), x);
}

/** Layer `name.index` of `mlp` alone: `[B, I] → [B, sizes[index]]`. */
export function mlpLayer(
  builder: Builder,
  name: string,
  index: number,
  x: Tensor,
  options: MlpOptions,
): Tensor {
  const { activation = "relu", dropout = 0 } = options;
  const size = options.sizes[index];
  return builder.scope(name, () =>
    options.residual && x.shape[x.rank - 1] === size
      ? residualBlock(builder, `${index}`, x, { activation, dropout })
      : denseBlock(builder, `${index}`, x, size, options),
  );
}

function denseBlock(
  builder: Builder,
  name: string,
  x: Tensor,
  size: number,
  options: MlpOptions,
): Tensor {
  const { norm = "none", dropout = 0 } = options;
  const { apply, initializer } = activations[options.activation ?? "relu"];
  return builder.scope(name, () => {
    // A batch norm subtracts the mean, and with it any bias.
    let h = linear(builder, "linear", x, size, { initializer, bias: norm !== "batch" });
    if (norm === "batch") h = batchNorm(builder, "norm", h);
    if (norm === "layer") h = layerNorm(builder, "norm", h);
    return builder.dropout(apply(h), dropout);
  });
}
