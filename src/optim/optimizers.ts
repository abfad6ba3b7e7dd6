import { z } from "zod";
import { adam } from "./adam.ts";
import { adamw } from "./adamw.ts";
import { gd } from "./gd.ts";
import type { Optimizer, OptimizerRun, OptimizerState } from "./optimizer.ts";
import { sgd } from "./sgd.ts";

/** Every optimizer that takes steps along given gradients, by name. */
export const optimizers = { gd, sgd, adam, adamw } satisfies Record<string, Optimizer>;

/** Options of any of them, told apart by `type`. */
export const optimizerConfig = z.discriminatedUnion("type", [
  gd.config,
  sgd.config,
  adam.config,
  adamw.config,
]);

export type OptimizerConfig = z.output<typeof optimizerConfig>;

/** How many moment vectors a configuration needs. */
export function momentsOf(config: OptimizerConfig): number {
  return (optimizers[config.type] as Optimizer).moments(config);
}

/** Sets up the optimizer that a configuration names. @throws as `activeRanges`. */
export function createOptimizer(config: OptimizerConfig, state: OptimizerState): OptimizerRun {
  return (optimizers[config.type] as Optimizer).create(config, state);
}
