import { z } from "zod";
import { Random } from "../core/random.ts";
import { present, spread } from "./gram.ts";
import { forgetful } from "./keep.ts";
import type { Weighting } from "./weighting.ts";

const config = z.strictObject({
  leak: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe("Share of each gradient that passes whatever sign is picked."),
});

/**
 * For each shared parameter one sign is picked, with the odds that the tasks' gradients give it, and
 * only gradients of that sign pass. The picks are drawn from seed and step.
 */
export const graddrop: Weighting<z.infer<typeof config>> = {
  name: "graddrop",
  title: "GradDrop",
  summary: "For each parameter one sign is picked at random; gradients of the other are dropped.",
  cite: ["chen2020"],
  config,
  needs: "gradients",
  direction: true,
  create({ leak }, { names, seed }) {
    let shown: Float64Array = new Float64Array(names.length);
    return {
      weights(facts) {
        const tasks = present(facts);
        shown = spread(new Float64Array(tasks.length).fill(1), tasks, names.length);
        return shown.slice();
      },
      own: () => shown,
      direction(facts, out) {
        const gradients = present(facts).map((i) => (facts.gradients ?? [])[i]);
        const random = Random.from(seed, "graddrop", facts.step);
        pickSigns(gradients, leak, () => random.uint32() / 4294967296, out);
      },
      ...forgetful,
    };
  },
};

/** Parameters are looked at in blocks of this many, which stay in the cache. */
const block = 1024;

/** Writes Σ_k (leak + (1 − leak)·M_k) g_k, one draw in [0, 1) a parameter, in their order. */
export function pickSigns(
  gradients: readonly Float32Array[],
  leak: number,
  draw: () => number,
  out: Float32Array,
): void {
  const sum = new Float64Array(block);
  const size = new Float64Array(block);
  for (let start = 0; start < out.length; start += block) {
    const n = Math.min(block, out.length - start);
    sum.fill(0);
    size.fill(0);
    for (const g of gradients) {
      for (let i = 0; i < n; i++) {
        const v = g[start + i];
        sum[i] += v;
        size[i] += Math.abs(v);
      }
    }
    // The positive parts sum to ½(sum + size), the negative ones to ½(sum − size).
    for (let i = 0; i < n; i++) {
      const u = draw();
      const positive = size[i] + sum[i] > 2 * u * size[i];
      const kept = positive ? 0.5 * (sum[i] + size[i]) : 0.5 * (sum[i] - size[i]);
      out[start + i] = leak * sum[i] + (1 - leak) * kept;
    }
  }
}
