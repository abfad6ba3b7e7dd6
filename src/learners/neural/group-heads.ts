import type { Tensor } from "../../compiler/graph.ts";
import type { Builder, Initializer } from "../../nn/builder.ts";
import { values, xavier } from "../../nn/initializers.ts";
import type { ProblemTask } from "../../train/problem.ts";
import type { Weighting } from "../../weighting/weighting.ts";
import { weightings } from "../../weighting/weightings.ts";
import type { NeuralConfig } from "./config.ts";

/**
 * The heads of tasks of one group as one matrix `[width, K·size]`, where they read the same features: one
 * product in the place of K. Not where weights are tied, or tasks have gradients of their own.
 * @param within builds in the scope of a head.
 */
export function groupHeads(
  builder: Builder,
  tasks: readonly ProblemTask[],
  last: readonly Tensor[],
  { regularization, weighting }: Pick<NeuralConfig, "regularization" | "weighting">,
  within: (name: string, build: () => Tensor) => Tensor,
): ReadonlyMap<string, Tensor> {
  const raw = new Map<string, Tensor>();
  const { needs } = weightings[weighting.type as keyof typeof weightings] as Weighting;
  if (regularization.tasks.type !== "none" || needs === "gradients") return raw;
  if (needs === "validationGradients") return raw;
  for (const name of new Set(tasks.flatMap((t) => t.group?.task ?? []))) {
    const members = tasks.flatMap((task, i) => (task.group?.task === name ? [i] : []));
    const x = last[members[0]];
    if (members.some((i) => last[i].node !== x.node)) continue;
    const prior = tasks[members[0]].kind.prior(tasks[members[0]].state);
    const size = prior.length;
    const all = within(name, () => {
      const weight = builder.parameter(
        "weight",
        [x.shape[1], members.length * size],
        apart(members.length),
      );
      const start = Float64Array.from({ length: members.length * size }, (_, i) => prior[i % size]);
      const bias = builder.parameter("bias", [start.length], values(start), { decay: false });
      return x.gemm(weight, bias);
    });
    members.forEach((i, k) => {
      raw.set(tasks[i].name, all.slice(1, k * size, (k + 1) * size));
    });
  }
  return raw;
}

/** Starts each of `count` matrices that lie side by side as if it were alone. */
function apart(count: number): Initializer {
  return (out, [width, total], random) => {
    const size = total / count;
    const one = new Float32Array(width * size);
    for (let k = 0; k < count; k++) {
      xavier(one, [width, size], random);
      for (let row = 0; row < width; row++)
        out.set(one.subarray(row * size, (row + 1) * size), row * total + k * size);
    }
  };
}
