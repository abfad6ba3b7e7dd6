import { z } from "zod";

/** How networks and other gradient-trained families are trained. Field meanings are in `describe`. */
export const trainingConfig = z
  .strictObject({
    epochs: z.int().min(1).max(100_000).default(30).describe("Passes over the training rows, at most."),
    batchSize: z.int().min(1).max(1_000_000).default(64).describe("Rows a step; the last batch of an epoch may be smaller."),
    optimizer: z
      .looseObject({ type: z.string().default("adamw") })
      .default({ type: "adamw" })
      .describe("The update rule and its options."),
    schedule: z
      .looseObject({ type: z.string().default("constant") })
      .default({ type: "constant" })
      .describe("How the learning rate changes over the steps."),
    clipNorm: z.number().min(0).default(0).describe("Gradients longer than this are scaled down to it; 0 turns it off."),
    accumulate: z.int().min(1).max(10_000).default(1).describe("Batches whose gradients are averaged into one step."),
    averaging: z
      .strictObject({
        type: z.enum(["none", "ema"]).default("none").describe("Average of the weights over the steps."),
        decay: z.number().min(0).max(1).default(0.99).describe("Decay of the exponential average."),
      })
      .default({ type: "none", decay: 0.99 })
      .describe("Evaluate and keep an average of the weights."),
    earlyStopping: z
      .strictObject({
        patience: z.int().min(0).max(100_000).default(0).describe("Epochs without a better one before training stops; 0 never stops early."),
        rule: z
          .string()
          .default("meanRank")
          .describe("Which epoch is best: `meanRank` over tasks, `all` (no task worse), `any` (some task better), or a task's name."),
      })
      .default({ patience: 0, rule: "meanRank" })
      .describe("Model selection over all tasks, on validation rows only."),
    checkpointEvery: z.number().min(0).default(1).describe("Epochs between checkpoints; 0 keeps only the last."),
  })
  .describe("Training of families that learn by gradient steps.");

export type TrainingConfig = z.infer<typeof trainingConfig>;
