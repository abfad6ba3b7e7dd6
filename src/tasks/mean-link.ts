import type { Tensor } from "../compiler/graph.ts";

/** How the mean of a number follows from a raw output. */
export interface MeanLink {
  /**
   * The mean over the training mean at `eta`, a number that adds up: 1 and of slope 1 where `eta` is 0,
   * never below 0.
   */
  relative(eta: Tensor): Tensor;
}

/** Where the root stops falling like a line, so that means come close to 0 without reaching it. */
const smallestRoot = 0.05;

/** The largest exponent whose power has a square that is finite in 32 bits, with room to spare. */
const largestLog = 30;

/**
 * Links of a mean that is not below 0: what adds up is its root, or its logarithm. Effects then multiply
 * more or less instead of adding, while the loss stays that of the number itself. @cite mccullagh1989
 */
export const meanLinks = {
  sqrt: {
    relative(eta) {
      const root = eta.mul(0.5).add(1);
      // root, and below the bound the exponential that goes on with its value and slope.
      const below = root
        .minimum(smallestRoot)
        .mul(1 / smallestRoot)
        .sub(1)
        .exp();
      return root.maximum(smallestRoot).mul(below).square();
    },
  },
  log: { relative: (eta) => eta.minimum(largestLog).exp() },
} as const satisfies Record<string, MeanLink>;
