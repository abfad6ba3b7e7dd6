/** The learner that a draft names, for the rows and the kinds of inputs that there are. */
import type { Modality } from "../modalities/modality.ts";

/** Rows below which linear models and networks do better together than one network does: `bench/cross-modal.md`. */
const fewRows = 5000;

/** Rows below which a stack needs more folds, and a network more epochs. */
const veryFewRows = 1000;

/** What an input is given where there are few rows, beside its type: small encoders, and all that linear models can read. */
const few: Readonly<Record<string, string>> = {
  text: "size: 32, dropout: 0.3, characterFeatures: true",
  image: "size: 32, filters: [16, 32], dropout: 0.3",
};

/** Whether a linear model has something to read: texts, or columns of a table. */
function isPlain({ block, name }: Modality): boolean {
  return block === "table" || name === "text";
}

/** Whether a draft is for few rows of columns that linear models read. */
export function isSmall(rows: number, inputs: readonly Modality[]): boolean {
  return rows < fewRows && inputs.some(isPlain);
}

/** Options of an input in a draft for few rows, as YAML after its type; undefined for none. */
export function smallOptions({ name }: Modality): string | undefined {
  return few[name];
}

/** The lines of `split`, `learner` and `training`, with the reasons. */
export function learnerLines(rows: number, inputs: readonly Modality[]): string[] {
  if (!isSmall(rows, inputs)) {
    return [
      "split: { type: stratified, fractions: { validation: 0.1, test: 0.1 } }",
      "# Also: linear (seconds; good on texts) or, on fewer rows, stacking (both, joined).",
      "learner: neural",
      "training: { epochs: 30, batchSize: 64, earlyStopping: { patience: 5 } }",
    ];
  }
  const very = rows < veryFewRows;
  return [
    "# Few rows: none are set apart to choose an epoch by; the last one counts.",
    "split: { type: stratified, fractions: { validation: 0, test: 0.2 } }",
    "# Few rows: linear models and small networks, joined by what they say of rows that they have not learned from.",
    `learner: { type: stacking, folds: ${very ? 5 : 3} }`,
    "# The linear model alone takes seconds and is nearly as good where texts or few rows decide:",
    "# learner: { type: linear, select: { l2: [1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001] } }",
    "# One network has the least to say here, and the most where rows are many or pictures and sounds decide:",
    "# learner: { type: neural, trunk: { sizes: [128], dropout: 0.3 } }",
    "# Of the networks:",
    `training: { epochs: ${very ? 60 : 20}, batchSize: 32, optimizer: { type: adamw, learningRate: 0.003, weightDecay: 0.05 }, schedule: { type: cosine } }`,
  ];
}
