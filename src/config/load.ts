import { basename } from "node:path";
import { crossCheck } from "./cross-check.ts";
import { type Positions, readDocument } from "./document.ts";
import { type ExperimentConfig, experimentSchema } from "./experiment.ts";
import { isObject } from "./json-schema.ts";
import { normalise } from "./normalise.ts";
import { applyOverrides, type Override } from "./override.ts";
import { configError, fileLocator, type Locator, type Problem, problemsOf } from "./problems.ts";
import { spellingNotes } from "./spellings.ts";
import { objectiveKinds } from "./tables.ts";

export interface ParseOptions {
  /** The file as messages name it. */
  readonly file: string;
  /** Found out from the file's ending where absent. */
  readonly format?: "yaml" | "json";
  /** Options set from outside the file; they win. */
  readonly overrides?: readonly Override[];
}

export interface ParsedConfig {
  readonly config: ExperimentConfig;
  readonly positions: Positions;
  /** What was given, flags included, before any default was filled in. */
  readonly given: Readonly<Record<string, unknown>>;
  /** Which methods run where other libraries' names stand for them. */
  readonly notes: readonly string[];
}

/**
 * Reads a configuration from YAML or JSON text: every default filled in, every name in this library's own
 * spelling. Up to ten problems are reported together, each with file, line and column.
 * @throws ConfigError CONFIG_SYNTAX, CONFIG_INVALID; USAGE for overrides that are wrong.
 */
export function parseConfig(text: string, options: ParseOptions): ParsedConfig {
  const { file, overrides = [] } = options;
  const format = options.format ?? (file.endsWith(".json") ? "json" : "yaml");
  const { value: raw, positions, problems } = readDocument(text, file, format);
  const locator = fileLocator(positions);
  if (problems.length > 0) throw configError(problems, locator);
  if (!isObject(raw)) {
    const came =
      raw === undefined || raw === null ? "nothing" : Array.isArray(raw) ? "a list" : typeof raw;
    const expected = "a map with the keys data and tasks";
    throw configError([{ path: [], expected, got: came }], locator);
  }
  const { value, paths } = applyOverrides(raw, overrides);
  const config = check(value, withFlags(locator, paths), { data: true, name: nameFrom(file) });
  const given = normalise(value) as Record<string, unknown>;
  return { config, positions, given, notes: spellingNotes(value, config) };
}

/**
 * Checks a configuration given as an object, as the API takes it, and fills in every default.
 * `data` may be absent where rows come from code.
 * @throws ConfigError CONFIG_INVALID with up to ten problems.
 */
export function resolveConfig(value: unknown): ExperimentConfig {
  return check(value, undefined, { data: false, name: undefined });
}

function check(
  raw: unknown,
  locator: Locator | undefined,
  needs: { readonly data: boolean; readonly name: string | undefined },
): ExperimentConfig {
  const value = normalise(raw);
  const result = experimentSchema.safeParse(value);
  const problems: Problem[] = result.success ? [] : problemsOf(result.error.issues, value);
  if (needs.data && isObject(value) && (value.data === undefined || value.data === null)) {
    problems.unshift({
      path: ["data"],
      key: true,
      expected: "the path of a data file",
      got: "nothing",
      hint: "for example `data: reviews.csv`",
    });
  }
  if (!result.success || problems.length > 0) throw configError(problems, locator);
  const config = complete(result.data as unknown as ExperimentConfig, needs.name);
  const clashes = crossCheck(config);
  if (clashes.length > 0) throw configError(clashes, locator);
  return config;
}

/** Fills in what depends on names: columns, and the experiment's own name. */
function complete(config: ExperimentConfig, fallbackName: string | undefined): ExperimentConfig {
  const { name, data, inputs, tasks, ...rest } = config;
  const first = Array.isArray(data?.path) ? data.path[0] : data?.path;
  const withColumns = <T extends { readonly column?: string }>(
    section: Readonly<Record<string, T>>,
  ): Record<string, T> =>
    Object.fromEntries(
      Object.entries(section).map(([key, one]) => [key, { ...one, column: one.column ?? key }]),
    );
  return {
    name:
      name ??
      fallbackName ??
      (first === undefined ? "experiment" : nameFrom(first)) ??
      "experiment",
    data,
    inputs: inputs && withColumns(inputs),
    tasks: Object.fromEntries(
      Object.entries(tasks).map(([key, one]) => [
        key,
        // Tasks that compare inputs have no column of labels.
        Object.hasOwn(objectiveKinds, one.type) ? one : { ...one, column: one.column ?? key },
      ]),
    ),
    ...rest,
  } as ExperimentConfig;
}

/** A name from a file's, undefined where it says nothing, as `config.yaml` does. */
function nameFrom(file: string): string | undefined {
  const stem = basename(file).replace(/(\.[a-z0-9]+)+$/i, "");
  const clean = stem.replace(/[^\p{L}\p{N} ._-]+/gu, "-").replace(/^[^\p{L}\p{N}]+|-+$/gu, "");
  return clean === "" || clean === "config" || clean === "polytask"
    ? undefined
    : clean.slice(0, 100);
}

/** Problems of options that flags set are reported at the flag. */
function withFlags(
  locator: Locator,
  paths: readonly { readonly path: readonly string[]; readonly shown: string }[],
): Locator {
  return {
    locate(problem) {
      const flag = paths.findLast(
        ({ path }) =>
          path.every((key, i) => i >= problem.path.length || String(problem.path[i]) === key) &&
          path.length <= problem.path.length + 1,
      );
      if (flag === undefined || problem.path.length === 0) return locator.locate(problem);
      return { text: flag.shown };
    },
  };
}
