import { z } from "zod";
import { experimentSchema } from "./experiment.ts";

/** The parts of JSON Schema that zod writes. */
export interface SchemaNode {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly propertyNames?: SchemaNode;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  /** What is taken, in words, where the schema alone does not say it well. */
  readonly expects?: string;
}

let cached: SchemaNode | undefined;

/** The schema of what a user may write, after shorthands: the base of messages, pages and flags. */
export function experimentNode(): SchemaNode {
  cached ??= z.toJSONSchema(experimentSchema, { io: "input" }) as SchemaNode;
  return cached;
}

/** The objects that a choice by `type` chooses from, by the value of `type`; undefined for other nodes. */
export function variantsOf(node: SchemaNode): ReadonlyMap<string, SchemaNode> | undefined {
  const options = node.oneOf ?? node.anyOf;
  if (!options?.every((one) => typeof one.properties?.type?.const === "string")) return undefined;
  return new Map(options.map((one) => [String(one.properties?.type.const), one]));
}

/** The variant that is meant where no `type` is given. */
export function fallbackType(node: SchemaNode): string | undefined {
  const value = node.default;
  if (typeof value === "string") return value;
  if (typeof value === "object" && value !== null && "type" in value) return String(value.type);
  return undefined;
}

/** The node at a path of a configuration; the variants met on the way are those that `config` has. */
export function nodeAt(path: readonly PropertyKey[], config: unknown): SchemaNode | undefined {
  let node: SchemaNode | undefined = experimentNode();
  let value = config;
  for (const key of path) {
    node = childNode(node, key, value);
    if (node === undefined) return undefined;
    value = isObject(value) ? value[key as string] : undefined;
  }
  return node;
}

/** The node of one key of a value, taking the variant that the value has. */
function childNode(node: SchemaNode, key: PropertyKey, value: unknown): SchemaNode | undefined {
  const chosen = objectNode(node, value);
  if (chosen === undefined) {
    const list = node.items ?? node.anyOf?.find((one) => one.items)?.items;
    return typeof key === "number" ? list : undefined;
  }
  if (chosen.properties && Object.hasOwn(chosen.properties, key)) {
    const child = chosen.properties[key as string];
    const variants = key === "type" ? variantsOf(node) : undefined;
    return variants ? { type: "string", enum: [...variants.keys()] } : child;
  }
  const rest = chosen.additionalProperties;
  return typeof rest === "object" ? rest : undefined;
}

/** The object node that a value is checked against: the node itself, or the variant of the value's type. */
export function objectNode(node: SchemaNode, value: unknown): SchemaNode | undefined {
  const variants = variantsOf(node);
  if (variants === undefined)
    return node.properties || node.additionalProperties ? node : undefined;
  const type = isObject(value) ? value.type : undefined;
  return variants.get(String(type)) ?? variants.values().next().value;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
