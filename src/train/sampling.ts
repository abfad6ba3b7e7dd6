/** Which training rows an epoch visits, where tasks have very different numbers of labels. */
import { z } from "zod";
import { ConfigError } from "../core/errors.ts";
import { Random } from "../core/random.ts";
import { allocateBatch, type RowStore, selectEntries } from "../data/rows.ts";
import { epochOrder } from "./batches.ts";

export const samplingConfig = z
  .discriminatedUnion("type", [
    z
      .strictObject({ type: z.literal("proportional") })
      .describe("Every row once an epoch: a task's share is its share of the labels."),
    z
      .strictObject({ type: z.literal("uniform") })
      .describe("Every task the same share of the rows drawn."),
    z
      .strictObject({
        type: z.literal("temperature"),
        temperature: z
          .number()
          .min(1)
          .max(1e6)
          .default(2)
          .describe(
            "T: a task with n labelled rows has a share proportional to n^(1/T); 1 is proportional, larger is nearer to uniform.",
          ),
      })
      .describe("Shares between proportional and uniform."),
    z
      .strictObject({ type: z.literal("roundRobin") })
      .describe("Batches of one task each, the tasks in turn."),
  ])
  .describe("How often the rows of each task are drawn.");

export type SamplingConfig = z.infer<typeof samplingConfig>;

/** Gives the rows of each epoch, as many as there are training rows; the same for the same seed and epoch. */
export interface RowSampler {
  order(epoch: number): Int32Array;
}

interface SampledRows {
  readonly tasks: readonly string[];
  readonly store: RowStore;
  /** Rows of each batch of an epoch. */
  readonly sizes: readonly number[];
  readonly seed: number;
}

/**
 * Draws rows for tasks: of each a share as asked, without repetition until all its rows are drawn. A row
 * with labels of several tasks counts for all of them whichever it was drawn for; a row without any label
 * is never drawn.
 * @throws ConfigError CONFIG_INVALID for a task without a labelled row.
 */
export function rowSampler(config: SamplingConfig, of: SampledRows): RowSampler {
  const { store, sizes, seed } = of;
  if (config.type === "proportional")
    return { order: (epoch) => epochOrder(store.rows, seed, epoch) };
  const labelled = labelledRows(of);
  if (config.type === "roundRobin") {
    return {
      order: (epoch) =>
        join(
          sizes.map((size, batch) => {
            const turn = epoch * sizes.length + batch;
            const task = turn % labelled.length;
            return drawn(labelled[task], size, Random.from(seed, "turn", turn));
          }),
        ),
    };
  }
  const power = config.type === "uniform" ? 0 : 1 / config.temperature;
  const shares = labelled.map((rows) => rows.length ** power);
  return {
    order(epoch) {
      const random = Random.from(seed, "sampling", epoch);
      const counts = allot(shares, store.rows, random.uniform());
      const rows = join(counts.map((count, task) => drawn(labelled[task], count, random)));
      return random.permutation(rows.length).map((i) => rows[i]);
    },
  };
}

/** Numbers of rows that add up to `total`, each its share of it rounded up or down; `offset` in [0, 1) decides which. */
function allot(shares: readonly number[], total: number, offset: number): number[] {
  const sum = shares.reduce((a, b) => a + b, 0);
  let passed = 0;
  let before = 0;
  return shares.map((share, i) => {
    passed += share;
    const end = i === shares.length - 1 ? total : Math.floor((passed / sum) * total + offset);
    const count = Math.min(end, total) - before;
    before += count;
    return count;
  });
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
  const chunk = Math.min(1024, store.rows);
  // Of weights alone, so that it need not wait for inputs that arrive.
  const labels = selectEntries(
    store,
    tasks.map((task) => ({ from: `${task}.weight`, to: task })),
  );
  const weights = allocateBatch(labels.layout, chunk);
  const indexes = new Int32Array(store.rows).map((_, i) => i);
  for (let start = 0; start < store.rows; start += chunk) {
    const count = Math.min(chunk, store.rows - start);
    labels.gather(indexes, start, count, weights);
    weights.forEach((weight, task) => {
      for (let i = 0; i < count; i++) if (weight[i] > 0) found[task].push(start + i);
    });
  }
  const empty = found.findIndex((rows) => rows.length === 0);
  if (empty >= 0)
    throw new ConfigError(
      "CONFIG_INVALID",
      `training.sampling: a labelled training row of every task; task ${tasks[empty]} has none`,
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
