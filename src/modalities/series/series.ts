import type { Tensor } from "../../compiler/graph.ts";
import type { Builder } from "../../nn/builder.ts";
import { missingDrift, shapeDrift } from "../carry.ts";
import { largestDistance } from "../compared.ts";
import { listsOf } from "../list-cells.ts";
import type { Augment, Encoded, Modality } from "../modality.ts";
import { encodeSequence } from "../sequence/sequence-options.ts";
import { seriesJoins } from "./join.ts";
import { learnSeries, type SeriesOptions, type SeriesState, seriesOptions } from "./state.ts";
import { seriesFeatureView } from "./statistics.ts";
import { seriesTarget } from "./target.ts";
import { seriesView } from "./views.ts";

/** Series of numbers, one or several a step, of any length. */
export const series: Modality<SeriesOptions, SeriesState> = {
  name: "series",
  title: "Series",
  summary:
    "Numbers in order of time, of any length, read by a convolutional, recurrent or attention encoder.",
  cite: ["bai2018", "cho2014", "vaswani2017"],
  options: seriesOptions,
  storage: ["list", "string"],
  block: "own",
  recognise(profile) {
    const lists = listsOf(profile);
    if (lists === undefined || lists.maxLength < 2) return 0;
    if (lists.elements === "list") return lists.inner?.elements === "number" ? 0.9 : 0;
    if (lists.elements !== "number") return 0;
    return lists.sameLengthShare < 0.95 ? 0.9 : 0.2;
  },
  learn: learnSeries,
  network: { ...seriesView, encoder, augment },
  features: seriesFeatureView,
  target: seriesTarget,
  joins: seriesJoins,
  describe: ({ rows, missing, channels, steps, crop, cropped, longest, gaps }) => ({
    rows,
    missing,
    channels,
    steps,
    longest,
    cropped,
    "steps kept": crop,
    "missing values": gaps,
  }),
  carry: {
    drift: (from, to) => [
      ...shapeDrift(from.channels, to.channels),
      ...largestDistance(from.compared, to.compared),
      missingDrift(from, to),
    ],
    // The encoder of series with gaps reads an indicator beside each channel: it goes on to.
    refit: (from, to) => ({ ...to, gaps: from.gaps > 0 ? Math.max(1, to.gaps) : to.gaps }),
    options: (from, options) => ({ ...options, steps: from.steps }),
  },
};

/** Steps and which of them a series has, to the chosen encoder of sequences. */
function encoder(
  builder: Builder,
  { values, length }: Readonly<Record<string, Tensor>>,
  _present: Tensor,
  _state: SeriesState,
  options: SeriesOptions,
): Encoded {
  const [batch, steps] = values.shape;
  const places = Float64Array.from({ length: steps }, (_, t) => t);
  const mask = builder.graph
    .constant(places, [1, steps])
    .lt(length.cast("float32").reshape([batch, 1]))
    .cast("float32");
  return encodeSequence(builder, { values, mask }, options);
}

/** Adds noise to the values that are there. */
function augment(
  { steps, channels, gaps }: SeriesState,
  { noise }: SeriesOptions,
): Augment | undefined {
  if (noise === 0) return undefined;
  const width = gaps > 0 ? 2 * channels : channels;
  return ([values, length], rows, random) => {
    for (let row = 0; row < rows; row++) {
      for (let t = 0; t < Number(length[row]); t++) {
        const at = (row * steps + t) * width;
        for (let c = 0; c < channels; c++) {
          const drawn = noise * random.normal();
          const absent = gaps > 0 && values[at + channels + c] === 1;
          if (!absent) (values as Float32Array)[at + c] += drawn;
        }
      }
    }
  };
}
