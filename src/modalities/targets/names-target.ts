import type { CellTarget, TargetOptions } from "../../core/cell-target.ts";
import type { Column } from "../../data/columns.ts";
import type { EncodeContext, Target } from "../modality.ts";

/** How cells that hold names are predicted: words of texts, members of sets. */
export interface NamesOf<Options> {
  /** The distinct names of each cell, null where it is missing. */
  read(
    column: Column,
    context: EncodeContext,
    options: Options,
    visit: (row: number, names: Iterable<string> | null) => void,
  ): void;
  /** Names in fewer training cells are not predicted. */
  least(options: Options): number;
}

interface Reading<Options> {
  readonly options: Options;
}

/** Cells that hold any number of names: the most frequent ones are predicted, each by itself. */
export function namesTarget<Options>(of: NamesOf<Options>): Target<Options> {
  return {
    learn(options, { terms }) {
      const counts = new Map<string, number>();
      let cells = 0;
      return {
        add(column, context) {
          of.read(column, context, options, (_, names) => {
            if (names === null) return;
            cells++;
            for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
          });
        },
        finish(): CellTarget {
          const kept = mostFrequent(counts, of.least(options), terms);
          // Half a cell with the name and half without, so that no share is 0 or 1.
          const mean = kept.map(([, count]) => (count + 0.5) / (cells + 1));
          const varies = kept.some(([, count]) => count < cells);
          return {
            form: "members",
            shape: [kept.length],
            labels: kept.map(([name]) => name),
            mean,
            scale: [],
            spread: varies ? mean.reduce((sum, p) => sum + entropy(p), 0) : 0,
            shows: "names",
            reading: { options } satisfies Reading<Options>,
          };
        },
      };
    },
    encode(target, column, out, context) {
      const { options } = target.reading as Reading<Options>;
      const labels = target.labels ?? [];
      const places = new Map(labels.map((name, i) => [name, i]));
      of.read(column, context, options, (row, names) => {
        const at = row * labels.length;
        out.fill(names === null ? Number.NaN : 0, at, at + labels.length);
        for (const name of names ?? []) {
          const place = places.get(name);
          if (place !== undefined) out[at + place] = 1;
        }
      });
    },
  };
}

/** Names by descending count, equal ones by code unit order. */
export function mostFrequent(
  counts: ReadonlyMap<string, number>,
  least: number,
  most: TargetOptions["terms"],
): [string, number][] {
  return [...counts]
    .filter(([, count]) => count >= least)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, most);
}

/** Nats of a yes that has a probability strictly between 0 and 1. */
function entropy(p: number): number {
  return -p * Math.log(p) - (1 - p) * Math.log(1 - p);
}
