import { alignedMtl } from "./aligned-mtl.ts";
import { autoLambda } from "./auto-lambda.ts";
import { cagrad } from "./cagrad.ts";
import { conFIG } from "./conflict-free.ts";
import { dbMtl } from "./db-mtl.ts";
import { dualproj } from "./dualproj.ts";
import { dwa } from "./dwa.ts";
import { equal } from "./equal.ts";
import { excessMtl } from "./excess-mtl.ts";
import { fairgrad } from "./fairgrad.ts";
import { famo } from "./famo.ts";
import { fixed } from "./fixed.ts";
import { forum } from "./forum.ts";
import { gls } from "./gls.ts";
import { graddrop } from "./graddrop.ts";
import { gradnorm } from "./gradnorm.ts";
import { gradvac } from "./gradvac.ts";
import { imtl } from "./imtl.ts";
import { imtlG } from "./imtl-g.ts";
import { imtlL } from "./imtl-l.ts";
import { logTransform } from "./log-transform.ts";
import { metabalance } from "./metabalance.ts";
import { mgda } from "./mgda.ts";
import { moco } from "./moco.ts";
import { modo } from "./modo.ts";
import { moml } from "./moml.ts";
import { nashMtl } from "./nash-mtl.ts";
import { pcgrad } from "./pcgrad.ts";
import { rlw } from "./rlw.ts";
import { sdmgrad } from "./sdmgrad.ts";
import { stch } from "./stch.ts";
import { uncertainty } from "./uncertainty.ts";
import { upgrad } from "./upgrad.ts";
import type { Weighting } from "./weighting.ts";

/** Every weighting, by name. */
export const weightings = {
  equal,
  fixed,
  uncertainty,
  dwa,
  gls,
  rlw,
  logTransform,
  imtlL,
  famo,
  stch,
  excessMtl,
  dbMtl,
  gradnorm,
  mgda,
  pcgrad,
  gradvac,
  graddrop,
  imtlG,
  imtl,
  cagrad,
  nashMtl,
  alignedMtl,
  fairgrad,
  moco,
  modo,
  sdmgrad,
  upgrad,
  dualproj,
  conFIG,
  metabalance,
  moml,
  forum,
  autoLambda,
} as const satisfies Record<string, Weighting>;

export type WeightingName = keyof typeof weightings;
