import { binary } from "./binary.ts";
import { multiclass } from "./multiclass.ts";
import { regression } from "./regression.ts";
import type { TaskKind } from "./task.ts";

/** Every kind of task. */
export const taskKinds = {
  regression,
  binary,
  multiclass,
} satisfies Record<string, TaskKind>;

export type TaskKindName = keyof typeof taskKinds;
