import type { SplitConfig } from "../config/split-config.ts";
import type { Column } from "../data/columns.ts";
import {
  carveValidation,
  columnSplit,
  filesSplit,
  groupSplit,
  randomSplit,
  type Split,
  stratifiedSplit,
  timeSplit,
} from "../data/split.ts";
import { readColumns, type TableStream } from "./stream.ts";

/** The rows of each part, and the rule in words for the report. */
export interface DecidedSplit {
  readonly split: Split;
  readonly rule: string;
}

const percent = (x: number) => `${Math.round(x * 1000) / 10}`;

/**
 * Splits the rows of a stream as the configuration says.
 * @param targets columns of the tasks, which stratification reads.
 * @param parts rows of the training, validation and test files, for `files`.
 */
export async function splitRows(
  stream: TableStream,
  config: SplitConfig,
  targets: readonly string[],
  seed: number,
  parts: { readonly train: number; readonly validation: number; readonly test: number } | undefined,
): Promise<DecidedSplit> {
  const columns = async (names: readonly string[]) => {
    const table = await readColumns(stream, names);
    return names.map((n) => table.columns.get(n) as Column);
  };
  const own = "seed" in config && config.seed !== undefined ? config.seed : seed;
  const shares = (f: { train?: number | undefined; validation: number; test: number }) =>
    `${percent(f.train ?? 1 - f.validation - f.test)}/${percent(f.validation)}/${percent(f.test)}`;
  switch (config.type) {
    case "random":
      return {
        split: randomSplit(stream.rows, { fractions: config.fractions, seed: own }),
        rule: `random ${shares(config.fractions)}, seed ${own}`,
      };
    case "stratified": {
      const names = config.columns ?? targets;
      const split = stratifiedSplit(await columns(names), {
        fractions: config.fractions,
        seed: own,
        bins: config.bins,
      });
      return {
        split,
        rule: `random ${shares(config.fractions)}, stratified over ${names.join(", ")}, seed ${own}`,
      };
    }
    case "group": {
      const [groups] = await columns([config.column]);
      const labels = config.stratify ? await columns(targets) : [];
      const split = groupSplit(groups, {
        fractions: config.fractions,
        seed: own,
        strata: labels,
        bins: config.bins,
      });
      return {
        split,
        rule: `by group of ${config.column}, ${shares(config.fractions)}, seed ${own}`,
      };
    }
    case "time": {
      const [times] = await columns([config.column]);
      return {
        split: timeSplit(times, config.fractions),
        rule: `by time of ${config.column}, ${shares(config.fractions)}, the latest rows test`,
      };
    }
    case "column": {
      const [words] = await columns([config.column]);
      return carved(
        columnSplit(words),
        config.carve,
        own,
        await columns(targets),
        `as column ${config.column} says`,
      );
    }
    case "files":
      return carved(
        filesSplit(parts ?? { train: stream.rows }),
        config.carve,
        own,
        await columns(targets),
        "by files",
      );
  }
}

/** Sets training rows apart for validation where the rule named none. */
function carved(
  split: Split,
  share: number,
  seed: number,
  labels: readonly Column[],
  rule: string,
): DecidedSplit {
  if (split.validation.length > 0 || share === 0) return { split, rule };
  return {
    split: carveValidation(split, share, { seed, labels }),
    rule: `${rule}, ${percent(share)} % of the training rows for validation, seed ${seed}`,
  };
}
