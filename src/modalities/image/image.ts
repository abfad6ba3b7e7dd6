import type { Tensor } from "../../compiler/graph.ts";
import type { Builder } from "../../nn/builder.ts";
import { convBlock } from "../../nn/conv-block.ts";
import { linear } from "../../nn/linear.ts";
import type { Encoded, Modality } from "../modality.ts";
import { pretrainedImage } from "../pretrained/pretrained-image.ts";
import { withPretrained } from "../pretrained/with-pretrained.ts";
import { carryImage } from "./carry.ts";
import { type ImageOptions, type ImageState, imageOptions, learnImage } from "./state.ts";
import { imageFeatureView, imageNetworkView } from "./views.ts";

const learned: Modality<ImageOptions, ImageState> = {
  name: "image",
  title: "Picture",
  summary: "Resized pixels, read by a small convolutional network.",
  cite: ["ioffe2015", "he2015"],
  options: imageOptions,
  storage: ["string", "bytes"],
  block: "own",
  recognise(profile) {
    if (profile.bytes !== undefined) return profile.bytes.imageShare >= 0.5 ? 1 : 0;
    const { text } = profile;
    if (text === undefined || text.imagePathShare < 0.8) return 0;
    return text.pathsFoundShare > 0 ? 1 : 0.9;
  },
  learn: learnImage,
  network: { ...imageNetworkView, encoder },
  features: imageFeatureView,
  describe: (state) => ({
    rows: state.rows,
    missing: state.missing,
    height: state.height,
    width: state.width,
    channels: state.channels,
  }),
  carry: carryImage,
};

/** Pictures: paths of files, or their bytes (PNG, JPEG, WebP, GIF, TIFF, SVG, AVIF). */
export const image: Modality<ImageOptions, ImageState> = withPretrained(learned, pretrainedImage);

/** Convolution blocks over the standardized picture, then an affine map to `size` numbers. */
function encoder(
  builder: Builder,
  feeds: Readonly<Record<string, Tensor>>,
  _present: Tensor,
  state: ImageState,
  options: ImageOptions,
): Encoded {
  const { graph } = builder;
  const perChannel = (values: readonly number[]) =>
    graph.constant(
      values.map((value) => 255 * value),
      [state.channels],
    );
  let h = feeds.pixels
    .cast("float32")
    .sub(perChannel(state.mean))
    .div(perChannel(state.deviation))
    .transpose([0, 3, 1, 2]);
  options.filters.forEach((filters, i) => {
    h = convBlock(builder, `block.${i}`, h, { filters, activation: options.activation });
  });
  const flat = options.pooling === "mean" ? h.mean([2, 3]) : h.reshape([h.shape[0], -1]);
  return { features: linear(builder, "out", builder.dropout(flat, options.dropout), options.size) };
}
