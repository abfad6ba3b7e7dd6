import type { Graph, Tensor } from "../../compiler/graph.ts";
import type { PictureFormat } from "../image/decode.ts";
import type { EncoderFolder, Json } from "./encoder-folder.ts";

/** How an encoder wants its pictures. */
export interface Pixels {
  readonly format: PictureFormat;
  /** What each channel's values 0 … 255 are multiplied by, and what is added then. */
  readonly factor: readonly number[];
  readonly term: readonly number[];
}

const number = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined;

const numbers = (value: unknown, otherwise: number): number[] => {
  const list = Array.isArray(value) ? value.map(Number) : [];
  return list.length === 3 ? list : [otherwise, otherwise, otherwise];
};

/**
 * Size and scale from `preprocessor_config.json`, as exported for other tools: pictures are resized, cut to
 * their middle where it asks for that, multiplied by `rescale_factor` and normalised by mean and deviation.
 * Without the file: 224 × 224 values from 0 to 1.
 * @param side overrides the size where it is not 0.
 */
export function pixelsOf({ files }: EncoderFolder, background: string, side: number): Pixels {
  const config: Json = files["preprocessor_config.json"] ?? {};
  const cropped = config.do_center_crop === true;
  const size = sizeOfConfig(cropped ? (config.crop_size ?? config.size) : config.size);
  const given = config.size as Json | number | undefined;
  const shortest = typeof given === "object" && number(given?.shortest_edge) !== undefined;
  const scaled = config.do_rescale !== false;
  const normalised = config.do_normalize ?? config.image_mean !== undefined;
  const rescale = scaled ? (number(config.rescale_factor) ?? 1 / 255) : 1;
  const mean = normalised ? numbers(config.image_mean, 0) : [0, 0, 0];
  const deviation = normalised ? numbers(config.image_std, 1) : [1, 1, 1];
  return {
    format: {
      height: side || size[0],
      width: side || size[1],
      channels: 3,
      background,
      fit: cropped || shortest ? "cover" : "contain",
    },
    factor: deviation.map((d) => rescale / d),
    term: mean.map((m, c) => -m / deviation[c]),
  };
}

function sizeOfConfig(size: unknown): [number, number] {
  const said = number(size);
  if (said !== undefined) return [said, said];
  const { height, width, shortest_edge } = (size ?? {}) as Record<string, unknown>;
  const edge = number(shortest_edge) ?? 224;
  return [number(height) ?? edge, number(width) ?? edge];
}

/** `[B, H, W, 3]` bytes as the encoder's `[B, 3, H, W]`. */
export function tracePixels(graph: Graph, bytes: Tensor, { factor, term }: Pixels): Tensor {
  const channels = (values: readonly number[]) => graph.constant(values, [3]);
  const floats = bytes.cast("float32");
  const scaled = factor.every((f) => f === 1) ? floats : floats.mul(channels(factor));
  const moved = term.every((t) => t === 0) ? scaled : scaled.add(channels(term));
  return moved.transpose([0, 3, 1, 2]);
}

/** The same of bytes in memory. */
export function arrangePixels(bytes: Uint8Array, rows: number, pixels: Pixels): Float32Array {
  const places = pixels.format.height * pixels.format.width;
  const out = new Float32Array(bytes.length);
  for (let row = 0; row < rows; row++)
    for (let c = 0; c < 3; c++) {
      const [factor, term] = [pixels.factor[c], pixels.term[c]];
      const to = (row * 3 + c) * places;
      for (let p = 0; p < places; p++)
        out[to + p] = bytes[(row * places + p) * 3 + c] * factor + term;
    }
  return out;
}
