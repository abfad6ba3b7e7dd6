import { ConfigError, DataError, show } from "../core/errors.ts";
import { type Column, concatTables, listNames, type Storage, type Table } from "./columns.ts";
import type { BatchOptions, ColumnSchema, Source } from "./source.ts";

/** The column that says which table a row comes from. */
export const tableColumn = "table";

/**
 * Several tables as one: their rows one after another, a column `table` with the name of each row's table, and
 * all columns of any of them; a column that a table lacks is missing in its rows.
 * @throws DataError DATA_SCHEMA for columns of one name that hold other kinds of cells, or a table that shares
 *   no column with any other; ConfigError for fewer than two tables or a table with a column `table`.
 */
export async function stackSources(
  tables: readonly { readonly name: string; readonly source: Source }[],
): Promise<Source> {
  if (tables.length < 2)
    throw new ConfigError(
      "CONFIG_INVALID",
      `data.tables: at least 2 tables; got ${tables.length}`,
      { hint: "name a single table as data.path" },
    );
  const schemas = new Map<string, readonly ColumnSchema[]>();
  for (const { name, source } of tables) schemas.set(name, await source.schema());
  const columns = unite(schemas);
  const storages = new Map(columns.map((c) => [c.name, c.storage]));
  const all = columns.map((c) => c.name);

  const filled = (name: string, part: Table, wanted: readonly string[]): Table => ({
    ...part,
    columns: new Map(
      wanted.map((column): [string, Column] => [
        column,
        column === tableColumn
          ? constant(column, name, part.rows)
          : (part.columns.get(column) ??
            absent(column, storages.get(column) as Storage, part.rows)),
      ]),
    ),
  });
  const known = (wanted: readonly string[] = all): readonly string[] => {
    const other = wanted.find((name) => !storages.has(name));
    if (other === undefined) return wanted;
    throw new DataError(
      "DATA_SCHEMA",
      `data.tables: a column of some table; got ${show(other)}; the columns are ${listNames(all)}`,
    );
  };
  /** The asked columns that a table has; one that it has where it has none, to know its rows. */
  const own = (name: string, wanted: readonly string[]): string[] => {
    const has = (schemas.get(name) ?? []).map((c) => c.name);
    const asked = wanted.filter((column) => has.includes(column));
    return asked.length > 0 ? asked : has.slice(0, 1);
  };
  const [first] = tables;
  const origin = tables.map(({ source }) => source.origin).join(", ");
  const whole = (parts: readonly Table[]): Table => ({ ...concatTables(parts), origin });

  return {
    origin,
    baseDir: first.source.baseDir,
    schema: async () => [...columns],
    async rowCount() {
      let rows = 0;
      for (const { source } of tables) rows += await source.rowCount();
      return rows;
    },
    async read(asked) {
      const wanted = known(asked);
      const parts: Table[] = [];
      for (const { name, source } of tables)
        parts.push(filled(name, await source.read(own(name, wanted)), wanted));
      return whole(parts);
    },
    async *batches({ columns: asked, batchRows }: BatchOptions) {
      const wanted = known(asked);
      for (const { name, source } of tables)
        for await (const part of source.batches({ columns: own(name, wanted), batchRows }))
          yield filled(name, part, wanted);
    },
    async sample(n, seed, asked) {
      const wanted = known(asked);
      const counts: number[] = [];
      for (const { source } of tables) counts.push(await source.rowCount());
      const total = counts.reduce((a, b) => a + b, 0);
      const parts: Table[] = [];
      for (const [i, { name, source }] of tables.entries()) {
        const share = Math.min(counts[i], Math.ceil((n * counts[i]) / total));
        parts.push(filled(name, await source.sample(share, seed, own(name, wanted)), wanted));
      }
      return whole(parts);
    },
    async fingerprint() {
      const found: string[] = [];
      for (const { name, source } of tables) found.push(`${name}:${await source.fingerprint()}`);
      return found.join("+");
    },
    close() {
      for (const { source } of tables) source.close();
    },
  };
}

function unite(schemas: ReadonlyMap<string, readonly ColumnSchema[]>): ColumnSchema[] {
  const found = new Map<string, ColumnSchema & { readonly table: string }>();
  const shared = new Set<string>();
  for (const [table, schema] of schemas) {
    for (const column of schema) {
      if (column.name === tableColumn)
        throw new ConfigError(
          "CONFIG_INVALID",
          `data.tables.${table}: no column named ${show(tableColumn)}, which is made to hold the tables' names`,
          { hint: "rename the column in the file" },
        );
      const known = found.get(column.name);
      if (known === undefined) found.set(column.name, { ...column, table });
      else if (known.storage === column.storage) shared.add(table).add(known.table);
      else
        throw new DataError(
          "DATA_SCHEMA",
          `data.tables.${table}, column ${column.name}: ${known.storage} cells, as in table ${known.table}; got ${column.storage}`,
          { hint: "correct the cells, or say how to read them under data.types" },
        );
    }
  }
  const alone = [...schemas.keys()].find((table) => !shared.has(table));
  if (alone !== undefined)
    throw new DataError(
      "DATA_SCHEMA",
      `data.tables.${alone}: a column that another table has too; it has ${listNames((schemas.get(alone) ?? []).map((c) => c.name))}`,
      { hint: "tasks of tables without a common input share nothing: train them apart" },
    );
  return [
    { name: tableColumn, storage: "string", sqlType: "VARCHAR" },
    ...[...found.values()].map(({ table: _, ...column }) => column),
  ];
}

function constant(name: string, text: string, length: number): Column {
  return { storage: "string", name, length, codes: new Int32Array(length), dictionary: [text] };
}

function absent(name: string, storage: Storage, length: number): Column {
  switch (storage) {
    case "number":
    case "datetime":
      return {
        storage,
        name,
        length,
        values: new Float64Array(length),
        valid: new Uint8Array(length),
      };
    case "boolean":
      return {
        storage,
        name,
        length,
        values: new Uint8Array(length),
        valid: new Uint8Array(length),
      };
    case "string":
      return { storage, name, length, codes: new Int32Array(length).fill(-1), dictionary: [] };
    case "bytes":
    case "list":
      return { storage, name, length, values: new Array<null>(length).fill(null) };
  }
}
