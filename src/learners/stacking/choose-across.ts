/** Which tasks of a stack are corrected by what members say of the others, and how freely. */
import { Graph } from "../../compiler/graph.ts";
import { compileJs } from "../../compiler/js/run.ts";
import { Random } from "../../core/random.ts";
import { allocateBatch, type RowStore, selectEntries } from "../../data/rows.ts";
import { allRows } from "../../train/evaluation.ts";
import type { TrainedNetwork } from "../../train/loop.ts";
import type { Network } from "../../train/network.ts";
import { NetworkPredictor } from "../../train/predictor.ts";
import type { ProblemTask } from "../../train/problem.ts";
import { subsetStore } from "../../train/subset.ts";
import { combinerNetwork, correctingTasks, type Joining } from "./combiner.ts";
import type { Member } from "./members.ts";

/** Parts of the rows: each is judged by what was learned from the others. */
const parts = 3;

/** Fewer labelled rows than this say nothing of a correction with so many weights. */
const fewest = 30;

/**
 * Chooses a strength for each task, or none, by the loss of rows that the combiner has not learned from. `store` holds
 * what members said out of fold. Of equals the stronger wins, and before them none.
 */
export async function chooseAcross(
  members: readonly Member[],
  tasks: readonly ProblemTask[],
  store: RowStore,
  { strengths, ...joining }: Omit<Joining, "across"> & { readonly strengths: readonly number[] },
  seed: number,
  join: (network: Network, store: RowStore) => Promise<TrainedNetwork>,
): Promise<Record<string, number>> {
  const able = tasks.filter((task) => correctingTasks(task, tasks, members).length > 0);
  if (able.length === 0 || strengths.length === 0 || store.rows < fewest) return {};
  const order = Random.from(seed, "stacking", "across").permutation(store.rows);
  const splits = Array.from({ length: parts }, (_, p) => ({
    kept: order.filter((_, i) => i % parts !== p).sort(),
    held: order.filter((_, i) => i % parts === p).sort(),
  }));
  const tried = [undefined, ...[...new Set(strengths)].sort((a, b) => b - a)];
  const losses: Map<string, number>[] = [];
  for (const strength of tried) {
    const across = strength === undefined ? [] : able.map((t) => [t.name, strength] as const);
    const network = combinerNetwork(members, tasks, {
      ...joining,
      across: Object.fromEntries(across),
    });
    const sums = new Map<string, number>();
    for (const { kept, held } of splits) {
      const trained = await join(network, subsetStore(store, kept));
      const found = await lossesOf(network, trained, subsetStore(store, held));
      for (const [name, loss] of found) sums.set(name, (sums.get(name) ?? 0) + loss);
    }
    losses.push(sums);
  }
  const chosen: Record<string, number> = {};
  for (const { name } of able) {
    const of = losses.map((sums) => sums.get(name) as number);
    const strength = tried[of.indexOf(Math.min(...of))];
    if (strength !== undefined) chosen[name] = strength;
  }
  return chosen;
}

/** The sum of each task's loss over the labelled rows. */
async function lossesOf(
  network: Network,
  { layout, weights, buffers }: TrainedNetwork,
  store: RowStore,
): Promise<[string, number][]> {
  const predictor = await NetworkPredictor.create(network, store, layout, weights, buffers, 1);
  try {
    const raw = await predictor.predict(store, allRows(store));
    return network.tasks.map((task) => [task.name, lossOf(task, raw[task.name], store)]);
  } finally {
    await predictor.dispose();
  }
}

function lossOf({ name, kind, state }: ProblemTask, raw: Float32Array, store: RowStore): number {
  const names = [`${name}.label`, `${name}.weight`];
  const entries = selectEntries(
    store,
    names.map((n) => ({ from: n, to: n })),
  );
  const [labels, weights] = allocateBatch(entries.layout, store.rows);
  entries.gather(allRows(store), 0, store.rows, [labels, weights]);
  const graph = new Graph();
  const each = kind.loss(
    graph.input("raw", [store.rows, kind.outputSize(state)]),
    graph.input("labels", [store.rows, kind.labelWidth(state)]),
    state,
  );
  const sum = each
    .mul(graph.input("weights", [store.rows]))
    .sum()
    .reshape([1]);
  return compileJs([sum]).run({ raw, labels, weights })[0][0];
}
