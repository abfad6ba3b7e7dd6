/** The contract of parameter sharing: how tasks use common structure. */
import type { z } from "zod";
import type { Tensor } from "../compiler/graph.ts";
import type { Builder } from "../nn/builder.ts";

export interface SharedTask {
  readonly name: string;
  /** The kind of the task, such as `binary`. */
  readonly kind: string;
  /** Raw outputs a row. */
  readonly size: number;
  /** What other tasks may read of its raw outputs `[B, size]`: probabilities, or the raw outputs. */
  features(raw: Tensor): Tensor;
}

/** Builds the layers that every sharing composes. Same name, same parameters. */
export interface Blocks {
  /** Layers of a trunk. */
  readonly depth: number;
  /** A trunk's layers, under a name: `[B, D] → [B, H]`. */
  trunk(name: string, x: Tensor): Tensor;
  /** One layer of the trunk of that name; layers 0 to depth − 1 in turn are the trunk. */
  layer(name: string, index: number, x: Tensor): Tensor;
  /** A task's own layers before its head. */
  tower(name: string, x: Tensor): Tensor;
  /** A task's head on its representation: the raw outputs `[B, size]`, before `combine`. */
  head(name: string, x: Tensor): Tensor;
}

export interface Sharing<Config = unknown> {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly cite?: readonly string[];
  readonly config: z.ZodType<Config>;
  /**
   * Checks options against the tasks; kinds may still be `auto`.
   * @throws ConfigError CONFIG_INVALID whose message starts with the option's path.
   */
  check?(tasks: readonly Pick<SharedTask, "name" | "kind">[], config: Config): void;
  /** Traces the shared and task-specific parts: `[B, D]` to one representation `[B, H]` a task. */
  build(
    builder: Builder,
    x: Tensor,
    tasks: readonly SharedTask[],
    blocks: Blocks,
    config: Config,
  ): readonly Tensor[];
  /** Turns the heads' outputs into the tasks' raw outputs, where a task's is made of several. */
  combine?(
    raw: Readonly<Record<string, Tensor>>,
    tasks: readonly SharedTask[],
    config: Config,
  ): Readonly<Record<string, Tensor>>;
  /** The heads' first biases from the raw outputs that predict each task's prior. */
  priors?(
    priors: Readonly<Record<string, Float64Array>>,
    tasks: readonly SharedTask[],
    config: Config,
  ): Readonly<Record<string, Float64Array>>;
}
