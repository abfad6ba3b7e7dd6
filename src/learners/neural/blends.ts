/** What the decisions of single inputs count in a task's loss, beside the decision of all. */
import { z } from "zod";
import { ConfigError, didYouMean, show } from "../../core/errors.ts";
import type { EpochRecord } from "../../train/events.ts";

/** Stands for the decision on all inputs together. */
export const jointly = "joint";

/** What the loss of each part's own decision counts, and that of the joint one: they add up to 1. */
export type BlendWeights = Readonly<Record<string, number>>;

const fixed = {
  summary: "Weights that the configuration gives.",
  config: z.strictObject({
    weights: z
      .record(z.string().min(1), z.number().min(0).max(1_000_000))
      .describe(
        "What each part counts (`table` for the columns of a table), and `joint` for all together; those not named count 1. They are divided by their sum.",
      )
      .default({}),
  }),
} as const;

const gradient = {
  summary:
    "Weights by how much each part's own network generalises for how much it overfits, found by training each for some epochs first.",
  cite: ["wang2020blend"],
  config: z.strictObject({
    probeEpochs: z
      .int()
      .min(2)
      .max(1000)
      .default(5)
      .describe("Epochs that each part's own network, and the joint one, train to be judged."),
  }),
} as const;

/** Every way to find the weights. */
export const blends = { fixed, gradient } as const;

/**
 * The weights that a configuration gives, for the parts that there are.
 * @throws ConfigError CONFIG_INVALID for a name that is no part's, or weights that are all 0.
 */
export function fixedWeights(
  given: Readonly<Record<string, number>>,
  parts: readonly string[],
): BlendWeights {
  const names = [...parts, jointly];
  const path = ["learner", "blend", "weights"];
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    const near = didYouMean(name, names);
    throw new ConfigError(
      "CONFIG_INVALID",
      `${path.join(".")}: names of inputs that are fused, or ${jointly} (${names.join(", ")}); got ${show(name)}`,
      { hint: near && `did you mean ${near}?`, details: { path } },
    );
  }
  const weights = names.map((name) => given[name] ?? 1);
  const sum = weights.reduce((a, b) => a + b, 0);
  if (sum > 0) return Object.fromEntries(names.map((name, i) => [name, weights[i] / sum]));
  throw new ConfigError("CONFIG_INVALID", `${path.join(".")}: one above 0; got ${show(given)}`, {
    details: { path },
  });
}

/**
 * How much the validation loss of a task fell between two epochs, over the square of how much the gap to
 * the training loss grew; 0 where it did not fall, and NaN without labels. @cite wang2020blend
 */
export function overfitToGeneralise(history: readonly EpochRecord[], task: string): number {
  const at = (record: EpochRecord) => {
    const { loss, validation } = record.tasks[task];
    return { training: loss, validation: validation?.loss ?? Number.NaN };
  };
  const [first, last] = [at(history[0]), at(history[history.length - 1])];
  const gained = first.validation - last.validation;
  const gap = last.validation - last.training - (first.validation - first.training);
  if (Number.isNaN(gained) || Number.isNaN(gap)) return Number.NaN;
  if (gained <= 0) return 0;
  // A gap that closes is no overfitting; without a floor its part would take all.
  return gained / Math.max(gap, 0.05 * gained) ** 2;
}

/** Weights from ratios, in proportion; equal where none is above 0. NaN counts as 0. */
export function weightsFromRatios(ratios: Readonly<Record<string, number>>): BlendWeights {
  const names = Object.keys(ratios);
  const values = names.map((name) => (ratios[name] > 0 ? ratios[name] : 0));
  const sum = values.reduce((a, b) => a + b, 0);
  return Object.fromEntries(
    names.map((name, i) => [name, sum > 0 ? values[i] / sum : 1 / names.length]),
  );
}
