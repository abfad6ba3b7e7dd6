import { createHash } from "node:crypto";
import { readModel } from "../compiler/onnx/read.ts";
import { BackendError, ConfigError } from "../core/errors.ts";
import { families } from "../learners/families.ts";
import type { Family } from "../learners/learner.ts";
import type { NamedWeights } from "../learners/named-weights.ts";
import { type ModalityName, modalities, modalityNamed } from "../modalities/modalities.ts";
import { decodeMetadata, metadataKey } from "../model/metadata.ts";
import { memberName } from "../model/routes.ts";
import { checkSeal } from "../model/seal.ts";
import type { TaskKind } from "../tasks/task.ts";
import { taskKinds } from "../tasks/tasks.ts";
import type { LearnedInput, LearnedTask } from "../train/learn.ts";
import type { WarmStart, WarmValue } from "../train/parameters.ts";
import { type NetworkTrace, traceReads } from "./weight-reads.ts";

/** The family of a model and its options, as a configuration has them. */
export interface LearnerOptions {
  readonly type: string;
  readonly [option: string]: unknown;
}

/** A trained model to start from: what it learned of its inputs and tasks, and its parameters by name. */
export interface TransferSource {
  readonly where: string;
  readonly sha256: string;
  readonly family: Family;
  readonly learner: LearnerOptions;
  readonly inputs: readonly LearnedInput[];
  readonly tasks: readonly LearnedTask[];
  /** The layers of a network, or the weights of a family that has features by outputs. */
  readonly trace?: NetworkTrace;
  readonly weights?: readonly NamedWeights[];
  readonly values: WarmStart;
}

/**
 * Reads a trained model for transfer: its parameters are the initializers of its ONNX file, by name.
 * @param learner the options that the model was made with, from the run's configuration.
 * @throws BackendError MODEL_CORRUPT for a damaged file or one that other options made; ConfigError
 *   CONFIG_INVALID for a family that cannot start from the weights of another fit.
 */
export async function readSource(
  bytes: Uint8Array,
  learner: LearnerOptions,
  where: string,
): Promise<TransferSource> {
  await checkSeal(bytes, where);
  const onnx = readModel(bytes, where);
  const metadata = decodeMetadata(onnx.metadata[metadataKey], where);
  const family = families[metadata.family as keyof typeof families] as Family | undefined;
  checkFamily(family, metadata.family, where);
  const inputs = metadata.inputs.map(({ name, column, modality, options, state }) => {
    if (!Object.hasOwn(modalities, modality)) throw unknown(where, "modality", modality);
    const row = modalityNamed(modality as ModalityName);
    return { name, column, modality: row, options: row.options.parse(options), state };
  });
  const tasks = metadata.tasks.flatMap((task): LearnedTask[] => {
    const { name, column, kind, options, state, weight, route } = task;
    const row = (taskKinds as Record<string, unknown>)[kind] as TaskKind | undefined;
    if (row === undefined) throw unknown(where, "kind of task", kind);
    const common = { column, kind: row, options: row.options.parse(options), state };
    if (route === undefined) return [{ name, ...common, weight }];
    // What was declared as one task was learned as one a value.
    return route.values.map((value) => ({
      name: memberName(task, value),
      ...common,
      weight: weight / route.values.length,
      group: { task: name, column, by: route.by, source: route.source, value },
    }));
  });
  const { type: _, ...options } = learner;
  const parsed = family.config.parse(options);
  const weights = family.weights?.({ inputs, tasks }, parsed);
  const network = family.network?.({ inputs, tasks }, parsed);
  const names = inputs.map((i) => i.name);
  const trace = network && traceReads(network, names);
  const stored = new Set(onnx.initializerNames);
  const shapes = [
    ...[...(trace?.parameters.values() ?? []), ...(weights ?? [])].map(
      ({ name, shape }) => [name, shape] as const,
    ),
    ...(trace?.buffers ?? []),
  ];
  const values = new Map<string, WarmValue>();
  for (const [name, shape] of shapes) {
    const tensor = stored.has(name) ? onnx.initializer(name) : undefined;
    const same =
      tensor?.dims.length === shape.length && shape.every((d, i) => d === tensor.dims[i]);
    if (!tensor || !same || !(tensor.data instanceof Float32Array)) {
      throw new BackendError(
        "MODEL_CORRUPT",
        `${where}: the parameter ${name} of shape [${shape}]; got ${tensor ? `[${tensor.dims}]` : "none"}`,
        { hint: "the model does not belong to the configuration beside it: copy the run again" },
      );
    }
    values.set(name, { shape: [...shape], values: Float32Array.from(tensor.data) });
  }
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { where, sha256, family, learner, inputs, tasks, trace, weights, values };
}

function unknown(where: string, what: string, name: string): BackendError {
  return new BackendError(
    "MODEL_CORRUPT",
    `${where}: a model of this version; its ${what} ${name} is unknown`,
  );
}

/** @throws ConfigError CONFIG_INVALID. */
function checkFamily(
  family: Family | undefined,
  name: string,
  where: string,
): asserts family is Family {
  const can = family?.can.transfer;
  if (can === true) return;
  const able = (Object.values(families) as Family[]).filter((f) => f.can.transfer === true);
  throw new ConfigError(
    "CONFIG_INVALID",
    `${where}: a model of a family that another fit can start from (${able.map((f) => f.name).join(", ")}); it is ${name}${can ? `: ${can}` : ""}`,
    { hint: "train the first model with another learner, or the new one from scratch" },
  );
}
