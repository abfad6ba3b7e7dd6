import type { Tensor } from "../../compiler/graph.ts";
import type { Fusion, Part } from "../../fusion/fusion.ts";
import { fusions } from "../../fusion/fusions.ts";
import type { Builder } from "../../nn/builder.ts";
import { normal, values, xavier } from "../../nn/initializers.ts";
import { mlp } from "../../nn/mlp.ts";
import type { Sharing } from "../../sharing/sharing.ts";
import { sharings } from "../../sharing/sharings.ts";
import type { Network, NetworkFeed } from "../../train/network.ts";
import type { Problem, ProblemInput } from "../../train/problem.ts";
import type { NeuralConfig } from "./config.ts";

/**
 * Encoders → fusion → sharing → heads, as one function of the rows. An input whose cell is missing
 * is represented by a learned vector; a head's bias starts at its task's prior.
 */
export function neuralNetwork(
  problem: Pick<Problem, "inputs" | "tasks">,
  config: NeuralConfig,
): Network {
  const { inputs, tasks } = problem;
  const feeds: NetworkFeed[] = inputs.flatMap((input) => [
    ...input.modality.network
      .feeds(input.state)
      .map((f) => ({ ...f, name: `${input.name}.${f.name}` })),
    { name: `${input.name}.present`, dtype: "float32" as const, shape: [1] },
  ]);
  return {
    feeds,
    tasks,
    forward(builder, fed) {
      const parts = mergeBlocks(
        builder,
        inputs,
        inputs.map((input) => encode(builder, input, fed, config)),
      );
      const fusion = fusions[config.fusion.type as keyof typeof fusions] as Fusion;
      const fused = builder.scope("fusion", () => fusion.build(builder, parts, config.fusion));
      const sharing = sharings[config.sharing.type as keyof typeof sharings] as Sharing;
      const shared = tasks.map((t) => ({ name: t.name, size: t.kind.outputSize(t.state) }));
      const blocks = {
        trunk: (name: string, x: Tensor) => mlp(builder, name, x, config.trunk),
        tower: (name: string, x: Tensor) => mlp(builder, `tower.${name}`, x, config.tower),
      };
      const last = builder.scope("sharing", () =>
        sharing.build(builder, fused, shared, blocks, config.sharing),
      );
      return Object.fromEntries(
        tasks.map((t, i) => [
          t.name,
          builder.scope(`head.${t.name}`, () => head(builder, last[i], t.kind.prior(t.state))),
        ]),
      );
    },
  };
}

/** One input's features, `[B, D]`, with a learned vector where the cell is missing. */
function encode(
  builder: Builder,
  input: ProblemInput,
  fed: Readonly<Record<string, Tensor>>,
  config: NeuralConfig,
): Part {
  return builder.scope(`encoder.${input.name}`, () => {
    const present = fed[`${input.name}.present`];
    const feeds = Object.fromEntries(
      input.modality.network
        .feeds(input.state)
        .map((f) => [f.name, fed[`${input.name}.${f.name}`]]),
    );
    const encoded = input.modality.network.encoder(
      builder,
      feeds,
      present,
      input.state,
      input.options,
    );
    const missing = builder.parameter("missing", [encoded.shape[1]], normal(0.02), {
      decay: false,
    });
    const features = encoded.mul(present).add(missing.mul(present.neg().add(1)));
    return { name: input.name, features: builder.dropout(features, config.inputDropout), present };
  });
}

/** Inputs of one block (the columns of a table) meet before fusion. */
function mergeBlocks(
  builder: Builder,
  inputs: readonly ProblemInput[],
  parts: readonly Part[],
): Part[] {
  const merged: Part[] = [];
  const table = parts.filter((_, i) => inputs[i].modality.block === "table");
  if (table.length > 0) {
    const features =
      table.length === 1
        ? table[0].features
        : builder.graph.apply(
            "concat",
            table.map((p) => p.features),
            { axis: 1 },
          );
    const present = table.map((p) => p.present).reduce((a, b) => a.maximum(b));
    merged.push({ name: "table", features, present });
  }
  return [...merged, ...parts.filter((_, i) => inputs[i].modality.block === "own")];
}

function head(builder: Builder, x: Tensor, prior: Float64Array): Tensor {
  const weight = builder.parameter("weight", [x.shape[1], prior.length], xavier);
  const bias = builder.parameter("bias", [prior.length], values(prior), { decay: false });
  return x.gemm(weight, bias);
}
