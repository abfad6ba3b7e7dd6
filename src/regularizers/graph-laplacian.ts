import { z } from "zod";
import { ConfigError } from "../core/errors.ts";
import { laplacianOf, laplacianPenalty, type TaskEdge, taskNumber } from "./laplacian.ts";
import type { SmoothRegularizer, WeightLayout } from "./regularizer.ts";

const config = z.strictObject({
  weight: z.number().min(0).default(1e-2).describe("Factor of ½Σ over edges of s·‖w_a − w_b‖²."),
  edges: z
    .array(
      z.strictObject({
        between: z.tuple([z.string(), z.string()]).describe("Names of two tasks."),
        strength: z.number().min(0).default(1).describe("s of the edge."),
      }),
    )
    .max(1_000_000)
    .default([])
    .describe(
      "Pairs of tasks that are alike; without edges and similarity, all pairs, s = 1/tasks.",
    ),
  similarity: z
    .array(z.array(z.number().min(0)))
    .max(10_000)
    .default([])
    .describe(
      "s for all pairs instead: a square matrix in the order of the tasks, the mean of both halves counts.",
    ),
});

type Config = z.infer<typeof config>;

/** ½Σ over edges of s·‖w_a − w_b‖²: tasks joined in a graph are alike. @cite evgeniou2005 */
export const graphLaplacian: SmoothRegularizer<Config> = {
  name: "graphLaplacian",
  title: "Graph of tasks",
  summary: "½·weight·Σ over edges of s·‖w_a − w_b‖²: tasks joined in a graph are alike.",
  cite: ["evgeniou2005"],
  config,
  convex: true,
  form: "smooth",
  penalty: (weights, options, layout) =>
    laplacianPenalty(
      weights,
      laplacianOf(edgesOf(options, layout), layout, "regularizer graphLaplacian"),
      options.weight,
    ),
};

function edgesOf({ edges, similarity }: Config, { tasks }: WeightLayout): TaskEdge[] {
  const where = "regularizer graphLaplacian";
  if (edges.length > 0 && similarity.length > 0) {
    throw new ConfigError("CONFIG_INVALID", `${where}: edges or similarity; got both`);
  }
  if (edges.length > 0) {
    return edges.map(({ between, strength }) => {
      const [a, b] = between.map((name) => taskNumber(name, tasks, `${where}, edges`));
      return { a, b, weight: strength };
    });
  }
  if (similarity.length > 0) {
    const wrong = similarity.find((row) => row.length !== tasks.length);
    if (similarity.length !== tasks.length || wrong) {
      throw new ConfigError(
        "CONFIG_INVALID",
        `${where}, similarity: ${tasks.length} × ${tasks.length} numbers, one a pair of tasks; got ${similarity.length} rows of ${(wrong ?? similarity[0]).length}`,
      );
    }
  }
  return pairs(tasks.length).map(([a, b]) => ({
    a,
    b,
    weight: similarity.length > 0 ? (similarity[a][b] + similarity[b][a]) / 2 : 1 / tasks.length,
  }));
}

function pairs(count: number): [number, number][] {
  return Array.from({ length: count }, (_, a) => a).flatMap((a) =>
    Array.from({ length: count - a - 1 }, (_, k): [number, number] => [a, a + 1 + k]),
  );
}

/**
 * A similarity of tasks from measured affinities, for `similarity`: the mean of both directions, negative
 * ones 0, and of each task only its nearest neighbours (an edge stays where either end keeps it).
 */
export function similarityFromAffinities(
  affinities: readonly (readonly number[])[],
  neighbours = Number.POSITIVE_INFINITY,
): number[][] {
  const mean = affinities.map((row, a) =>
    row.map((v, b) => (a === b ? 0 : Math.max(0, (v + affinities[b][a]) / 2))),
  );
  const kept = mean.map((row) => {
    const order = [...row.keys()].sort((a, b) => row[b] - row[a] || a - b);
    return new Set(order.slice(0, neighbours));
  });
  return mean.map((row, a) => row.map((v, b) => (kept[a].has(b) || kept[b].has(a) ? v : 0)));
}
