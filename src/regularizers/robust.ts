import { z } from "zod";
import { groupNorm, shortenGroup, taskGroups } from "./groups.ts";
import type { SumRegularizer } from "./regularizer.ts";
import { traceNorm } from "./trace-norm.ts";

const config = z.strictObject({
  weight: z.number().min(0).default(1e-2).describe("Factor of the whole penalty."),
  outlier: z
    .number()
    .positive()
    .default(1)
    .describe("Factor of Σ over tasks of ‖their weights in S‖, beside 1 of Σσ(L)."),
});

type Config = z.infer<typeof config>;
const lowRank = ({ weight }: Config) => ({ weight, around: "zero" as const });

/**
 * W = L + S: tasks share a subspace, except outlier tasks, which S gives weights of their own. All
 * columns of a task form one group of S. @cite chen2011
 */
export const robust: SumRegularizer<Config> = {
  name: "robust",
  title: "Robust multi-task learning",
  summary:
    "W = L + S with weight·(Σ of singular values of L + outlier·Σ over tasks of ‖S of the task‖).",
  cite: ["chen2011"],
  config,
  convex: true,
  form: "sum",
  parts: [
    {
      name: "lowRank",
      summary: "weights in a common subspace",
      penalty: {
        value: (w, options, layout) => traceNorm.value(w, lowRank(options), layout),
        prox: (w, step, options, layout) => traceNorm.prox(w, step, lowRank(options), layout),
      },
    },
    {
      name: "outlier",
      summary: "all weights of outlier tasks",
      penalty: {
        value: (w, { weight, outlier }, layout) =>
          taskGroups(layout).reduce(
            (sum, group) => sum + weight * outlier * groupNorm(w, group),
            0,
          ),
        prox(w, step, { weight, outlier }, layout) {
          for (const group of taskGroups(layout)) shortenGroup(w, group, step * weight * outlier);
        },
      },
    },
  ],
};
