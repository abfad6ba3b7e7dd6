import { bottleneck } from "./bottleneck.ts";
import { concat } from "./concat.ts";
import { crossAttention } from "./cross-attention.ts";
import { early } from "./early.ts";
import { film } from "./film.ts";
import type { Fusion } from "./fusion.ts";
import { gated } from "./gated.ts";
import { hypernetwork } from "./hypernetwork.ts";
import { lateAverage } from "./late-average.ts";
import { lateProduct } from "./late-product.ts";
import { lateStack } from "./late-stack.ts";
import { lowRankTensor } from "./low-rank-tensor.ts";
import { max } from "./max.ts";
import { mean } from "./mean.ts";
import { multiplicative } from "./multiplicative.ts";
import { nlGate } from "./nl-gate.ts";
import { perceiver } from "./perceiver.ts";
import { product } from "./product.ts";
import { productOfExperts } from "./product-of-experts.ts";
import { stack } from "./stack.ts";
import { sum } from "./sum.ts";
import { tensorFusion } from "./tensor-fusion.ts";
import { transformer } from "./transformer.ts";

/** Every fusion, by name. */
export const fusions = {
  concat,
  early,
  sum,
  mean,
  max,
  product,
  stack,
  gated,
  nlGate,
  multiplicative,
  tensorFusion,
  lowRankTensor,
  crossAttention,
  transformer,
  bottleneck,
  perceiver,
  film,
  hypernetwork,
  productOfExperts,
  lateAverage,
  lateProduct,
  lateStack,
} as const satisfies Record<string, Fusion>;

export type FusionName = keyof typeof fusions;

/** Names that Ludwig, MultiBench and others use: theirs to ours. */
export const fusionAliases: Readonly<Record<string, FusionName>> = {
  concatenate: "concat",
  concatenation: "concat",
  Concat: "concat",
  ConcatEarly: "early",
  ConcatWithLinear: "early",
  Stack: "stack",
  gated_fusion: "gated",
  GMU: "gated",
  NLgate: "nlGate",
  MultiplicativeInteractions2Modal: "multiplicative",
  MultiplicativeInteractions3Modal: "multiplicative",
  TensorFusion: "tensorFusion",
  LowRankTensorFusion: "lowRankTensor",
  LMF: "lowRankTensor",
  cross_attention: "crossAttention",
  MULT: "crossAttention",
  EarlyFusionTransformer: "transformer",
  LateFusionTransformer: "transformer",
  MBT: "bottleneck",
  FiLM: "film",
  ProductOfExperts: "productOfExperts",
};
