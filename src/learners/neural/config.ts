import { z } from "zod";
import { choice, optionalChoice } from "../../core/choice.ts";
import { fusions } from "../../fusion/fusions.ts";
import { streams } from "../../fusion/streams/streams.ts";
import { activations } from "../../nn/activations.ts";
import { regularizers } from "../../regularizers/regularizers.ts";
import { sharings } from "../../sharing/sharings.ts";
import { penaltyShape } from "../../train/penalty.ts";
import { weightings } from "../../weighting/weightings.ts";
import { blends } from "./blends.ts";
import { tables } from "./table.ts";

const width = z.int().min(1).max(65_536);
const activation = z.enum(
  Object.keys(activations) as [keyof typeof activations, ...(keyof typeof activations)[]],
);
const norm = z.enum(["none", "batch", "layer"]);

function layers(sizes: number[], what: string) {
  return z
    .strictObject({
      sizes: z
        .array(width)
        .max(64)
        .default(sizes)
        .describe(`Widths of the layers of ${what}; [] for none.`),
      activation: activation.default("relu").describe("What follows each affine map."),
      norm: norm
        .default("none")
        .describe("Normalisation between the affine map and the activation."),
      dropout: z
        .number()
        .min(0)
        .max(0.95)
        .default(0.1)
        .describe("Share of activations dropped while training."),
      residual: z.boolean().default(false).describe("Layers that keep the width add their input."),
    })
    .prefault({})
    .describe(`The layers of ${what}.`);
}

/** Options of the neural family. */
export const neuralConfig = z.strictObject({
  fusion: choice(fusions, "concat", "How the features of several inputs meet."),
  table: choice(
    tables,
    "concat",
    "How the columns of a table become one part, before it meets the other inputs.",
  ),
  streams: choice(
    streams,
    "none",
    "How the inputs share layers after their encoders, before they meet.",
    true,
  ),
  perTask: z
    .record(
      z.string().min(1),
      z.strictObject({
        inputs: z
          .array(z.string().min(1))
          .min(1)
          .optional()
          .describe("Names of the inputs that the task sees; all where absent."),
        fusion: optionalChoice(fusions, "How inputs meet for this task, if not as for the others."),
      }),
    )
    .default({})
    .describe(
      "What some tasks see: the name of a task, then its inputs, its fusion or both. A task with a fusion of its own has shared layers of its own as well.",
    ),
  blend: choice(
    blends,
    "none",
    "What the decisions of single inputs, each with layers and heads of its own while training, count in a task's loss; none for a loss of the joint decision alone.",
    true,
  ),
  sharing: choice(sharings, "hard", "How the tasks share layers."),
  weighting: choice(weightings, "fixed", "What each task counts in the joint loss."),
  trunk: layers([256], "the shared trunk"),
  tower: layers([], "each task's tower"),
  inputDropout: z
    .number()
    .min(0)
    .max(0.95)
    .default(0)
    .describe("Share of each input's features dropped while training."),
  mixup: z
    .number()
    .min(0)
    .max(100)
    .default(0)
    .describe(
      "Shape α of the beta distribution by whose draws each row of a training step is mixed with another, its encoded inputs and its labels; 0 for none, 0.2 to 1 are usual.",
    ),
  modalityDropout: z
    .number()
    .min(0)
    .max(0.9)
    .default(0)
    .describe(
      "Share of whole inputs treated as missing while training (the columns of a table count as one); a row keeps at least one.",
    ),
  regularization: z
    .strictObject({
      ...penaltyShape,
      tasks: choice(
        regularizers,
        "none",
        "A penalty on the weights of all heads, as one matrix [width, outputs], that ties the tasks.",
        true,
      ),
    })
    .prefault({ tasks: "none" })
    .describe("The penalty R(θ) on the weights."),
});

export type NeuralConfig = z.infer<typeof neuralConfig>;
