/** The contract of parameter sharing: how tasks use common structure. */
import type { z } from "zod";
import type { Tensor } from "../compiler/graph.ts";
import type { Builder } from "../nn/builder.ts";

export interface SharedTask {
  readonly name: string;
  /** Raw outputs a row. */
  readonly size: number;
}

/** Builds the layers that every sharing composes. */
export interface Blocks {
  /** The shared trunk's layers, under a name: `[B, D] → [B, H]`. Same name, same parameters. */
  trunk(name: string, x: Tensor): Tensor;
  /** A task's own layers before its head. */
  tower(name: string, x: Tensor): Tensor;
}

export interface Sharing<Config = unknown> {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly cite?: readonly string[];
  readonly config: z.ZodType<Config>;
  /** Traces the shared and task-specific parts: `[B, D]` to one representation `[B, H]` a task. */
  build(
    builder: Builder,
    x: Tensor,
    tasks: readonly SharedTask[],
    blocks: Blocks,
    config: Config,
  ): readonly Tensor[];
}
