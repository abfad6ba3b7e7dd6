import { ConfigError, show } from "../core/errors.ts";
import { readDocument } from "./document.ts";
import { isObject } from "./json-schema.ts";

/** An option set from outside the file, such as `--training.epochs 20`. */
export interface Override {
  /** Dotted path; a name with dots is written in quotes: `inputs."sepal.length".bins`. */
  readonly path: string;
  /** The value as it would stand in YAML. */
  readonly value: string;
  /** How it was written, for messages. */
  readonly shown: string;
}

/** Sets options of a configuration as written; the input is not changed. Gives the paths that were set. */
export function applyOverrides(
  raw: unknown,
  overrides: readonly Override[],
): { value: unknown; paths: readonly { path: readonly string[]; shown: string }[] } {
  let value = raw;
  const paths = overrides.map((override) => {
    const path = splitPath(override);
    value = set(value, path, plain(override), override, 0);
    return { path, shown: override.shown };
  });
  return { value, paths };
}

function splitPath({ path, shown }: Override): string[] {
  const parts = [...path.matchAll(/"((?:[^"\\]|\\.)*)"|([^."]+)/g)].map((m) => m[1] ?? m[2]);
  const whole = /^(?:"(?:[^"\\]|\\.)*"|[^."]+)(?:\.(?:"(?:[^"\\]|\\.)*"|[^."]+))*$/.test(path);
  if (!whole || parts.includes("__proto__")) {
    throw new ConfigError(
      "USAGE",
      `${shown}: the path of an option such as training.epochs; got ${show(path)}`,
    );
  }
  return parts;
}

function plain({ value, shown }: Override): unknown {
  const { value: read, problems } = readDocument(value, shown);
  if (problems.length > 0) {
    throw new ConfigError("USAGE", `${shown}: ${problems[0].expected}; got ${show(value)}`, {
      hint: problems[0].hint,
    });
  }
  return read ?? null;
}

function set(
  holder: unknown,
  path: readonly string[],
  value: unknown,
  override: Override,
  depth: number,
): unknown {
  if (depth === path.length) return value;
  // A shorthand grows into the object that it stands for.
  const object =
    typeof holder === "string"
      ? { [depth === 1 && path[0] === "data" ? "path" : "type"]: holder }
      : (holder ?? {});
  if (!isObject(object)) {
    throw new ConfigError(
      "USAGE",
      `${override.shown}: a path through maps; ${path.slice(0, depth).join(".")} is ${show(holder)}`,
    );
  }
  const key = path[depth];
  return {
    ...object,
    [key]: set(
      Object.hasOwn(object, key) ? object[key] : undefined,
      path,
      value,
      override,
      depth + 1,
    ),
  };
}
