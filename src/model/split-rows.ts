import type { SplitConfig } from "../config/split-config.ts";
import type { Column } from "../data/columns.ts";
import { PackedSplit, packSplit } from "../data/row-set.ts";
import {
  carveValidation,
  columnSplit,
  filesSplit,
  groupSplit,
  randomParts,
  randomSplit,
  type Split,
  stratifiedSplit,
  timeSplit,
} from "../data/split.ts";
import { streamedStratifiedSplit } from "../data/stratify-stream.ts";
import { readColumns, type TableStream } from "./stream.ts";

/** Rows up to which a streamed table is stratified as one in memory is, which holds some 100 bytes a row. */
const heldRows = 1 << 17;

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
 * @param streamed holds little of a row: the split takes two bits of it, and many rows are stratified as
 *   they come, which gives other rows than in memory.
 */
export async function splitRows(
  stream: TableStream,
  config: SplitConfig,
  targets: readonly string[],
  seed: number,
  parts: { readonly train: number; readonly validation: number; readonly test: number } | undefined,
  streamed = false,
): Promise<DecidedSplit> {
  const decided = await decide(stream, config, targets, seed, parts, streamed);
  const { split } = decided;
  return streamed && !(split instanceof PackedSplit)
    ? { ...decided, split: packSplit(split) }
    : decided;
}

async function decide(
  stream: TableStream,
  config: SplitConfig,
  targets: readonly string[],
  seed: number,
  parts: { readonly train: number; readonly validation: number; readonly test: number } | undefined,
  streamed: boolean,
): Promise<DecidedSplit> {
  const columns = async (names: readonly string[]) => {
    const table = await readColumns(stream, names);
    return names.map((n) => table.columns.get(n) as Column);
  };
  const own = "seed" in config && config.seed !== undefined ? config.seed : seed;
  const shares = (f: { train?: number | undefined; validation: number; test: number }) =>
    `${percent(f.train ?? 1 - f.validation - f.test)}/${percent(f.validation)}/${percent(f.test)}`;
  switch (config.type) {
    case "random": {
      const options = { fractions: config.fractions, seed: own };
      return {
        split: streamed
          ? PackedSplit.of(randomParts(stream.rows, options))
          : randomSplit(stream.rows, options),
        rule: `random ${shares(config.fractions)}, seed ${own}`,
      };
    }
    case "stratified": {
      const names = config.columns ?? targets;
      // Tasks that compare inputs have no labels to spread over the parts.
      if (names.length === 0) {
        const { fractions } = config;
        return decide(
          stream,
          { type: "random", fractions, seed: own },
          targets,
          seed,
          parts,
          streamed,
        );
      }
      const options = { fractions: config.fractions, seed: own, bins: config.bins };
      const rule = `random ${shares(config.fractions)}, stratified over ${names.join(", ")}, seed ${own}`;
      if (!streamed || stream.rows <= heldRows) {
        return { split: stratifiedSplit(await columns(names), options), rule };
      }
      const read = () => stream.batches(names);
      const split = await streamedStratifiedSplit(read, names, stream.rows, options);
      return { split, rule: `${rule}, dealt as the rows came` };
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
        () => columns(targets),
        `as column ${config.column} says`,
      );
    }
    case "files":
      return carved(
        filesSplit(parts ?? { train: stream.rows }),
        config.carve,
        own,
        () => columns(targets),
        "by files",
      );
  }
}

/** Sets training rows apart for validation where the rule named none. */
async function carved(
  split: Split,
  share: number,
  seed: number,
  labels: () => Promise<readonly Column[]>,
  rule: string,
): Promise<DecidedSplit> {
  if (split.validation.length > 0 || share === 0) return { split, rule };
  return {
    split: carveValidation(split, share, { seed, labels: await labels() }),
    rule: `${rule}, ${percent(share)} % of the training rows for validation, seed ${seed}`,
  };
}
