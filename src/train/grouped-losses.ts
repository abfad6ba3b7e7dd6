import { concat, type Tensor } from "../compiler/graph.ts";
import type { Builder } from "../nn/builder.ts";
import type { ProblemTask } from "./problem.ts";

/** Mean loss of a task over its labelled rows, and the sum of their weights. */
interface TaskMean {
  readonly mean: Tensor;
  readonly count: Tensor;
}

/**
 * The losses of tasks of one group as one tensor `[B, K]`, where a loop over the tasks would make so many
 * nodes of each. Tasks of a group have the same state, so that their losses are one function.
 */
export function groupedLosses(
  builder: Builder,
  tasks: readonly ProblemTask[],
  raw: Readonly<Record<string, Tensor>>,
  rows: number,
): ReadonlyMap<string, TaskMean> {
  const found = new Map<string, TaskMean>();
  for (const name of new Set(tasks.flatMap((task) => task.group?.task ?? []))) {
    const members = tasks.filter((task) => task.group?.task === name);
    if (members.length < 2) continue;
    const [{ kind, state }] = members;
    const count = members.length;
    const sideBySide = (of: (task: ProblemTask) => Tensor, width: number) =>
      concat(members.map(of), 1).reshape([rows * count, width]);
    const size = kind.outputSize(state);
    const width = kind.labelWidth(state);
    const outputs = sideBySide((t) => raw[t.name], size);
    const labels = sideBySide((t) => builder.feed(`${t.name}.label`, [rows, width]), width);
    const weights = concat(
      members.map((t) => builder.feed(`${t.name}.weight`, [rows]).reshape([rows, 1])),
      1,
    );
    const losses = builder.graph.scope(`loss.${name}`, () => kind.loss(outputs, labels, state));
    const counts = weights.sum([0]);
    // A batch without labels of a task adds nothing: 0 / tiny = 0.
    const means = losses.reshape([rows, count]).mul(weights).sum([0]).div(counts.maximum(1e-12));
    members.forEach((task, k) => {
      const own = (all: Tensor) => all.slice(0, k, k + 1).reshape([]);
      found.set(task.name, { mean: own(means), count: own(counts) });
    });
  }
  return found;
}
