import { z } from "zod";
import { l1 } from "./l1.ts";
import type { SumRegularizer } from "./regularizer.ts";
import { traceNorm } from "./trace-norm.ts";

const config = z.strictObject({
  weight: z.number().min(0).default(1e-2).describe("Factor of the whole penalty."),
  sparse: z.number().positive().default(0.3).describe("Factor of Σ|S|, beside 1 of Σσ(L)."),
});

type Config = z.infer<typeof config>;
const sparse = ({ weight, sparse }: Config) => ({ weight: weight * sparse });
const lowRank = ({ weight }: Config) => ({ weight, around: "zero" as const });

/** W = S + L: a few weights of a task's own beside a common subspace. @cite chen2012 */
export const sparseLowRank: SumRegularizer<Config> = {
  name: "sparseLowRank",
  title: "Sparse plus low rank",
  summary: "W = S + L with weight·(sparse·Σ|S| + Σ of singular values of L).",
  cite: ["chen2012"],
  config,
  convex: true,
  form: "sum",
  parts: [
    {
      name: "sparse",
      summary: "weights of a task's own",
      penalty: {
        value: (w, options, layout) => l1.value(w, sparse(options), layout),
        prox: (w, step, options, layout) => l1.prox(w, step, sparse(options), layout),
      },
    },
    {
      name: "lowRank",
      summary: "weights in a common subspace",
      penalty: {
        value: (w, options, layout) => traceNorm.value(w, lowRank(options), layout),
        prox: (w, step, options, layout) => traceNorm.prox(w, step, lowRank(options), layout),
      },
    },
  ],
};
