/** How the inputs share structure after their encoders and before they meet. */
import type { z } from "zod";
import type { Builder } from "../../nn/builder.ts";
import type { Part } from "../fusion.ts";
import { crossStitch } from "./cross-stitch.ts";
import { trunk } from "./trunk.ts";

/** The contract: layers over all parts, each of which goes on as a part of its own. */
export interface Streams<Config = unknown> {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly cite?: readonly string[];
  readonly config: z.ZodType<Config>;
  /** Traces the layers: the same parts, in their order, with other features. */
  build(builder: Builder, parts: readonly Part[], config: Config): readonly Part[];
}

/** Every way, by name. */
export const streams = { trunk, crossStitch } as const satisfies Record<string, Streams>;
