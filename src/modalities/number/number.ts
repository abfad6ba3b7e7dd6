import { z } from "zod";
import { Moments } from "../../core/moments.ts";
import { identifierScore, looksLikeIdentifier } from "../category/recognise.ts";
import { comparedSample, quantilesOf } from "../compared.ts";
import type { Learning, Modality } from "../modality.ts";
import { quantile, Reservoir } from "../reservoir.ts";
import { scalarView } from "../scalar-view.ts";
import { valuesTarget } from "../targets/values-target.ts";
import { carryNumber } from "./carry.ts";
import { numberCells } from "./cells.ts";
import { compress, type NumberState, numberCoding } from "./coding.ts";

const options = z
  .strictObject({
    normalize: z
      .enum(["standard", "robust", "none"])
      .default("standard")
      .describe(
        "`standard` subtracts the training mean and divides by the standard deviation, `robust` uses the median and the interquartile range (of a uniform sample beyond 65,536 rows), `none` leaves values as they are.",
      ),
    log: z
      .boolean()
      .default(false)
      .describe("Replace x by sign(x)·log(1+|x|) before anything else: for amounts and counts."),
    bins: z
      .int()
      .min(0)
      .max(256)
      .default(0)
      .describe("Quantile bins given in addition to the value; 0 is none."),
    encoding: z
      .enum(["piecewise", "oneHot"])
      .default("piecewise")
      .describe(
        "Bins as the share of each that lies below the value, or as one 1 in the value's bin.",
      ),
    clip: z
      .number()
      .min(0)
      .default(10)
      .describe("Hold standardized values within so many standard deviations; 0 does not."),
  })
  .describe("A number, standardized.");

export type NumberOptions = z.infer<typeof options>;

const view = scalarView(numberCoding);

/** Real numbers: amounts, measurements, counts. */
export const number: Modality<NumberOptions, NumberState> = {
  name: "number",
  title: "Number",
  summary:
    "Standardized by the training rows, with a missing indicator and optional quantile bins.",
  cite: ["welford1962", "vitter1985", "li1994", "gorishniy2022"],
  options,
  storage: ["number", "boolean", "string"],
  block: "table",
  recognise(profile) {
    if (looksLikeIdentifier(profile)) return identifierScore;
    if (profile.storage === "number") return 0.8;
    const share = profile.text?.numberShare ?? 0;
    // All of them numbers and yet text: the reader saw leading zeros or the like.
    return share >= 0.9 && share < 1 ? 0.9 : share * 0.5;
  },
  learn,
  network: { ...view, encoder: (_, feeds) => ({ features: feeds.values }) },
  features: view,
  target: valuesTarget({ shape: [], shows: "number", read: numberCells }),
  describe: (state) => ({
    rows: state.rows,
    missing: state.missing,
    minimum: state.low,
    maximum: state.high,
    center: state.center,
    scale: state.scale,
    bins: Math.max(0, state.edges.length - 1),
  }),
  carry: carryNumber,
};

function learn(options: NumberOptions): Learning<NumberState> {
  const { normalize, log, bins, clip, encoding } = options;
  const moments = new Moments();
  const sample = normalize === "robust" || bins > 0 ? new Reservoir() : comparedSample();
  let rows = 0;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  return {
    add(column, context) {
      rows += column.length;
      for (const x of numberCells(column, context)) {
        if (Number.isNaN(x)) continue;
        moments.add(log ? compress(x) : x);
        sample.add(x);
        if (x < low) low = x;
        if (x > high) high = x;
      }
    },
    finish() {
      const sorted = sample.sorted();
      const edges = bins > 0 && sorted.length > 0 ? quantileEdges(sorted, bins, low, high) : [];
      let [center, scale] = [moments.mean, moments.scale];
      if (normalize === "none") [center, scale] = [0, 1];
      if (normalize === "robust" && sorted.length > 0) {
        const shaped = log ? sorted.map(compress) : sorted;
        center = quantile(shaped, 0.5);
        // Where half of the values or more are equal the range is 0 and the deviation stands in.
        scale = quantile(shaped, 0.75) - quantile(shaped, 0.25) || moments.scale;
      }
      const seen = moments.count > 0;
      return {
        rows,
        missing: rows - moments.count,
        low: seen ? low : 0,
        high: seen ? high : 0,
        log,
        center,
        scale,
        clip: normalize === "none" ? 0 : clip,
        encoding,
        edges,
        quantiles: quantilesOf(sorted),
      };
    },
  };
}

/** Distinct quantiles; fewer than `bins + 1` where values repeat, none for a constant column. */
function quantileEdges(sorted: Float64Array, bins: number, low: number, high: number): number[] {
  const edges = Array.from({ length: bins + 1 }, (_, i) => quantile(sorted, i / bins));
  // The sample may lack the extremes.
  edges[0] = low;
  edges[bins] = high;
  const distinct = [...new Set(edges)];
  return distinct.length < 2 ? [] : distinct;
}
