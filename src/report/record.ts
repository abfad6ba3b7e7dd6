/**
 * @file What the report of a run draws: plain data, filled by whoever ran the training.
 *
 * Everything here survives `JSON.stringify` and `JSON.parse` (pictures are data URIs). A measurement that does not
 * exist (no rows, undefined ratio, diverged loss) is `null`; readers also accept what JSON turns into `null` (NaN,
 * infinities) and show a dash for all of them. A block that a family or a run does not have is left out: each
 * section of the report says itself when it applies.
 */

/** A measured number, or `null` where there is none. */
export type Measure = number | null;

/** The parts of the data. */
export type Part = "train" | "validation" | "test";

/** The parts that results are reported on; the training part is never scored in a report. */
export type ScoredPart = Exclude<Part, "train">;

/** Everything the report of one run shows. */
export interface RunRecord {
  /** Version of this shape; raised when a field changes meaning. */
  readonly format: 1;
  /** Who ran what, when, and at which cost. */
  readonly run: RunFacts;
  /** The resolved configuration, every default written out, as YAML text. */
  readonly config: string;
  /** Rows in each part after splitting, and the rule that split them. */
  readonly split: SplitFacts;
  /** The inputs in the order of the configuration. */
  readonly inputs: readonly InputRecord[];
  /** The tasks in the order of the configuration, with their results. None where only a comparison was made. */
  readonly tasks: readonly TaskRecord[];
  /** The course of training; left out by families that do not train in epochs. */
  readonly history?: HistoryRecord;
  /** The rows with the largest loss, over all tasks; each task's own are ordered worst first, about a dozen a task. */
  readonly worst?: readonly WorstExample[];
  /** Queries of tasks that find one input from another, with what is found for them. */
  readonly retrieval?: readonly RetrievalExample[];
  /** Cells that tasks predict, beside the cells themselves. */
  readonly cells?: readonly PredictedCellsRecord[];
  /** What the inputs are worth to the tasks. */
  readonly worth?: WorthRecord;
  /** What the data looks like and what is suspicious about it. */
  readonly quality?: QualityRecord;
  /** The model that was left behind. */
  readonly model?: ModelRecord;
  /** Ways to learn the tasks against each other, on folds. */
  readonly comparison?: ComparisonRecord;
  /** Values that were searched for on folds. */
  readonly tuning?: TuningRecord;
  /** What the model took over from a trained one, and whether it helped. */
  readonly transfer?: TransferRecord;
  /** Models of several preferences among the tasks, of which this run shows one. */
  readonly front?: FrontRecord;
}

/** A primary metric a task. */
export type ScoresRecord = Readonly<Record<string, Measure>>;

/** Scores of the trained model on rows with inputs missing or broken. */
export interface WorthRecord {
  readonly part: ScoredPart;
  /** Rows that were scored. */
  readonly rows: number;
  /** The inputs; the columns of a table are one where there are other inputs. */
  readonly players: readonly string[];
  readonly tasks: readonly {
    readonly name: string;
    readonly metric: string;
    readonly better: "higher" | "lower";
  }[];
  /** Scores with some inputs there and the others missing, from all inputs to none. */
  readonly subsets: readonly {
    readonly inputs: readonly string[];
    readonly scores: ScoresRecord;
  }[];
  /** Shapley values, task to input: the mean of what an input adds, more being better. */
  readonly shapley: Readonly<Record<string, ScoresRecord>>;
  /** Whether those are over all orders of the inputs, or some drawn at random. */
  readonly exact: boolean;
  readonly broken: readonly {
    readonly input: string;
    /** Cells missing, or those of other rows. */
    readonly how: "missing" | "swapped";
    /** By growing share of rows, 0..1. */
    readonly points: readonly { readonly share: number; readonly scores: ScoresRecord }[];
  }[];
}

// ---- the run ------------------------------------------------------------------------------------------------------

export interface RunFacts {
  /** Name of the project: the configuration's name, or the data file's. */
  readonly project: string;
  /** Name of the run, usually the run folder's. */
  readonly name: string;
  /** Start of the run, ISO 8601 in UTC ("2026-03-01T09:30:00Z"). */
  readonly startedAt: string;
  readonly seed: number;
  /** From start to the end of evaluation, seconds. */
  readonly wallSeconds: number;
  /** Largest resident set of the process, bytes. */
  readonly peakMemoryBytes?: number;
  /** The command line as typed, one string ("polytask train config.yaml --seed 7"). */
  readonly command: string;
  /** Versions by name ("polytask", "node", "onnxruntime-node", …), in the order to show. */
  readonly versions: Readonly<Record<string, string>>;
  /** Operating system and architecture ("linux x64"), processor, threads used. */
  readonly platform?: {
    readonly system: string;
    readonly processor?: string;
    readonly threads?: number;
  };
  /** Where the rows came from: path or pattern, format, and a hash of the content. */
  readonly data?: {
    readonly source: string;
    readonly format?: string;
    readonly fingerprint?: string;
  };
  /** How the run ended; `interrupted` and `stopped` (early stopping) runs also have results. Default `finished`. */
  readonly ending?: "finished" | "stopped" | "interrupted";
}

export interface SplitFacts {
  /** The rule in words ("random 80/10/10, stratified over category, seed 7"). */
  readonly rule: string;
  /** Rows a part; a part without rows has 0 or is left out. */
  readonly rows: Readonly<Partial<Record<Part, number>>>;
}

// ---- inputs -------------------------------------------------------------------------------------------------------

export interface InputRecord {
  readonly name: string;
  /** Name of the modality ("text", "image", "number", …). */
  readonly modality: string;
  /** Columns it reads, when other than its own name. */
  readonly columns?: readonly string[];
  /** Share of missing cells among training rows, 0..1. */
  readonly missing?: Measure;
  /** What was learned from the training rows: vocabulary size, mean, scale, categories kept, width of the features, …. */
  readonly facts: readonly Fact[];
}

/** One named value. Numbers are formatted by the report; strings are shown as they are. */
export interface Fact {
  readonly name: string;
  readonly value: string | Measure;
  /** Unit shown after a number ("words", "px", "s"). */
  readonly unit?: string;
}

// ---- tasks and their results --------------------------------------------------------------------------------------

export interface TaskRecord {
  readonly name: string;
  /** Kind of task ("regression", "binary", "multiclass", "multilabel", "ordinal", "count", …). */
  readonly kind: string;
  /** Class or label names in the order of the model's output, for kinds that have them. */
  readonly classes?: readonly string[];
  /** Unit of the target, shown after its numbers ("€", "years"). */
  readonly unit?: string;
  /** Name of the primary metric; its row is found in `metrics`. */
  readonly primary: string;
  /** Weight λ of the task in the joint loss, the last one when the weighting changes it. */
  readonly weight?: Measure;
  /** Rows with a label in each part. Rows without one are masked, so they are not in the results. */
  readonly labelled: Readonly<Partial<Record<Part, number>>>;
  /** One row a metric and part: model and baseline side by side. */
  readonly metrics: readonly MetricRow[];
  /** What the baseline predicts, in words ("the most frequent class, animals", "the mean, 7.31"). */
  readonly baseline?: string;
  /** Where it was learned as one task for each value of a column: the primary metric of each. */
  readonly values?: {
    /** The column. */
    readonly by: string;
    readonly part: ScoredPart;
    readonly metric: string;
    readonly better: "higher" | "lower";
    readonly scores: readonly {
      readonly value: string;
      readonly rows: number;
      readonly model: Measure;
      readonly baseline: Measure;
    }[];
  };
  /** Details behind the metrics, at most one a part; the report shows the first part of test, validation that has one. */
  readonly details?: readonly TaskDetail[];
}

export interface MetricRow {
  readonly part: ScoredPart;
  /** Name of the metric ("accuracy", "macroF1", "rmse", …). */
  readonly metric: string;
  /** How to write it ("Macro F1", "RMSE"); the name when left out. */
  readonly title?: string;
  /** Which way is better. */
  readonly better: "higher" | "lower";
  /** Value of a perfect model (1 for accuracy, 0 for RMSE); leave out where there is none. Needed for the skill score. */
  readonly ideal?: number;
  readonly unit?: string;
  /** Rows used: those of the part with a label (and, for some metrics, only those where it is defined). */
  readonly rows: number;
  readonly model: Measure;
  readonly baseline: Measure;
  /** 95 % interval of the model's value (bootstrap over rows), low then high. */
  readonly interval?: readonly [Measure, Measure];
}

/** Details of one task on one part. Every block is optional: a kind of task fills those that make sense for it. */
export interface TaskDetail {
  readonly part: ScoredPart;
  /** Rows with a label behind these details. */
  readonly rows: number;
  /** Counts by true class (outer) and predicted class (inner), in the order of the task's `classes`. */
  readonly confusion?: readonly (readonly number[])[];
  /** Counts a class, one against the rest; precision, recall and F1 are derived from them. */
  readonly perClass?: readonly ClassCounts[];
  /** Predicted probability against observed frequency. Multiclass: probability of the predicted class. */
  readonly reliability?: ReliabilityRecord;
  /** ROC curves: x false positive rate, y true positive rate. Binary: one; else the micro average and chosen classes. */
  readonly roc?: readonly CurveRecord[];
  /** Precision-recall curves: x recall, y precision. */
  readonly pr?: readonly CurveRecord[];
  /** Numeric truth against prediction. */
  readonly scatter?: ScatterRecord;
  /** Histogram of prediction − truth, over all rows (not the sample of `scatter`). */
  readonly residuals?: HistogramRecord;
  /** How both sides of rows are found from each other. */
  readonly retrieval?: {
    /** Rows that are ranked for each query. */
    readonly candidates: number;
    readonly directions: readonly {
      readonly from: string;
      readonly to: string;
      /** Share of queries whose own other side is among the first k, as (k, share). */
      readonly recall: readonly (readonly [number, number])[];
      /** Queries by the rank of their own other side: above the last bound, up to this one. */
      readonly ranks: readonly { readonly upTo: number; readonly queries: number }[];
    }[];
  };
  /** How well the cells of each input are predicted. */
  readonly cells?: readonly {
    readonly input: string;
    readonly metrics: Readonly<Record<string, Measure>>;
  }[];
}

export interface ClassCounts {
  /** Name of the class or label. */
  readonly label: string;
  readonly tp: number;
  readonly fp: number;
  readonly tn: number;
  readonly fn: number;
  /** Area under the one-against-rest ROC curve. */
  readonly auc?: Measure;
}

export interface ReliabilityRecord {
  /** Bins with at least one row, ordered by `predicted`. */
  readonly bins: readonly {
    /** Mean predicted probability in the bin, 0..1. */
    readonly predicted: number;
    /** Share of rows in the bin where it came true, 0..1. */
    readonly observed: number;
    readonly rows: number;
  }[];
  /** Expected calibration error: mean gap weighted by rows. */
  readonly ece?: Measure;
}

export interface CurveRecord {
  /** Name of the curve: the positive class, or "micro average". */
  readonly name: string;
  /** Points (x, y) ordered along the curve, thinned to a few hundred. */
  readonly points: readonly (readonly [number, number])[];
  /** Area under the curve (average precision for PR). */
  readonly area: Measure;
  /** Rows of the positive class, out of all. PR curves draw their share as the baseline. */
  readonly positives?: number;
  readonly rows?: number;
}

export interface ScatterRecord {
  /** Truth and prediction, of equal length: all rows, or a seeded sample when there are many (keep below 20 000). */
  readonly truth: readonly number[];
  readonly predicted: readonly number[];
  /** Rows the sample was taken from, when it is one. */
  readonly of?: number;
}

export interface HistogramRecord {
  /** Bin edges, ascending, one more than counts. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

// ---- training -----------------------------------------------------------------------------------------------------

export interface HistoryRecord {
  readonly epochs: readonly EpochRecord[];
  /** The epoch whose weights were kept, and the rule that chose it ("meanRank over all tasks, patience 5"). */
  readonly selected?: { readonly epoch: number; readonly rule: string };
}

export interface EpochRecord {
  /** Number of the epoch, from 1. */
  readonly epoch: number;
  /** Mean loss a labelled training row, by task. */
  readonly trainLoss: Readonly<Record<string, Measure>>;
  /** Metrics on the validation rows, by task then metric. A metric called "loss" is drawn beside the training loss. */
  readonly validation?: Readonly<Record<string, Readonly<Record<string, Measure>>>>;
  /** The joint loss J with its penalty. */
  readonly objective?: Measure;
  /** Learning rate at the end of the epoch. */
  readonly learningRate?: Measure;
  /** Weights λ by task, for weightings that change them. */
  readonly weights?: Readonly<Record<string, Measure>>;
  readonly seconds?: Measure;
}

// ---- examples -----------------------------------------------------------------------------------------------------

export interface WorstExample {
  readonly task: string;
  readonly part: ScoredPart;
  /** What identifies the row: its number in the table or its key. */
  readonly row: string | number;
  /** Truth and prediction as text (class names; several joined) or number. */
  readonly truth: string | number;
  readonly prediction: string | number;
  readonly loss: Measure;
  /** Probability the model gave to its prediction, 0..1. */
  readonly probability?: Measure;
  /** Probability the model gave to the truth, 0..1. */
  readonly truthProbability?: Measure;
  /** The row's cells, in the order to show. */
  readonly cells: readonly Cell[];
}

/** One query, and the rows most alike. */
export interface RetrievalExample {
  readonly task: string;
  readonly part: ScoredPart;
  /** The sides: what the query is, and what is ranked. */
  readonly from: string;
  readonly to: string;
  readonly row: string | number;
  /** Where the query's own other side stands, from 1. */
  readonly rank: Measure;
  readonly query: readonly Cell[];
  /** The rows most alike, best first. */
  readonly found: readonly FoundRecord[];
}

export interface FoundRecord {
  readonly row: string | number;
  readonly similarity: Measure;
  /** Whether it is the query's own row. */
  readonly own?: boolean;
  readonly cells: readonly Cell[];
}

/** What a task predicts of the cells of one side from those of the other. */
export interface PredictedCellsRecord {
  readonly task: string;
  readonly part: ScoredPart;
  /** The sides: what is read, and what is predicted. */
  readonly from: string;
  readonly to: string;
  /** What the baseline predicts for every row, an input of the second side. */
  readonly means: readonly { readonly input: string; readonly cell: PredictedCell }[];
  readonly examples: readonly {
    readonly row: string | number;
    /** Where the row stands among all by what is explained. */
    readonly place: "best" | "middle" | "worst";
    readonly explained: Measure;
    readonly given: readonly Cell[];
    readonly cells: readonly {
      readonly input: string;
      readonly original: Cell;
      /** The cell in the form in which it is predicted, where that is drawn. */
      readonly target?: PredictedCell;
      readonly predicted: PredictedCell;
    }[];
  }[];
}

/** A cell as it is predicted: a PNG as a data URI, names by descending probability, or words. */
export type PredictedCell =
  | { readonly type: "image"; readonly src: string }
  | {
      readonly type: "names";
      readonly names: readonly {
        readonly name: string;
        readonly probability: Measure;
        /** Whether the cell has it. */
        readonly right?: boolean;
      }[];
    }
  | { readonly type: "text"; readonly text: string };

/** One cell of an example. */
export type Cell =
  | { readonly column: string; readonly type: "text"; readonly text: string }
  | {
      readonly column: string;
      readonly type: "number";
      readonly value: Measure;
      readonly unit?: string;
    }
  /** A base64 data URI of a PNG, JPEG, GIF, WebP or AVIF picture, at most some 200 px a side; anything else is not drawn. */
  | { readonly column: string; readonly type: "image"; readonly src: string; readonly alt?: string }
  /** A recording: a picture of it, as above, its length, and the sound itself as a WAV, MP3, FLAC or Ogg data URI where it is small. */
  | {
      readonly column: string;
      readonly type: "audio";
      readonly picture: string;
      readonly seconds: Measure;
      readonly sound?: string;
    }
  | { readonly column: string; readonly type: "missing" };

// ---- data quality -------------------------------------------------------------------------------------------------

export interface QualityRecord {
  /** Columns in use, in table order. */
  readonly columns?: readonly ColumnQuality[];
  /** Labels by class among training rows, for tasks with classes. */
  readonly balance?: readonly {
    readonly task: string;
    readonly counts: readonly { readonly label: string; readonly rows: number }[];
  }[];
  /** Rows of one part whose inputs also occur in another part. */
  readonly duplicates?: readonly {
    readonly parts: readonly [Part, Part];
    /** Rows of the second part that have a twin in the first. */
    readonly rows: number;
    /** A few of them, as identifiers. */
    readonly examples?: readonly (string | number)[];
  }[];
  /** Inputs that alone predict a task suspiciously well. An empty list says that it was looked for. */
  readonly leakage?: readonly {
    readonly column: string;
    readonly task: string;
    /** What was measured ("AUC of this column alone"), and its value. */
    readonly measure: string;
    readonly value: Measure;
    readonly note?: string;
  }[];
  /** Anything else worth saying, gravest first. */
  readonly warnings?: readonly Warning[];
}

export interface ColumnQuality {
  readonly name: string;
  readonly role: "input" | "task" | "both" | "unused";
  /** Type of the column ("text", "number", "bytes"). */
  readonly type?: string;
  readonly rows: number;
  readonly missing: number;
  readonly distinct?: Measure;
}

export interface Warning {
  readonly severity: "warning" | "note";
  /** What it is about: a column, a task, a file. */
  readonly where: string;
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
}

// ---- the model ----------------------------------------------------------------------------------------------------

/** Boxes in stages, and links between their ids. */
export interface DiagramRecord {
  readonly stages: readonly {
    readonly title: string;
    readonly boxes: readonly {
      readonly id: string;
      readonly title: string;
      readonly lines: readonly string[];
      readonly parameters?: number;
    }[];
  }[];
  readonly links: readonly (readonly [string, string])[];
}

export interface ModelRecord {
  /** Name of the family ("neural", "linear", …) and what it is, in a line. */
  readonly family: string;
  readonly summary?: string;
  /** Trainable numbers. */
  readonly parameters?: Measure;
  /** More facts: fusion, sharing, weighting, optimizer, penalty. */
  readonly facts?: readonly Fact[];
  /** What it is made of, from the inputs to the tasks. */
  readonly diagram?: DiagramRecord;
  /** The exported file, with the inputs and outputs it declares. */
  readonly onnx?: {
    readonly file: string;
    readonly bytes: number;
    readonly opset: number;
    readonly inputs: readonly PortRecord[];
    readonly outputs: readonly PortRecord[];
  };
  /** The exported file against the trained model, on the same rows. */
  readonly parity?: {
    readonly rows: number;
    readonly maxAbsDifference: Measure;
    readonly tolerance: number;
  };
  /** Files of the run folder with their hashes. */
  readonly files?: readonly {
    readonly path: string;
    readonly bytes: number;
    readonly sha256: string;
  }[];
}

/** An input or output of the ONNX file. */
export interface PortRecord {
  readonly name: string;
  /** Element type ("float32", "int64", "string", …). */
  readonly type: string;
  /** Sizes; a name for those that are free ("batch"). */
  readonly shape: readonly (number | string)[];
  readonly note?: string;
}

// ---- comparing ways to learn --------------------------------------------------------------------------------------

export interface ComparisonRecord {
  readonly folds: number;
  readonly seeds: number;
  /** Rows that folds were cut from, and of one fold on average. */
  readonly rows: {
    readonly used: number;
    readonly test: number;
    readonly train: number;
    readonly validation: number;
    readonly heldOut: number;
  };
  /** Regimes in the order to show; the first is what the others are compared with. */
  readonly regimes: readonly {
    readonly name: string;
    readonly title: string;
    readonly summary: string;
    /** Mean over tasks of the relative improvement over the first regime, a share. */
    readonly deltaM?: Measure;
    /** The same over folds, all tasks at once: 95 % interval, and p of the corrected resampled t-test. */
    readonly overall?: {
      readonly mean: Measure;
      readonly low: Measure;
      readonly high: Measure;
      readonly p: Measure;
      readonly verdict?: "helps" | "no difference" | "hurts";
    };
    readonly cost: {
      /** Models of one fold, their trainable numbers, and seconds for all of them. */
      readonly fits: number;
      readonly parameters: number;
      readonly seconds: number;
      readonly memoryBytes: number;
    };
  }[];
  readonly tasks: readonly ComparedTaskRecord[];
  /** Sentences that say what to do, the most important first. */
  readonly advice: readonly string[];
  /** The same budget of tuning for every model, and what was chosen; left out where none was tuned. */
  readonly tuning?: {
    /** Points to choose from, the configuration as it is among them. */
    readonly trials: number;
    readonly parameters: readonly {
      readonly path: string;
      /** What was drawn from, in words. */
      readonly range: string;
      /** The value of the configuration as it is. */
      readonly own: string;
    }[];
    readonly models: readonly {
      readonly regime: string;
      readonly tasks: readonly string[];
      /** Folds × seeds, and in how many the configuration as it is was best. */
      readonly folds: number;
      readonly asItIs: number;
      /** Chosen values, one a fold, in the order of `parameters`. */
      readonly values: readonly (readonly string[])[];
    }[];
  };
  readonly groups?: readonly (readonly string[])[];
  readonly gradients?: GradientRecord;
  /** What a reader must know, such as folds in which a task could not be learned. */
  readonly notes: readonly string[];
  /** Fits that gave no result, and why. */
  readonly failures: readonly { readonly where: string; readonly message: string }[];
}

export interface ComparedTaskRecord {
  readonly name: string;
  readonly metric: string;
  readonly better: "higher" | "lower";
  /** Mean over folds and seeds with its 95 % interval, a regime. */
  readonly scores: readonly {
    readonly regime: string;
    readonly mean: Measure;
    readonly low: Measure;
    readonly high: Measure;
    /** Folds with a score. */
    readonly measured: number;
  }[];
  /** Paired differences to the first regime, above 0 where better. */
  readonly against: readonly {
    readonly regime: string;
    readonly mean: Measure;
    readonly low: Measure;
    readonly high: Measure;
    readonly p: Measure;
    /** Adjusted over tasks. */
    readonly adjusted: Measure;
    readonly wilcoxon: Measure;
    readonly verdict: "helps" | "no difference" | "hurts";
  }[];
}

/** How tasks pulled at the weights they share: matrices by task, `[from][to]`. */
export interface GradientRecord {
  readonly tasks: readonly string[];
  readonly cosine: readonly (readonly Measure[])[];
  readonly conflicts: readonly (readonly Measure[])[];
  /** Relative decrease of a task's loss after a step along another's gradient. */
  readonly affinity: readonly (readonly Measure[])[];
  /** The same as a share of what the task's own step brings. */
  readonly help: readonly (readonly Measure[])[];
  readonly course: readonly {
    readonly epoch: number;
    readonly cosine: Measure;
    readonly conflicts: Measure;
  }[];
}

// ---- tuning -------------------------------------------------------------------------------------------------------

export interface TuningRecord {
  /** What was searched over: values of the configuration, or the tasks' weights. */
  readonly of: "values" | "weights";
  /** What is best, in words, and what means and errors are in: shares, ranks, or a task's metric. */
  readonly objective: string;
  readonly unit: "share" | "ranks" | "metric";
  readonly folds: number;
  readonly seeds: number;
  /** Names of the searched values: paths, or tasks. */
  readonly parameters: readonly string[];
  /** Best first for values, in the order of the grid for weights. */
  readonly points: readonly TunedPointRecord[];
  /** What was chosen, by number; left out where nothing is better than the configuration as it is. */
  readonly chosen?: number;
  /** The best by its mean, where another was chosen. */
  readonly best?: number;
  /** What was done, in sentences, the outcome first. */
  readonly words: readonly string[];
  /** The whole choice of weights on outer folds, against equal ones. */
  readonly nested?: NestedRecord;
}

export interface NestedRecord {
  readonly outer: number;
  readonly seeds: number;
  /** Mean over tasks of the relative improvement over equal weights, a share, its 95 % interval and paired test. */
  readonly mean: Measure;
  readonly low: Measure;
  readonly high: Measure;
  readonly p: Measure;
  readonly tasks: readonly {
    readonly name: string;
    readonly metric: string;
    readonly better: "higher" | "lower";
    readonly equal: Measure;
    readonly chosen: Measure;
    /** Paired difference, above 0 where better, with its interval; p adjusted over tasks. */
    readonly mean: Measure;
    readonly low: Measure;
    readonly high: Measure;
    readonly adjusted: Measure;
    readonly verdict: "helps" | "no difference" | "hurts";
  }[];
  /** Weights that each outer fold chose, in the order of the parameters. */
  readonly chosen: readonly (readonly number[])[];
}

export interface TunedPointRecord {
  /** In the order of `parameters`. */
  readonly values: readonly (string | number)[];
  /** How much better than the reference, in the unit of the objective, and its standard error. */
  readonly mean: Measure;
  readonly error: Measure;
  readonly epochs?: number;
  readonly failure?: string;
}

// ---- fronts -------------------------------------------------------------------------------------------------------

/** Models of several preferences, placed by their scores on validation rows. */
export interface FrontRecord {
  readonly tasks: readonly {
    readonly name: string;
    readonly metric: string;
    readonly better: "higher" | "lower";
    /** What the baseline scores: the point from which volumes are measured. */
    readonly reference: number;
  }[];
  readonly models: readonly {
    /** From 1, in the order of the preferences. */
    readonly number: number;
    /** Its run folder, from that of the front. */
    readonly folder: string;
    /** In the order of the tasks, as are scores. */
    readonly preference: readonly number[];
    readonly validation: readonly Measure[];
    readonly test?: readonly Measure[];
    /** Whether another is nowhere worse and somewhere better. */
    readonly dominated: boolean;
    /** Product of its gains over the reference; 0 where some task gains nothing. */
    readonly volume: Measure;
  }[];
  /** Volume that the models dominate together, up to the reference; in the product of the metrics' units. */
  readonly hypervolume: number;
  /** The same over that of the best single model. */
  readonly share: Measure;
  /** Number of the model that the run folder shows. */
  readonly main: number;
  readonly failures: readonly { readonly model: number; readonly message: string }[];
}

// ---- transfer -----------------------------------------------------------------------------------------------------

export interface TransferRecord {
  /** The run whose model was the start. */
  readonly source: string;
  readonly inputs: readonly {
    readonly name: string;
    readonly from?: string;
    readonly how: "same name" | "mapped" | "new" | "dropped";
    readonly modality: string;
    readonly state: "kept" | "refitted" | "learned" | "unused";
    readonly why: string;
    /** Distances from 0 to 1, and what chance makes of so few rows. */
    readonly drift: readonly {
      readonly measure: string;
      readonly of?: string;
      readonly value: Measure;
      readonly noise: Measure;
    }[];
    readonly vocabulary?: {
      readonly known: number;
      readonly added: number;
      readonly gone: number;
    };
    /** Of features that have weights by name. */
    readonly features?: {
      readonly known: number;
      readonly added: number;
      readonly gone: number;
    };
  }[];
  readonly tasks: readonly {
    readonly name: string;
    readonly from?: string;
    readonly how: "same name" | "mapped" | "mean" | "new" | "dropped";
    readonly kind: string;
    readonly head: "reused" | "partly reused" | "fresh" | "unused";
    readonly outputs: { readonly reused: number; readonly all: number };
    readonly why: string;
  }[];
  readonly parameters: readonly {
    readonly name: string;
    readonly from?: string;
    readonly shape: readonly number[];
    readonly how: "copied" | "partly copied" | "fresh" | "unused";
    readonly copied: number;
    readonly size: number;
  }[];
  readonly rates: readonly {
    readonly group: string;
    readonly carried: number;
    readonly factor: number;
    readonly frozen: number | "always";
  }[];
  readonly totals: { readonly copied: number; readonly all: number; readonly unused: number };
  /** Against training from scratch; left out where it was not compared. */
  readonly comparison?: TransferComparisonRecord;
}

export interface TransferComparisonRecord {
  /** What it says, the outcome first. */
  readonly words: readonly string[];
  readonly folds: number;
  readonly seeds: number;
  readonly epochs: number;
  readonly rows: {
    readonly used: number;
    readonly train: number;
    readonly validation: number;
    readonly heldOut: number;
  };
  readonly deltaM: Measure;
  readonly seconds: { readonly scratch: Measure; readonly transfer: Measure };
  readonly tasks: readonly (Pick<ComparedTaskRecord, "name" | "metric" | "better" | "scores"> & {
    readonly against: ComparedTaskRecord["against"][number];
    /** Means over fits by epoch. */
    readonly curves: Readonly<
      Record<
        "scratch" | "transfer",
        readonly {
          readonly epoch: number;
          readonly trainLoss: Measure;
          readonly validation: Measure;
        }[]
      >
    >;
  })[];
  readonly notes: readonly string[];
  readonly failures: readonly { readonly where: string; readonly message: string }[];
}
