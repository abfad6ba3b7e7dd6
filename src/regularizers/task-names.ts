import { Graph } from "../compiler/graph.ts";
import type { Regularizer, WeightLayout } from "./regularizer.ts";

/**
 * Checks the names of tasks in the options of a regulariser, tasks having one output each.
 * @throws ConfigError CONFIG_INVALID for names of tasks that are not there, or that are left out.
 */
export function checkTaskNames<Config>(
  regularizer: Regularizer<Config>,
  config: Config,
  tasks: readonly string[],
): void {
  const outputs = tasks.length;
  const layout: WeightLayout = {
    features: 1,
    outputs,
    tasks: tasks.map((name, start) => ({ name, start, size: 1 })),
  };
  const zeros = new Float64Array(outputs);
  if (regularizer.form === "smooth") {
    regularizer.penalty(new Graph().input("w", [1, outputs]), config, layout);
  } else if (regularizer.form === "proximal") regularizer.value(zeros, config, layout);
  else for (const { penalty } of regularizer.parts) penalty.value(zeros, config, layout);
}
