import { ConfigError } from "../core/errors.ts";

/** The least loss that a logarithm is taken of; smaller ones count as this. */
export const leastLoss = 1e-8;

/**
 * The losses, none below `leastLoss`; NaN of an absent task stays.
 * @throws ConfigError CONFIG_INVALID for a negative loss, which has no logarithm.
 */
export function positiveLosses(
  losses: Float64Array,
  names: readonly string[],
  weighting: string,
): Float64Array {
  return losses.map((loss, i) => {
    if (loss < 0) {
      throw new ConfigError(
        "CONFIG_INVALID",
        `learner.weighting ${weighting}: losses of at least 0; got ${loss} for task ${names[i]}`,
        { hint: "this weighting takes logarithms of losses: choose another one for such a loss" },
      );
    }
    return Math.max(loss, leastLoss);
  });
}
