import type { z } from "zod";
import { ConfigError, didYouMean, show } from "../core/errors.ts";
import { optionRows } from "./describe.ts";
import type { Place, Positions } from "./document.ts";
import { expectation } from "./expectation.ts";
import { foreignKeys } from "./foreign.ts";
import { nodeAt, objectNode, type SchemaNode, variantsOf } from "./json-schema.ts";

/** Something wrong in a configuration. */
export interface Problem {
  /** The option; empty for the file as a whole. */
  readonly path: readonly PropertyKey[];
  readonly expected: string;
  readonly got?: string;
  readonly hint?: string;
  /** Whether the key itself is wrong, rather than its value. */
  readonly key?: boolean;
  /** Whether the text could not be read, rather than understood. */
  readonly syntax?: boolean;
  /** Where it is, for problems found before values have paths. */
  readonly place?: Place;
}

/** A problem as programs read it, from `details.problems` of the error. */
export interface ProblemRecord {
  readonly message: string;
  readonly hint?: string;
  readonly path: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

/** Most problems reported at once. */
const most = 10;

/** Problems from what the schema found in a value. */
export function problemsOf(issues: readonly z.core.$ZodIssue[], value: unknown): Problem[] {
  return issues.flatMap((issue) => problemsOfIssue(issue, value));
}

function problemsOfIssue(issue: z.core.$ZodIssue, value: unknown): Problem[] {
  const { path } = issue;
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => unknownKey([...path, key], value));
  }
  const got = valueAt(value, path);
  if (issue.code === "custom") return [{ path, expected: issue.message, got: show(got) }];
  const node = nodeAt(path, value);
  if (got === undefined) {
    return [{ path, expected: node ? requirement(node) : "a value", got: "nothing", key: true }];
  }
  const expected = node ? expectation(node) : issue.message;
  return [{ path, expected, got: show(got), hint: valueHint(node, got) }];
}

function requirement(node: SchemaNode): string {
  return node.description === undefined ? expectation(node) : lower(node.description);
}

function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1).replace(/\.$/, "");
}

function valueHint(node: SchemaNode | undefined, got: unknown): string | undefined {
  if (typeof got === "string" && node?.enum) {
    const near = didYouMean(got, node.enum.map(String));
    return near && `did you mean ${near}?`;
  }
  if (node?.type === "string" && (typeof got === "number" || typeof got === "boolean")) {
    return `put it in quotes: "${got}"`;
  }
  if ((node?.type === "number" || node?.type === "integer") && typeof got === "string") {
    const number = Number(got);
    return got.trim() !== "" && Number.isFinite(number)
      ? `write it without quotes: ${got}`
      : undefined;
  }
  return undefined;
}

/** An unknown key: what its neighbours are called, and where its meaning lives if elsewhere. */
function unknownKey(path: readonly PropertyKey[], value: unknown): Problem {
  const key = String(path[path.length - 1]);
  const parent = path.slice(0, -1);
  const node = nodeAt(parent, value);
  const held = valueAt(value, parent);
  const object = node && objectNode(node, held);
  const allowed = Object.keys(object?.properties ?? {});
  const type =
    node && variantsOf(node) ? (held as { type?: unknown } | undefined)?.type : undefined;
  const place = type === undefined ? "" : ` for type ${String(type)}`;
  return {
    path,
    key: true,
    expected: `a known option${place}`,
    got: key,
    hint: keyHint(key, path, allowed, node, type),
  };
}

function keyHint(
  key: string,
  path: readonly PropertyKey[],
  allowed: readonly string[],
  node: SchemaNode | undefined,
  type: unknown,
): string {
  const camel = key.replace(/[_-]+([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase());
  const near = allowed.includes(camel) ? camel : didYouMean(key, allowed);
  const list =
    allowed.length > 0 && allowed.length <= 16 ? `options are ${allowed.join(", ")}` : "";
  if (near !== undefined) return `did you mean ${near}?${list && ` (${list})`}`;
  if (Object.hasOwn(foreignKeys, key)) return foreignKeys[key];
  const others = [...((node && variantsOf(node)) ?? [])]
    .filter(([, variant]) => variant.properties && Object.hasOwn(variant.properties, camel))
    .map(([name]) => name);
  if (type === "auto" && others.length > 0) {
    return `name the type to give its options, for example type: ${others[0]}`;
  }
  if (others.length > 0) return `it is an option of type ${others.join(", ")}`;
  const home = optionRows().find(
    (row) => lastOf(row.path) === camel && !row.path.includes("<name>"),
  );
  if (home && path.length === 1) return `did you mean ${home.path}?`;
  return allowed.length === 0 ? "it takes no options" : list;
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}

export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<PropertyKey, unknown>)[key];
  }
  return at;
}

/** A path as the user writes it: `training.epochs`, `trunk.sizes[2]`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    const name = /[.\s:[\]]/.test(String(key)) ? JSON.stringify(key) : String(key);
    return text === "" ? name : `${text}.${name}`;
  }, "");
}

/** Where messages find the places of options: a file's, or flags of the command line. */
export interface Locator {
  /** What stands before the option's name, and the place in parts; undefined where there is none. */
  locate(problem: Problem): { text: string; file?: string; place?: Place } | undefined;
}

/** A locator of a file's positions. */
export function fileLocator(positions: Positions): Locator {
  return {
    locate(problem) {
      const find = problem.key ? positions.key : positions.value;
      const place = problem.place ?? find(problem.path);
      const { file } = positions;
      return place
        ? { text: `${file}:${place.line}:${place.column}`, file, place }
        : { text: file, file };
    },
  };
}

/** The error for some problems, at most ten of them, each in a line of its own with its place. */
export function configError(problems: readonly Problem[], locator?: Locator): ConfigError {
  const records = problems.slice(0, most).map((problem): ProblemRecord => {
    const where = locator?.locate(problem);
    const path = pathText(problem.path);
    const parts = where?.text === `--${path}` ? [where.text] : [where?.text, path];
    const before = parts.filter((part) => part).join(": ");
    const came = problem.got === undefined ? "" : `; got ${problem.got}`;
    return {
      message: `${before === "" ? "configuration" : before}: ${problem.expected}${came}`,
      hint: problem.hint,
      path,
      file: where?.file,
      line: where?.place?.line,
      column: where?.place?.column,
    };
  });
  const more = problems.length - records.length;
  const lines = records.map((record) => record.message);
  if (more > 0) lines.push(`and ${more} more ${more === 1 ? "problem" : "problems"}`);
  return new ConfigError(
    problems.some((problem) => problem.syntax) ? "CONFIG_SYNTAX" : "CONFIG_INVALID",
    lines.join("\n"),
    {
      hint: records.length === 1 ? records[0].hint : hints(records),
      details: { problems: records },
    },
  );
}

function hints(records: readonly ProblemRecord[]): string | undefined {
  const lines = records.flatMap(({ path, hint }) => (hint ? [`${path}: ${hint}`] : []));
  return lines.length > 0 ? lines.join("; ") : undefined;
}
