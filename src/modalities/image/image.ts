import type { Tensor } from "../../compiler/graph.ts";
import type { Builder } from "../../nn/builder.ts";
import { convBlock } from "../../nn/conv-block.ts";
import { linear } from "../../nn/linear.ts";
import { residualConvBlock } from "../../nn/residual-conv-block.ts";
import type { Sequence } from "../../nn/sequence.ts";
import type { Encoded, Modality } from "../modality.ts";
import { pretrainedImage } from "../pretrained/pretrained-image.ts";
import { withPretrained } from "../pretrained/with-pretrained.ts";
import { augmentPictures } from "./augment.ts";
import { carryImage } from "./carry.ts";
import { type ImageOptions, type ImageState, imageOptions, learnImage } from "./state.ts";
import { imageTarget } from "./target.ts";
import { imageFeatureView, imageNetworkView } from "./views.ts";

const learned: Modality<ImageOptions, ImageState> = {
  name: "image",
  title: "Picture",
  summary: "Resized pixels, read by a convolutional, residual or pretrained network.",
  cite: ["ioffe2015", "he2015", "he2016"],
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
  network: {
    ...imageNetworkView,
    encoder,
    augment: (state, options) => augmentPictures(state, options.augment),
  },
  features: imageFeatureView,
  target: imageTarget,
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

/** The places of a feature map `[B, C, H, W]` as vectors, for fusions that look at parts of a picture. */
function placesOf(map: Tensor, present: Tensor): Sequence {
  const [rows, channels, height, width] = map.shape;
  const places = height * width;
  return {
    values: map.reshape([rows, channels, places]).transpose([0, 2, 1]),
    mask: present.expand([rows, places]),
  };
}

/** Convolution or residual blocks over the standardized picture, then an affine map to `size` numbers. */
function encoder(
  builder: Builder,
  feeds: Readonly<Record<string, Tensor>>,
  present: Tensor,
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
  const { activation, filters: widths } = options;
  const residual = options.encoder.type === "resnet";
  if (residual) h = convBlock(builder, "stem", h, { filters: widths[0], activation, pool: 1 });
  widths.forEach((filters, i) => {
    const name = `block.${i}`;
    if (!residual) h = convBlock(builder, name, h, { filters, activation });
    else
      for (let d = 0; d < (options.encoder.depth as number); d++) {
        const stride = i > 0 && d === 0 ? 2 : 1;
        h = residualConvBlock(builder, `${name}.${d}`, h, { filters, stride, activation });
      }
  });
  const means = residual || options.pooling === "mean";
  const flat = means ? h.mean([2, 3]) : h.reshape([h.shape[0], -1]);
  const features = linear(builder, "out", builder.dropout(flat, options.dropout), options.size);
  return { features, sequence: placesOf(h, present) };
}
