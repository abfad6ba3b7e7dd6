import type { Tensor } from "../../compiler/graph.ts";
import type { CellTarget, ShownAs } from "../../core/cell-target.ts";
import type { Builder } from "../../nn/builder.ts";
import { linear } from "../../nn/linear.ts";
import { pictureDecoder } from "../../nn/picture-decoder.ts";
import { forms } from "./forms.ts";
import { type CellsState, placesOf } from "./state.ts";

/** Cells that are drawn rather than computed number by number. */
const decoders: Partial<
  Record<ShownAs, (builder: Builder, name: string, x: Tensor, target: CellTarget) => Tensor>
> = {
  picture(builder, name, x, { shape: [side, , channels] }) {
    const drawn = pictureDecoder(builder, name, x, { side, channels });
    return drawn.reshape([x.shape[0], -1]);
  },
};

/**
 * Raw outputs of all cells, from features `[B, D]`: what predicts the training means, and where the first side is
 * there, `[B, 1]`, what the network adds to it.
 */
export function buildCells(
  builder: Builder,
  features: Tensor,
  there: Tensor,
  state: CellsState,
): Tensor {
  const places = placesOf(state);
  const made = places.map(({ input, target, size }) => {
    const draw = decoders[target.shows];
    return draw ? draw(builder, input, features, target) : linear(builder, input, features, size);
  });
  const added = made.length === 1 ? made[0] : builder.graph.apply("concat", made, { axis: 1 });
  const prior = places.flatMap(({ target }) => [...forms[target.form].prior(target)]);
  return added.mul(there).add(builder.graph.constant(prior, [1, prior.length]));
}
