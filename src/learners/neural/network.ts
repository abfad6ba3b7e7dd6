import type { Tensor } from "../../compiler/graph.ts";
import type { Fusion, Part } from "../../fusion/fusion.ts";
import { fusions } from "../../fusion/fusions.ts";
import type { Builder } from "../../nn/builder.ts";
import { normal, values, xavier } from "../../nn/initializers.ts";
import { mlp, mlpLayer } from "../../nn/mlp.ts";
import type { Blocks, SharedTask, Sharing } from "../../sharing/sharing.ts";
import { sharings } from "../../sharing/sharings.ts";
import type { Network, NetworkFeed } from "../../train/network.ts";
import type { Problem, ProblemInput, ProblemTask } from "../../train/problem.ts";
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
      const shared = tasks.map(sharedTask);
      sharing.check?.(shared, config.sharing);
      const priors = Object.fromEntries(tasks.map((t) => [t.name, t.kind.prior(t.state)]));
      const started = sharing.priors?.(priors, shared, config.sharing) ?? priors;
      const blocks: Blocks = {
        depth: config.trunk.sizes.length,
        trunk: (name, x) => mlp(builder, name, x, config.trunk),
        layer: (name, index, x) => mlpLayer(builder, name, index, x, config.trunk),
        tower: (name, x) => mlp(builder, `tower.${name}`, x, config.tower),
        head: (name, x) =>
          builder.outside(() =>
            builder.scope(`head.${name}`, () => head(builder, x, started[name])),
          ),
      };
      const last = builder.scope("sharing", () =>
        sharing.build(builder, fused, shared, blocks, config.sharing),
      );
      const raw = Object.fromEntries(tasks.map((t, i) => [t.name, blocks.head(t.name, last[i])]));
      return sharing.combine?.(raw, shared, config.sharing) ?? raw;
    },
  };
}

/** What a sharing may know of a task. */
function sharedTask({ name, kind, state }: ProblemTask): SharedTask {
  return {
    name,
    kind: kind.name,
    size: kind.outputSize(state),
    features(raw) {
      const { probability, probabilities = probability } = kind.link(raw, state);
      return probabilities ? probabilities.reshape([raw.shape[0], -1]) : raw;
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
