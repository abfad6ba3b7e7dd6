import { z } from "zod";
import { concat, type Tensor } from "../compiler/graph.ts";
import { optionError, requireTask } from "./requirements.ts";
import type { SharedTask, Sharing } from "./sharing.ts";

const config = z
  .strictObject({
    dependsOn: z
      .record(z.string(), z.array(z.string().min(1)))
      .default({})
      .describe(
        "Tasks whose predictions a task reads, such as `purchase: [click]`; no task may wait for itself.",
      ),
    stopGradient: z
      .boolean()
      .default(true)
      .describe("Whether a task's loss leaves the tasks whose predictions it reads alone."),
  })
  .describe("Options of dependencies between tasks.");

type Options = z.infer<typeof config>;
type NamedTask = Pick<SharedTask, "name" | "kind">;

/**
 * The tasks so that each comes after those it depends on.
 * @throws ConfigError CONFIG_INVALID for an unknown name, or naming a cycle.
 */
export function dependencyOrder<T extends NamedTask>(
  tasks: readonly T[],
  dependsOn: Options["dependsOn"],
): T[] {
  const order: T[] = [];
  const path: string[] = [];
  const byName = new Map(tasks.map((t) => [t.name, t]));
  const visit = (name: string): void => {
    const task = byName.get(name) as T;
    if (order.includes(task)) return;
    const at = path.indexOf(name);
    if (at >= 0) {
      const cycle = [...path.slice(at), name].join(" → ");
      throw optionError(
        "dependsOn",
        `tasks that do not wait for one another; got the cycle ${cycle}`,
        "remove one of its arrows",
      );
    }
    path.push(name);
    for (const other of dependencies(dependsOn, name)) visit(other);
    path.pop();
    order.push(task);
  };
  for (const [name, others] of Object.entries(dependsOn))
    for (const each of [name, ...others]) requireTask("dependsOn", tasks, each);
  for (const { name } of tasks) visit(name);
  return order;
}

/** The names a task depends on, each once. */
function dependencies(dependsOn: Options["dependsOn"], name: string): string[] {
  return Object.hasOwn(dependsOn, name) ? [...new Set(dependsOn[name])] : [];
}

/** Hard sharing in which towers also read other tasks' predictions. @cite read2011 */
export const taskDependency: Sharing<Options> = {
  name: "taskDependency",
  title: "Task dependency",
  summary: "Hard sharing; a task's tower also reads the predictions of the tasks it depends on.",
  cite: ["read2011"],
  config,
  check: (tasks, { dependsOn }) => void dependencyOrder(tasks, dependsOn),
  build(_, x, tasks, blocks, { dependsOn, stopGradient }) {
    const shared = blocks.trunk("trunk", x);
    const last = new Map<string, Tensor>();
    const features = new Map<string, Tensor>();
    for (const task of dependencyOrder(tasks, dependsOn)) {
      const read = dependencies(dependsOn, task.name).map((n) => features.get(n) as Tensor);
      const input = read.length > 0 ? concat([shared, ...read], 1) : shared;
      const representation = blocks.tower(task.name, input);
      const predicted = task.features(blocks.head(task.name, representation));
      last.set(task.name, representation);
      features.set(task.name, stopGradient ? predicted.stopGradient() : predicted);
    }
    return tasks.map(({ name }) => last.get(name) as Tensor);
  },
};
