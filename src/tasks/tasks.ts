import { binary } from "./binary.ts";
import { count } from "./count.ts";
import { multiclass } from "./multiclass.ts";
import { multilabel } from "./multilabel.ts";
import { ordinal } from "./ordinal.ts";
import { regression } from "./regression.ts";
import type { TaskKind } from "./task.ts";

/** Every kind of task. */
export const taskKinds = {
  regression,
  binary,
  multiclass,
  multilabel,
  ordinal,
  count,
} satisfies Record<string, TaskKind>;

export type TaskKindName = keyof typeof taskKinds;
