/** Sampling by task where the rows of each task are held as numbers. */
import { Random } from "../core/random.ts";
import { heldOrder } from "./batches.ts";
import {
  allot,
  eachLabelled,
  type RowSampler,
  refuseEmpty,
  type SampledRows,
  type SamplingConfig,
  sharesOf,
} from "./sampling.ts";

/** Draws rows for tasks as `rowSampler` says. */
export function heldSampler(
  config: Exclude<SamplingConfig, { type: "proportional" }>,
  of: SampledRows,
): RowSampler {
  const { store, sizes, seed } = of;
  const labelled = labelledRows(of);
  if (config.type === "roundRobin") {
    return {
      order: (epoch) =>
        heldOrder(
          join(
            sizes.map((size, batch) => {
              const turn = epoch * sizes.length + batch;
              const task = turn % labelled.length;
              return drawn(labelled[task], size, Random.from(seed, "turn", turn));
            }),
          ),
        ),
    };
  }
  const shares = sharesOf(
    config,
    labelled.map((rows) => rows.length),
  );
  return {
    order(epoch) {
      const random = Random.from(seed, "sampling", epoch);
      const counts = allot(shares, store.rows, random.uniform());
      const rows = join(counts.map((count, task) => drawn(labelled[task], count, random)));
      return heldOrder(random.permutation(rows.length).map((i) => rows[i]));
    },
  };
}

/** Some of the rows in random order; all of them as often as `count` asks before any once more. */
function drawn(rows: Int32Array, count: number, random: Random): Int32Array {
  const out = new Int32Array(count);
  for (let start = 0; start < count; start += rows.length) {
    const order = random.permutation(rows.length);
    const take = Math.min(rows.length, count - start);
    for (let i = 0; i < take; i++) out[start + i] = rows[order[i]];
  }
  return out;
}

/** The rows of a store that have a label of each task. */
function labelledRows({ tasks, store }: SampledRows): Int32Array[] {
  const found = tasks.map((): number[] => []);
  eachLabelled(tasks, store, (task, row) => found[task].push(row));
  refuseEmpty(
    tasks,
    found.map((rows) => rows.length),
  );
  return found.map((rows) => Int32Array.from(rows));
}

function join(parts: readonly Int32Array[]): Int32Array {
  const whole = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
