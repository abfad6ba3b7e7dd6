import { z } from "zod";
import { pick, present, spread } from "./gram.ts";
import { keeping } from "./keep.ts";
import { leastLoss, positiveLosses } from "./positive.ts";
import { preference, preferenceOf } from "./preference.ts";
import { softmax } from "./simplex.ts";
import type { Weighting } from "./weighting.ts";

const config = z.strictObject({
  mu: z
    .number()
    .positive()
    .default(1)
    .describe("Smoothness of the maximum: smaller is nearer the worst task alone."),
  warmupEpochs: z
    .int()
    .min(0)
    .max(10_000)
    .default(4)
    .describe(
      "Epochs of the sum of logarithms before one in which the reference losses are measured.",
    ),
  preference,
});

/**
 * The smooth maximum μ·log Σ exp(p_i·log(L_i/z_i)/μ) is minimised, where z is each task's mean loss in the
 * epoch after the warm-up; until then Σ log L_i is. Weights sum as those of Σ log L_i do: K·s_i·p_i/L_i.
 */
export const stch: Weighting<z.infer<typeof config>> = {
  name: "stch",
  title: "Smooth Tchebycheff",
  summary: "Minimises a smooth maximum of the losses relative to their size after a warm-up.",
  cite: ["lin2024"],
  config,
  needs: "losses",
  create({ mu, warmupEpochs, preference }, tasks) {
    const { names } = tasks;
    const k = names.length;
    const power = preferenceOf(preference, tasks, k);
    const sums = new Float64Array(k);
    const counts = new Float64Array(k);
    return {
      weights(facts) {
        const losses = positiveLosses(facts.losses, names, "stch");
        const at = present(facts);
        const inverse = Float64Array.from(at, (i) => 1 / losses[i]);
        if (facts.epoch <= warmupEpochs) {
          if (facts.epoch === warmupEpochs) {
            for (const i of at) {
              sums[i] += losses[i];
              counts[i]++;
            }
          }
          return spread(inverse, at, k);
        }
        const p = pick(power, at);
        const share = softmax(
          at.map(
            (i, a) => (p[a] * Math.log(losses[i] / (counts[i] > 0 ? sums[i] / counts[i] : 1))) / mu,
          ),
        );
        return spread(
          share.map((s, a) => at.length * s * p[a] * inverse[a]),
          at,
          k,
        );
      },
      traced: {
        size: 2 * k + 1,
        given({ epoch }) {
          const reference = sums.map((sum, i) => Math.log(counts[i] > 0 ? sum / counts[i] : 1));
          return Float64Array.of(epoch <= warmupEpochs ? 1 : 0, ...power, ...reference);
        },
        weights(losses, present, given) {
          const known = losses.maximum(leastLoss);
          const [warm, p, reference] = [
            [0, 1],
            [1, k + 1],
            [k + 1, 2 * k + 1],
          ].map(([from, to]) => given.slice(0, from, to));
          const score = known.log().sub(reference).mul(p).div(mu);
          const masked = present.gt(0).where(score, -1e30);
          const share = masked.sub(masked.max()).exp().mul(present);
          const smooth = share.div(share.sum().maximum(1e-30)).mul(p).mul(present.sum());
          return warm.mul(present).add(warm.neg().add(1).mul(smooth)).div(known);
        },
      },
      ...keeping({ sums, counts }),
    };
  },
};
