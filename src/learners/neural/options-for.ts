import { ConfigError } from "../../core/errors.ts";
import type { Sharing } from "../../sharing/sharing.ts";
import { sharings } from "../../sharing/sharings.ts";
import { objectiveKinds } from "../../tasks/tasks.ts";
import type { Weighting } from "../../weighting/weighting.ts";
import { weightings } from "../../weighting/weightings.ts";
import { type NamedTask, saidOfSome } from "../per-task.ts";
import { tiesTasks } from "../tied-tasks.ts";
import type { NeuralConfig } from "./config.ts";

/**
 * Options for some of the tasks. A single task has nobody to share with or to be weighed against;
 * a sharing, weighting or tie of heads that cannot do without the absent tasks gives way to the plainest.
 */
export function optionsFor(
  config: NeuralConfig,
  tasks: readonly (NamedTask & { readonly kind: string })[],
): NeuralConfig {
  const sharing = sharings[config.sharing.type as keyof typeof sharings] as Sharing;
  const weighting = weightings[config.weighting.type as keyof typeof weightings] as Weighting;
  const alone = tasks.length === 1;
  const deciding = tasks.filter((t) => !Object.hasOwn(objectiveKinds, t.kind));
  const shares = deciding.length > 1 && accepts(() => sharing.check?.(deciding, config.sharing));
  const weighs =
    !alone &&
    accepts(() =>
      weighting.create(config.weighting, {
        names: tasks.map((t) => t.name),
        lambda: new Float64Array(tasks.length).fill(1 / tasks.length),
        seed: 0,
      }),
    );
  const { regularization } = config;
  const names = tasks.map((t) => t.name);
  const ties = !alone && tiesTasks(regularization.tasks, names);
  return {
    ...config,
    perTask: saidOfSome(config.perTask, tasks),
    regularization: ties ? regularization : { ...regularization, tasks: { type: "none" } },
    sharing: shares ? config.sharing : { type: "hard" },
    weighting: weighs ? config.weighting : { type: "fixed" },
  };
}

function accepts(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch (error) {
    if (error instanceof ConfigError) return false;
    throw error;
  }
}
