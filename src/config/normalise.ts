import { ownOptions, typeAliases } from "./foreign.ts";
import {
  experimentNode,
  fallbackType,
  isObject,
  objectNode,
  type SchemaNode,
  variantsOf,
} from "./json-schema.ts";

/**
 * Writes shorthands out: the bare name of a choice becomes `{ type: name }`, a choice without `type` takes
 * its default, names of other libraries become ours, a path becomes `{ path }`, and keys without a value
 * take their default. The input is not changed; what is wrong in it stays wrong.
 */
export function normalise(raw: unknown): unknown {
  if (!isObject(raw)) return raw;
  const value: Record<string, unknown> = { ...raw };
  if (typeof value.data === "string" || Array.isArray(value.data))
    value.data = { path: value.data };
  if (typeof value.memoryLimit === "number") value.memoryLimit = String(value.memoryLimit);
  for (const section of ["inputs", "tasks"]) {
    if (Object.hasOwn(value, section)) value[section] = fromList(value[section]);
  }
  const written = visit(value, experimentNode(), []) as Record<string, unknown>;
  return withWeighting(written);
}

/** A list of names under `inputs` or `tasks` stands for so many without options. */
function fromList(value: unknown): unknown {
  if (!Array.isArray(value) || !value.every((one) => typeof one === "string")) return value;
  if (new Set(value).size < value.length) return value;
  return Object.fromEntries(value.map((one) => [one, null]));
}

function visit(value: unknown, node: SchemaNode, path: readonly string[]): unknown {
  const variants = variantsOf(node);
  if (variants) return choice(value, node, path);
  if (!isObject(value)) return value;
  return children(value, node, path);
}

function choice(value: unknown, node: SchemaNode, path: readonly string[]): unknown {
  const fallback = fallbackType(node);
  const named = (type: string) => ownName(type, node, path.join("."));
  if (value === null && fallback !== undefined) return { type: fallback };
  if (typeof value === "string") return { type: named(value) };
  if (!isObject(value)) return value;
  const type = typeof value.type === "string" ? named(value.type) : (value.type ?? fallback);
  const whole =
    typeof type === "string"
      ? ownOptions(path.join("."), type, { ...value, type })
      : { ...value, type };
  const object = objectNode(node, whole);
  return object ? children(whole, object, path) : whole;
}

/** The name that a table has for a type written as other libraries write it; unknown ones stay as they are. */
function ownName(type: string, node: SchemaNode, path: string): string {
  const names = [...(variantsOf(node)?.keys() ?? [])];
  if (names.includes(type)) return type;
  const aliases = typeAliases[path] ?? {};
  if (Object.hasOwn(aliases, type) && names.includes(aliases[type])) return aliases[type];
  // PCGrad, Cross_stitch and nash-mtl are spellings of pcgrad, crossStitch and nashMtl.
  const bare = (name: string) => name.replace(/[-_\s]/g, "").toLowerCase();
  return names.find((name) => bare(name) === bare(type)) ?? type;
}

function children(
  value: Record<string, unknown>,
  node: SchemaNode,
  path: readonly string[],
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, child] of Object.entries(value)) {
    const own = node.properties && Object.hasOwn(node.properties, key);
    const rest =
      typeof node.additionalProperties === "object" ? node.additionalProperties : undefined;
    const schema = own ? node.properties?.[key] : rest;
    if (schema === undefined) result[key] = child;
    else if (child === null && !variantsOf(schema) && own) continue;
    else result[key] = visit(child, schema, [...path, own ? key : "*"]);
  }
  return result;
}

/** Weights that tasks declare are meant to count, so they are `fixed` where no weighting is named. */
function withWeighting(value: Record<string, unknown>): Record<string, unknown> {
  const { learner = { type: fallbackType(experimentNode().properties?.learner ?? {}) }, tasks } =
    value;
  if (!isObject(learner) || "weighting" in learner || !isObject(tasks)) return value;
  const node = experimentNode().properties?.learner;
  const takesWeighting = node && objectNode(node, learner)?.properties?.weighting !== undefined;
  const declared = Object.values(tasks).some((task) => isObject(task) && "weight" in task);
  if (!takesWeighting || !declared) return value;
  return { ...value, learner: { ...learner, weighting: { type: "fixed" } } };
}
