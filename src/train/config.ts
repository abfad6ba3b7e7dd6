import { z } from "zod";
import { averageConfig } from "../optim/average.ts";
import { clipConfig } from "../optim/clip.ts";
import { lbfgsConfig } from "../optim/lbfgs.ts";
import { optimizerConfig } from "../optim/optimizers.ts";
import { scheduleConfig } from "../optim/schedule.ts";
import { samplingConfig } from "./sampling.ts";

const lbfgsTraining = lbfgsConfig.pick({ type: true, memory: true, tolerance: true });

/** Options of L-BFGS as it trains networks: an epoch is one iteration on all rows. */
export type LbfgsTrainingConfig = z.infer<typeof lbfgsTraining>;

/** How networks and other gradient-trained families are trained. Field meanings are in `describe`. */
export const trainingConfig = z
  .strictObject({
    epochs: z
      .int()
      .min(1)
      .max(100_000)
      .default(30)
      .describe("Passes over the training rows, at most."),
    batchSize: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(64)
      .describe("Rows a step; the last batch of an epoch may be smaller."),
    sampling: samplingConfig
      .prefault({ type: "proportional" })
      .describe(
        "How often the rows of each task are drawn. An epoch has as many draws as there are training rows.",
      ),
    optimizer: z
      .discriminatedUnion("type", [...optimizerConfig.options, lbfgsTraining])
      .prefault({ type: "adamw" })
      .describe("The update rule and its options."),
    schedule: scheduleConfig
      .prefault({ type: "constant" })
      .describe("How the learning rate changes over the steps."),
    clip: clipConfig.prefault({ type: "none" }).describe("Bounds on the gradient before a step."),
    accumulate: z
      .int()
      .min(1)
      .max(10_000)
      .default(1)
      .describe("Batches whose gradients are averaged into one step."),
    learningRates: z
      .record(z.string().min(1), z.number().min(0).max(1000))
      .default({})
      .describe(
        "Factors of the learning rate by group of parameters: encoders, fusion, sharing, heads, or the beginning of a parameter's name such as encoder.image, sharing.trunk.0 or head.price. The finest name counts; 0 leaves the group as it is.",
      ),
    freeze: z
      .record(z.string().min(1), z.union([z.int().min(0).max(100_000), z.literal("always")]))
      .default({})
      .describe(
        "Groups of parameters, named as in learningRates, that are left as they are for so many epochs from the start, or always.",
      ),
    averaging: averageConfig
      .prefault({ type: "none" })
      .describe("Average of the weights over steps, used for prediction."),
    earlyStopping: z
      .strictObject({
        patience: z
          .int()
          .min(0)
          .max(100_000)
          .default(0)
          .describe("Epochs without a better one before training stops; 0 never stops early."),
        rule: z
          .string()
          .default("meanRank")
          .describe(
            "Which epoch is best: `meanRank` over tasks, `all` (no task worse), `any` (some task better), or a task's name, that of a task with `by` meaning the rows of all its values.",
          ),
      })
      .default({ patience: 0, rule: "meanRank" })
      .describe("Model selection over all tasks, on validation rows only."),
    threads: z
      .int()
      .min(0)
      .max(1024)
      .default(0)
      .describe("Threads of one operation; 0 chooses by the size of the work and the cores."),
    checkpointEvery: z
      .number()
      .min(0)
      .default(1)
      .describe("Epochs between checkpoints; 0 writes one only when interrupted."),
  })
  .describe("Training of families that learn by gradient steps.");

export type TrainingConfig = z.infer<typeof trainingConfig>;
