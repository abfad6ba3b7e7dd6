import { alternatingStructure } from "./alternating-structure.ts";
import { cappedL1 } from "./capped-l1.ts";
import { clustered } from "./clustered.ts";
import { dirty } from "./dirty.ts";
import { elasticNet } from "./elastic-net.ts";
import { fused } from "./fused.ts";
import { graphLaplacian } from "./graph-laplacian.ts";
import { l1 } from "./l1.ts";
import { l2 } from "./l2.ts";
import { l21 } from "./l21.ts";
import { meanRegularised } from "./mean-regularised.ts";
import type { Regularizer } from "./regularizer.ts";
import { robust } from "./robust.ts";
import { sparseLowRank } from "./sparse-low-rank.ts";
import { taskCovariance } from "./task-covariance.ts";
import { temporal } from "./temporal.ts";
import { traceNorm } from "./trace-norm.ts";

/** Every regulariser, by name. */
export const regularizers = {
  l1,
  l2,
  elasticNet,
  l21,
  traceNorm,
  sparseLowRank,
  meanRegularised,
  graphLaplacian,
  clustered,
  alternatingStructure,
  dirty,
  robust,
  temporal,
  fused,
  taskCovariance,
  cappedL1,
} as const satisfies Record<string, Regularizer>;
