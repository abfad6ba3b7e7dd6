import { grad, vjp } from "../compiler/grad.ts";
import { concat, Graph, type Tensor } from "../compiler/graph.ts";
import { isOp } from "../compiler/op.ts";
import type { DType } from "../core/dtype.ts";
import { ConfigError } from "../core/errors.ts";
import type { Random } from "../core/random.ts";
import type { RowArray } from "../data/rows.ts";
import { Builder, stepInputs } from "../nn/builder.ts";
import type { TracedWeights } from "../weighting/weighting.ts";
import { groupedLosses } from "./grouped-losses.ts";
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
  /**
   * What a task's loss in training is made of, where that is more than the loss of its own raw output:
   * names of results of `forward`, and what the loss of each counts. A row whose `there`, `[B, 1]`, is
   * 0 counts nothing.
   */
  readonly blends?: ReadonlyMap<string, readonly Blended[]>;
  /** The group of a parameter, such as `encoders` or `heads`, where there are such. */
  groupOf?(parameter: string): string | undefined;
  /** The groups from the tasks down to the inputs, as depths count. */
  readonly groupsFromTop?: readonly string[];
  /**
   * Varies the rows of a training batch in place, `view(feed)` being theirs. `random(name)` is a stream
   * of that name, fresh for each batch.
   */
  augment?(view: (feed: string) => RowArray, rows: number, random: (name: string) => Random): void;
  forward(
    builder: Builder,
    feeds: Readonly<Record<string, Tensor>>,
  ): Readonly<Record<string, Tensor>>;
}

/** A raw output that a task learns from. */
export interface Blended {
  readonly raw: string;
  readonly there?: string;
  readonly weight: number;
}

/** Which vector a gradient belongs to: the joint one, that of a task, or that of the penalties. */
export type GradientOf = "joint" | "penalty" | number;

export interface TrainingTrace {
  readonly builder: Builder;
  /** Named outputs: `losses`, `counts`, `next:<buffer>`, gradients, and `loss` of a joint trace. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** The outputs that are gradients: of what, in which parameter. */
  readonly gradients: ReadonlyMap<string, { readonly of: GradientOf; readonly parameter: string }>;
}

/** A step with a gradient a task. */
export interface TaskTrace extends TrainingTrace {
  /** Parameters that several tasks' losses depend on, in the order they were made. */
  readonly shared: ReadonlySet<string>;
  /** The task whose loss alone depends on a parameter. */
  readonly owners: ReadonlyMap<string, number>;
}

/** Declares the feeds for a batch of some rows. */
function declareFeeds(builder: Builder, network: Network, rows: number): Record<string, Tensor> {
  return Object.fromEntries(
    network.feeds.map((f) => [f.name, builder.feed(f.name, [rows, ...f.shape], f.dtype)]),
  );
}

/** The weighted sum of a task's losses, and of the weights (0 where the label is missing). */
function taskLoss(
  builder: Builder,
  task: ProblemTask,
  raw: Readonly<Record<string, Tensor>>,
  blended: readonly Blended[] | undefined,
  rows: number,
): { total: Tensor; count: Tensor } {
  const width = task.kind.labelWidth(task.state);
  const labels = builder.feed(`${task.name}.label`, [rows, width]);
  const weights = builder.feed(`${task.name}.weight`, [rows]);
  const lossOf = (truth: Tensor) =>
    builder.graph.scope(`loss.${task.name}`, () =>
      (blended ?? [{ raw: task.name, weight: 1, there: undefined }])
        .map(({ raw: name, there, weight }) => {
          const loss = task.kind.loss(raw[name], truth, task.state);
          const counted = there ? loss.mul(raw[there].reshape([rows])) : loss;
          return weight === 1 ? counted : counted.mul(weight);
        })
        .reduce((a, b) => a.add(b)),
    );
  const losses = lossOf(labels);
  const own = losses.mul(weights);
  const { mixture } = builder;
  if (!mixture || task.kind.objective) return { total: own.sum(), count: weights.sum() };
  // Row b is partly row B−1−b, and so is what is asked of it.
  const [otherLabels, otherWeights] = [builder.mirror(labels), builder.mirror(weights)];
  const other = lossOf(otherLabels).mul(otherWeights);
  const mixed = (a: Tensor, b: Tensor) => a.mul(mixture).add(b.mul(mixture.neg().add(1)));
  return { total: mixed(own, other).sum(), count: mixed(weights, otherWeights).sum() };
}

interface TracedLosses {
  readonly graph: Graph;
  readonly builder: Builder;
  /** Mean loss of each task over its labelled rows; 0 without any. */
  readonly means: readonly Tensor[];
  readonly counts: readonly Tensor[];
  /** The terms that layers add, scaled by what the batch counts in them. */
  readonly penalty: Tensor | undefined;
}

function traceLosses(network: Network, rows: number): TracedLosses {
  const graph = new Graph();
  const builder = new Builder(graph, true);
  const raw = network.forward(builder, declareFeeds(builder, network, rows));
  const means: Tensor[] = [];
  const counts: Tensor[] = [];
  const alone = builder.mixture ? [] : network.tasks.filter((t) => !network.blends?.has(t.name));
  const grouped = groupedLosses(builder, alone, raw, rows);
  for (const task of network.tasks) {
    const known = grouped.get(task.name);
    if (known) {
      means.push(known.mean);
      counts.push(known.count);
      continue;
    }
    const { total, count } = taskLoss(builder, task, raw, network.blends?.get(task.name), rows);
    // A batch without labels of a task adds nothing: 0 / tiny = 0.
    means.push(total.div(count.maximum(1e-12)));
    counts.push(count);
  }
  const penalty =
    builder.penalties.length === 0
      ? undefined
      : builder.penalties.reduce((a, b) => a.add(b)).mul(graph.input(stepInputs.penaltyShare, []));
  return { graph, builder, means, counts, penalty };
}

function lossOutputs({ builder, means, counts }: TracedLosses): Record<string, Tensor> {
  const outputs: Record<string, Tensor> = { losses: vectorOf(means), counts: vectorOf(counts) };
  for (const [name, next] of builder.updates) outputs[`next:${name}`] = next.stopGradient();
  return outputs;
}

function parameterTensors({ graph, builder }: TracedLosses): {
  names: string[];
  tensors: Tensor[];
} {
  const names = [...builder.parameters.keys()];
  const tensors = names.map((n) => graph.input(n, builder.parameters.get(n)?.shape ?? []));
  return { names, tensors };
}

/**
 * Traces one training step: the joint loss Σ λ_i L_i, each L_i the weighted mean over labelled rows,
 * with the penalties that layers add, and its gradient in every parameter, in one graph. λ is fed, or
 * a traced function of the losses.
 */
export function traceTraining(
  network: Network,
  rows: number,
  traced?: TracedWeights,
): TrainingTrace {
  const losses = traceLosses(network, rows);
  const { graph, builder, means, counts, penalty } = losses;
  const lambda = traced
    ? traced
        .weights(
          vectorOf(means),
          vectorOf(counts).gt(0).cast("float32"),
          graph.input(stepInputs.given, [traced.size]),
        )
        .stopGradient()
    : graph.input(stepInputs.lambda, [means.length]);
  let loss = network.tasks.some((t) => t.group)
    ? vectorOf(means).mul(lambda).sum()
    : means
        .map((mean, i) => mean.mul(lambda.slice(0, i, i + 1).reshape([])))
        .reduce((a, b) => a.add(b));
  if (penalty) loss = loss.add(penalty);
  const { names, tensors } = parameterTensors(losses);
  const outputs: Record<string, Tensor> = { loss: loss.reshape([1]), ...lossOutputs(losses) };
  const gradients: Map<string, { of: GradientOf; parameter: string }> = new Map();
  grad(loss, tensors).forEach((gradient, i) => {
    outputs[`∇${names[i]}`] = gradient;
    gradients.set(`∇${names[i]}`, { of: "joint", parameter: names[i] });
  });
  return { builder, outputs, gradients };
}

/**
 * Traces one training step with the gradient of every task in the parameters they share, one backward
 * pass a task in one graph. A parameter that one task alone depends on has that task's gradient.
 * @param all takes every parameter for shared.
 */
export function traceTaskGradients(network: Network, rows: number, all = false): TaskTrace {
  const losses = traceLosses(network, rows);
  const { builder, means, penalty } = losses;
  const { names, tensors } = parameterTensors(losses);
  const users = names.map((): number[] => []);
  means.forEach((mean, k) => {
    const reached = inputsOf(mean);
    names.forEach((name, i) => {
      if (reached.has(name)) users[i].push(k);
    });
  });
  const shared = new Set(names.filter((_, i) => all || users[i].length > 1));
  const owners = new Map(
    names.flatMap((name, i) =>
      users[i].length === 1 && !all ? [[name, users[i][0]] as const] : [],
    ),
  );
  const outputs = lossOutputs(losses);
  const gradients: Map<string, { of: GradientOf; parameter: string }> = new Map();
  const add = (
    label: string,
    of: GradientOf,
    loss: Tensor,
    wanted: (name: string, i: number) => boolean,
  ) => {
    const at = names.map((_, i) => i).filter((i) => wanted(names[i], i));
    grad(
      loss,
      at.map((i) => tensors[i]),
    ).forEach((gradient, j) => {
      const output = `${label}${names[at[j]]}`;
      outputs[output] = gradient;
      gradients.set(output, { of, parameter: names[at[j]] });
    });
  };
  means.forEach((mean, k) => {
    add(`∇${k}/`, k, mean, (name, i) => shared.has(name) && users[i].includes(k));
  });
  const own = means.reduce((a, b) => a.add(b));
  add("∇", "joint", penalty ? own.add(penalty) : own, (name) => !shared.has(name));
  if (penalty) add("∇+/", "penalty", penalty, (name) => shared.has(name));
  return { builder, outputs, gradients, shared, owners };
}

/** The one representation that every task is decided from. @throws ConfigError where there is none. */
function representationOf({ builder }: TracedLosses): Tensor {
  const { representations } = builder;
  if (representations.length === 1) return representations[0];
  throw new ConfigError(
    "CONFIG_INVALID",
    `learner.weighting: one representation that all tasks share, for level representation; got ${representations.length === 0 ? "none" : `${representations.length}, one for each part`}`,
    { hint: "share by `hard` and join the inputs' features before the trunk" },
  );
}

/**
 * Traces the losses and the Gram matrix `[K, K]` of their gradients with respect to the shared
 * representation: backward passes through the tasks' own layers only. @cite sener2018
 */
export function traceRepresentationGram(network: Network, rows: number): TrainingTrace {
  const losses = traceLosses(network, rows);
  const shared = representationOf(losses);
  const gradients = losses.means.map((mean) => grad(mean, [shared])[0].reshape([1, -1]));
  const all = concat(gradients, 0);
  const { losses: means, counts } = lossOutputs(losses);
  const gram = all.matmul(all.transpose());
  return {
    builder: losses.builder,
    outputs: { losses: means, counts, gram },
    gradients: new Map(),
  };
}

/**
 * Traces a step whose shared parameters move along one backward pass of Σ λ_i ∂L_i/∂z from the shared
 * representation z, and each task's own parameters along the gradient of its loss. @cite sener2018
 */
export function traceRepresentationStep(network: Network, rows: number): TaskTrace {
  const losses = traceLosses(network, rows);
  const { graph, builder, means, penalty } = losses;
  const shared = representationOf(losses);
  const lambda = graph.input(stepInputs.lambda, [means.length]);
  const pulls = means.map((mean, k) =>
    grad(mean, [shared])[0].mul(lambda.slice(0, k, k + 1).reshape([])),
  );
  const pull = pulls.reduce((a, b) => a.add(b));
  const { names, tensors } = parameterTensors(losses);
  const before = inputsOf(shared);
  const own = means.map(inputsOf);
  const upstream = new Set(names.filter((name) => before.has(name)));
  const owners = new Map(
    names.flatMap((name) => {
      const users = own.flatMap((reached, k) => (reached.has(name) ? [k] : []));
      return users.length === 1 && !upstream.has(name) ? [[name, users[0]] as const] : [];
    }),
  );
  const shares = vjp(shared, pull, tensors);
  const sum = means.reduce((a, b) => a.add(b));
  const apart = grad(sum, tensors);
  const penalties = penalty && grad(penalty, tensors);
  const outputs = lossOutputs(losses);
  const gradients: Map<string, { of: GradientOf; parameter: string }> = new Map();
  names.forEach((name, i) => {
    const gradient = upstream.has(name) ? shares[i] : apart[i];
    outputs[`∇${name}`] = penalties ? gradient.add(penalties[i]) : gradient;
    gradients.set(`∇${name}`, { of: "joint", parameter: name });
  });
  return { builder, outputs, gradients, shared: upstream, owners };
}

/** Traces the losses alone, as a step has them before its update. */
export function traceLossesOnly(network: Network, rows: number): TrainingTrace {
  const losses = traceLosses(network, rows);
  const { losses: means, counts } = lossOutputs(losses);
  return { builder: losses.builder, outputs: { losses: means, counts }, gradients: new Map() };
}

/** Names of the graph inputs that a value depends on. */
function inputsOf(tensor: Tensor): Set<string> {
  const names = new Set<string>();
  const seen = new Set([tensor.node]);
  const stack = [tensor.node];
  while (stack.length > 0) {
    const node = stack.pop() as Tensor["node"];
    if (isOp(node, "input")) names.add(node.params.name);
    for (const input of node.inputs) {
      if (seen.has(input)) continue;
      seen.add(input);
      stack.push(input);
    }
  }
  return names;
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

function vectorOf(scalars: readonly Tensor[]): Tensor {
  const parts = scalars.map((t) => t.reshape([1]));
  return parts.length === 1 ? parts[0] : parts[0].graph.apply("concat", parts, { axis: 0 });
}
