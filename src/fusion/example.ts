/** A made-up problem on which every fusion is traced and checked. */
import { Graph, type Tensor } from "../compiler/graph.ts";
import { compileJs } from "../compiler/js/run.ts";
import { Random } from "../core/random.ts";
import { sizeOf } from "../core/shape.ts";
import { Builder } from "../nn/builder.ts";
import { linear } from "../nn/linear.ts";
import type { DecidedTask, Fusion, Part } from "./fusion.ts";
import { type FusionName, fusions } from "./fusions.ts";

export interface ExampleOptions {
  /** Parts a, b, c, d with these widths. */
  readonly widths?: readonly number[];
  readonly config?: Readonly<Record<string, unknown>>;
  /** Vectors, two numbers each, of the sequence behind a part; 0 is none. */
  readonly lengths?: readonly number[];
  readonly rows?: number;
  readonly training?: boolean;
}

export interface Example {
  readonly builder: Builder;
  readonly parts: readonly Part[];
  /** What the fusion of features gives; all tasks' raw outputs side by side for one of decisions. */
  readonly fused: Tensor;
  /** Raw outputs of all tasks side by side, `[B, 5]`. */
  readonly raw: Tensor;
  /** Half the squared distance of raw outputs to `label`, with penalties. */
  readonly loss: Tensor;
}

/** A yes or no, one of three classes, and a number. */
export const exampleTasks: readonly (DecidedTask & { readonly size: number })[] = [
  { name: "yes", size: 1, posterior: "sigmoid", prior: Float64Array.of(-0.5) },
  { name: "kind", size: 3, posterior: "softmax", prior: Float64Array.of(-1.2, -0.9, -1.6) },
  { name: "much", size: 1, posterior: undefined, prior: Float64Array.of(0.3) },
];

export const rawSize = exampleTasks.reduce((sum, t) => sum + t.size, 0);

/** Traces a fusion of parts `<name>.features` and `<name>.present` with heads and a loss. */
export function traceExample(name: FusionName, options: ExampleOptions = {}): Example {
  const { widths = [3, 2], lengths = [], rows = 5, training = false } = options;
  const builder = new Builder(new Graph(), training);
  const parts = widths.map((width, i): Part => {
    const part = "abcd"[i];
    return {
      name: part,
      features: builder.feed(`${part}.features`, [rows, width]),
      present: builder.feed(`${part}.present`, [rows, 1]),
      ...(lengths[i] > 0 && {
        sequence: {
          values: builder.feed(`${part}.sequence`, [rows, lengths[i], 2]),
          mask: builder.feed(`${part}.mask`, [rows, lengths[i]]),
        },
      }),
    };
  });
  const fusion: Fusion = fusions[name];
  const config = fusion.config.parse(options.config ?? {});
  fusion.check?.(
    parts.map((p) => p.name),
    config,
  );
  const side = (tensors: readonly Tensor[]) => builder.graph.apply("concat", tensors, { axis: 1 });
  const head = (scope: string, x: Tensor, task: (typeof exampleTasks)[number]) =>
    linear(builder, `head.${scope}${task.name}`, x, task.size);
  let fused: Tensor;
  let raw: Tensor;
  if (fusion.form === "features") {
    fused = fusion.build(builder, parts, config);
    raw = side(exampleTasks.map((task) => head("", fused, task)));
  } else {
    const combined = exampleTasks.map((task) => {
      const decisions = parts.map((p) => ({ ...p, raw: head(`${p.name}.`, p.features, task) }));
      return builder.scope(task.name, () => fusion.combine(builder, decisions, task, config));
    });
    raw = fused = side(combined);
  }
  const distance = raw
    .sub(builder.feed("label", [rows, rawSize]))
    .sumSquares()
    .mul(0.5);
  const loss = [distance, ...builder.penalties].reduce((a, b) => a.add(b));
  return { builder, parts, fused, raw, loss };
}

/** Rows, labels, draws, and parameters at their first values plus noise; the same names, the same values. */
export function exampleFeeds(
  { builder, parts, raw }: Example,
  seed = 7,
): Record<string, Float64Array> {
  const feeds: Record<string, Float64Array> = {};
  const [rows] = raw.shape;
  const draw = (name: string, size: number, value: (random: Random) => number) => {
    const random = Random.from(seed, name);
    feeds[name] = Float64Array.from({ length: size }, () => value(random));
  };
  for (const { name, features, sequence } of parts) {
    draw(`${name}.features`, features.size, (random) => Math.fround(random.normal()));
    feeds[`${name}.present`] = new Float64Array(rows).fill(1);
    if (!sequence) continue;
    draw(`${name}.sequence`, sequence.values.size, (random) => Math.fround(random.normal()));
    feeds[`${name}.mask`] = new Float64Array(sequence.mask.size).fill(1);
  }
  draw("label", raw.size, (random) => random.normal());
  for (const spec of builder.parameters.values()) {
    const random = Random.from(seed, spec.name);
    const start = new Float32Array(sizeOf(spec.shape));
    spec.initialize(start, spec.shape, random);
    feeds[spec.name] = Float64Array.from(start, (v) => Math.fround(v + 0.1 * random.normal()));
  }
  for (const { name, shape } of builder.masks)
    draw(name, sizeOf(shape), (random) => random.uniform());
  return feeds;
}

/** The values of a tensor of an example. */
export function valuesOf(
  tensor: Tensor,
  feeds: Readonly<Record<string, Float64Array>>,
): Float64Array {
  return compileJs([tensor]).run(feeds)[0].slice();
}
