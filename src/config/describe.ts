import { defaultText, expectation, range, typeWord } from "./expectation.ts";
import { experimentNode, type SchemaNode, variantsOf } from "./json-schema.ts";

/** One option of the configuration. */
export interface OptionRow {
  /** Dotted path; `<name>` stands for the name of an input or a task, `[]` for an element of a list. */
  readonly path: string;
  /** Choices that must be made for the option to exist: `learner` → `neural`. */
  readonly when: Readonly<Record<string, string>>;
  readonly type: string;
  /** As written in a configuration; empty where there is none. */
  readonly default: string;
  /** Bounds in words; empty where there are none. */
  readonly range: string;
  /** What is taken, in words. */
  readonly expects: string;
  readonly description: string;
  readonly required: boolean;
  readonly node: SchemaNode;
}

let cached: readonly OptionRow[] | undefined;

/** Every option, in the order of the schema. */
export function optionRows(): readonly OptionRow[] {
  cached ??= [...walk(experimentNode(), "", {})];
  return cached;
}

/** The rows under a path, such as `training` or `inputs.<name>`; all without one. */
export function optionsUnder(path: string): readonly OptionRow[] {
  return optionRows().filter((row) => row.path === path || row.path.startsWith(`${path}.`));
}

function* walk(
  node: SchemaNode,
  path: string,
  when: Readonly<Record<string, string>>,
): Generator<OptionRow> {
  const required = new Set(node.required ?? []);
  for (const [key, child] of Object.entries(node.properties ?? {})) {
    if (key === "type" && child.const !== undefined) continue;
    yield* option(child, path === "" ? key : `${path}.${key}`, when, required.has(key));
  }
}

function* option(
  node: SchemaNode,
  path: string,
  when: Readonly<Record<string, string>>,
  required: boolean,
): Generator<OptionRow> {
  const record =
    typeof node.additionalProperties === "object" ? node.additionalProperties : undefined;
  const variants = variantsOf(node);
  const whole = { ...node, default: node.type === "object" ? undefined : node.default };
  if (!node.properties || node.description) {
    yield {
      path,
      when,
      type: typeWord(node),
      default: defaultText(whole),
      range: range(node).trim(),
      expects: expectation(node),
      description: node.description ?? "",
      required,
      node,
    };
  }
  if (variants) {
    for (const [name, variant] of variants) {
      yield* walk(variant, path, { ...when, [path]: name });
    }
  } else if (record) {
    if (record.type === "object" || variantsOf(record)) {
      yield* option(record, `${path}.<name>`, when, false);
    }
  } else if (node.properties) yield* walk(node, path, when);
}
