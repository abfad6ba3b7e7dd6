/**
 * Spellings that users of other libraries know: values that stand for ours, and keys that have another
 * home here.
 */

import { fusionAliases } from "../fusion/fusions.ts";
import { sharingAliases, sharingOptionAliases } from "../sharing/sharings.ts";
import {
  weightingAliases,
  weightingOptionAliases,
  weightingValueAliases,
} from "../weighting/aliases.ts";

/** Names accepted for the `type` at a path, where `*` is any name: theirs to ours. */
export const typeAliases: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "inputs.*": {
    numeric: "number",
    numerical: "number",
    categorical: "category",
    binary: "boolean",
    bool: "boolean",
    date: "datetime",
    timestamp: "datetime",
    string: "text",
    picture: "image",
    sound: "audio",
    recording: "audio",
  },
  "tasks.*": {
    number: "regression",
    numeric: "regression",
    numerical: "regression",
    category: "multiclass",
    categorical: "multiclass",
    classification: "multiclass",
    boolean: "binary",
    bool: "binary",
    set: "multilabel",
    poisson: "count",
  },
  learner: { mean: "baseline", majority: "baseline", network: "neural", nn: "neural" },
  "learner.fusion": fusionAliases,
  "learner.sharing": sharingAliases,
  "learner.weighting": { ...weightingAliases, uniform: "equal" },
};

/** Keys of other libraries, and where their meaning lives here. */
export const foreignKeys: Readonly<Record<string, string>> = {
  input_features: "`polytask init --from FILE` converts a configuration of Ludwig",
  output_features: "`polytask init --from FILE` converts a configuration of Ludwig",
  features: "inputs are written one a key: `inputs: { age: { type: number } }`",
  outputs: "what is predicted is under `tasks`",
  targets: "what is predicted is under `tasks`",
  combiner: "how inputs meet is `learner.fusion`",
  trainer: "options of training are under `training`",
  preprocessing:
    "options of an input stand with it, as in `inputs: { age: { type: number, bins: 8 } }`",
  model: "the family of models and its options are under `learner`",
  model_type: "the family of models is `learner.type`",
  arch: "how tasks share layers is `learner.sharing`",
  architecture: "how tasks share layers is `learner.sharing`",
  optim: "the optimizer is `training.optimizer`",
  optim_param: "the optimizer is `training.optimizer`",
  scheduler: "how the learning rate changes is `training.schedule`",
  scheduler_param: "how the learning rate changes is `training.schedule`",
  task_dict: "tasks are written one a key: `tasks: { price: { type: regression } }`",
  lr: "the learning rate is `training.optimizer.learningRate`",
  early_stop: "it is `training.earlyStopping.patience`",
  random_seed: "it is `seed`",
  loss_weight: "what a task counts in the joint loss is its `weight`",
};

/**
 * Options of a choice at a path as LibMTL names them, in our words; options that an exact solver does
 * without are left out. Others stay as they are.
 */
export function ownOptions(
  path: string,
  type: string,
  options: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  if (path === "learner.weighting") return ownWeightingOptions(type, options);
  if (path === "learner.sharing") return ownSharingOptions(type, options);
  return { ...options };
}

function ownWeightingOptions(
  type: string,
  options: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const keys = weightingOptionAliases[type as keyof typeof weightingOptionAliases] ?? {};
  const values = weightingValueAliases[type as keyof typeof weightingValueAliases] ?? {};
  const own: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(options)) {
    const name = Object.hasOwn(keys, key) ? keys[key] : key;
    if (name === null) continue;
    const plain = typeof value === "object" ? undefined : values[name]?.[String(value)];
    own[name] = plain ?? value;
  }
  return own;
}

function ownSharingOptions(
  type: string,
  options: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const known = sharingOptionAliases[type as keyof typeof sharingOptionAliases] ?? {};
  return Object.fromEntries(
    Object.entries(options).flatMap(([key, value]) => {
      const said = Object.hasOwn(known, key) ? known[key](value) : undefined;
      return said ? Object.entries(said) : [[key, value]];
    }),
  );
}
