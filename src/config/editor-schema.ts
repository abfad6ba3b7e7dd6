import { experimentNode, fallbackType, type SchemaNode, variantsOf } from "./json-schema.ts";

/** JSON Schema (2020-12) of what a file may hold, shorthands included, for completion and checks in editors. */
export function editorSchema(): Record<string, unknown> {
  const node = experimentNode();
  const whole = widen(node) as Record<string, unknown> & {
    properties: Record<string, unknown>;
  };
  const { data } = whole.properties;
  const path = { type: "string", minLength: 1 };
  return {
    title: "polytask experiment",
    ...whole,
    required: ["data", "tasks"],
    properties: {
      ...whole.properties,
      data: { anyOf: [path, { type: "array", items: path, minItems: 1 }, data] },
    },
  };
}

/** Adds what stands for a choice: its name, and nothing where it has a default. */
function widen(node: SchemaNode): unknown {
  const { oneOf, anyOf, properties, additionalProperties, items, expects, ...rest } = node;
  const variants = variantsOf(node);
  const inner: Record<string, unknown> = { ...rest };
  if (properties) {
    inner.properties = Object.fromEntries(
      Object.entries(properties).map(([key, child]) => [key, widen(child)]),
    );
  }
  if (typeof additionalProperties === "object") {
    inner.additionalProperties = widen(additionalProperties);
  } else if (additionalProperties !== undefined) inner.additionalProperties = additionalProperties;
  if (items) inner.items = widen(items);
  if (variants) {
    const fallback = fallbackType(node);
    inner.anyOf = [
      { enum: [...variants.keys()] },
      ...(fallback === undefined ? [] : [{ type: "null" }]),
      ...[...variants].map(([name, variant]) => {
        const object = widen(variant) as Record<string, unknown>;
        const needed = (variant.required ?? []).filter(
          (key) => key !== "type" || name !== fallback,
        );
        return { ...object, required: needed };
      }),
    ];
  } else if (anyOf ?? oneOf) inner.anyOf = (anyOf ?? oneOf)?.map(widen);
  return inner;
}
