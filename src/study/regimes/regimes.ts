import { grouped } from "./grouped.ts";
import { independent } from "./independent.ts";
import { joint } from "./joint.ts";
import { multiTask } from "./multi-task.ts";
import type { Regime } from "./regime.ts";
import { stacked } from "./stacked.ts";
import { transfer } from "./transfer.ts";

/** Every regime; those that average others come after them. */
export const regimes = {
  independent,
  multiTask,
  joint,
  stacked,
  transfer,
  grouped,
} satisfies Record<string, Regime>;

export type RegimeName = keyof typeof regimes;
