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
        pickSigns(gradients, leak, () => random.uniform(), out);
      },
      ...forgetful,
    };
  },
};

/** Writes Σ_k (leak + (1 − leak)·M_k) g_k, one draw in [0, 1) a parameter, in their order. */
export function pickSigns(
  gradients: readonly Float32Array[],
  leak: number,
  draw: () => number,
  out: Float32Array,
): void {
  for (let at = 0; at < out.length; at++) {
    let sum = 0;
    let size = 0;
    for (const g of gradients) {
      sum += g[at];
      size += Math.abs(g[at]);
    }
    const u = draw();
    if (size === 0) {
      out[at] = 0;
      continue;
    }
    const positive = 0.5 * (1 + sum / size) > u;
    let kept = 0;
    for (const g of gradients) if (g[at] > 0 === positive) kept += g[at];
    out[at] = leak * sum + (1 - leak) * kept;
  }
}
