import type { Override } from "../config/override.ts";
import { ConfigError, show } from "../core/errors.ts";
import type { CommandCall } from "./command.ts";

/** The flag `--seed` as a setting of the configuration. @throws ConfigError USAGE for what is no seed. */
export function seedOverride({ seed }: CommandCall["options"]): Override[] {
  if (typeof seed !== "string") return [];
  if (!/^\d+$/.test(seed))
    throw new ConfigError("USAGE", `--seed: a whole number of at least 0; got ${show(seed)}`);
  return [{ path: "seed", value: seed, shown: "--seed" }];
}
