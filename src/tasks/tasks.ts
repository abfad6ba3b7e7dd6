import { binary } from "./binary.ts";
import { cca } from "./cca.ts";
import { contrastive } from "./contrastive.ts";
import { count } from "./count.ts";
import { multiclass } from "./multiclass.ts";
import { multilabel } from "./multilabel.ts";
import { ordinal } from "./ordinal.ts";
import { reconstruction } from "./reconstruction.ts";
import { regression } from "./regression.ts";
import type { TaskKind } from "./task.ts";

/** Kinds of tasks that learn the labels of a column. */
export const labelKinds = {
  regression,
  binary,
  multiclass,
  multilabel,
  ordinal,
  count,
} satisfies Record<string, TaskKind>;

/** Kinds of tasks that compare inputs with each other. */
export const objectiveKinds = {
  contrastive,
  cca,
  reconstruction,
} satisfies Record<string, TaskKind>;

/** Every kind of task. */
export const taskKinds = { ...labelKinds, ...objectiveKinds };

export type LabelKindName = keyof typeof labelKinds;
export type TaskKindName = keyof typeof taskKinds;
