import { z } from "zod";
import { keeping } from "./keep.ts";
import { softmax } from "./simplex.ts";
import type { Weighting } from "./weighting.ts";

const config = z.strictObject({
  temperature: z
    .number()
    .positive()
    .default(2)
    .describe("How evenly weights are spread: greater is nearer equal."),
});

/** Weights K·softmax(r/T), where r is a task's mean loss in the last epoch over that in the one before. */
export const dwa: Weighting<z.infer<typeof config>> = {
  name: "dwa",
  title: "Dynamic weight average",
  summary: "More weight for tasks whose loss fell less from one epoch to the next.",
  cite: ["liu2019"],
  config,
  needs: "nothing",
  create({ temperature }, { names }) {
    const k = names.length;
    const sums = new Float64Array(k);
    const counts = new Float64Array(k);
    const last = new Float64Array(k).fill(Number.NaN);
    const before = new Float64Array(k).fill(Number.NaN);
    const at = new Float64Array(1);
    /** Closes the epochs up to `epoch`. */
    const turn = (epoch: number) => {
      for (; at[0] < epoch; at[0]++) {
        before.set(last);
        for (let i = 0; i < k; i++) last[i] = sums[i] / counts[i];
        sums.fill(0);
        counts.fill(0);
      }
    };
    return {
      weights({ epoch }) {
        turn(epoch);
        const ratio = last.map((v, i) => (before[i] > 0 && v >= 0 ? v / before[i] : 1));
        return softmax(ratio.map((r) => r / temperature)).map((w) => k * w);
      },
      observe({ epoch, losses }) {
        turn(epoch);
        losses.forEach((loss, i) => {
          if (Number.isNaN(loss)) return;
          sums[i] += loss;
          counts[i]++;
        });
      },
      ...keeping({ sums, counts, last, before, at }),
    };
  },
};
