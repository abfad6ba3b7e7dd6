/** What fusions make of parts before they join them. */
import { concat, type Tensor } from "../compiler/graph.ts";
import type { Builder } from "../nn/builder.ts";
import { type LinearOptions, linear } from "../nn/linear.ts";
import type { Part } from "./fusion.ts";

/**
 * Which parts count in a row, 1 or 0, `[B, 1]` each: those that are there; in a row without any, all.
 */
export function counts(parts: readonly Pick<Part, "present">[]): Tensor[] {
  const present = parts.map((p) => p.present);
  const none = present
    .reduce((a, b) => a.maximum(b))
    .neg()
    .add(1);
  return present.map((p) => p.add(none));
}

/** The parts' features side by side, `[B, ΣD]`. */
export function joined(parts: readonly Part[]): Tensor {
  return concat(
    parts.map((p) => p.features),
    1,
  );
}

/** The width that `null` stands for: that of the widest part. */
export function widthOf(parts: readonly Part[], size: number | null): number {
  return size ?? Math.max(...parts.map((p) => p.features.shape[1]));
}

/** Affine maps `project.<part>` of all parts to one width, `[B, size]` each. */
export function projected(
  builder: Builder,
  parts: readonly Part[],
  size: number | null,
  options: LinearOptions = {},
): Tensor[] {
  const width = widthOf(parts, size);
  return parts.map((p) => linear(builder, `project.${p.name}`, p.features, width, options));
}

/** The part of that name, by default the first, and the others. */
export function apart(
  parts: readonly Part[],
  name: string | null,
): { readonly chosen: Part; readonly others: readonly Part[] } {
  const chosen = parts.find((p) => p.name === name) ?? parts[0];
  return { chosen, others: parts.filter((p) => p !== chosen) };
}
