import { z } from "zod";
import { Moments } from "../../core/moments.ts";
import { type Compared, Comparing } from "../compared.ts";
import type { Learning } from "../modality.ts";
import { sequenceOptions } from "../sequence/sequence-options.ts";
import { seriesAt } from "./cells.ts";

export const seriesOptions = z
  .strictObject({
    steps: z
      .int()
      .min(0)
      .max(65_536)
      .default(0)
      .describe(
        "Most steps that are read of a series; 0 takes the number that 99 % of the training series do not exceed, at most 1000.",
      ),
    crop: z
      .enum(["last", "first"])
      .default("last")
      .describe("Which steps of a longer series are read."),
    normalize: z
      .enum(["standard", "none"])
      .default("standard")
      .describe(
        "`standard` subtracts the mean of all training values of a channel and divides by their standard deviation, `none` leaves values as they are.",
      ),
    clip: z
      .number()
      .min(0)
      .default(10)
      .describe("Hold standardized values within so many standard deviations; 0 does not."),
    ...sequenceOptions({ encoder: "tcn", pooling: "mean" }),
    noise: z
      .number()
      .min(0)
      .max(10)
      .default(0)
      .describe("While training: deviation of noise that is added to the standardized values."),
  })
  .describe("A series: numbers in order of time.");

export type SeriesOptions = z.infer<typeof seriesOptions>;

/** What is learned of a column of series. */
export interface SeriesState {
  readonly rows: number;
  readonly missing: number;
  /** Numbers a step: those of most training series, the first of equals. */
  readonly channels: number;
  /** Steps a series has room for. */
  readonly steps: number;
  readonly crop: SeriesOptions["crop"];
  /** Training series that are longer than that, and the longest. */
  readonly cropped: number;
  readonly longest: number;
  /** Values within training series that are missing: where some are, each channel has an indicator. */
  readonly gaps: number;
  /** Subtracted from the values of each channel, then divided by. */
  readonly mean: readonly number[];
  readonly scale: readonly number[];
  readonly clip: number;
  /**
   * Quantiles, over the training series, of their steps and of the mean and deviation of each of the first
   * channels; models of before they were kept have none.
   */
  readonly compared?: Compared;
}

/** Channels that tables are compared by, at most. */
const mostCompared = 16;

/** The most steps that are chosen, and the share of training series that they hold. */
const mostSteps = 1000;
const coverage = 0.99;

interface Kind {
  count: number;
  gaps: number;
  readonly moments: readonly Moments[];
  /** Series by length. */
  readonly lengths: Map<number, number>;
  readonly compared: Comparing;
}

/** Learns from series of each number of channels apart: which one is right shows at the end. */
export function learnSeries(options: SeriesOptions): Learning<SeriesState> {
  const kinds = new Map<number, Kind>();
  let [rows, present] = [0, 0];
  return {
    add(column, context) {
      rows += column.length;
      for (let row = 0; row < column.length; row++) {
        const series = seriesAt(column, row, context, undefined);
        if (series === null) continue;
        present++;
        const { channels, steps, values } = series;
        const kind = kinds.get(channels) ?? newKind(channels);
        kinds.set(channels, kind);
        kind.count++;
        kind.lengths.set(steps, (kind.lengths.get(steps) ?? 0) + 1);
        const own = Array.from({ length: channels }, () => new Moments());
        for (let i = 0; i < values.length; i++) {
          if (Number.isNaN(values[i])) kind.gaps++;
          else {
            kind.moments[i % channels].add(values[i]);
            own[i % channels].add(values[i]);
          }
        }
        kind.compared.add(quantitiesOf(steps, own));
      }
    },
    finish() {
      const [commonest] = [...kinds].sort(([, a], [, b]) => b.count - a.count);
      const [channels, { gaps, moments, lengths, compared }] = commonest ?? [1, newKind(1)];
      const steps = options.steps || usualSteps(lengths);
      const standard = options.normalize === "standard";
      const longer = [...lengths].filter(([length]) => length > steps);
      return {
        rows,
        missing: rows - present,
        channels,
        steps,
        crop: options.crop,
        cropped: longer.reduce((sum, [, count]) => sum + count, 0),
        longest: [...lengths.keys()].reduce((a, b) => Math.max(a, b), 0),
        gaps,
        mean: moments.map((m) => (standard ? m.mean : 0)),
        scale: moments.map((m) => (standard ? m.scale : 1)),
        clip: standard ? options.clip : 0,
        compared: compared.finish(),
      };
    },
  };
}

function newKind(channels: number): Kind {
  const moments = Array.from({ length: channels }, () => new Moments());
  return { count: 0, gaps: 0, moments, lengths: new Map(), compared: new Comparing() };
}

function quantitiesOf(steps: number, channels: readonly Moments[]): Record<string, number> {
  const each = channels.slice(0, mostCompared).flatMap((m, c): [string, number][] => [
    [`mean of channel ${c + 1}`, m.count > 0 ? m.mean : Number.NaN],
    [`deviation of channel ${c + 1}`, m.count > 1 ? m.deviation : Number.NaN],
  ]);
  return { steps, ...Object.fromEntries(each) };
}

/** The least length that covers the usual share of series, at most `mostSteps`. */
function usualSteps(lengths: ReadonlyMap<number, number>): number {
  const sorted = [...lengths].sort(([a], [b]) => a - b);
  const needed = coverage * sorted.reduce((sum, [, count]) => sum + count, 0);
  let held = 0;
  for (const [length, count] of sorted) {
    held += count;
    if (held >= needed) return Math.min(mostSteps, length);
  }
  return 1;
}
