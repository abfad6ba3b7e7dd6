import { z } from "zod";
import { dot, type Gram, pick, present, restrict, scaled, spread, squaredLength } from "./gram.ts";
import { keeping } from "./keep.ts";
import { simplexMinimum } from "./quadratic.ts";
import { ScalarAdam } from "./scalar-adam.ts";
import { softmax, throughSoftmax } from "./simplex.ts";
import { validationOf } from "./validation.ts";
import type { Weighting } from "./weighting.ts";

const config = z.strictObject({
  outerRate: z.number().positive().max(10).default(1e-3).describe("Step size of the task logits."),
  innerRate: z.number().positive().max(10).default(0.1).describe("Size of an inner step."),
  innerSteps: z.int().min(1).max(1000).default(5).describe("Inner steps."),
  phi: z
    .number()
    .min(0)
    .default(0.1)
    .describe("How fast the training loss must come down to what inner steps reach."),
});

/**
 * First-order multi-gradient bilevel optimisation: network and logits move together, down all tasks'
 * validation losses (each gradient a unit vector) under the constraint that q, the training loss minus
 * what inner steps from here reach, comes down too. No second derivatives.
 */
export const forum: Weighting<z.infer<typeof config>> = {
  name: "forum",
  title: "FORUM",
  summary:
    "Bilevel weights from first-order gradients only, with a constraint on the inner problem.",
  cite: ["ye2024"],
  config,
  needs: "validationGradients",
  create({ outerRate, innerRate, innerSteps, phi }, { names }) {
    const k = names.length;
    const adam = new ScalarAdam(new Float64Array(k).fill(1 / k));
    const averaged = new Float64Array(k);
    let onValidation: Float64Array = new Float64Array(k);
    return {
      inner: () => ({
        steps: innerSteps,
        rate: innerRate,
        weights: softmax(adam.values),
        at: "present",
      }),
      validationWeights: () => onValidation,
      weights(facts) {
        const found = validationOf(facts);
        const tasks = present(facts);
        const z = softmax(adam.values);
        const known = z.map((v, i) => (tasks.includes(i) ? v : 0));
        const gap = facts.losses.map((v, i) => (tasks.includes(i) ? v - found.innerLosses[i] : 0));
        const qLogits = throughSoftmax(z, gap);
        const square = dot(qLogits, qLogits) + squaredLength({ k, values: found.trainGram }, known);
        const length = Float64Array.from({ length: k }, (_, i) => Math.sqrt(found.gram[i * k + i]));
        const at = [...length.keys()].filter((i) => length[i] > 0);
        const inverse = length.map((d) => (d > 0 ? 1 / d : 0));
        const units = restrict(scaled({ k, values: found.gram }, inverse), at);
        const along = Float64Array.from(at, (i) => {
          let sum = 0;
          for (let j = 0; j < k; j++) sum += found.cross[i * k + j] * known[j];
          return sum * inverse[i];
        });
        const lambda = spread(forumWeights(units, along, square, phi), at, k);
        const follow = 1 / (facts.epoch + 1) ** 0.75;
        for (const i of at) averaged[i] += follow * (lambda[i] - averaged[i]);
        const price =
          square > 0 ? Math.max(0, dot(pick(averaged, at), prices(along, square, phi))) : 0;
        adam.step(
          qLogits.map((v) => price * v),
          outerRate,
        );
        onValidation = spread(pick(averaged, at), at, k).map((v, i) => v * inverse[i]);
        return known.map((v) => price * v);
      },
      ...keeping({ ...adam.vectors(), averaged }),
    };
  },
};

/** π_i = φ − ⟨q, g_i⟩/‖q‖². */
function prices(along: Float64Array, square: number, phi: number): Float64Array {
  return along.map((b) => phi - b / square);
}

/**
 * The λ on the simplex that minimises ‖Σ λ_i g_i + νq‖² − νφ‖q‖² with ν = max(0, πᵀλ). Where ν > 0 that
 * is λᵀ(G − bbᵀ/Q)λ + φ bᵀλ with b = ⟨q, g⟩ and Q = ‖q‖², else λᵀGλ; the objective is convex, so one
 * of the two minima is on its own side, or the minimum is where the sides meet.
 */
export function forumWeights(
  units: Gram,
  along: Float64Array,
  square: number,
  phi: number,
): Float64Array {
  const { k } = units;
  const still = simplexMinimum(units);
  if (!(square > 0)) return still;
  const side = (w: Float64Array) => dot(w, prices(along, square, phi));
  if (side(still) <= 0) return still;
  const reduced: Gram = {
    k,
    values: units.values.map(
      (v, at) => 2 * (v - (along[Math.floor(at / k)] * along[at % k]) / square),
    ),
  };
  const moving = simplexMinimum(
    reduced,
    along.map((b) => phi * b),
  );
  if (side(moving) >= 0) return moving;
  // On the border πᵀλ = 0: λᵀGλ with a multiplier on it, found by bisection.
  const at = (m: number) =>
    simplexMinimum(
      units,
      prices(along, square, phi).map((v) => m * v),
    );
  let low = 0;
  let high = 1;
  while (side(at(high)) > 0 && high < 1e12) high *= 2;
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (side(at(middle)) > 0) low = middle;
    else high = middle;
  }
  return at(high);
}
