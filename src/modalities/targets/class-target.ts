import type { CellTarget } from "../../core/cell-target.ts";
import type { Column } from "../../data/columns.ts";
import type { EncodeContext, Target } from "../modality.ts";
import { mostFrequent } from "./names-target.ts";

/** Stands for all values that are not told apart. */
const others = "(other)";

/** How cells that hold one of several values are predicted. */
export interface ClassOf<Options, Reading> {
  /** The value of each cell, "" where it is missing. */
  read(
    column: Column,
    context: EncodeContext,
    reading: Reading,
    visit: (row: number, value: string) => void,
  ): void;
  /** What `read` needs to know, from the options and the first column. */
  reading(options: Options, column: Column): Reading;
  /** Values in fewer training cells are not told apart. */
  least(options: Options): number;
}

/** Cells that hold one value: the most frequent ones are told apart, the rest are one class. */
export function classTarget<Options, Reading>(of: ClassOf<Options, Reading>): Target<Options> {
  return {
    learn(options, { terms }) {
      const counts = new Map<string, number>();
      let reading: Reading | undefined;
      return {
        add(column, context) {
          reading ??= of.reading(options, column);
          of.read(column, context, reading, (_, value) => {
            if (value !== "") counts.set(value, (counts.get(value) ?? 0) + 1);
          });
        },
        finish(): CellTarget {
          const kept = mostFrequent(counts, of.least(options), terms);
          const cells = [...counts.values()].reduce((a, b) => a + b, 0);
          const rare = cells - kept.reduce((sum, [, count]) => sum + count, 0);
          const classes: [string, number][] = rare > 0 ? [...kept, [others, rare]] : kept;
          const mean = classes.map(([, count]) => count / cells);
          return {
            form: "class",
            shape: [classes.length],
            labels: classes.map(([name]) => name),
            mean,
            scale: [],
            spread: mean.reduce((sum, p) => sum - p * Math.log(p), 0),
            shows: "names",
            reading,
          };
        },
      };
    },
    encode(target, column, out, context) {
      const labels = target.labels ?? [];
      const places = new Map(labels.map((name, i) => [name, i]));
      const unknown = labels.at(-1) === others ? labels.length - 1 : Number.NaN;
      of.read(column, context, target.reading as Reading, (row, value) => {
        out[row] = value === "" ? Number.NaN : (places.get(value) ?? unknown);
      });
    },
  };
}
