import type { Target } from "../modality.ts";
import { ElementMoments } from "../targets/element-moments.ts";
import { type Series, seriesAt } from "./cells.ts";
import type { SeriesOptions } from "./state.ts";

/** Series with as many numbers a step, measured as they are and in stretches. */
interface Kind {
  count: number;
  longest: number;
  readonly byStep: ElementMoments;
  readonly byStretch: ElementMoments;
}

interface Reading {
  /** Whether series are cut into equal stretches rather than read step by step. */
  readonly stretched: boolean;
}

/**
 * A series as something to predict: its first steps, where no training series has more than are asked for, with what
 * comes after its end left open; else the means of as many equal stretches. Channels are in units of their own.
 */
export const seriesTarget: Target<SeriesOptions> = {
  learn(_, { steps }) {
    const kinds = new Map<number, Kind>();
    return {
      add(column, context) {
        for (let row = 0; row < column.length; row++) {
          const series = seriesAt(column, row, context, undefined);
          if (series === null) continue;
          const { channels } = series;
          const kind = kinds.get(channels) ?? newKind(steps * channels);
          kinds.set(channels, kind);
          kind.count++;
          kind.longest = Math.max(kind.longest, series.steps);
          kind.byStep.add(stepsOf(series, steps));
          kind.byStretch.add(stretchesOf(series, steps));
        }
      },
      finish() {
        const [commonest] = [...kinds].sort(([, a], [, b]) => b.count - a.count);
        const [channels, kind] = commonest ?? [1, newKind(1)];
        const stretched = kind.longest > steps;
        const kept = stretched ? steps : Math.max(1, kind.longest);
        const moments = stretched ? kind.byStretch : kind.byStep;
        return {
          form: "values",
          shape: [kept, channels],
          mean: moments.mean.slice(0, kept * channels),
          scale: moments.apart.slice(0, kept * channels),
          spread: moments.spread,
          shows: "series",
          reading: { stretched } satisfies Reading,
        };
      },
    };
  },
  encode({ shape: [steps, channels], reading }, column, out, context) {
    const { stretched } = reading as Reading;
    out.fill(Number.NaN);
    for (let row = 0; row < column.length; row++) {
      const series = seriesAt(column, row, context, channels);
      if (series === null) continue;
      const values = stretched ? stretchesOf(series, steps) : stepsOf(series, steps);
      out.set(values, row * steps * channels);
    }
  },
};

function newKind(width: number): Kind {
  return {
    count: 0,
    longest: 0,
    byStep: new ElementMoments(width),
    byStretch: new ElementMoments(width),
  };
}

/** The first steps, NaN after the end. */
function stepsOf({ values, channels }: Series, steps: number): Float64Array {
  const out = new Float64Array(steps * channels).fill(Number.NaN);
  out.set(values.subarray(0, out.length));
  return out;
}

/** The means over equal stretches of a series, of the values that are there; NaN for a stretch without any. */
function stretchesOf({ values, channels, steps }: Series, stretches: number): Float64Array {
  const out = new Float64Array(stretches * channels);
  const known = new Int32Array(out.length);
  for (let s = 0; s < stretches; s++) {
    const from = Math.floor((s * steps) / stretches);
    const end = Math.max(from + 1, Math.floor(((s + 1) * steps) / stretches));
    for (let i = from * channels; i < end * channels; i++) {
      if (Number.isNaN(values[i])) continue;
      out[s * channels + (i % channels)] += values[i];
      known[s * channels + (i % channels)]++;
    }
  }
  return out.map((sum, i) => (known[i] > 0 ? sum / known[i] : Number.NaN));
}
