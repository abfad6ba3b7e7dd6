import { epochOrder, holdsOrder } from "./batches.ts";
import { heldSampler } from "./held-sampling.ts";
import { keyedSampler } from "./keyed-sampling.ts";
import type { RowSampler, SampledRows, SamplingConfig } from "./sampling.ts";

/**
 * Draws rows for tasks: of each a share as asked, without repetition until all its rows are drawn. A row
 * with labels of several tasks counts for all of them whichever it was drawn for; a row without any label
 * is never drawn.
 * @throws ConfigError CONFIG_INVALID for a task without a labelled row.
 */
export function rowSampler(config: SamplingConfig, of: SampledRows): RowSampler {
  const { store, seed } = of;
  if (config.type === "proportional") return { order: (epoch) => epochOrder(store, seed, epoch) };
  return holdsOrder(store) ? heldSampler(config, of) : keyedSampler(config, of);
}
