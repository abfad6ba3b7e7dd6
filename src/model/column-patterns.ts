import { ConfigError } from "../core/errors.ts";
import type { Table } from "../data/columns.ts";
import { namedColumn } from "./named-column.ts";

/**
 * The columns that names and patterns stand for, in which `*` is for any characters. Matches of a pattern stand in
 * the order of the numbers in the place of `*`, where all have one, else in that of the table.
 * @throws DataError DATA_SCHEMA for a name that is no column; ConfigError CONFIG_INVALID for a pattern that matches
 *   none and for a column that comes twice.
 */
export function expandColumns(
  where: string,
  given: string | readonly string[],
  table: Table,
): string[] {
  const found: string[] = [];
  for (const word of typeof given === "string" ? [given] : given) {
    const names =
      word.includes("*") && !table.columns.has(word)
        ? matching(where, word, table)
        : [namedColumn(table, where, word).name];
    const twice = names.find((name) => found.includes(name));
    if (twice !== undefined) {
      throw new ConfigError("CONFIG_INVALID", `${where}: each column once; got ${twice} twice`);
    }
    found.push(...names);
  }
  return found;
}

function matching(where: string, pattern: string, table: Table): string[] {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  const test = new RegExp(`^${parts.join("(.*)")}$`, "su");
  const matches = [...table.columns.keys()].flatMap((name) => {
    const match = test.exec(name);
    return match ? [{ name, number: /^\d+$/.test(match[1]) ? Number(match[1]) : Number.NaN }] : [];
  });
  if (matches.length === 0) {
    const names = [...table.columns.keys()];
    throw new ConfigError(
      "CONFIG_INVALID",
      `${where}: a pattern that matches columns of ${table.origin} (${names.slice(0, 12).join(", ")}${names.length > 12 ? ", …" : ""}); got "${pattern}", which matches none`,
    );
  }
  if (matches.every(({ number }) => !Number.isNaN(number)))
    matches.sort((a, b) => a.number - b.number);
  return matches.map(({ name }) => name);
}
