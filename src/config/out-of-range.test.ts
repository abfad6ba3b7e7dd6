import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { ConfigError } from "../core/errors.ts";
import { type OptionRow, optionRows } from "./describe.ts";
import { experimentNode, objectNode, type SchemaNode, variantsOf } from "./json-schema.ts";
import { parseConfig } from "./load.ts";

const marker = "@bad@";

/** Values that a node does not take, as YAML. */
function badValues(node: SchemaNode): string[] {
  if (variantsOf(node)) return ["zzzz", "3"];
  if (node.const !== undefined) return [];
  const several = node.anyOf ?? node.oneOf;
  if (several) return ["[{ a: 1 }]"];
  if (node.enum) return ["zzzz", "[1]"];
  if (Array.isArray(node.type)) return ["[{ a: 1 }]"];
  switch (node.type) {
    case "integer":
    case "number": {
      const bad = ["some", "true", ".nan"];
      if (node.type === "integer") bad.push("1.5");
      if (node.minimum !== undefined) bad.push(String(node.minimum - 1));
      if (node.maximum !== undefined) bad.push(String(node.maximum + 1));
      if (node.exclusiveMinimum !== undefined) bad.push(String(node.exclusiveMinimum));
      if (node.exclusiveMaximum !== undefined) bad.push(String(node.exclusiveMaximum));
      return bad;
    }
    case "boolean":
      return ["perhaps", "2"];
    case "string":
      return node.minLength === 1 ? ["5", "[1]", "''"] : ["[1]", "{ a: 1 }"];
    case "array":
      return ["{ a: 1 }"];
    default:
      return ["7"];
  }
}

/** A small valid configuration that has an option, its value being the marker. */
function configWith(row: OptionRow): string {
  const root: Record<string, unknown> = {
    data: { path: "rows.csv" },
    inputs: { x: { type: "number" } },
    tasks: { y: { type: "regression" } },
  };
  let holder = root;
  let node: SchemaNode | undefined = experimentNode();
  let schemaPath = "";
  const keys = row.path.split(".");
  for (const [depth, key] of keys.entries()) {
    schemaPath = schemaPath === "" ? key : `${schemaPath}.${key}`;
    const name = key === "<name>" ? (keys[0] === "inputs" ? "x" : "y") : key;
    if (depth === keys.length - 1) {
      holder[name] = marker;
      break;
    }
    node = key === "<name>" ? (node?.additionalProperties as SchemaNode) : node?.properties?.[key];
    const type = row.when[schemaPath];
    const child = { ...(holder[name] as object), ...(type === undefined ? {} : { type }) };
    const object: SchemaNode | undefined = node && objectNode(node, child);
    if (type !== undefined) {
      for (const required of object?.required ?? []) {
        if (required !== "type") Object.assign(child, { [required]: "r" });
      }
      if (type === "files") Object.assign(child, { test: "test.csv" });
      node = object;
    }
    holder[name] = child;
    holder = child;
  }
  return stringify(root);
}

const rows = optionRows().filter((row) => row.path !== "inputs" && row.path !== "tasks");

describe("a value that an option does not take", () => {
  it("has options to test", () => {
    expect(rows.length).toBeGreaterThan(80);
  });

  for (const row of rows) {
    const types = Object.entries(row.when).map(([path, type]) => `${path}: ${type}`);
    it(`${row.path} ${types.join(", ")}`, () => {
      const text = configWith(row);
      const quoted = text.includes(`"${marker}"`) ? `"${marker}"` : marker;
      const before = text.slice(0, text.indexOf(quoted)).split("\n");
      const place = `rows.yaml:${before.length}:${(before.at(-1) as string).length + 1}`;
      const path = row.path.replace("inputs.<name>", "inputs.x").replace("<name>", "y");
      for (const bad of badValues(row.node)) {
        const broken = text.replace(quoted, bad);
        let error: unknown;
        try {
          parseConfig(broken, { file: "rows.yaml" });
        } catch (caught) {
          error = caught;
        }
        expect(error, `${row.path} = ${bad}`).toBeInstanceOf(ConfigError);
        const { message, code } = error as ConfigError;
        expect(code).toBe("CONFIG_INVALID");
        const line = message.split("\n").find((one) => one.includes(`: ${path}`));
        expect(line, `${message} (${row.path} = ${bad})`).toBeDefined();
        // An element of a list has a place of its own, on the same line.
        const element = line?.includes(`: ${path}[`);
        const where = element ? `rows.yaml:${before.length}:` : `${place}: ${path}`;
        expect(line, bad).toContain(where);
        expect(line).toMatch(/; got /);
      }
    });
  }
});

describe("every option", () => {
  for (const row of optionRows()) {
    const types = Object.values(row.when).join(", ");
    it(`${row.path} ${types} is described`, () => {
      expect(row.description.split(" ").length).toBeGreaterThan(1);
    });
  }

  it("is what the page shows where it is not written", () => {
    const result = (text: string) => {
      try {
        return parseConfig(text, { file: "rows.yaml" }).config;
      } catch (error) {
        // Another option may not go with the one at hand; then neither way is taken.
        return (error as ConfigError).message.replace(/:\d+:\d+/g, "");
      }
    };
    for (const row of rows) {
      if (row.default === "" || variantsOf(row.node)) continue;
      const text = configWith(row);
      const quoted = text.includes(`"${marker}"`) ? `"${marker}"` : marker;
      const set = text.replace(quoted, JSON.stringify(parse(row.default)));
      const unset = text.replace(quoted, "null");
      expect(result(set), `${row.path} = ${row.default}`).toEqual(result(unset));
    }
  });
});
