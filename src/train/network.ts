import { grad } from "../compiler/grad.ts";
import { Graph, type Tensor } from "../compiler/graph.ts";
import type { DType } from "../core/dtype.ts";
import { Builder, stepInputs } from "../nn/builder.ts";
import type { ProblemTask } from "./problem.ts";

/** A per-row tensor that the function reads from the row store. */
export interface NetworkFeed {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/**
 * A function of rows with parameters, written once and traced for training, for evaluation and for
 * export: f(x; θ) with one raw output `[B, size]` a task.
 */
export interface Network {
  readonly feeds: readonly NetworkFeed[];
  readonly tasks: readonly ProblemTask[];
  forward(
    builder: Builder,
    feeds: Readonly<Record<string, Tensor>>,
  ): Readonly<Record<string, Tensor>>;
}

export interface TrainingTrace {
  readonly builder: Builder;
  /** Named outputs: `loss`, `losses`, `counts`, `∇<parameter>`, `next:<buffer>`. */
  readonly outputs: Readonly<Record<string, Tensor>>;
}

/** Declares the feeds for a batch of some rows. */
function declareFeeds(builder: Builder, network: Network, rows: number): Record<string, Tensor> {
  return Object.fromEntries(
    network.feeds.map((f) => [f.name, builder.feed(f.name, [rows, ...f.shape], f.dtype)]),
  );
}

/** Per-row losses of a task, and their weights (0 where the label is missing). */
function taskLoss(
  builder: Builder,
  task: ProblemTask,
  raw: Tensor,
  rows: number,
): { losses: Tensor; weights: Tensor } {
  const width = task.kind.labelWidth(task.state);
  const labels = builder.feed(`${task.name}.label`, [rows, width]);
  const weights = builder.feed(`${task.name}.weight`, [rows]);
  const losses = builder.graph.scope(`loss.${task.name}`, () =>
    task.kind.loss(raw, labels, task.state),
  );
  return { losses, weights };
}

/**
 * Traces one training step: the joint loss Σ λ_i L_i, each L_i the weighted mean over labelled rows,
 * with the penalties that layers add, and its gradient in every parameter, in one graph.
 */
export function traceTraining(network: Network, rows: number): TrainingTrace {
  const graph = new Graph();
  const builder = new Builder(graph, true);
  const raw = network.forward(builder, declareFeeds(builder, network, rows));
  const lambda = graph.input(stepInputs.lambda, [network.tasks.length]);
  const means: Tensor[] = [];
  const counts: Tensor[] = [];
  let joint: Tensor | undefined;
  network.tasks.forEach((task, i) => {
    const { losses, weights } = taskLoss(builder, task, raw[task.name], rows);
    const count = weights.sum();
    // A batch without labels of a task adds nothing: 0 / tiny = 0.
    const mean = losses.mul(weights).sum().div(count.maximum(1e-12));
    means.push(mean.reshape([1]));
    counts.push(count.reshape([1]));
    const part = mean.mul(lambda.slice(0, i, i + 1).reshape([]));
    joint = joint ? joint.add(part) : part;
  });
  let loss = joint as Tensor;
  if (builder.penalties.length > 0) {
    const penalty = builder.penalties.reduce((a, b) => a.add(b));
    loss = loss.add(penalty.mul(graph.input(stepInputs.penaltyShare, [])));
  }
  const names = [...builder.parameters.keys()];
  const parameters = names.map((n) => graph.input(n, builder.parameters.get(n)?.shape ?? []));
  const gradients = grad(loss, parameters);
  const outputs: Record<string, Tensor> = {
    loss: loss.reshape([1]),
    losses: joinVectors(means),
    counts: joinVectors(counts),
  };
  names.forEach((name, i) => {
    outputs[`∇${name}`] = gradients[i];
  });
  for (const [name, next] of builder.updates) outputs[`next:${name}`] = next.stopGradient();
  return { builder, outputs };
}

/** Traces raw outputs alone, as used for prediction: output name → `[B, size]`. */
export function traceForward(
  network: Network,
  rows: number,
): { builder: Builder; outputs: Record<string, Tensor> } {
  const builder = new Builder(new Graph(), false);
  const raw = network.forward(builder, declareFeeds(builder, network, rows));
  return { builder, outputs: Object.fromEntries(network.tasks.map((t) => [t.name, raw[t.name]])) };
}

function joinVectors(parts: readonly Tensor[]): Tensor {
  return parts.length === 1 ? parts[0] : parts[0].graph.apply("concat", parts, { axis: 0 });
}
