/** Checks that several fusions make of their options. */
import { ConfigError, show } from "../core/errors.ts";

/** The error for an option of the fusion. */
export function optionError(option: string, message: string, hint?: string): ConfigError {
  return new ConfigError("CONFIG_INVALID", `learner.fusion.${option}: ${message}`, {
    hint,
    details: { path: ["learner", "fusion", option] },
  });
}

/** @throws ConfigError CONFIG_INVALID for a name that is no part's; null names the first part. */
export function requirePart(option: string, parts: readonly string[], name: string | null): void {
  if (name === null || parts.includes(name)) return;
  const known = parts.map((p) => show(p)).join(", ");
  throw optionError(
    option,
    `the name of an input that is fused (${known}); got ${show(name)}`,
    "columns of numbers, categories, booleans and dates are one input, table",
  );
}

/** @throws ConfigError CONFIG_INVALID for heads that do not divide the width of tokens. */
export function requireHeads({ size, heads }: { readonly size: number; readonly heads: number }) {
  if (size % heads === 0) return;
  throw optionError("heads", `a number that divides size, ${size}; got ${heads}`);
}

/** @throws ConfigError CONFIG_INVALID where a fusion would make more numbers than a machine holds. */
export function requireAtMost(
  option: string,
  what: string,
  count: number,
  limit: number,
  hint: string,
): void {
  if (count <= limit) return;
  throw optionError(option, `at most ${limit} ${what}; got ${count}`, hint);
}
