import { hard } from "./hard.ts";
import type { Sharing } from "./sharing.ts";

/** Every way of sharing, by name. */
export const sharings = { hard } as const satisfies Record<string, Sharing>;

export type SharingName = keyof typeof sharings;
