import type { z } from "zod";
import { pick, presentGram, scaled, spread } from "./gram.ts";
import { impartial } from "./imtl-g.ts";
import { imtlConfig, scaleSlope } from "./imtl-l.ts";
import { keeping } from "./keep.ts";
import { rateOf } from "./rate.ts";
import { ScalarAdam } from "./scalar-adam.ts";
import type { Weighting } from "./weighting.ts";

/**
 * Both halves of impartial learning: the losses are brought to one size by learned scales (IMTL-L, which
 * is all that a task's own parameters see), then the gradients of the scaled losses meet as in IMTL-G.
 */
export const imtl: Weighting<z.infer<typeof imtlConfig>> = {
  name: "imtl",
  title: "IMTL",
  summary: "Learned loss scales and an update with equal projections on all gradients.",
  cite: ["liu2021imtl"],
  config: imtlConfig,
  needs: "gradients",
  create(options, { names }) {
    const k = names.length;
    const adam = new ScalarAdam(new Float64Array(k));
    let own: Float64Array = new Float64Array(k);
    return {
      weights(facts) {
        const { tasks, gram } = presentGram(facts, names);
        const size = pick(adam.values, tasks).map(Math.exp);
        own = spread(size, tasks, k);
        adam.step(scaleSlope(adam.values, facts.losses), rateOf(options.learningRate, facts));
        if (tasks.length === 0) return new Float64Array(k);
        const alpha = impartial(scaled(gram, size));
        return spread(
          alpha.map((v, i) => v * size[i]),
          tasks,
          k,
        );
      },
      own: () => own,
      ...keeping(adam.vectors()),
    };
  },
};
