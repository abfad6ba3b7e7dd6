import { isAbsolute, relative, resolve, sep } from "node:path";
import { stringify } from "yaml";
import type { ExperimentConfig } from "./experiment.ts";
import { isObject } from "./json-schema.ts";

/** YAML of a configuration with every default written out; reading it back gives the same configuration. */
export function stringifyConfig(config: ExperimentConfig): string {
  const { name, data, inputs, tasks, ...rest } = config;
  return stringify(plain({ name, data, inputs, tasks, ...rest }), {
    lineWidth: 110,
    flowCollectionPadding: true,
  });
}

/** The value without what is undefined, `type` first in every map. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  entries.sort(([a], [b]) => Number(b === "type") - Number(a === "type"));
  return Object.fromEntries(entries.map(([key, one]) => [key, plain(one)]));
}

/** The configuration with its relative paths, which start at one folder, written to start at another. */
export function rebaseConfig(config: ExperimentConfig, from: string, to: string): ExperimentConfig {
  const one = (path: string) =>
    isAbsolute(path) ? path : relative(to, resolve(from, path)).split(sep).join("/");
  const paths = <P extends string | string[] | undefined>(path: P): P =>
    (Array.isArray(path) ? path.map(one) : path === undefined ? path : one(path as string)) as P;
  const { data, split } = config;
  return {
    ...config,
    data: data && {
      ...data,
      path: paths(data.path),
      ...(data.tables && {
        tables: Object.fromEntries(Object.entries(data.tables).map(([n, path]) => [n, one(path)])),
      }),
    },
    split:
      split.type === "files"
        ? { ...split, validation: paths(split.validation), test: paths(split.test) }
        : split,
  };
}
