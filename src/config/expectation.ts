import { fallbackType, type SchemaNode, variantsOf } from "./json-schema.ts";

/** What a node takes, in words that fit after "expected": "an integer from 1 to 100000". */
export function expectation(node: SchemaNode): string {
  if (node.expects !== undefined) return node.expects;
  const variants = variantsOf(node);
  if (variants) return `one of ${[...variants.keys()].join(", ")}, or an object with \`type\``;
  if (node.const !== undefined) return String(node.const);
  if (node.enum)
    return node.enum.length === 1 ? String(node.enum[0]) : `one of ${node.enum.join(", ")}`;
  const several = node.anyOf ?? node.oneOf;
  if (several)
    return several.every((one) => one.const !== undefined)
      ? `one of ${several.map(expectation).join(", ")}`
      : several.map(expectation).join(", or ");
  if (isSeveral(node.type)) {
    return node.type.map((type) => expectation({ type })).join(", ");
  }
  switch (node.type) {
    case "null":
      return "nothing";
    case "integer":
    case "number":
      return `${node.type === "integer" ? "an integer" : "a number"}${range(node)}`;
    case "string":
      return stringExpectation(node);
    case "boolean":
      return "true or false";
    case "array":
      return `a list of ${plural(node.items)}${listSize(node)}`;
    case "object":
      return "a map of keys and values";
    default:
      return "a value";
  }
}

/** The type of a node in a word or two, for tables of options. */
export function typeWord(node: SchemaNode): string {
  const variants = variantsOf(node);
  if (variants) return [...variants.keys()].join(" | ");
  if (node.const !== undefined) return String(node.const);
  if (node.enum) return node.enum.map(String).join(" | ");
  const several = node.anyOf ?? node.oneOf;
  if (several) return several.map(typeWord).join(" or ");
  if (node.type === "array") return `list of ${plural(node.items)}`;
  if (node.type === "object") return "map";
  return isSeveral(node.type) ? node.type.join(" or ") : (node.type ?? "value");
}

function isSeveral(type: SchemaNode["type"]): type is readonly string[] {
  return Array.isArray(type);
}

/** The bounds of a number in words, with a space before; empty where there are none. */
export function range(node: SchemaNode): string {
  const low = bound(node.minimum, -Number.MAX_SAFE_INTEGER);
  const high = bound(node.maximum, Number.MAX_SAFE_INTEGER);
  const above = node.exclusiveMinimum;
  const below = node.exclusiveMaximum;
  if (low !== undefined && high !== undefined) return ` from ${low} to ${high}`;
  const left = low !== undefined ? `at least ${low}` : above !== undefined ? `above ${above}` : "";
  const right =
    high !== undefined ? `at most ${high}` : below !== undefined ? `below ${below}` : "";
  return left && right ? ` ${left} and ${right}` : left || right ? ` ${left}${right}` : "";
}

function bound(value: number | undefined, open: number): number | undefined {
  return value === open ? undefined : value;
}

function stringExpectation(node: SchemaNode): string {
  const most = node.maxLength === undefined ? "" : ` of at most ${node.maxLength} characters`;
  return node.minLength === 1 ? `a text that is not empty${most && `,${most}`}` : `a text${most}`;
}

function plural(node: SchemaNode | undefined): string {
  switch (node?.type) {
    case "integer":
      return `integers${range(node)}`;
    case "number":
      return `numbers${range(node)}`;
    case "string":
      return "texts";
    default:
      return "values";
  }
}

function listSize(node: SchemaNode): string {
  const { minItems = 0, maxItems } = node;
  if (minItems > 0 && maxItems !== undefined) return `, ${minItems} to ${maxItems} of them`;
  if (minItems > 0) return `, at least ${minItems}`;
  return maxItems === undefined ? "" : `, at most ${maxItems}`;
}

/** The default of a node as it is written in a configuration; empty where there is none. */
export function defaultText(node: SchemaNode): string {
  const type = variantsOf(node) ? fallbackType(node) : undefined;
  if (type !== undefined) return type;
  if (node.default === undefined || node.type === "object") return "";
  return typeof node.default === "string" && /^[\w.#+-]+$/.test(node.default)
    ? node.default
    : JSON.stringify(node.default);
}
