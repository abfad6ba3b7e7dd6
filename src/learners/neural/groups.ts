/** Coarse groups of a network's parameters, from the inputs to the tasks. */
const coarse = ["encoders", "fusion", "sharing", "heads"] as const;

/** The coarse group of a parameter by its name; a task's tower belongs to its head. */
export function groupOf(name: string): (typeof coarse)[number] | undefined {
  if (name.startsWith("encoder.") || name.startsWith("columns.")) return "encoders";
  // A part that decides by itself has layers and heads of its own: `part.<part>.…`.
  if (/^(part\..*\.)?head\./.test(name)) return "heads";
  if (/^(part\..*\.)?sharing\.(.*\.)?tower\./.test(name)) return "heads";
  if (/^(part\..*\.)?sharing\./.test(name)) return "sharing";
  return name.startsWith("fusion.") ? "fusion" : undefined;
}

/** The groups from the tasks down to the inputs, as depths count. */
export const groupsFromTop: readonly string[] = coarse.toReversed();
