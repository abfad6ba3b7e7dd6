/** Which training rows an epoch visits, where tasks have very different numbers of labels. */
import { z } from "zod";
import { ConfigError } from "../core/errors.ts";
import { allocateBatch, type RowStore, selectEntries } from "../data/rows.ts";
import type { RowOrder } from "./batches.ts";
import { rowsInOrder } from "./full-batch.ts";

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
  order(epoch: number): RowOrder;
}

/** Rows that are sampled, and what from. */
export interface SampledRows {
  readonly tasks: readonly string[];
  readonly store: RowStore;
  /** Rows of each batch of an epoch. */
  readonly sizes: readonly number[];
  readonly seed: number;
}

/** What each task's share of the rows is in proportion to, by the labelled rows that it has. */
export function sharesOf(
  config: Extract<SamplingConfig, { type: "uniform" | "temperature" }>,
  labelled: readonly number[],
): number[] {
  const power = config.type === "uniform" ? 0 : 1 / config.temperature;
  return labelled.map((rows) => rows ** power);
}

/** Numbers of rows that add up to `total`, each its share of it rounded up or down; `offset` in [0, 1) decides which. */
export function allot(shares: readonly number[], total: number, offset: number): number[] {
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

/** Visits the rows with a label of each task, ascending. */
export function eachLabelled(
  tasks: readonly string[],
  store: RowStore,
  visit: (task: number, row: number) => void,
): void {
  const chunk = Math.min(1024, store.rows);
  // Of weights alone, so that it need not wait for inputs that arrive.
  const labels = selectEntries(
    store,
    tasks.map((task) => ({ from: `${task}.weight`, to: task })),
  );
  const weights = allocateBatch(labels.layout, chunk);
  const order = rowsInOrder(store);
  for (let start = 0; start < store.rows; start += chunk) {
    const count = Math.min(chunk, store.rows - start);
    labels.gather(order.rows(start, count), 0, count, weights);
    weights.forEach((weight, task) => {
      for (let i = 0; i < count; i++) if (weight[i] > 0) visit(task, start + i);
    });
  }
}

/** @throws ConfigError CONFIG_INVALID for a task without a labelled row. */
export function refuseEmpty(tasks: readonly string[], labelled: readonly number[]): void {
  const empty = labelled.indexOf(0);
  if (empty < 0) return;
  throw new ConfigError(
    "CONFIG_INVALID",
    `training.sampling: a labelled training row of every task; task ${tasks[empty]} has none`,
  );
}
