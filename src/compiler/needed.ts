import type { Node } from "./graph.ts";

/** The nodes that some outputs need, operands first. */
export function needed(outputs: readonly Node[]): Node[] {
  const seen = new Set<Node>(outputs);
  const stack = [...seen];
  while (stack.length > 0) {
    for (const input of (stack.pop() as Node).inputs) {
      if (seen.has(input)) continue;
      seen.add(input);
      stack.push(input);
    }
  }
  return [...seen].sort((a, b) => a.id - b.id);
}
