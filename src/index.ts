// train and use models

export type {
  InputDeclaration,
  InputOptions,
  PredictionOf,
  Predictions,
  TaskDeclaration,
  TaskOptions,
} from "./api/declare.ts";
// inputs
// tasks
export {
  audio,
  binary,
  boolean,
  category,
  cca,
  contrastive,
  count,
  datetime,
  geo,
  image,
  multiclass,
  multilabel,
  number,
  ordinal,
  reconstruction,
  regression,
  series,
  set,
  text,
  vector,
} from "./api/declare.ts";
export { load, type TrainOptions, train } from "./api/train.ts";
export type {
  BadCell,
  BadCellOptions,
  EvaluateOptions,
  TrainedModel,
} from "./api/trained-model.ts";
export type { ExperimentConfig } from "./config/experiment.ts";
// configurations and run folders
export { parseConfig, resolveConfig } from "./config/load.ts";
// errors
export {
  BackendError,
  ConfigError,
  DataError,
  type ErrorCode,
  PolytaskError,
  ShapeError,
} from "./core/errors.ts";
// families, and the checks that every family passes
export { families } from "./learners/families.ts";
export type { Family, Fitted } from "./learners/learner.ts";
export type { Found, SearchOptions } from "./model/search.ts";
export type { RunEvent } from "./run/experiment.ts";
export { type FrontSummary, paretoRun } from "./run/pareto-run.ts";
export { type RunSummary, trainRun } from "./run/train-run.ts";
export { type TransferRunOptions, type TransferSummary, transferRun } from "./run/transfer-run.ts";
export type { Evaluation } from "./tasks/task.ts";
