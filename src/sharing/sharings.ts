import { aitm } from "./aitm.ts";
import { cgc } from "./cgc.ts";
import { crossStitch } from "./cross-stitch.ts";
import { dselectK } from "./dselect-k.ts";
import { esmm } from "./esmm.ts";
import { hard } from "./hard.ts";
import { learningToBranch } from "./learning-to-branch.ts";
import { mmoe } from "./mmoe.ts";
import { mtan } from "./mtan.ts";
import { ple } from "./ple.ts";
import type { Sharing } from "./sharing.ts";
import { sluice } from "./sluice.ts";
import { soft } from "./soft.ts";
import { taskDependency } from "./task-dependency.ts";

/** Every way of sharing, by name. */
export const sharings = {
  hard,
  soft,
  crossStitch,
  sluice,
  mmoe,
  cgc,
  ple,
  dselectK,
  mtan,
  learningToBranch,
  esmm,
  aitm,
  taskDependency,
} as const satisfies Record<string, Sharing>;

export type SharingName = keyof typeof sharings;

/** Names that LibMTL and others use: theirs to ours. */
export const sharingAliases: Readonly<Record<string, SharingName>> = {
  HPS: "hard",
  SharedBottom: "hard",
  Cross_stitch: "crossStitch",
  MMoE: "mmoe",
  MTAN: "mtan",
  CGC: "cgc",
  PLE: "ple",
  LTB: "learningToBranch",
  DSelect_k: "dselectK",
};

/** LibMTL's names of options, and what their values say here; undefined where they have no counterpart. */
export const sharingOptionAliases: Readonly<
  Partial<
    Record<
      SharingName,
      Readonly<Record<string, (value: unknown) => Readonly<Record<string, unknown>> | undefined>>
    >
  >
> = {
  mmoe: { num_experts: allExperts },
  cgc: { num_experts: expertsBySide },
  ple: { num_experts: expertsBySide },
  dselectK: {
    num_experts: allExperts,
    num_nonzeros: (select) => ({ select }),
    kgamma: (gamma) => ({ gamma }),
  },
};

/** A count, or a list that begins with it. */
function allExperts(value: unknown): Readonly<Record<string, unknown>> {
  return { experts: Array.isArray(value) ? value[0] : value };
}

/** The shared experts, then those of each task, of which all tasks have equally many here. */
function expertsBySide(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (!Array.isArray(value) || value.length < 2) return undefined;
  const [sharedExperts, taskExperts, ...others] = value;
  return others.every((n) => n === taskExperts) ? { sharedExperts, taskExperts } : undefined;
}
