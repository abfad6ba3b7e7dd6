import { z } from "zod";
import { type TrainingConfig, trainingConfig } from "../train/config.ts";
import { type DataConfig, dataConfig } from "./data-config.ts";
import { type SplitConfig, splitConfig } from "./split-config.ts";
import { families, labelKinds, modalities, objectiveKinds, type taskKinds } from "./tables.ts";
import { type TransferConfig, transferConfig } from "./transfer-config.ts";
import { type CompareConfig, compareConfig, type TuneConfig, tuneConfig } from "./tune-config.ts";
import { typedChoice, typedRows } from "./typed.ts";

const column = z
  .string()
  .min(1)
  .optional()
  .describe("Column of the table; the name of the input or task where absent.");

const columns = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
  .optional()
  .describe(
    'Several columns that make one cell a row, or a pattern of their names in which "*" stands for any characters, in the place of `column`: lists of equal length are channels, numbers are steps.',
  );

const weight = z
  .number()
  .gt(0)
  .lt(1)
  .optional()
  .describe(
    "λ of the task in the joint loss Σ λ·L, between 0 and 1; where absent, 1 over the number of tasks.",
  );

const by = z
  .string()
  .min(1)
  .optional()
  .describe(
    "Column whose values have rows of their own: one task of this kind a value, named `<task>.<value>`, learned from the rows of that value. One task where absent.",
  );

const weights = z
  .record(z.string(), z.number().gt(0).max(1e6))
  .optional()
  .describe(
    "Beside `by`: how much the tasks of the values count against each other; 1 for a value that is not named. Together they weigh `weight`.",
  );

const auto = (what: string, shared: z.ZodRawShape) =>
  z
    .strictObject({ type: z.literal("auto"), ...shared })
    .describe(`The ${what} that fits the column best.`);

const name = z.string().min(1).max(200);

const input = typedChoice(
  [
    auto("modality", { column }),
    ...typedRows(
      modalities,
      (row) => row.options as z.ZodType,
      (row) => ({
        column,
        ...("joins" in row && { columns }),
      }),
    ),
  ],
  "auto",
  "An input: the name of its modality, or an object with `type` and options; found out where absent.",
);

const task = typedChoice(
  [
    auto("kind of task", { column, weight, by, weights }),
    ...typedRows(labelKinds, (row) => row.options as z.ZodType, { column, weight, by, weights }),
    ...typedRows(objectiveKinds, (row) => row.options as z.ZodType, { weight }),
  ],
  "auto",
  "A task: the name of its kind, or an object with `type` and options; found out where absent.",
);

const learner = typedChoice(
  typedRows(families, (row) => row.config as z.ZodType),
  "neural",
  "The family of models and its options.",
);

/** The whole experiment; every leaf has a description, and a default where it can do without a value. */
export const experimentSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._-]{0,99}$/u)
      .optional()
      .meta({
        expects: "letters, digits, spaces, `.`, `_`, `-`, beginning with one of the first two",
      })
      .describe(
        "Name of the experiment, used for the run folder: letters, digits, spaces, `.`, `_`, `-`; that of the data where absent.",
      ),
    data: dataConfig.optional(),
    inputs: z
      .record(name, input)
      .optional()
      .describe(
        "What goes in: a name for each input, then its modality and options; every other column that some modality recognises where absent.",
      ),
    tasks: z
      .record(name, task)
      .default({})
      .describe("What comes out: a name for each task, then its kind and options."),
    weightColumn: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Column of row weights, numbers of at least 0; every row counts the same without one.",
      ),
    split: splitConfig,
    learner,
    training: trainingConfig.prefault({}),
    seed: z
      .int()
      .min(0)
      .max(4_294_967_295)
      .default(0)
      .describe("Seed of everything random: same seed, same bytes."),
    memoryLimit: z
      .string()
      .optional()
      .describe(
        "Memory for the rows, such as 512MB or 2GiB; what does not fit is streamed from disk. All rows are held in memory where absent.",
      ),
    badCells: z
      .enum(["missing", "error"])
      .default("missing")
      .describe("What a cell that cannot be read is: missing and reported, or an error."),
    pareto: z
      .int()
      .min(2)
      .max(1000)
      .optional()
      .describe(
        "Models of a front: `train` fits one a preference among the tasks, and keeps all; a single model where absent.",
      ),
    tune: tuneConfig.optional(),
    transfer: transferConfig.optional(),
    compare: compareConfig.optional(),
  })
  .describe("An experiment: data, inputs, tasks, and how to learn them.");

type Modalities = typeof modalities;
type TaskKinds = typeof taskKinds;
type Families = typeof families;

export type ModalityName = keyof Modalities;
type LabelKindName = keyof typeof labelKinds;
type ObjectiveKindName = keyof typeof objectiveKinds;
export type FamilyName = keyof Families;

/** An input with every option filled in. `auto` has none: its modality is found out from the column. */
export type InputConfig =
  | { readonly type: "auto"; readonly column: string }
  | {
      readonly [K in ModalityName]: {
        readonly type: K;
        readonly column: string;
        readonly columns?: string | readonly string[];
      } & z.output<Modalities[K]["options"]>;
    }[ModalityName];

/** A task with every option filled in; `weight` is λ as the user gave it. */
export type TaskConfig =
  | {
      readonly type: "auto";
      readonly column: string;
      readonly weight?: number;
      readonly by?: string;
      readonly weights?: Readonly<Record<string, number>>;
    }
  | {
      readonly [K in LabelKindName]: {
        readonly type: K;
        readonly column: string;
        readonly weight?: number;
        readonly by?: string;
        readonly weights?: Readonly<Record<string, number>>;
      } & z.output<TaskKinds[K]["options"]>;
    }[LabelKindName]
  | {
      readonly [K in ObjectiveKindName]: {
        readonly type: K;
        readonly column?: undefined;
        readonly weight?: number;
        readonly by?: undefined;
        readonly weights?: undefined;
      } & z.output<TaskKinds[K]["options"]>;
    }[ObjectiveKindName];

/** The family and its options. */
export type LearnerConfig = {
  readonly [K in FamilyName]: { readonly type: K } & z.output<Families[K]["config"]>;
}[FamilyName];

/** A valid experiment with every default filled in. */
export interface ExperimentConfig {
  readonly name: string;
  /** Absent where rows are given in code. */
  readonly data?: DataConfig;
  /** Absent where inputs are all columns that some modality recognises. */
  readonly inputs?: Readonly<Record<string, InputConfig>>;
  readonly tasks: Readonly<Record<string, TaskConfig>>;
  readonly weightColumn?: string;
  readonly split: SplitConfig;
  readonly learner: LearnerConfig;
  readonly training: TrainingConfig;
  readonly seed: number;
  readonly memoryLimit?: string;
  readonly badCells: "missing" | "error";
  /** Models of a front of preferences; one model where absent. */
  readonly pareto?: number;
  readonly tune?: TuneConfig;
  readonly transfer?: TransferConfig;
  readonly compare?: CompareConfig;
}
