import { z } from "zod";

const value = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.unknown())]);

/** Values to search over, by their path in the configuration. */
const searchSpace = z.record(
  z.string().min(1),
  z.union([z.string().min(1), z.array(value).min(1)]),
);

const folds = z.int().min(2).max(1000);
const seeds = z.int().min(1).max(1000);

const eta = z
  .int()
  .min(2)
  .max(100)
  .default(3)
  .describe("Of so many points one goes on, with so many times the epochs.");

/** How points are given up early. */
const halvingConfig = z
  .discriminatedUnion("type", [
    z.strictObject({ type: z.literal("none") }).describe("Every point gets all epochs."),
    z
      .strictObject({ type: z.literal("synchronous"), eta })
      .describe("Rounds of fewer points with more epochs; a round waits for all its points."),
    z
      .strictObject({
        type: z.literal("asha"),
        eta,
        minEpochs: z
          .int()
          .min(1)
          .max(100_000)
          .optional()
          .describe(
            "Epochs of the lowest rung; where absent, so many that the number of trials fills the rungs.",
          ),
        brackets: z
          .int()
          .min(1)
          .max(20)
          .default(1)
          .describe(
            "Brackets that points are dealt to; each begins one rung above the one before.",
          ),
      })
      .describe("Asynchronous: a point goes on as soon as it is among the best of its rung."),
  ])
  .prefault({ type: "none" })
  .describe("Whether points that do badly after few epochs are given up.");

/** What `polytask tune` searches, and how. */
export const tuneConfig = z
  .strictObject({
    space: searchSpace
      .default({})
      .describe(
        "Values to search over: the path of an option, then a list of values, LOW..HIGH or log:LOW..HIGH.",
      ),
    method: z
      .enum(["random", "grid", "tpe"])
      .default("tpe")
      .describe("How the next points are chosen."),
    trials: z
      .int()
      .min(1)
      .max(100_000)
      .optional()
      .describe("Points to try; 30 where absent, of weights about 15."),
    folds: folds.default(5).describe("Folds that the rows are cut into."),
    seeds: seeds.default(1).describe("Repetitions with other folds and seeds."),
    seed: z
      .int()
      .min(0)
      .max(4_294_967_295)
      .optional()
      .describe("Seed of the points that are drawn; that of the experiment where absent."),
    objective: z
      .string()
      .min(1)
      .default("deltaM")
      .describe(
        "What is best: `deltaM`, the mean relative improvement over the configuration as it is; `meanRank` over trials; or the primary metric of a task, by its name, of a task with `by` over the rows of all values, or of `name.value` for one of them.",
      ),
    halving: halvingConfig,
    outer: z
      .int()
      .min(0)
      .max(1000)
      .default(0)
      .describe(
        "Outer folds of nested cross-validation when weights are tuned; 0 leaves it out, else at least 2.",
      ),
  })
  .describe("What `polytask tune` searches, and how.");

export type TuneConfig = z.output<typeof tuneConfig>;
export type HalvingConfig = TuneConfig["halving"];

/** How `polytask compare` compares. */
export const compareConfig = z
  .strictObject({
    folds: folds.default(5).describe("Folds that the rows are cut into."),
    seeds: seeds.default(2).describe("Repetitions with other folds and seeds."),
    regimes: z
      .array(z.string())
      .optional()
      .describe("Regimes beside independent and multiTask; all where absent."),
    tune: z
      .strictObject({
        trials: z
          .int()
          .min(0)
          .max(10_000)
          .default(0)
          .describe(
            "Points that every model of every regime may choose from, on validation rows of its own fold; 0 for none.",
          ),
        space: searchSpace
          .optional()
          .describe("Values to search over, as for `tune`; those of the family where absent."),
      })
      .prefault({})
      .describe("The budget of tuning that every regime gets alike."),
  })
  .describe("How `polytask compare` compares.");

export type CompareConfig = z.output<typeof compareConfig>;
