import { z } from "zod";

const share = (value: number, what: string) =>
  z.number().min(0).lt(1).default(value).describe(`Share of the rows for ${what}.`);

const fractions = z
  .strictObject({
    train: z
      .number()
      .gt(0)
      .max(1)
      .optional()
      .describe("Share of the rows for training; what the other two leave where absent."),
    validation: share(0.1, "early stopping and model selection"),
    test: share(0.1, "the final test"),
  })
  .prefault({})
  .describe("Shares of the rows in each part; they make 1.");

const seed = z
  .int()
  .min(0)
  .max(4_294_967_295)
  .optional()
  .describe("Seed of the split alone; the experiment's `seed` where absent.");

const bins = z
  .int()
  .min(2)
  .max(100)
  .default(10)
  .describe("Quantile bins that a number target is stratified by.");

const column = (what: string) => z.string().min(1).describe(what);

const carve = z
  .number()
  .min(0)
  .lt(1)
  .default(0.1)
  .describe("Share of the training rows used for validation where no row is set apart for it.");

const paths = (what: string) =>
  z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
    .optional()
    .meta({ expects: "a path or a list of paths" })
    .describe(what);

/** Which rows train, which choose the model, and which test it. */
export const splitConfig = z
  .discriminatedUnion("type", [
    z.strictObject({ type: z.literal("random"), fractions, seed }).describe("At random."),
    z
      .strictObject({
        type: z.literal("stratified"),
        columns: z
          .array(z.string().min(1))
          .min(1)
          .optional()
          .describe(
            "Columns whose values keep their shares in each part; those of all tasks where absent.",
          ),
        bins,
        fractions,
        seed,
      })
      .describe("At random, every part with its share of every label of all tasks at once."),
    z
      .strictObject({
        type: z.literal("group"),
        column: column("Column that names each row's group, such as a patient or an author."),
        stratify: z
          .boolean()
          .default(true)
          .describe("Keep the tasks' labels near their shares as far as whole groups allow."),
        bins,
        fractions,
        seed,
      })
      .describe("Rows of a group stay together."),
    z
      .strictObject({
        type: z.literal("time"),
        column: column("Column of dates, times or numbers that orders the rows."),
        fractions,
      })
      .describe("The earliest rows train, the latest test."),
    z
      .strictObject({
        type: z.literal("column"),
        column: column("Column that says train, validation or test in every row."),
        carve,
        seed,
      })
      .describe("As a column says."),
    z
      .strictObject({
        type: z.literal("files"),
        validation: paths("Files of the validation rows."),
        test: paths("Files of the test rows."),
        carve,
        seed,
      })
      .describe("`data` trains; other files validate and test."),
  ])
  .prefault({ type: "stratified" })
  .describe("Which rows train, which choose the model, and which test it.");

export type SplitConfig = z.output<typeof splitConfig>;
