/** A made-up problem on which every sharing is traced and checked. */
import { binaryCrossEntropy } from "../compiler/compose.ts";
import { Graph, type Tensor } from "../compiler/graph.ts";
import { compileJs } from "../compiler/js/run.ts";
import { Random } from "../core/random.ts";
import { sizeOf } from "../core/shape.ts";
import { Builder } from "../nn/builder.ts";
import { zeros } from "../nn/initializers.ts";
import { linear } from "../nn/linear.ts";
import { mlp, mlpLayer } from "../nn/mlp.ts";
import type { Blocks, SharedTask, Sharing } from "./sharing.ts";
import { type SharingName, sharings } from "./sharings.ts";

export interface ExampleOptions {
  /** Binary tasks a, b, c, … */
  readonly tasks?: number;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly rows?: number;
  readonly training?: boolean;
  readonly features?: number;
  readonly trunk?: readonly number[];
  readonly tower?: readonly number[];
  readonly activation?: "tanh" | "relu";
}

export interface Example {
  readonly builder: Builder;
  readonly tasks: readonly SharedTask[];
  /** What enters the heads. */
  readonly representations: readonly Tensor[];
  readonly raw: Readonly<Record<string, Tensor>>;
  /** The joint loss of labels `<task>.label` with penalties. */
  readonly loss: Tensor;
}

/** Binary tasks named a, b, c, … */
export function exampleTasks(count: number): SharedTask[] {
  return Array.from({ length: count }, (_, i) => ({
    name: String.fromCharCode(97 + i),
    kind: "binary",
    size: 1,
    features: (raw) => raw.sigmoid(),
  }));
}

/** Traces a sharing on rows `x [rows, features]` with heads and a joint loss. */
export function traceExample(name: SharingName, options: ExampleOptions = {}): Example {
  const { rows = 6, training = false, features = 5, activation = "tanh" } = options;
  const tasks = exampleTasks(options.tasks ?? 2);
  const builder = new Builder(new Graph(), training);
  const x = builder.feed("x", [rows, features]);
  const trunk = { sizes: options.trunk ?? [6, 4], activation };
  const tower = { sizes: options.tower ?? [], activation };
  const blocks: Blocks = {
    depth: trunk.sizes.length,
    trunk: (n, h) => mlp(builder, n, h, trunk),
    layer: (n, index, h) => mlpLayer(builder, n, index, h, trunk),
    tower: (n, h) => mlp(builder, `tower.${n}`, h, tower),
    head: (n, h) =>
      builder.outside(() => linear(builder, `head.${n}`, h, 1, { biasInitializer: zeros })),
  };
  const sharing: Sharing = sharings[name];
  const config = sharing.config.parse(options.config ?? {});
  sharing.check?.(tasks, config);
  const representations = sharing.build(builder, x, tasks, blocks, config);
  const heads = Object.fromEntries(
    tasks.map((t, i) => [t.name, blocks.head(t.name, representations[i])]),
  );
  const raw = sharing.combine?.(heads, tasks, config) ?? heads;
  const losses = tasks.map((t) =>
    binaryCrossEntropy(raw[t.name], builder.feed(`${t.name}.label`, [rows, 1])).mean(),
  );
  const loss = [...losses, ...builder.penalties].reduce((a, b) => a.add(b));
  return { builder, tasks, representations, raw, loss };
}

/** Rows, labels, draws, and parameters at their first values plus noise; the same names, the same values. */
export function exampleFeeds(
  { builder, tasks }: Example,
  options: { readonly rows?: number; readonly features?: number; readonly seed?: number } = {},
): Record<string, Float64Array> {
  const { rows = 6, features = 5, seed = 7 } = options;
  const feeds: Record<string, Float64Array> = {};
  const draw = (name: string, size: number, value: (random: Random) => number) => {
    const random = Random.from(seed, name);
    feeds[name] = Float64Array.from({ length: size }, () => value(random));
  };
  draw("x", rows * features, (random) => random.normal());
  for (const { name } of tasks) draw(`${name}.label`, rows, (random) => random.integer(2));
  for (const spec of builder.parameters.values()) {
    const random = Random.from(seed, spec.name);
    const start = new Float32Array(sizeOf(spec.shape));
    spec.initialize(start, spec.shape, random);
    feeds[spec.name] = Float64Array.from(start, (v) => Math.fround(v + 0.1 * random.normal()));
  }
  for (const { name, shape } of builder.masks)
    draw(name, sizeOf(shape), (random) => random.uniform());
  feeds.progress = Float64Array.of(0.5);
  return feeds;
}

/** Raw outputs of every task. */
export function rawOf(
  example: Example,
  feeds: Readonly<Record<string, Float64Array>> = exampleFeeds(example),
): Float64Array[] {
  return compileJs(Object.values(example.raw))
    .run(feeds)
    .map((values) => values.slice());
}

/** Feeds with a part of their names changed: one sharing's parameters for another. */
export function renamed(
  feeds: Readonly<Record<string, Float64Array>>,
  from: string,
  to: string,
): Record<string, Float64Array> {
  return Object.fromEntries(Object.entries(feeds).map(([k, v]) => [k.replace(from, to), v]));
}
