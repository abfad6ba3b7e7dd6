import { z } from "zod";
import { Moments } from "../../core/moments.ts";
import { type ActivationName, activations } from "../../nn/activations.ts";
import { type Compared, Comparing } from "../compared.ts";
import type { Learning } from "../modality.ts";
import { vectorAt } from "./cells.ts";

export const vectorOptions = z
  .strictObject({
    normalize: z
      .enum(["standard", "unit", "none"])
      .default("standard")
      .describe(
        "`standard` subtracts each element's training mean and divides by its standard deviation, `unit` divides a vector by its length, `none` leaves it as it is.",
      ),
    clip: z
      .number()
      .min(0)
      .default(10)
      .describe("Hold standardized elements within so many standard deviations; 0 does not."),
    layers: z
      .array(z.int().min(1).max(65_536))
      .max(16)
      .default([])
      .describe("Widths of layers between the vector and its result."),
    activation: z
      .enum(Object.keys(activations) as [ActivationName, ...ActivationName[]])
      .default("relu")
      .describe("What follows each of those layers."),
    size: z
      .int()
      .min(0)
      .max(65_536)
      .default(0)
      .describe("Numbers that an affine map makes at the end; 0 leaves the map out."),
    dropout: z
      .number()
      .min(0)
      .max(0.95)
      .default(0)
      .describe("Share of activations of those layers dropped while training."),
  })
  .describe("A vector: a list of numbers, as many in every row.");

export type VectorOptions = z.infer<typeof vectorOptions>;

/** What is learned of a column of vectors. */
export interface VectorState {
  readonly rows: number;
  readonly missing: number;
  /** Numbers a vector: the commonest count of the training rows, the first of equals. */
  readonly size: number;
  readonly normalize: VectorOptions["normalize"];
  readonly clip: number;
  /** Subtracted from each element, then divided by. */
  readonly mean: readonly number[];
  readonly scale: readonly number[];
  /** Quantiles of some elements, evenly spread; models of before they were kept have none. */
  readonly compared?: Compared;
}

/** Elements that tables are compared by, at most. */
const mostCompared = 64;

/** Some elements of a vector, evenly spread, by their places from 1. */
function someOf(numbers: ArrayLike<number>): Record<string, number> {
  const count = Math.min(mostCompared, numbers.length);
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => {
      const at = Math.floor((i * numbers.length) / count);
      return [`number ${at + 1}`, numbers[at]];
    }),
  );
}

/** Learns from the vectors of each length apart: which one is right shows at the end. */
export function learnVector({ normalize, clip }: VectorOptions): Learning<VectorState> {
  const lengths = new Map<number, Same>();
  let [rows, present] = [0, 0];
  return {
    add(column, context) {
      rows += column.length;
      for (let row = 0; row < column.length; row++) {
        const numbers = vectorAt(column, row, context, undefined);
        if (numbers === null) continue;
        present++;
        let same = lengths.get(numbers.length);
        if (same === undefined) {
          same = newSame(numbers.length);
          lengths.set(numbers.length, same);
        }
        same.count++;
        same.compared.add(someOf(numbers));
        for (const [i, x] of numbers.entries()) if (!Number.isNaN(x)) same.moments[i].add(x);
      }
    },
    finish() {
      const [commonest] = [...lengths].sort(([, a], [, b]) => b.count - a.count);
      const [size, { moments, compared }] = commonest ?? [1, newSame(1)];
      const standard = normalize === "standard";
      return {
        rows,
        missing: rows - present,
        size,
        normalize,
        clip: standard ? clip : 0,
        mean: moments.map((m) => (standard ? m.mean : 0)),
        scale: moments.map((m) => (standard ? m.scale : 1)),
        compared: compared.finish(),
      };
    },
  };
}

/** What is learned of vectors of one length. */
interface Same {
  count: number;
  readonly moments: readonly Moments[];
  readonly compared: Comparing;
}

function newSame(length: number): Same {
  const moments = Array.from({ length }, () => new Moments());
  return { count: 0, moments, compared: new Comparing() };
}
