import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { DataError, show } from "../core/errors.ts";
import { listNames } from "./columns.ts";
import type { DataFile } from "./files.ts";

/** How a file of delimited text is written. Quotes are always `"`, doubled inside quotes. */
export interface CsvDialect {
  readonly delimiter: string;
  readonly gzip: boolean;
  /** Column names of the first record. */
  readonly header: readonly string[];
}

const candidates = [",", "\t", ";", "|"] as const;
const names: Readonly<Record<string, string>> = {
  ",": "a comma",
  "\t": "a tab",
  ";": "a semicolon",
  "|": "a bar",
};

/** Bytes looked at to find the delimiter and the header; a header must fit. */
const headBytes = 1 << 18;

/**
 * Reads the start of a file and settles its delimiter and column names. Without a stated delimiter it
 * is the candidate (comma, tab, semicolon, bar) that occurs in the header and cuts the first records
 * into equally many cells; a `.tsv` has tabs.
 * @throws DataError DATA_EMPTY for an empty file, DATA_FORMAT for another kind of file under this name
 *   or a delimiter that does not cut the header, DATA_SCHEMA for empty or repeated column names.
 */
export async function readDialect(file: DataFile, asked?: string): Promise<CsvDialect> {
  const { head, gzip, whole } = await readHead(file);
  const text = head.replace(/^\uFEFF/, "");
  if (text.trim() === "") {
    throw new DataError("DATA_EMPTY", `${file.shown}: a header line and rows; the file is empty`);
  }
  const delimiter = asked ?? (file.format === "tsv" ? "\t" : guessDelimiter(text, whole));
  if (delimiter.length !== 1 || /["\r\n]/.test(delimiter)) {
    throw new DataError("DATA_FORMAT", `delimiter: one character; got ${show(delimiter)}`);
  }
  const header = (firstRecords(text, delimiter, 1)[0] ?? []).map((name) => name.trim());
  checkHeader(file, header, delimiter);
  return { delimiter, gzip, header };
}

function checkHeader(file: DataFile, header: readonly string[], delimiter: string): void {
  const where = `${file.shown}, line 1`;
  if (header.length === 1) {
    const other = candidates.find((one) => one !== delimiter && header[0].includes(one));
    if (other !== undefined) {
      throw new DataError(
        "DATA_FORMAT",
        `${where}: columns cut by ${names[delimiter] ?? show(delimiter)}; got the single column ${show(header[0])}`,
        { hint: `the file seems to be cut by ${names[other]}: set delimiter to ${show(other)}` },
      );
    }
  }
  const blank = header.findIndex((name) => name.trim() === "");
  if (blank >= 0) {
    throw new DataError(
      "DATA_SCHEMA",
      `${where}: a name for every column; column ${blank + 1} of ${header.length} has none`,
      {
        hint:
          blank === 0 && header.length > 1
            ? "pandas and R write row names there: write the file without them (index=False, row.names=FALSE), or name the column"
            : "the first line must hold the column names",
      },
    );
  }
  const repeated = header.filter((name, i) => header.indexOf(name) < i);
  if (repeated.length > 0) {
    throw new DataError(
      "DATA_SCHEMA",
      `${where}: column names that differ; got ${listNames([...new Set(repeated)])} more than once`,
      { hint: "rename the repeated columns" },
    );
  }
}

function guessDelimiter(text: string, whole: boolean): string {
  let best: string = ",";
  let bestWidth = 1;
  for (const delimiter of candidates) {
    const records = firstRecords(text, delimiter, 20);
    // The last record of a cut-off head may be incomplete.
    const complete = whole || records.length === 1 ? records : records.slice(0, -1);
    const width = complete[0].length;
    if (width <= 1 || width <= bestWidth) continue;
    // A delimiter other than the comma must fit every record, else the comma's complaint is clearer.
    if (delimiter === "," || complete.every((record) => record.length === width)) {
      best = delimiter;
      bestWidth = width;
    }
  }
  return best;
}

/** Cuts the first records of a text; blank lines are left out. */
function firstRecords(text: string, delimiter: string, limit: number): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let field = "";
  let quoted = false;
  let i = 0;
  const endRecord = () => {
    record.push(field);
    if (record.length > 1 || record[0] !== "") records.push(record);
    record = [];
    field = "";
  };
  for (; i < text.length && records.length < limit; i++) {
    const c = text[i];
    if (quoted) {
      if (c !== '"') field += c;
      else if (text[i + 1] === '"') {
        field += '"';
        i++;
      } else quoted = false;
    } else if (c === '"' && field === "") quoted = true;
    else if (c === delimiter) {
      record.push(field);
      field = "";
    } else if (c === "\n" || c === "\r") {
      if (c === "\r" && text[i + 1] === "\n") i++;
      endRecord();
    } else field += c;
  }
  if (records.length < limit && (field !== "" || record.length > 0)) endRecord();
  return records;
}

interface Head {
  readonly head: string;
  readonly gzip: boolean;
  /** Whether the head is the whole file. */
  readonly whole: boolean;
}

async function readHead(file: DataFile): Promise<Head> {
  const handle = await open(file.path);
  let raw: Buffer;
  try {
    const buffer = Buffer.alloc(headBytes);
    const { bytesRead } = await handle.read(buffer, 0, headBytes, 0);
    raw = buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
  const gzip = isGzip(raw);
  if (gzip) raw = await gunzipHead(file);
  refuseOtherKinds(file, raw);
  return { head: new TextDecoder().decode(raw), gzip, whole: raw.length < headBytes };
}

export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length > 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

async function gunzipHead(file: DataFile): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of createReadStream(file.path).pipe(createGunzip())) {
      parts.push(part as Buffer);
      size += (part as Buffer).length;
      if (size >= headBytes) break;
    }
  } catch (cause) {
    throw new DataError("DATA_FORMAT", `${file.shown}: a whole gzip file; it is damaged`, {
      cause,
    });
  }
  return Buffer.concat(parts).subarray(0, headBytes);
}

/** Tells a workbook, Parquet or UTF-16 file that is named as text. */
function refuseOtherKinds(file: DataFile, raw: Buffer): void {
  const start = raw.subarray(0, 4).toString("latin1");
  const refuse = (what: string, hint: string) =>
    new DataError("DATA_FORMAT", `${file.shown}: delimited text; got ${what}`, { hint });
  if (start === "PAR1") throw refuse("a Parquet file", "rename it to end in .parquet");
  if (start.startsWith("PK\u0003\u0004")) {
    throw refuse("a zip archive or Excel workbook", "save the sheet as CSV first");
  }
  if (start.startsWith("\xff\xfe") || start.startsWith("\xfe\xff")) {
    throw refuse("text in UTF-16", "save the file in UTF-8");
  }
}
