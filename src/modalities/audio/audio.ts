import type { Tensor } from "../../compiler/graph.ts";
import type { Builder } from "../../nn/builder.ts";
import { missingDrift } from "../carry.ts";
import { largestDistance } from "../compared.ts";
import type { Encoded, Modality } from "../modality.ts";
import { encodeSequence } from "../sequence/sequence-options.ts";
import { augmentAudio } from "./augment.ts";
import { soundEncoders } from "./encoders.ts";
import { audioFeatureView } from "./feature-view.ts";
import { learnAudio } from "./learn.ts";
import { type AudioOptions, type AudioState, audioOptions, samplesHeard } from "./state.ts";
import { audioTarget } from "./target.ts";
import { audioNetworkView } from "./views.ts";

/** Sound: paths of files, or their bytes (WAV; MP3, FLAC and Ogg Vorbis by packages of their own). */
export const audio: Modality<AudioOptions, AudioState> = {
  name: "audio",
  title: "Recording",
  summary: "Log-mel frames, read by a convolutional, recurrent or attention encoder.",
  cite: ["davis1980", "park2019"],
  options: audioOptions,
  storage: ["string", "bytes"],
  block: "own",
  recognise(profile) {
    if (profile.bytes !== undefined) return profile.bytes.audioShare >= 0.5 ? 1 : 0;
    const { text } = profile;
    if (text === undefined || text.audioPathShare < 0.8) return 0;
    return text.pathsFoundShare > 0 ? 1 : 0.9;
  },
  learn: learnAudio,
  network: { ...audioNetworkView, encoder, augment: augmentAudio },
  features: audioFeatureView,
  target: audioTarget,
  describe: (state) => ({
    rows: state.rows,
    missing: state.missing,
    "sample rate": state.sampleRate,
    "seconds heard": round(samplesHeard(state) / state.sampleRate),
    frames: state.frames,
    bands: state.bands,
    ...(state.coefficients > 0 && { coefficients: state.coefficients }),
    measured: state.measured,
    cropped: state.cropped,
    "longest, seconds": round(state.longest),
  }),
  carry: {
    drift: (from, to) => [...largestDistance(from.compared, to.compared), missingDrift(from, to)],
    refit: (from, to) => ({ ...to, frames: from.frames }),
    options: (from, options) => ({
      ...options,
      sampleRate: from.sampleRate,
      seconds: samplesHeard(from) / from.sampleRate,
    }),
  },
};

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

/** Frames and which of them a recording has, to the chosen encoder of sequences. */
function encoder(
  builder: Builder,
  feeds: Readonly<Record<string, Tensor>>,
  _present: Tensor,
  _state: AudioState,
  options: AudioOptions,
): Encoded {
  const { frames: values, length } = feeds;
  const [batch, steps] = values.shape;
  const places = Float64Array.from({ length: steps }, (_, t) => t);
  const mask = builder.graph
    .constant(places, [1, steps])
    .lt(length.cast("float32").reshape([batch, 1]))
    .cast("float32");
  return encodeSequence(builder, { values, mask }, options, soundEncoders);
}
