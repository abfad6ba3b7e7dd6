import type { Tensor } from "../compiler/graph.ts";
import { batchNorm } from "./batch-norm.ts";
import type { Builder, Initializer } from "./builder.ts";
import { he, normal, zeros } from "./initializers.ts";
import { linear } from "./linear.ts";

/** Filters after the affine map; each doubling of the sides halves them, down to the least. */
const firstFilters = 64;
const leastFilters = 8;
/** Rows and columns that the affine map makes. */
const firstSide = 4;

/**
 * A small network that draws: `[B, D]` to pictures `[B, side, side, channels]` by an affine map to 4×4 places and
 * transposed convolutions that double the sides, with batch norm and rectifier between. The last one starts near 0.
 * @param side 4 times a power of 2.
 */
export function pictureDecoder(
  builder: Builder,
  name: string,
  x: Tensor,
  { side, channels }: { readonly side: number; readonly channels: number },
): Tensor {
  const doublings = Math.log2(side / firstSide);
  return builder.scope(name, () => {
    const places = firstFilters * firstSide * firstSide;
    const start = linear(builder, "start", x, places, { initializer: he, bias: false });
    let h = start.reshape([-1, firstFilters, firstSide, firstSide]);
    h = batchNorm(builder, "norm", h).relu();
    for (let i = 0; i < doublings; i++) {
      const last = i === doublings - 1;
      const filters = last ? channels : Math.max(leastFilters, firstFilters >> (i + 1));
      h = builder.scope(`${i}`, () => doubled(builder, h, filters, last ? normal(0.02) : he));
      if (!last) h = batchNorm(builder, `${i}.norm`, h).relu();
    }
    return h.transpose([0, 2, 3, 1]);
  });
}

/** A transposed convolution of 4×4 with stride 2: `[B, C, H, W]` to `[B, filters, 2H, 2W]`. */
function doubled(builder: Builder, x: Tensor, filters: number, initializer: Initializer): Tensor {
  const [, channels, height, width] = x.shape;
  const weight = builder.parameter("weight", [channels, filters, 4, 4], initializer);
  const bias = builder.parameter("bias", [filters], zeros, { decay: false });
  const drawn = x.convTranspose(weight, [2 * height, 2 * width], {
    strides: [2, 2],
    pads: [1, 1, 1, 1],
  });
  return drawn.add(bias.reshape([1, filters, 1, 1]));
}
