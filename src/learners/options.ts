import { z } from "zod";

/** One value of a configuration, found in its schema. */
export interface OptionLeaf {
  readonly path: readonly string[];
  /** The least configuration in which the leaf exists. */
  readonly base: Readonly<Record<string, unknown>>;
  readonly description: string | undefined;
  readonly schema: JsonSchema;
}

export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

/** Every leaf of a family's options, those of each choice of a union included. */
export function optionLeaves(config: z.ZodType): OptionLeaf[] {
  const schema = z.toJSONSchema(config, { io: "output", unrepresentable: "any" }) as JsonSchema;
  return [...leaves(schema, [], {}, undefined)];
}

function* leaves(
  schema: JsonSchema,
  path: readonly string[],
  base: Readonly<Record<string, unknown>>,
  description: string | undefined,
): Generator<OptionLeaf> {
  const said = schema.description ?? description;
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices?.every((c) => c.properties?.type?.const !== undefined)) {
    for (const c of choices) {
      const type = { type: c.properties?.type?.const };
      yield* leaves(c, path, path.length === 0 ? type : set(base, path, type), said);
    }
    return;
  }
  if (schema.properties === undefined) {
    if (schema.const === undefined) yield { path, base, description: said, schema };
    return;
  }
  for (const [name, child] of Object.entries(schema.properties)) {
    yield* leaves(child, [...path, name], base, undefined);
  }
}

/** A copy of a configuration with one value set. */
export function set(
  config: Readonly<Record<string, unknown>>,
  [first, ...rest]: readonly string[],
  value: unknown,
): Record<string, unknown> {
  const inner = (config[first] ?? {}) as Record<string, unknown>;
  return { ...config, [first]: rest.length === 0 ? value : set(inner, rest, value) };
}

/** The value at a path; undefined where there is none. */
export function valueAt(config: unknown, path: readonly string[]): unknown {
  let value = config;
  for (const name of path) value = (value as Record<string, unknown> | undefined)?.[name];
  return value;
}

/** Values that the leaf must refuse, made from its range and type. */
export function badValues({ schema }: OptionLeaf): unknown[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  // Bounds at the edge of exact integers come with the integer type, not from a choice.
  const inside = (bound: number) => Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  const bad: unknown[] = [];
  if (minimum !== undefined && inside(minimum)) bad.push(minimum - 1);
  if (maximum !== undefined && inside(maximum)) bad.push(maximum + Math.max(1, Math.abs(maximum)));
  if (exclusiveMinimum !== undefined && inside(exclusiveMinimum)) bad.push(exclusiveMinimum);
  if (exclusiveMaximum !== undefined && inside(exclusiveMaximum)) bad.push(exclusiveMaximum);
  if (schema.type === "integer") bad.push((minimum ?? 0) + 0.5);
  if (schema.type === "number" || schema.type === "integer") bad.push("many", Number.NaN);
  if (schema.type === "boolean") bad.push("perhaps");
  if (schema.enum) bad.push("no such choice");
  if (schema.type === "array") {
    bad.push(7);
    const items = schema.items ?? {};
    for (const value of badValues({ path: [], base: {}, description: "", schema: items })) {
      bad.push([value]);
    }
  }
  return bad;
}
