import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import { DataError, PolytaskError, show } from "../core/errors.ts";
import { isGzip } from "./csv-dialect.ts";
import { checkSameColumns } from "./csv-relation.ts";
import { briefMessage, type Database, load, sqlText } from "./duckdb.ts";
import type { DataFile } from "./files.ts";
import { describeColumns, type Relation, type TypeOverrides } from "./relation.ts";

/**
 * Parquet files as a relation; column types are the files' own.
 * @throws DataError DATA_FORMAT for a damaged file, DATA_SCHEMA for files with different columns,
 *   DATA_EMPTY for no rows.
 */
export async function parquetRelation(
  db: Database,
  files: readonly DataFile[],
  types: TypeOverrides | undefined,
): Promise<Relation> {
  for (const file of files) await refuseEmpty(file);
  const explain = async (error: unknown) => explainParquet(error, files);
  let first: readonly string[] | undefined;
  for (const file of files) {
    const columns = await describeColumns(
      db,
      `read_parquet(${sqlText(file.path)})`,
      undefined,
      file.shown,
    ).catch((error) => {
      throw explainParquet(error, [file]);
    });
    const names = columns.map((column) => column.name);
    first ??= names;
    checkSameColumns(files[0].shown, first, file.shown, names);
  }
  const from = `read_parquet([${files.map((file) => sqlText(file.path)).join(", ")}])`;
  return finish(db, from, files, types, explain);
}

/**
 * Files of JSON objects as a relation: an array of them, or one a line. Types are settled over all rows;
 * a key that an object lacks is a missing cell.
 * @throws DataError DATA_FORMAT with the line, DATA_EMPTY for no rows.
 */
export async function jsonRelation(
  db: Database,
  files: readonly DataFile[],
  types: TypeOverrides | undefined,
): Promise<Relation> {
  let gzip = false;
  let array = false;
  for (const file of files) {
    await refuseEmpty(file);
    const head = await jsonHead(file);
    if (head.first === "") {
      throw new DataError("DATA_EMPTY", `${file.shown}: JSON objects; the file is empty`);
    }
    if (head.first !== "[" && head.first !== "{") {
      throw new DataError(
        "DATA_FORMAT",
        `${file.shown}, line 1: an array of objects, or an object a line; got ${show(head.first)}`,
      );
    }
    gzip = head.gzip;
    array = head.first === "[";
  }
  const layout = array ? "array" : files[0].format === "jsonl" ? "newline_delimited" : "auto";
  const paths = files.map((file) => sqlText(file.path)).join(", ");
  const from =
    `read_json([${paths}], format='${layout}', records=true, sample_size=-1, union_by_name=true, ` +
    `maximum_object_size=268435456, compression='${gzip ? "gzip" : "uncompressed"}')`;
  return finish(db, from, files, types, (error) => explainJson(error, files, array, gzip));
}

async function finish(
  db: Database,
  scan: string,
  files: readonly DataFile[],
  types: TypeOverrides | undefined,
  explain: Relation["explain"],
): Promise<Relation> {
  try {
    const from = files[0].format === "parquet" ? scan : await load(db, files, scan);
    const columns = await describeColumns(db, from, types, files[0].shown);
    const [[count]] = await db.rows(`SELECT count(*) FROM ${from}`);
    if (Number(count) === 0) {
      throw noRows(files[0]);
    }
    return { from, columns, rows: Number(count), explain };
  } catch (error) {
    throw await explain(error);
  }
}

function noRows(file: DataFile): DataError {
  return new DataError("DATA_EMPTY", `${file.shown}: at least one row; there are none`);
}

async function refuseEmpty(file: DataFile): Promise<void> {
  if ((await stat(file.path)).size === 0) {
    throw new DataError("DATA_EMPTY", `${file.shown}: rows of data; the file is empty`);
  }
}

function explainParquet(error: unknown, files: readonly DataFile[]): Error {
  if (error instanceof PolytaskError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const file = files.find((one) => text.includes(one.path)) ?? files[0];
  return new DataError(
    "DATA_FORMAT",
    `${file.shown}: a whole Parquet file; ${briefMessage(error).replaceAll(file.path, file.shown)}`,
    { hint: "the file is damaged, cut off, or not Parquet: copy or write it again", cause: error },
  );
}

async function jsonHead(file: DataFile): Promise<{ first: string; gzip: boolean }> {
  const handle = await open(file.path);
  const magic = Buffer.alloc(3);
  await handle.read(magic, 0, 3, 0);
  await handle.close();
  const gzip = isGzip(magic);
  try {
    for await (const chunk of textStream(file, gzip)) {
      const text = String(chunk)
        .replace(/^\uFEFF/, "")
        .trimStart();
      if (text !== "") return { first: text[0], gzip };
    }
  } catch (cause) {
    throw new DataError("DATA_FORMAT", `${file.shown}: a whole gzip file; it is damaged`, {
      cause,
    });
  }
  return { first: "", gzip };
}

function textStream(file: DataFile, gzip: boolean): NodeJS.ReadableStream {
  const raw = createReadStream(file.path);
  if (!gzip) return raw;
  const text = createGunzip();
  raw.on("error", (error) => text.destroy(error));
  return raw.pipe(text);
}

async function explainJson(
  error: unknown,
  files: readonly DataFile[],
  array: boolean,
  gzip: boolean,
): Promise<Error> {
  if (error instanceof PolytaskError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const named = files.filter((file) => text.includes(file.path));
  for (const file of named.length > 0 ? named : files) {
    const found = await (array ? brokenArray(file, gzip, error) : brokenLine(file, gzip, error));
    if (found) return found;
  }
  const file = named[0] ?? files[0];
  return new DataError(
    "DATA_FORMAT",
    `${file.shown}: readable JSON; ${briefMessage(error).replaceAll(file.path, file.shown)}`,
    { cause: error },
  );
}

/** The first line that is not a JSON object. */
async function brokenLine(
  file: DataFile,
  gzip: boolean,
  cause: unknown,
): Promise<DataError | undefined> {
  let number = 0;
  for await (const line of createInterface({ input: textStream(file, gzip) })) {
    number++;
    if (line.trim() === "") continue;
    let value: unknown;
    try {
      value = JSON.parse(number === 1 ? line.replace(/^\uFEFF/, "") : line);
    } catch {
      return new DataError(
        "DATA_FORMAT",
        `${file.shown}, line ${number}: a JSON object; got ${show(line)}`,
        { hint: "JSON Lines has one whole object on each line", details: { line: number }, cause },
      );
    }
    if (value === null || typeof value !== "object" || Array.isArray(value)) {
      return new DataError(
        "DATA_FORMAT",
        `${file.shown}, line ${number}: a JSON object; got ${show(value)}`,
        { details: { line: number }, cause },
      );
    }
  }
  return undefined;
}

/** Files above this are too big to parse at once for the sake of a message. */
const longestText = 256e6;

async function brokenArray(
  file: DataFile,
  gzip: boolean,
  cause: unknown,
): Promise<DataError | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of textStream(file, gzip)) {
    size += (chunk as Buffer).length;
    if (size > longestText) return undefined;
    parts.push(chunk as Buffer);
  }
  const text = Buffer.concat(parts)
    .toString()
    .replace(/^\uFEFF/, "");
  try {
    const rows = JSON.parse(text) as unknown[];
    if (rows.length === 0) return noRows(file);
    const at = rows.findIndex(
      (row) => row === null || typeof row !== "object" || Array.isArray(row),
    );
    if (at < 0) return undefined;
    return new DataError(
      "DATA_FORMAT",
      `${file.shown}, item ${at + 1}: a JSON object; got ${show(rows[at])}`,
      { cause },
    );
  } catch (syntax) {
    const position = /position (\d+)/.exec(String(syntax))?.[1];
    const end = position === undefined ? text.trimEnd().length : Number(position);
    const line = text.slice(0, end).split("\n").length;
    const near = text.slice(Math.max(0, end - 20), end + 10).trim();
    return new DataError(
      "DATA_FORMAT",
      `${file.shown}, line ${line}: well-formed JSON; it breaks near ${show(near)}`,
      { details: { line }, cause },
    );
  }
}
