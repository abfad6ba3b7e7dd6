import { createHash } from "node:crypto";
import { readModel } from "../compiler/onnx/read.ts";
import { BackendError, ConfigError } from "../core/errors.ts";
import { families } from "../learners/families.ts";
import type { Family } from "../learners/learner.ts";
import { type ModalityName, modalities, modalityNamed } from "../modalities/modalities.ts";
import { decodeMetadata, metadataKey } from "../model/metadata.ts";
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
  readonly trace: NetworkTrace;
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
  const grouped = metadata.tasks.find((t) => t.route);
  if (grouped?.route)
    throw new ConfigError(
      "CONFIG_INVALID",
      `${where}: a model whose tasks have one head each; ${grouped.name} was learned by ${grouped.route.by}, and has one for every value`,
      {
        hint: `train the first model without by, with ${grouped.route.by} as an input, or the new one from scratch`,
      },
    );
  const inputs = metadata.inputs.map(({ name, column, modality, options, state }) => {
    if (!Object.hasOwn(modalities, modality)) throw unknown(where, "modality", modality);
    const row = modalityNamed(modality as ModalityName);
    return { name, column, modality: row, options: row.options.parse(options), state };
  });
  const tasks = metadata.tasks.map(({ name, column, kind, options, state, weight }) => {
    const row = (taskKinds as Record<string, unknown>)[kind] as TaskKind | undefined;
    if (row === undefined) throw unknown(where, "kind of task", kind);
    return { name, column, kind: row, options: row.options.parse(options), state, weight };
  });
  const { type: _, ...options } = learner;
  const network = family.network({ inputs, tasks }, family.config.parse(options));
  const trace = traceReads(
    network,
    inputs.map((i) => i.name),
  );
  const stored = new Set(onnx.initializerNames);
  const shapes = [
    ...[...trace.parameters.values()].map(({ name, shape }) => [name, shape] as const),
    ...trace.buffers,
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
  return { where, sha256, family, learner, inputs, tasks, trace, values };
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
): asserts family is Family & Required<Pick<Family, "network">> {
  if (family?.can.transfer && family.network) return;
  const able = (Object.values(families) as Family[]).filter((f) => f.can.transfer);
  throw new ConfigError(
    "CONFIG_INVALID",
    `${where}: a model of a family that another fit can start from (${able.map((f) => f.name).join(", ")}); it is ${name}`,
    { hint: "train the first model with another learner, or the new one from scratch" },
  );
}
