import { sizeOf } from "../../core/shape.ts";
import type { Node } from "../graph.ts";
import { needed } from "../needed.ts";
import { isOp, type JsRule, type OpName } from "../op.ts";
import { ops } from "../ops.ts";

/** The rule of a node, its parameter type forgotten. */
export function ruleOf(node: Node): JsRule<OpName> {
  return ops[node.op].js as JsRule<OpName>;
}

/** What a node is computed by. */
export type Step =
  /** Its operand under another shape: nothing to do. */
  | { readonly kind: "alias"; readonly node: Node }
  | { readonly kind: "input"; readonly node: Node<"input"> }
  | { readonly kind: "const"; readonly node: Node<"const"> }
  | { readonly kind: "kernel"; readonly node: Node }
  /** One loop that computes `members` in order and stores (or reduces into) its root. */
  | { readonly kind: "loop"; readonly node: Node; readonly members: readonly Node[] };

/** The node whose storage another one has. */
export function stored(node: Node): Node {
  let at = node;
  while ("alias" in ruleOf(at)) at = at.inputs[0];
  return at;
}

/**
 * Splits a graph into steps. A node that is an expression joins the loop of its users when they are
 * all in one loop that runs over the node's own shape; so chains and small nets of elementwise
 * operations, and the reduction at their end, touch memory once.
 */
export function planSteps(outputs: readonly Node[]): Step[] {
  const order = needed(outputs);
  const users = new Map<Node, Node[]>(order.map((n) => [n, []]));
  for (const node of order) for (const input of node.inputs) users.get(input)?.push(node);
  const kept = new Set(outputs);
  const rootOf = new Map<Node, Node>();
  const members = new Map<Node, Node[]>();
  for (const node of [...order].reverse()) {
    const rule = ruleOf(node);
    if (!("expression" in rule || "step" in rule)) continue;
    const root = kept.has(node) || "step" in rule ? undefined : commonRoot(node, users, rootOf);
    rootOf.set(node, root ?? node);
    if (root) members.get(root)?.push(node);
    else members.set(node, "expression" in rule ? [node] : []);
  }
  const steps: Step[] = [];
  for (const node of order) {
    if (isOp(node, "input")) steps.push({ kind: "input", node });
    else if (isOp(node, "const")) steps.push({ kind: "const", node });
    else if ("alias" in ruleOf(node)) steps.push({ kind: "alias", node });
    else if ("kernel" in ruleOf(node)) steps.push({ kind: "kernel", node });
    else if (rootOf.get(node) === node) {
      const list = (members.get(node) as Node[]).sort((a, b) => a.id - b.id);
      steps.push({ kind: "loop", node, members: list });
    }
  }
  return steps;
}

/** The shape a loop runs over: its result's, or the operand's of a reduction. */
export function loopShape(root: Node): readonly number[] {
  return "step" in ruleOf(root) ? root.inputs[0].shape : root.shape;
}

function commonRoot(
  node: Node,
  users: ReadonlyMap<Node, readonly Node[]>,
  rootOf: ReadonlyMap<Node, Node>,
): Node | undefined {
  const [first, ...rest] = users.get(node) as readonly Node[];
  const root = first && rootOf.get(first);
  if (!root || rest.some((user) => rootOf.get(user) !== root)) return undefined;
  const shape = loopShape(root);
  // The same number of elements and of axes: [1, 3] does not run as [3].
  const fits = shape.length === node.shape.length && shape.every((d, i) => d === node.shape[i]);
  return fits && sizeOf(shape) > 1 ? root : undefined;
}
