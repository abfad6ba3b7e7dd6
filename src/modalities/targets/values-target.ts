import type { CellTarget, ShownAs } from "../../core/cell-target.ts";
import { sizeOf } from "../../core/shape.ts";
import type { Column } from "../../data/columns.ts";
import type { EncodeContext, Target } from "../modality.ts";
import { ElementMoments } from "./element-moments.ts";

/** How cells of equally many numbers are predicted. */
export interface ValuesOf<Options> {
  readonly shape: readonly number[];
  readonly labels?: readonly string[];
  readonly shows: ShownAs;
  /** The cells as numbers side by side, NaN where they are missing. */
  read(column: Column, context: EncodeContext, options: Options): Float64Array;
}

/** Cells of equally many numbers as something to predict: each number in units of its own deviation. */
export function valuesTarget<Options>(of: ValuesOf<Options>): Target<Options> {
  const { shape, labels, shows } = of;
  const width = sizeOf(shape);
  return {
    learn(options) {
      const moments = new ElementMoments(width);
      return {
        add(column, context) {
          const numbers = of.read(column, context, options);
          for (let at = 0; at < numbers.length; at += width)
            moments.add(numbers.subarray(at, at + width));
        },
        finish: (): CellTarget => ({
          form: "values",
          shape,
          ...(labels && { labels }),
          mean: moments.mean,
          scale: moments.apart,
          spread: moments.spread,
          shows,
          reading: options,
        }),
      };
    },
    encode(target, column, out, context) {
      out.set(of.read(column, context, target.reading as Options));
    },
  };
}
