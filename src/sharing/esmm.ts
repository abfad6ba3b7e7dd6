import { z } from "zod";
import { concat, type Tensor } from "../compiler/graph.ts";
import { show } from "../core/errors.ts";
import { chainOf, optionError } from "./requirements.ts";
import type { SharedTask, Sharing } from "./sharing.ts";

const config = z
  .strictObject({
    chain: z
      .array(z.string().min(1))
      .default([])
      .describe(
        "Binary tasks, each of which can only be yes where the one before is, such as [click, purchase]; [] takes all in the order of their declaration.",
      ),
    sharedTrunk: z
      .boolean()
      .default(false)
      .describe("Whether the tasks share one trunk, or only the encoders."),
  })
  .describe("Options of entire-space models.");

type Options = z.infer<typeof config>;

/** Log-odds of the product of two probabilities given by their log-odds, without cancellation. */
function productLogit(a: Tensor, b: Tensor): Tensor {
  // 1 / (σ(a) σ(b)) − 1 = e^(−a) + e^(−b) + e^(−a−b)
  const exponents = [a, b, a.add(b)].map((t) => t.neg().unsqueeze(-1));
  return concat(exponents, -1).logSumExp(-1).neg();
}

/** The probability of a whole chain, of which a task's head tells that of its own link. */
function combine(raw: Readonly<Record<string, Tensor>>, tasks: readonly SharedTask[], o: Options) {
  const result = { ...raw };
  chainOf(tasks, o.chain).reduce<Tensor | undefined>((before, { name }) => {
    result[name] = before ? productLogit(before, raw[name]) : raw[name];
    return result[name];
  }, undefined);
  return result;
}

/**
 * P(purchase) = P(click) · P(purchase | click), learned from all rows by the labels of click and of
 * purchase: the conditional task has a tower, but no rows of its own to be biased by. @cite ma2018esmm
 */
export const esmm: Sharing<Options> = {
  name: "esmm",
  title: "Entire-space multi-task model",
  summary: "Probabilities along a chain of binary tasks are products, learned from all rows.",
  cite: ["ma2018esmm"],
  config,
  check(tasks, { chain }) {
    const other = chainOf(tasks, chain).find(({ kind }) => kind !== "binary" && kind !== "auto");
    if (other) {
      throw optionError(
        "chain",
        `binary tasks; got ${show(other.name)} of kind ${other.kind}`,
        chain.length === 0 ? "name the tasks of the chain, such as [click, purchase]" : undefined,
      );
    }
  },
  build(_, x, tasks, blocks, { sharedTrunk }) {
    return tasks.map(({ name }) =>
      blocks.tower(name, blocks.trunk(sharedTrunk ? "trunk" : `trunk.${name}`, x)),
    );
  },
  combine,
  priors(priors, tasks, { chain }) {
    const result = { ...priors };
    const sigmoid = (logit: number) => 1 / (1 + Math.exp(-logit));
    chainOf(tasks, chain).forEach(({ name }, i, all) => {
      if (i === 0) return;
      const share = sigmoid(priors[name][0]) / sigmoid(priors[all[i - 1].name][0]);
      const inside = Math.min(0.99, share);
      result[name] = Float64Array.of(Math.log(inside / (1 - inside)));
    });
    return result;
  },
};
