import { concat, type Tensor } from "../../compiler/graph.ts";
import { sizeOf } from "../../core/shape.ts";
import { values, zeros } from "../../nn/initializers.ts";
import type { Network, NetworkFeed } from "../../train/network.ts";
import type { Problem, ProblemTask } from "../../train/problem.ts";
import type { NamedWeights } from "../named-weights.ts";
import type { Prior } from "./around.ts";

/** Features of one block: a range of the rows of the weight matrix. */
export type DesignBlock = {
  /** Name of the block's weights. */
  readonly name: string;
  readonly start: number;
  readonly size: number;
} & (
  | { readonly kind: "dense"; readonly feed: string }
  | {
      readonly kind: "sparse";
      readonly ids: string;
      readonly values: string;
      /** Entries a row, unused ones included. */
      readonly width: number;
    }
);

/** Outputs of one task: a range of the columns of the weight matrix. */
export interface DesignTask {
  readonly task: ProblemTask;
  readonly start: number;
  readonly size: number;
}

/** The shape of a linear model: features down, outputs across. Dense blocks come first. */
export interface Design {
  readonly blocks: readonly DesignBlock[];
  readonly tasks: readonly DesignTask[];
  readonly feeds: readonly NetworkFeed[];
  /** Features of dense blocks, and of all. */
  readonly dense: number;
  readonly features: number;
  readonly outputs: number;
  featureName(feature: number): string;
  /** What a block calls one of its features. */
  nameIn(block: number, id: number): string;
  /** The input that a block belongs to. */
  inputOf(block: number): string;
}

/** Lays out the fixed features of all inputs and the outputs of all tasks. */
export function designOf({ inputs, tasks }: Pick<Problem, "inputs" | "tasks">): Design {
  const found = inputs.flatMap((input) => {
    const feeds = input.modality.features.feeds(input.state);
    const feedOf = (name: string) => {
      const feed = feeds.find((f) => f.name === name);
      return {
        name: `${input.name}.${name}`,
        dtype: feed?.dtype ?? "float32",
        width: sizeOf(feed?.shape ?? []),
      };
    };
    return input.modality.features
      .blocks(input.state)
      .map((block) => ({ input: input.name, block, feedOf }));
  });
  const ordered = [
    ...found.filter((f) => f.block.kind === "dense"),
    ...found.filter((f) => f.block.kind === "sparse"),
  ];
  const blocks: DesignBlock[] = [];
  const feeds: NetworkFeed[] = [];
  let start = 0;
  let dense = 0;
  for (const { input, block, feedOf } of ordered) {
    // Texts without a word have no features: one that no row has stands for them.
    const size = block.kind === "dense" ? block.names.length : Math.max(1, block.size);
    const place = {
      name: `${input}.${block.kind === "dense" ? block.feed : block.ids}`,
      start,
      size,
    };
    if (block.kind === "dense") {
      const { name, dtype } = feedOf(block.feed);
      blocks.push({ kind: "dense", feed: name, ...place });
      feeds.push({ name, dtype, shape: [size] });
      dense += size;
    } else {
      const ids = feedOf(block.ids);
      const weights = feedOf(block.values);
      blocks.push({
        kind: "sparse",
        ids: ids.name,
        values: weights.name,
        width: ids.width,
        ...place,
      });
      feeds.push({ name: ids.name, dtype: "int32", shape: [ids.width] });
      feeds.push({ name: weights.name, dtype: "float32", shape: [ids.width] });
    }
    start += size;
  }
  let outputs = 0;
  const designTasks = tasks.map((task) => {
    const size = task.kind.outputSize(task.state);
    outputs += size;
    return { task, start: outputs - size, size };
  });
  return {
    blocks,
    tasks: designTasks,
    feeds,
    dense,
    features: start,
    outputs,
    featureName(feature) {
      const at = blocks.findIndex((b) => feature < b.start + b.size);
      return `${ordered[at].input}: ${this.nameIn(at, feature - blocks[at].start)}`;
    },
    nameIn(at, id) {
      const { block } = ordered[at];
      return block.kind === "dense" ? block.names[id] : block.name(id);
    },
    inputOf: (at) => ordered[at].input,
  };
}

/** What the rows of each parameter are called; the columns are the tasks' outputs, side by side. */
export function namedWeights(design: Design, intercept: boolean): NamedWeights[] {
  const { blocks, outputs } = design;
  const weights = blocks.map(({ name, size }, at): NamedWeights => {
    const input = design.inputOf(at);
    return {
      name: `weight.${name}`,
      shape: [size, outputs],
      input,
      feed: name.slice(input.length + 1),
      features: Array.from({ length: size }, (_, id) => design.nameIn(at, id)),
    };
  });
  return intercept ? [...weights, { name: "bias", shape: [outputs] }] : weights;
}

/**
 * The linear model as a function of batches: for prediction, export and stochastic training.
 * @param prior weights to which the parameters are then changes, for training that penalises changes.
 */
export function linearNetwork(design: Design, intercept: boolean, prior?: Prior): Network {
  const { outputs } = design;
  return {
    feeds: design.feeds,
    tasks: design.tasks.map((t) => t.task),
    forward(builder, fed) {
      const parts = design.blocks.map((block) => {
        const product = (weight: Tensor) =>
          block.kind === "dense"
            ? fed[block.feed].cast("float32").matmul(weight)
            : sparseProduct(fed[block.ids], fed[block.values], weight);
        const weight = builder.parameter(`weight.${block.name}`, [block.size, outputs], zeros);
        const change = product(weight);
        if (prior === undefined) return change;
        const [from, to] = [block.start * outputs, (block.start + block.size) * outputs];
        const known = Float32Array.from(prior.weights.subarray(from, to));
        return change.add(product(builder.graph.constant(known, [block.size, outputs])));
      });
      const products = parts.reduce((a, b) => a.add(b));
      const start = design.tasks.flatMap(({ task }) => [...task.kind.prior(task.state)]);
      const free = design.features * outputs;
      const known = prior && Float32Array.from(prior.weights.subarray(free));
      const bias = start.map((value, o) => (prior?.taken[free + o] === 1 ? 0 : value));
      const changed = intercept
        ? products.add(builder.parameter("bias", [outputs], values(bias), { decay: false }))
        : products;
      const raw = known ? changed.add(builder.graph.constant(known, [outputs])) : changed;
      return Object.fromEntries(
        design.tasks.map(({ task, start, size }) => [task.name, raw.slice(1, start, start + size)]),
      );
    },
  };
}

/** `Σ_k values[k] · weight[ids[k]]` a row; negative ids add nothing. */
function sparseProduct(ids: Tensor, weights: Tensor, table: Tensor): Tensor {
  const [rows, width] = ids.shape;
  const kept = weights.mul(ids.ge(0).cast("float32"));
  const picked = table.gather(ids.maximum(0));
  return kept.reshape([rows, 1, width]).matmul(picked).reshape([rows, table.shape[1]]);
}

/** Dense features of all blocks side by side. */
export function denseFeatures(design: Design, fed: (name: string) => Tensor): Tensor | undefined {
  const parts = design.blocks.flatMap((b) =>
    b.kind === "dense" ? [fed(b.feed).cast("float32")] : [],
  );
  return parts.length > 1 ? concat(parts, 1) : parts[0];
}
