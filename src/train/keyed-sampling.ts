/** Sampling by task where there are too many rows to hold a number for each. */
import { KeyedPermutation } from "../core/permutation.ts";
import { Random } from "../core/random.ts";
import { computedOrder } from "./batches.ts";
import { RowBits } from "./row-bits.ts";
import {
  allot,
  eachLabelled,
  type RowSampler,
  refuseEmpty,
  type SampledRows,
  type SamplingConfig,
  sharesOf,
} from "./sampling.ts";

/**
 * Draws rows for tasks as `rowSampler` does, in other orders: computed place by place from keys, with a bit
 * a row and task held.
 */
export function keyedSampler(
  config: Exclude<SamplingConfig, { type: "proportional" }>,
  { tasks, store, sizes, seed }: SampledRows,
): RowSampler {
  const labelled = tasks.map(() => new RowBits(store.rows));
  eachLabelled(tasks, store, (task, row) => labelled[task].add(row));
  for (const rows of labelled) rows.finish();
  const counts = labelled.map((rows) => rows.length);
  refuseEmpty(tasks, counts);
  if (config.type === "roundRobin") {
    const starts = sizes.map(() => 0);
    for (let b = 1; b < sizes.length; b++) starts[b] = starts[b - 1] + sizes[b - 1];
    return {
      order(epoch) {
        let batch = 0;
        let draw: Draw | undefined;
        return computedOrder(store.rows, (place) => {
          const own = lastUpTo(starts, place, batch);
          if (own !== batch || !draw) {
            batch = own;
            const turn = epoch * sizes.length + batch;
            draw = new Draw(labelled[turn % tasks.length], seed, "turn", turn);
          }
          return draw.at(place - starts[batch]);
        });
      },
    };
  }
  return {
    order(epoch) {
      const offset = Random.from(seed, "sampling", epoch).uniform();
      const taken = allot(sharesOf(config, counts), store.rows, offset);
      const draws = labelled.map((rows, t) => new Draw(rows, seed, "sampling", epoch, t));
      const order = new KeyedPermutation(store.rows, seed, "sampling", epoch);
      return computedOrder(store.rows, (place) => {
        let at = order.at(place);
        let task = 0;
        while (at >= taken[task]) at -= taken[task++];
        return draws[task].at(at);
      });
    },
  };
}

/** The last of ascending numbers that is at most `limit`; looks around `near` first. */
function lastUpTo(starts: readonly number[], limit: number, near: number): number {
  let at = starts[near] <= limit ? near : 0;
  while (at + 1 < starts.length && starts[at + 1] <= limit) at++;
  return at;
}

/** Rows in random order, all of them before any once more. */
class Draw {
  private readonly rows: RowBits;
  private readonly seed: number;
  private readonly path: readonly (string | number)[];
  private readonly rounds: KeyedPermutation[] = [];

  constructor(rows: RowBits, seed: number, ...path: (string | number)[]) {
    this.rows = rows;
    this.seed = seed;
    this.path = path;
  }

  at(place: number): number {
    const { length } = this.rows;
    const round = Math.floor(place / length);
    this.rounds[round] ??= new KeyedPermutation(length, this.seed, ...this.path, round);
    return this.rows.at(this.rounds[round].at(place % length));
  }
}
