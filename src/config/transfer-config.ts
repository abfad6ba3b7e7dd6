import { z } from "zod";

const group = z.string().min(1);
const renamed = z.record(z.string().min(1), z.string().min(1));

/** How `polytask transfer` starts from a trained model. */
export const transferConfig = z
  .strictObject({
    inputs: renamed
      .default({})
      .describe(
        "New input: input of the trained model, where they have other names; equal names meet by themselves.",
      ),
    tasks: renamed.default({}).describe("As `inputs`, for tasks, which then take over its head."),
    states: z
      .enum(["auto", "keep", "refit"])
      .default("auto")
      .describe(
        "Whether means and vocabularies of inputs stay those of the trained model (`keep`), are learned from the new rows (`refit`), or only where the cells have moved by more than `drift` (`auto`).",
      ),
    drift: z
      .number()
      .min(0)
      .max(1)
      .default(0.2)
      .describe(
        "Drift beyond what chance makes of so few rows from which `auto` refits an input: a distance from 0 to 1.",
      ),
    freeze: z
      .record(group, z.union([z.int().min(0).max(100_000), z.literal("always")]))
      .default({})
      .describe(
        "Groups (encoders, fusion, sharing, heads, encoder.image, …) whose carried parameters are left as they are for so many epochs, or always; what starts anew always learns.",
      ),
    gradual: z
      .int()
      .min(0)
      .max(10_000)
      .default(0)
      .describe(
        "Epochs from one depth to the next as carried parameters are unfrozen from the heads down: sharing after so many, fusion after twice as many, and so on; 0 freezes none.",
      ),
    decay: z
      .number()
      .gt(0)
      .max(1)
      .default(1)
      .describe(
        "Factor of the learning rate of carried parameters from one depth to the next, from the heads down.",
      ),
    pull: z
      .union([z.literal("auto"), z.number().min(0).max(1e12)])
      .default("auto")
      .describe(
        "For linear models, weight of ½Σ(w − w₀)² over carried weights, w₀ being the trained model's: the larger, the less they move; `auto` chooses it for each task by cross-validated loss on the training rows.",
      ),
    folds: z
      .int()
      .min(0)
      .max(1000)
      .default(5)
      .describe(
        "Folds on which transfer is compared with training from scratch; 0 compares nothing.",
      ),
    seeds: z
      .int()
      .min(1)
      .max(1000)
      .default(2)
      .describe("Repetitions of the comparison, each with folds and seeds of its own."),
    learningRates: z
      .record(group, z.number().min(0).max(1000))
      .default({})
      .describe("Factors by group for carried parameters, in the place of those of `decay`."),
  })
  .describe("How `polytask transfer` starts from a trained model; other commands do not read it.");

export type TransferConfig = z.infer<typeof transferConfig>;
