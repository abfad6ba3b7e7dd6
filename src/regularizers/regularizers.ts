import { elasticNet } from "./elastic-net.ts";
import { l1 } from "./l1.ts";
import { l2 } from "./l2.ts";
import type { Regularizer } from "./regularizer.ts";

/** Every regulariser, by name. */
export const regularizers = { l1, l2, elasticNet } as const satisfies Record<string, Regularizer>;

export type RegularizerName = keyof typeof regularizers;
