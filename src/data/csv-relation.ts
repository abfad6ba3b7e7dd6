import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { DuckDBTypeId } from "@duckdb/node-api";
import { DataError, PolytaskError } from "../core/errors.ts";
import { listNames } from "./columns.ts";
import { diagnoseCsv, nulByte } from "./csv-diagnose.ts";
import { type CsvDialect, readDialect } from "./csv-dialect.ts";
import { briefMessage, type Database, load, sqlText } from "./duckdb.ts";
import type { DataFile } from "./files.ts";
import {
  checkOverrides,
  overrideOf,
  type Relation,
  type RelationColumn,
  relationColumn,
  type TypeOverrides,
} from "./relation.ts";

/** Words that stand for a missing cell in a column whose other cells are numbers. */
const missingWords: readonly string[] = ["na", "n/a", "#n/a", "nan", "null", "none", "?", "-", "."];

interface CsvTypes {
  readonly types: readonly string[];
  readonly dateFormat: string | null;
  readonly timestampFormat: string | null;
}

/** The smallest buffer with room for a line of 2 MB; the first rows need no more. */
const sniffBuffer = 4_194_304;

/**
 * The reader's buffer: 16 MB (half of what the engine takes, which shares files of some 100 MB out more
 * evenly among threads), or a sixty-fourth of a memory limit: every thread holds several.
 */
function readBuffer(memoryLimit = Number.POSITIVE_INFINITY): number {
  return Math.max(sniffBuffer, Math.min(1 << 24, Math.floor(memoryLimit / 64)));
}

/**
 * Files of delimited text as a relation. A column's type is settled over all its rows: integers and
 * decimals are numbers, `true`/`false` booleans, dates and times datetimes, all else strings. A column
 * of numbers and `missingWords` is a number column in which the words are missing cells; in a string
 * column they are strings. An empty cell is missing in every column.
 * @throws DataError DATA_EMPTY, DATA_FORMAT (with the line), DATA_SCHEMA.
 */
export async function csvRelation(
  db: Database,
  files: readonly DataFile[],
  options: { readonly delimiter?: string; readonly types?: TypeOverrides },
): Promise<Relation> {
  const dialects = await readDialects(files, options.delimiter);
  const { header, delimiter } = dialects[0];
  checkOverrides(options.types, header, files[0].shown);
  const explain = (error: unknown) => explainCsv(error, files, dialects);
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw await explain(error);
    }
  };
  const compression = dialects.every((one) => one.gzip)
    ? "gzip"
    : dialects.some((one) => one.gzip)
      ? "auto"
      : "none";
  const fixed =
    `delim=${sqlText(delimiter)}, quote='"', escape='"', header=true, skip=0, comment='', ` +
    `strict_mode=true, null_padding=false, compression='${compression}'`;

  const readAs = (csv: CsvTypes): string => {
    const columns = csv.types.map((type, i) => `'c${i}': ${sqlText(type)}`).join(", ");
    const paths = files.map((file) => sqlText(file.path)).join(", ");
    const date = csv.dateFormat === null ? "" : `, dateformat=${sqlText(csv.dateFormat)}`;
    const time =
      csv.timestampFormat === null ? "" : `, timestampformat=${sqlText(csv.timestampFormat)}`;
    return `read_csv([${paths}], auto_detect=false, columns={${columns}}, ${fixed}, buffer_size=${readBuffer(db.memoryLimit)}${date}${time})`;
  };
  const typed = (csv: CsvTypes): CsvTypes => ({
    ...csv,
    types: header.map((name, i) => {
      const asked = overrideOf(options.types, name);
      const temporal = /^(DATE|TIME)/.test(csv.types[i]);
      if (asked !== undefined && !(asked === "datetime" && temporal)) return "VARCHAR";
      // The reader would round a later 0.5 to an integer and cut a later time off a date.
      if (csv.types[i] === "BIGINT") return "DOUBLE";
      return csv.types[i] === "DATE" && csv.dateFormat === null ? "TIMESTAMP" : csv.types[i];
    }),
  });

  const sniffing = guarded(() => sniff(db, files[0], fixed, header.length));
  // A NUL byte explains more than what it leads to.
  sniffing.catch(() => undefined);
  for (let k = 0; k < files.length; k++) {
    if (!dialects[k].gzip) await refuseNulBytes(files[k]);
  }
  let csv = typed(await sniffing);
  let settled: Settled;
  try {
    settled = await settle(db, await load(db, files, readAs(csv)), csv.types);
  } catch (error) {
    if (!/onversion|convert/.test(String(error))) throw await explain(error);
    // A later row does not fit what the first rows suggested: look at all rows of all files.
    const sniffed = await guarded(() =>
      Promise.all(files.map((file) => sniff(db, file, fixed, header.length, true))),
    );
    csv = typed(sniffed.reduce(widen));
    settled = await guarded(async () => settle(db, await load(db, files, readAs(csv)), csv.types));
  }
  if (settled.rows === 0) {
    throw new DataError("DATA_EMPTY", `${files[0].shown}: rows below the header; there are none`);
  }
  const { from } = settled;
  const types = await guarded(async () => {
    const connection = await db.connect();
    const result = await connection.run(`SELECT * FROM ${from} LIMIT 0`);
    const found = header.map((_, i) => result.columnType(i));
    connection.disconnectSync();
    return found;
  });
  const columns = header.map((name, i): RelationColumn => {
    const asked = overrideOf(options.types, name);
    if (asked === undefined && settled.numbers.has(i)) {
      return {
        name,
        sqlType: "DOUBLE",
        storage: "number",
        raw: `c${i}`,
        expression: `TRY_CAST(c${i} AS DOUBLE)`,
      };
    }
    const column = relationColumn(name, `c${i}`, types[i], asked);
    const text = types[i].typeId === DuckDBTypeId.VARCHAR;
    if (asked !== "number" || !text) return column;
    return { ...column, misfit: `(${column.misfit}) AND NOT ${isMissingWord(`c${i}`)}` };
  });
  return { from, columns, rows: settled.rows, explain };
}

function isMissingWord(ref: string): string {
  return `(lower(trim(${ref})) IN (${missingWords.map(sqlText).join(", ")}))`;
}

async function readDialects(files: readonly DataFile[], asked?: string): Promise<CsvDialect[]> {
  const dialects: CsvDialect[] = [];
  for (const file of files) {
    const dialect = await readDialect(file, asked ?? dialects[0]?.delimiter);
    const first = dialects[0]?.header ?? dialect.header;
    checkSameColumns(files[0].shown, first, file.shown, dialect.header);
    dialects.push(dialect);
  }
  return dialects;
}

/** @throws DataError DATA_SCHEMA where two files read together have different columns. */
export function checkSameColumns(
  firstShown: string,
  first: readonly string[],
  shown: string,
  names: readonly string[],
): void {
  const lacks = first.filter((name) => !names.includes(name));
  const extra = names.filter((name) => !first.includes(name));
  const parts = [
    lacks.length > 0 ? `it lacks ${listNames(lacks)}` : "",
    extra.length > 0 ? `it also has ${listNames(extra)}` : "",
    lacks.length === 0 && extra.length === 0 && first.some((name, i) => names[i] !== name)
      ? "they come in another order"
      : "",
  ].filter((part) => part !== "");
  if (parts.length === 0) return;
  throw new DataError(
    "DATA_SCHEMA",
    `${shown}: the same columns as ${firstShown}; ${parts.join(", ")}`,
    { hint: "files read together must have the same columns in the same order" },
  );
}

async function sniff(
  db: Database,
  file: DataFile,
  fixed: string,
  width: number,
  allRows = false,
): Promise<CsvTypes> {
  const sample = allRows ? ", sample_size=-1" : "";
  const [row] = await db.rows(
    `SELECT to_json(Columns)::VARCHAR, DateFormat, TimestampFormat FROM sniff_csv(${sqlText(file.path)}, ${fixed}, buffer_size=${sniffBuffer}${sample})`,
  );
  const columns = JSON.parse(String(row[0])) as { type: string }[];
  if (columns.length !== width)
    throw new Error(`expected ${width} columns, found ${columns.length}`);
  return {
    types: columns.map((column) => column.type),
    dateFormat: row[1] === null ? null : String(row[1]),
    timestampFormat: row[2] === null ? null : String(row[2]),
  };
}

/** The narrowest types that hold the cells of both. */
function widen(a: CsvTypes, b: CsvTypes): CsvTypes {
  const sameFormats = a.dateFormat === b.dateFormat && a.timestampFormat === b.timestampFormat;
  const types = a.types.map((type, i) => {
    const other = b.types[i];
    const temporal = /^(DATE|TIME)/.test(type);
    if (type === other && (sameFormats || !temporal)) return type;
    const number = /^(BIGINT|DOUBLE)$/;
    return number.test(type) && number.test(other) ? "DOUBLE" : "VARCHAR";
  });
  return { ...a, types };
}

interface Settled {
  readonly from: string;
  readonly rows: number;
  /** Text columns all of whose cells are numbers or words for missing. */
  readonly numbers: ReadonlySet<number>;
}

/** Rows looked at to rule out text columns before all rows are. */
const sampleRows = 2000;

/** One pass over all cells: it fails where a cell does not fit its type, and finds text that is numeric. */
async function settle(db: Database, from: string, types: readonly string[]): Promise<Settled> {
  const text = types.flatMap((type, i) => (type === "VARCHAR" ? [i] : []));
  // Most text shows itself in the first rows, and trying to read long text as numbers is slow.
  const sample = await numericText(db, `(SELECT * FROM ${from} LIMIT ${sampleRows})`, text, []);
  const rest = types.flatMap((_, i) => (sample.candidates.includes(i) ? [] : [i]));
  const whole = await numericText(db, from, sample.candidates, rest);
  return { from, rows: whole.rows, numbers: whole.numbers };
}

/** Which of the text columns hold numbers and words for missing only; `rest` is only read. */
async function numericText(
  db: Database,
  from: string,
  text: readonly number[],
  rest: readonly number[],
): Promise<Omit<Settled, "from"> & { readonly candidates: readonly number[] }> {
  const parts = text.map((i) => {
    const none = `TRY_CAST(c${i} AS DOUBLE) IS NULL`;
    return `count(c${i}), count(*) FILTER (WHERE c${i} IS NOT NULL AND ${none}), count(*) FILTER (WHERE ${none} AND ${isMissingWord(`c${i}`)})`;
  });
  const reads = rest.map((i) => `count(c${i})`);
  const [row] = await db.rows(`SELECT ${["count(*)", ...parts, ...reads].join(", ")} FROM ${from}`);
  const counts = text.map((_, k) => row.slice(1 + 3 * k, 4 + 3 * k).map(Number));
  return {
    rows: Number(row[0]),
    candidates: text.filter((_, k) => counts[k][1] === counts[k][2]),
    numbers: new Set(
      text.filter((_, k) => counts[k][1] === counts[k][2] && counts[k][0] > counts[k][1]),
    ),
  };
}

/** NUL bytes pass the engine unseen; a search of the raw bytes is nearly free. */
async function refuseNulBytes(file: DataFile): Promise<void> {
  const handle = await open(file.path);
  try {
    const buffer = Buffer.allocUnsafe(1 << 18);
    for (let offset = 0; ; ) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
      if (bytesRead === 0) return;
      const at = buffer.subarray(0, bytesRead).indexOf(0);
      if (at >= 0) throw nulByte(file, await lineOf(file, offset + at));
      offset += bytesRead;
    }
  } finally {
    await handle.close();
  }
}

/** The line, from 1, on which a byte lies. */
async function lineOf(file: DataFile, offset: number): Promise<number> {
  let line = 1;
  if (offset === 0) return line;
  for await (const chunk of createReadStream(file.path, { end: offset - 1 })) {
    const part = chunk as Buffer;
    for (let i = part.indexOf(10); i >= 0; i = part.indexOf(10, i + 1)) line++;
  }
  return line;
}

async function explainCsv(
  error: unknown,
  files: readonly DataFile[],
  dialects: readonly CsvDialect[],
): Promise<Error> {
  if (error instanceof PolytaskError) return error;
  const text = String(error);
  const named = files.findIndex((file) => text.includes(file.path));
  const order = named >= 0 ? [named] : files.map((_, k) => k);
  for (const k of order) {
    const found = await diagnoseCsv(files[k], dialects[k]);
    if (found) {
      return new DataError(found.code, found.message, {
        hint: found.hint,
        details: found.details,
        cause: error,
      });
    }
  }
  const file = files[Math.max(0, named)];
  if (/Out of Memory/i.test(text)) {
    return new DataError("UNSUPPORTED", `${file.shown}: room to read it; ${briefMessage(error)}`, {
      hint: "raise the memory limit, or convert the file to Parquet",
      cause: error,
    });
  }
  if (/[Mm]aximum line size/.test(text)) {
    return new DataError("DATA_FORMAT", `${file.shown}: lines of at most 2 MB; got a longer one`, {
      hint: "keep long cells in Parquet, or keep paths to files",
      cause: error,
    });
  }
  const line = /on Line: (\d+)/.exec(text)?.[1];
  const where = line === undefined ? file.shown : `${file.shown}, line ${line}`;
  return new DataError("DATA_FORMAT", `${where}: readable CSV; ${briefMessage(error)}`, {
    cause: error,
  });
}
