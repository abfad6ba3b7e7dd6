import type { Target } from "../modality.ts";
import { ElementMoments } from "../targets/element-moments.ts";
import { vectorAt } from "./cells.ts";
import type { VectorOptions } from "./state.ts";

/** The elements of a vector as something to predict, each in units of its own deviation. */
export const vectorTarget: Target<VectorOptions> = {
  learn() {
    // As the input does: which length is right shows at the end.
    const lengths = new Map<number, { count: number; moments: ElementMoments }>();
    return {
      add(column, context) {
        for (let row = 0; row < column.length; row++) {
          const numbers = vectorAt(column, row, context, undefined);
          if (numbers === null) continue;
          const { length } = numbers;
          const same = lengths.get(length) ?? { count: 0, moments: new ElementMoments(length) };
          lengths.set(length, same);
          same.count++;
          same.moments.add(numbers);
        }
      },
      finish() {
        const [commonest] = [...lengths].sort(([, a], [, b]) => b.count - a.count);
        const [size, { moments }] = commonest ?? [1, { moments: new ElementMoments(1) }];
        return {
          form: "values",
          shape: [size],
          mean: moments.mean,
          scale: moments.apart,
          spread: moments.spread,
          shows: "numbers",
          reading: null,
        };
      },
    };
  },
  encode({ shape: [size] }, column, out, context) {
    out.fill(Number.NaN);
    for (let row = 0; row < column.length; row++) {
      const numbers = vectorAt(column, row, context, size);
      if (numbers) out.set(numbers, row * size);
    }
  },
};
