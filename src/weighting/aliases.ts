import type { WeightingName } from "./weightings.ts";

/** Spellings of LibMTL, TorchJD, Ludwig and Torch-RecHub, and what runs here for them. */
export const weightingAliases: Readonly<Record<string, WeightingName>> = {
  EW: "equal",
  ew: "equal",
  uniform: "equal",
  none: "equal",
  Mean: "equal",
  Constant: "fixed",
  UW: "uncertainty",
  uw: "uncertainty",
  UWL: "uncertainty",
  DWA: "dwa",
  GLS: "gls",
  RLW: "rlw",
  Random: "rlw",
  log_transform: "logTransform",
  IMTL: "imtl",
  IMTLG: "imtlG",
  "IMTL-G": "imtlG",
  "IMTL-L": "imtlL",
  FAMO: "famo",
  STCH: "stch",
  ExcessMTL: "excessMtl",
  DB_MTL: "dbMtl",
  "DB-MTL": "dbMtl",
  GradNorm: "gradnorm",
  gradNorm: "gradnorm",
  MGDA: "mgda",
  PCGrad: "pcgrad",
  GradVac: "gradvac",
  GradDrop: "graddrop",
  CAGrad: "cagrad",
  Nash_MTL: "nashMtl",
  NashMTL: "nashMtl",
  nash_mtl: "nashMtl",
  "Nash-MTL": "nashMtl",
  Aligned_MTL: "alignedMtl",
  AlignedMTL: "alignedMtl",
  "Aligned-MTL": "alignedMtl",
  FairGrad: "fairgrad",
  MoCo: "moco",
  MoDo: "modo",
  SDMGrad: "sdmgrad",
  UPGrad: "upgrad",
  DualProj: "dualproj",
  ConFIG: "conFIG",
  config: "conFIG",
  MetaBalance: "metabalance",
  MOML: "moml",
  FORUM: "forum",
  AutoLambda: "autoLambda",
  "Auto-Lambda": "autoLambda",
};

/** LibMTL's names of options: theirs to ours; null for those of solvers that are exact here. */
export const weightingOptionAliases: Readonly<
  Partial<Record<WeightingName, Readonly<Record<string, string | null>>>>
> = {
  dwa: { T: "temperature" },
  mgda: { mgda_gn: "normalization", rep_grad: "level" },
  gradvac: { GradVac_beta: "beta" },
  cagrad: { calpha: "c" },
  nashMtl: { update_weights_every: "updateEvery", max_norm: "maxNorm", optim_niter: null },
  moco: {
    MoCo_beta: "beta",
    MoCo_beta_sigma: "betaDecay",
    MoCo_gamma: "gamma",
    MoCo_gamma_sigma: "gammaDecay",
    MoCo_rho: "rho",
  },
  dbMtl: { DB_beta: "beta", DB_beta_sigma: "betaDecay" },
  stch: { STCH_mu: "mu", STCH_warmup_epoch: "warmupEpochs" },
  excessMtl: { robust_step_size: "stepSize" },
  fairgrad: { FairGrad_alpha: "alpha" },
  famo: { FAMO_w_lr: "rate", FAMO_w_gamma: "decay" },
  modo: { MoDo_gamma: "gamma", MoDo_rho: "rho" },
  sdmgrad: { SDMGrad_lamda: "lambda", SDMGrad_niter: "iterations" },
  upgrad: { UPGrad_reg_eps: "regularization", UPGrad_norm_eps: null },
  moml: { outer_lr: "outerRate", inner_lr: "innerRate" },
  forum: {
    outer_lr: "outerRate",
    inner_lr: "innerRate",
    inner_step: "innerSteps",
    FORUM_phi: "phi",
  },
  autoLambda: { outer_lr: "outerRate" },
};

/** Values that LibMTL writes as numbers. */
export const weightingValueAliases: Readonly<
  Partial<Record<WeightingName, Readonly<Record<string, Readonly<Record<string, string>>>>>>
> = {
  mgda: { level: { true: "representation", false: "parameters" } },
  cagrad: { rescale: { 0: "none", 1: "squared", 2: "linear" } },
};
