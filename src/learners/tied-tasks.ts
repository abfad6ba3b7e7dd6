import type { Choice } from "../core/choice.ts";
import { ConfigError } from "../core/errors.ts";
import type { Regularizer } from "../regularizers/regularizer.ts";
import { regularizers } from "../regularizers/regularizers.ts";
import { checkTaskNames } from "../regularizers/task-names.ts";

/** Whether a chosen regulariser can do with these tasks: its options name no others. */
export function tiesTasks(config: Choice, tasks: readonly string[]): boolean {
  if (config.type === "none") return true;
  const row = regularizers[config.type as keyof typeof regularizers] as Regularizer;
  try {
    checkTaskNames(row, config, tasks);
    return true;
  } catch (error) {
    if (error instanceof ConfigError) return false;
    throw error;
  }
}
