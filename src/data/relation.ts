import {
  type DuckDBArrayType,
  type DuckDBListType,
  type DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
} from "@duckdb/node-api";
import { DataError, show } from "../core/errors.ts";
import { type Storage, unknownColumn } from "./columns.ts";
import { type Database, sqlName } from "./duckdb.ts";

/** A column as SQL reads it into one of the storages. */
export interface RelationColumn {
  readonly name: string;
  readonly sqlType: string;
  readonly storage: Storage;
  /**
   * Reads the cell as DOUBLE (number; datetime in ms), UTINYINT (boolean), VARCHAR, BLOB, or a list of
   * DOUBLE, BOOLEAN or VARCHAR; NULL where missing.
   */
  readonly expression: string;
  /** True in SQL for a cell that the storage asked for cannot take. */
  readonly misfit?: string;
  /** The cell as the file has it, for the message about a misfit. */
  readonly raw: string;
  /** List cells (`"cell"`) or their elements (`"element"`) are JSON text, to be parsed after reading. */
  readonly json?: "cell" | "element";
}

/** What a format hands to the reader: something to select from, and how to read each column. */
export interface Relation {
  readonly from: string;
  readonly columns: readonly RelationColumn[];
  readonly rows: number;
  /** Turns an error of the engine into one about the file. */
  explain(error: unknown): Promise<Error>;
}

export type TypeOverrides = Readonly<Record<string, Storage>>;

const numeric = new Set<DuckDBTypeId>([
  DuckDBTypeId.TINYINT,
  DuckDBTypeId.SMALLINT,
  DuckDBTypeId.INTEGER,
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.UTINYINT,
  DuckDBTypeId.USMALLINT,
  DuckDBTypeId.UINTEGER,
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.UHUGEINT,
  DuckDBTypeId.FLOAT,
  DuckDBTypeId.DOUBLE,
  DuckDBTypeId.DECIMAL,
]);

const temporal = new Set<DuckDBTypeId>([
  DuckDBTypeId.DATE,
  DuckDBTypeId.TIME,
  DuckDBTypeId.TIMESTAMP,
  DuckDBTypeId.TIMESTAMP_S,
  DuckDBTypeId.TIMESTAMP_MS,
  DuckDBTypeId.TIMESTAMP_NS,
  DuckDBTypeId.TIMESTAMP_TZ,
]);

/** How a column of a DuckDB type is read; `asked` overrides the storage that the type suggests. */
export function relationColumn(
  name: string,
  ref: string,
  type: DuckDBType,
  asked?: Storage,
): RelationColumn {
  const natural = naturalColumn(name, ref, type);
  if (asked === undefined || asked === natural.storage) return natural;
  const base = { name, sqlType: natural.sqlType, storage: asked, raw: ref };
  switch (asked) {
    case "string":
      return { ...base, expression: `CAST(${ref} AS VARCHAR)` };
    case "number":
      return {
        ...base,
        expression:
          natural.storage === "datetime" ? natural.expression : `TRY_CAST(${ref} AS DOUBLE)`,
        misfit: misfit(ref, `TRY_CAST(${ref} AS DOUBLE)`, natural.storage === "datetime"),
      };
    case "boolean": {
      const boolean = `CASE lower(trim(CAST(${ref} AS VARCHAR))) ${booleanWords} END`;
      return { ...base, expression: boolean, misfit: misfit(ref, boolean, false) };
    }
    case "datetime": {
      const time = `TRY_CAST(${ref} AS TIMESTAMP)`;
      return { ...base, expression: milliseconds(time), misfit: misfit(ref, time, false) };
    }
    case "list":
      return {
        ...base,
        expression: `CAST(${ref} AS VARCHAR)`,
        json: "cell",
        misfit: `${ref} IS NOT NULL AND NOT coalesce(TRY(json_type(CAST(${ref} AS VARCHAR))) = 'ARRAY', false)`,
      };
    case "bytes":
      throw new DataError(
        "DATA_SCHEMA",
        `column ${show(name)}: bytes; the file holds ${natural.sqlType}`,
        { hint: "keep bytes in Parquet, or keep paths to files" },
      );
  }
}

const booleanWords = [
  ...["true", "t", "yes", "y", "1", "1.0"].map((word) => `WHEN '${word}' THEN 1::UTINYINT`),
  ...["false", "f", "no", "n", "0", "0.0"].map((word) => `WHEN '${word}' THEN 0::UTINYINT`),
].join(" ");

function misfit(ref: string, converted: string, always: boolean): string | undefined {
  return always ? undefined : `${ref} IS NOT NULL AND (${converted}) IS NULL`;
}

function milliseconds(time: string): string {
  return `CAST(epoch_us(${time}) AS DOUBLE) / 1000`;
}

function naturalColumn(name: string, ref: string, type: DuckDBType): RelationColumn {
  const sqlType = type.alias ?? type.toString();
  const column = { name, sqlType, raw: ref };
  if (numeric.has(type.typeId)) {
    const plain = type.typeId === DuckDBTypeId.DOUBLE;
    return { ...column, storage: "number", expression: plain ? ref : `CAST(${ref} AS DOUBLE)` };
  }
  if (temporal.has(type.typeId)) {
    return { ...column, storage: "datetime", expression: milliseconds(ref) };
  }
  if (type.typeId === DuckDBTypeId.BOOLEAN) {
    return { ...column, storage: "boolean", expression: `CAST(${ref} AS UTINYINT)` };
  }
  if (type.typeId === DuckDBTypeId.BLOB) return { ...column, storage: "bytes", expression: ref };
  if (type.typeId === DuckDBTypeId.STRUCT && holdsBytes(type as DuckDBStructType)) {
    return { ...column, storage: "bytes", expression: `struct_extract(${ref}, 'bytes')` };
  }
  if (type.typeId === DuckDBTypeId.LIST || type.typeId === DuckDBTypeId.ARRAY) {
    return { ...column, storage: "list", ...listExpression(ref, type) };
  }
  const nested = [DuckDBTypeId.STRUCT, DuckDBTypeId.MAP, DuckDBTypeId.UNION].includes(type.typeId);
  return {
    ...column,
    storage: "string",
    expression: nested
      ? `CAST(to_json(${ref}) AS VARCHAR)`
      : type.typeId === DuckDBTypeId.VARCHAR && type.alias === undefined
        ? ref
        : `CAST(${ref} AS VARCHAR)`,
  };
}

/** The layout in which image data sets keep pictures: the file's bytes beside its path. */
function holdsBytes(type: DuckDBStructType): boolean {
  const at = type.entryNames.indexOf("bytes");
  return at >= 0 && type.entryTypes[at].typeId === DuckDBTypeId.BLOB;
}

function listExpression(ref: string, type: DuckDBType): { expression: string; json?: "element" } {
  let depth = "";
  let leaf = type;
  while (leaf.typeId === DuckDBTypeId.LIST || leaf.typeId === DuckDBTypeId.ARRAY) {
    leaf = (leaf as DuckDBListType | DuckDBArrayType).valueType;
    depth += "[]";
  }
  if (numeric.has(leaf.typeId)) return { expression: `CAST(${ref} AS DOUBLE${depth})` };
  if (leaf.typeId === DuckDBTypeId.BOOLEAN)
    return { expression: `CAST(${ref} AS BOOLEAN${depth})` };
  const expression = `CAST(${ref} AS VARCHAR${depth})`;
  return leaf.alias === "JSON" ? { expression, json: "element" } : { expression };
}

/** @throws DataError DATA_SCHEMA where a type is given to a column that is not there. */
export function checkOverrides(
  types: TypeOverrides | undefined,
  names: readonly string[],
  origin: string,
): void {
  for (const name of Object.keys(types ?? {})) {
    if (!names.includes(name)) throw unknownColumn(origin, name, names);
  }
}

export function overrideOf(types: TypeOverrides | undefined, name: string): Storage | undefined {
  return types && Object.hasOwn(types, name) ? types[name] : undefined;
}

const wanted: Readonly<Record<Storage, string>> = {
  number: "a number",
  boolean: "true or false",
  datetime: "a date or time such as 2024-05-01T12:00:00Z",
  string: "a string",
  bytes: "bytes",
  list: "a list such as [1, 2]",
};

/** @throws DataError DATA_VALUE for the first cell that does not fit the storage asked for. */
export async function checkMisfits(
  db: Database,
  relation: Relation,
  origin: string,
): Promise<void> {
  for (const column of relation.columns) {
    if (column.misfit === undefined) continue;
    const found = await db
      .rows(
        `SELECT r, CAST(v AS VARCHAR) FROM (SELECT row_number() OVER () AS r, (${column.misfit}) AS bad, ` +
          `${column.raw} AS v FROM ${relation.from}) WHERE bad ORDER BY r LIMIT 1`,
      )
      .catch(async (error: unknown) => {
        throw await relation.explain(error);
      });
    if (found.length === 0) continue;
    const row = Number(found[0][0]);
    throw new DataError(
      "DATA_VALUE",
      `${origin}, data row ${row}, column ${show(column.name)}: ${wanted[column.storage]}; got ${show(found[0][1])}`,
      { details: { column: column.name, row } },
    );
  }
}

/** Columns of a `SELECT *`, described by the engine. */
export async function describeColumns(
  db: Database,
  from: string,
  types: TypeOverrides | undefined,
  origin: string,
): Promise<RelationColumn[]> {
  const connection = await db.connect();
  try {
    const result = await connection.run(`SELECT * FROM ${from} LIMIT 0`);
    const names = result.columnNames();
    checkOverrides(types, names, origin);
    return names.map((name, i) =>
      relationColumn(name, sqlName(name), result.columnType(i), overrideOf(types, name)),
    );
  } finally {
    connection.disconnectSync();
  }
}
