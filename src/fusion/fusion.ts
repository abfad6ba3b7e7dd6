/** The contract of a fusion: how the features of several inputs become one. */
import type { z } from "zod";
import type { Tensor } from "../compiler/graph.ts";
import type { Builder } from "../nn/builder.ts";

/** The encoded features of one input (or of the table block). */
export interface Part {
  readonly name: string;
  /** `[B, D]`, missing rows already replaced by a learned vector. */
  readonly features: Tensor;
  /** `[B, 1]`: 1 where the input is there. */
  readonly present: Tensor;
}

export interface Fusion<Config = unknown> {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly cite?: readonly string[];
  readonly config: z.ZodType<Config>;
  /** Traces the fusion: parts to `[B, D]`. */
  build(builder: Builder, parts: readonly Part[], config: Config): Tensor;
}
