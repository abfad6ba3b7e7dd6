import { z } from "zod";
import { BackendError } from "../core/errors.ts";
import type { Family } from "../learners/learner.ts";
import type { Views } from "../modalities/views.ts";
import type { LearnedInput } from "../train/learn.ts";
import type { ReportedTask } from "./routes.ts";

/** The metadata property of the ONNX file that describes its inputs and outputs. */
export const metadataKey = "polytask";

const viewName = z.enum(["network", "features", "both"]);

const diagram = z.object({
  stages: z.array(
    z.object({
      title: z.string(),
      boxes: z.array(
        z.object({
          id: z.string(),
          title: z.string(),
          lines: z.array(z.string()),
          parameters: z.number().optional(),
        }),
      ),
    }),
  ),
  links: z.array(z.tuple([z.string(), z.string()])),
});

const schema = z.object({
  format: z.literal(1),
  version: z.string(),
  family: z.string(),
  view: z.union([viewName, z.record(z.string(), viewName)]),
  diagram: diagram.optional(),
  inputs: z.array(
    z.object({
      name: z.string(),
      column: z.string(),
      columns: z.array(z.string()).min(1).optional(),
      modality: z.string(),
      options: z.unknown(),
      state: z.unknown(),
    }),
  ),
  tasks: z.array(
    z.object({
      name: z.string(),
      column: z.string(),
      kind: z.string(),
      options: z.unknown(),
      state: z.unknown(),
      weight: z.number(),
      route: z
        .object({
          by: z.string(),
          source: z.enum(["string", "number", "boolean"]),
          values: z.array(z.string()).min(1),
        })
        .optional(),
    }),
  ),
});

/** What a model must know of its inputs and tasks to read cells and name results. */
export type ModelMetadata = z.infer<typeof schema>;

/** JSON with NaN and infinities kept, which plain JSON would turn into null. */
export function encodeMetadata(metadata: ModelMetadata): string {
  return JSON.stringify(metadata, (_, value) =>
    typeof value === "number" && !Number.isFinite(value) ? { $number: String(value) } : value,
  );
}

/** @throws BackendError MODEL_CORRUPT for metadata that is absent, damaged or of a later version. */
export function decodeMetadata(text: string | undefined, where: string): ModelMetadata {
  if (text === undefined) {
    throw new BackendError(
      "MODEL_CORRUPT",
      `${where}: a model exported by polytask; it has no "${metadataKey}" metadata`,
    );
  }
  try {
    const value = JSON.parse(text, (key, v) =>
      key !== "$number" && v && typeof v === "object" && "$number" in v
        ? Number((v as { $number: string }).$number)
        : v,
    );
    return schema.parse(value);
  } catch (cause) {
    throw new BackendError(
      "MODEL_CORRUPT",
      `${where}: metadata of format 1; it is damaged or of a later version`,
      { cause },
    );
  }
}

/** The metadata of a fitted model. */
export function metadataOf(
  family: Family,
  view: Views,
  inputs: readonly LearnedInput[],
  tasks: readonly ReportedTask[],
  version: string,
): ModelMetadata {
  return {
    format: 1,
    version,
    family: family.name,
    view,
    inputs: inputs.map(({ name, column, columns, modality, options, state }) => ({
      name,
      column,
      ...(columns && { columns: [...columns] }),
      modality: modality.name,
      options,
      state,
    })),
    tasks: tasks.map(({ name, column, kind, options, state, weight, route }) => ({
      name,
      column,
      kind: kind.name,
      options,
      state,
      weight,
      ...(route && { route: { ...route, values: [...route.values] } }),
    })),
  };
}
