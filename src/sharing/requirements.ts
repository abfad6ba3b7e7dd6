/** Checks that several sharings make of their options. */
import { ConfigError, show } from "../core/errors.ts";
import type { Blocks, SharedTask } from "./sharing.ts";

/** The error for an option of the sharing. */
export function optionError(option: string, message: string, hint?: string): ConfigError {
  return new ConfigError("CONFIG_INVALID", `learner.sharing.${option}: ${message}`, {
    hint,
    details: { path: ["learner", "sharing", option] },
  });
}

/** @throws ConfigError CONFIG_INVALID where a sharing of layers has no layer to share. */
export function requireLayers({ depth }: Blocks, sharing: string): void {
  if (depth > 0) return;
  throw new ConfigError(
    "CONFIG_INVALID",
    `learner.trunk.sizes: at least one layer, as ${sharing} shares layers; got none`,
    { hint: "give the trunk a layer, or choose the sharing hard" },
  );
}

type NamedTask = Pick<SharedTask, "name" | "kind">;

/** @throws ConfigError CONFIG_INVALID for a name that is no task's. */
export function requireTask(option: string, tasks: readonly NamedTask[], name: string): void {
  if (tasks.some((t) => t.name === name)) return;
  const known = tasks.map((t) => show(t.name)).join(", ");
  throw optionError(option, `names of tasks (${known}); got ${show(name)}`);
}

/**
 * The tasks of a chain in its order; all tasks in the order of their declaration for an empty one.
 * @throws ConfigError CONFIG_INVALID for an unknown or a repeated name.
 */
export function chainOf<T extends NamedTask>(tasks: readonly T[], chain: readonly string[]): T[] {
  if (chain.length === 0) return [...tasks];
  return chain.map((name, i) => {
    requireTask("chain", tasks, name);
    if (chain.indexOf(name) < i)
      throw optionError("chain", `each task once; got ${show(name)} twice`);
    return tasks.find((t) => t.name === name) as T;
  });
}
