import type { Tensor } from "../../compiler/graph.ts";
import { Graph } from "../../compiler/graph.ts";
import type { OnnxBuilder } from "../../compiler/onnx/builder.ts";
import { embedImported } from "../../compiler/onnx/import/embed.ts";
import type { ImportedWeight } from "../../compiler/onnx/import/import.ts";
import { evaluateOnnx } from "../../compiler/onnx/session/evaluate.ts";
import { BackendError } from "../../core/errors.ts";
import type { Builder } from "../../nn/builder.ts";
import { layerNorm } from "../../nn/layer-norm.ts";
import { linear } from "../../nn/linear.ts";
import type { Encoded } from "../modality.ts";
import { cacheFolder } from "./cache-folder.ts";
import type { OpenedEncoder } from "./opened.ts";
import type { Pool } from "./options.ts";

/** What is stored of a pretrained encoder with a model: not its weights, which the file's graph holds. */
export interface PretrainedState {
  readonly rows: number;
  readonly missing: number;
  readonly from: { readonly package: string; readonly path: string };
  /** sha-256 of the encoder's files. */
  readonly hash: string;
  readonly source: string;
  readonly licence: string;
  readonly mode: "frozen" | "finetune";
  readonly output: string;
  readonly pool: Pool;
  /** Numbers of a vector. */
  readonly size: number;
}

/** The most that a traced encoder may differ from the engine's result, relative to its largest number. */
const tolerance = 1e-3;

/**
 * Compares an encoder as it was read into the compiler with the same file in the engine.
 * @param trace the encoder's function of `rows` rows.
 * @param expected what the engine computed of the feeds.
 * @returns the largest difference, relative to the largest number.
 * @throws BackendError MODEL_PARITY where they differ.
 */
export async function checkTraced(
  source: string,
  trace: (graph: Graph, weight: (weight: ImportedWeight) => Tensor) => Tensor,
  feeds: Readonly<Record<string, ArrayLike<number>>>,
  expected: Float32Array,
): Promise<number> {
  const graph = new Graph();
  const values: Record<string, ArrayLike<number>> = { ...feeds };
  const output = trace(graph, (weight) => {
    values[`weight:${weight.name}`] = weight.values();
    return graph.input(`weight:${weight.name}`, weight.shape);
  });
  const [computed] = await evaluateOnnx([output], values, "export");
  const largest = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const difference = expected.reduce((most, x, i) => Math.max(most, Math.abs(x - computed[i])), 0);
  const relative = difference / Math.max(largest, 1e-30);
  if (computed.length === expected.length && relative <= tolerance) return relative;
  throw new BackendError(
    "MODEL_PARITY",
    `encoder ${source}: the same result in polytask's graph as in the engine, within ${tolerance}; got a difference of ${relative.toExponential(1)}`,
  );
}

/** Weights as parameters of a network: those of the file to begin with; statistics stay. */
export function trainedWeights(builder: Builder): (weight: ImportedWeight) => Tensor {
  return (weight) => {
    if (!weight.trainable) return builder.graph.constant(weight.values(), weight.shape);
    return builder.parameter(weight.name, weight.shape, (out) => out.set(weight.values()), {
      decay: weight.shape.length > 1,
    });
  };
}

/** What follows an encoder in a network: vectors of unit variance, some dropped, mapped if asked for. */
export function finish(
  builder: Builder,
  { features, sequence }: Encoded,
  config: { readonly project: number },
  dropout: number,
): Encoded {
  const normal = builder.dropout(layerNorm(builder, "norm", features), dropout);
  const mapped = config.project > 0 ? linear(builder, "out", normal, config.project) : normal;
  return { features: mapped, ...(sequence && { sequence }) };
}

/** Emits a frozen encoder into an exported file; `present` blanks the vectors of missing cells. */
export function embedFrozen(
  onnx: OnnxBuilder,
  name: string,
  input: { readonly value: string; readonly present: string },
  trace: (graph: Graph, rows: number, weight: (weight: ImportedWeight) => Tensor) => Tensor,
): string {
  const [vectors] = embedImported(onnx, `${name}.encoder`, {
    inputs: { cells: input.value, present: input.present },
    rows: "present",
    trace: (graph, rows, weight) => [
      trace(graph, rows, weight).mul(graph.input("present", [rows, 1])),
    ],
  });
  return vectors;
}

/** What the user is told of an encoder that was used: its origin, its licence, and what the cache saved. */
export function encoderNotices(state: PretrainedState, encoder: OpenedEncoder): string[] {
  const { computed, found } = encoder.counts;
  const cells = `${computed} cells encoded, ${found} found in ${cacheFolder()}`;
  return [
    `encoder ${state.source}, licence ${state.licence}; ${state.mode === "frozen" ? cells : "trained with the rest"}`,
  ];
}

/** Facts for the report. */
export function describeEncoder(
  state: PretrainedState,
  encoder: OpenedEncoder | undefined,
): Record<string, string | number> {
  return {
    rows: state.rows,
    missing: state.missing,
    encoder: state.source,
    "encoder licence": state.licence,
    "encoder sha-256": state.hash.slice(0, 16),
    mode: state.mode,
    output: state.output,
    numbers: state.size,
    ...(state.mode === "frozen" &&
      encoder && {
        "cells encoded": encoder.counts.computed,
        "cells from the cache": encoder.counts.found,
      }),
  };
}
