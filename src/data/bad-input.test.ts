import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PolytaskError } from "../core/errors.ts";
import { tableFromRows } from "./from-rows.ts";
import { openSource, type SourceOptions, type SourceSpec } from "./source.ts";

let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "polytask-bad-"));
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const copy = (query: string, name: string) =>
    connection.run(`COPY (${query}) TO '${join(dir, name)}'`);
  await copy("SELECT i AS a, 'text ' || i AS b FROM range(5000) t(i)", "good.parquet");
  await copy("SELECT 1 AS a, 2 AS c", "set-2.parquet");
  await copy("SELECT 1 AS a, 'x' AS b", "set-1.parquet");
  await copy("SELECT 1 AS a WHERE false", "no-rows.parquet");
  connection.disconnectSync();
  instance.closeSync();
  const good = readFileSync(join(dir, "good.parquet"));
  writeFileSync(join(dir, "cut.parquet"), good.subarray(0, good.length - 20));
  const damaged = Buffer.from(good);
  damaged.fill(0xff, 8, 400);
  writeFileSync(join(dir, "damaged.parquet"), damaged);
  writeFileSync(join(dir, "is-parquet.csv"), good);
  writeFileSync(join(dir, "reviews.csv"), "a,b\n1,2\n");
  mkdirSync(join(dir, "folder"));
});
afterAll(() => rmSync(dir, { recursive: true }));

async function failure(spec: SourceSpec, options: SourceOptions = {}): Promise<PolytaskError> {
  let source: Awaited<ReturnType<typeof openSource>> | undefined;
  try {
    source = await openSource(spec, { baseDir: dir, ...options });
    await source.read();
  } catch (error) {
    expect(error).toBeInstanceOf(PolytaskError);
    const { message, hint } = error as PolytaskError;
    // The place is named as the user wrote it, and nothing of the engine's shows.
    expect(`${message} ${hint}`).not.toMatch(
      /polytask-bad-.*\n|read_csv|read_json|LINE \d|sniff|\n/,
    );
    return error as PolytaskError;
  } finally {
    source?.close();
  }
  throw new Error("no error came");
}

const rows = (count: number, row = "1,2") => Array.from({ length: count }, () => row).join("\n");

interface Case {
  readonly what: string;
  readonly file: string;
  readonly content?: string | Uint8Array;
  readonly options?: SourceOptions;
  readonly code: string;
  readonly message: string | RegExp;
  readonly hint?: string | RegExp;
}

const cases: Case[] = [
  {
    what: "a missing file",
    file: "reviws.csv",
    code: "DATA_NOT_FOUND",
    message: /^reviws\.csv: an existing file; there is none at .*reviws\.csv$/,
    hint: 'did you mean "reviews.csv"?',
  },
  {
    what: "a missing folder",
    file: "nowhere/a.csv",
    code: "DATA_NOT_FOUND",
    message: /^nowhere\/a\.csv: an existing file; there is no folder .*nowhere$/,
  },
  {
    what: "a folder",
    file: "folder",
    code: "DATA_FORMAT",
    message: "folder: a data file; got a folder",
    hint: 'name the files in it, for example "folder/*.parquet"',
  },
  {
    what: "a pattern without match",
    file: "none-*.csv",
    code: "DATA_NOT_FOUND",
    message: "none-*.csv: a pattern that matches files; matched none",
  },
  {
    what: "an address",
    file: "https://example.org/a.csv",
    code: "UNSUPPORTED",
    message: "https://example.org/a.csv: a local file; got an address",
  },
  {
    what: "a workbook",
    file: "book.xlsx",
    content: "PK",
    code: "UNSUPPORTED",
    message:
      "book.xlsx: CSV, TSV, JSON, JSON Lines or Parquet (text formats also gzipped); got an Excel workbook",
    hint: "convert it to CSV or Parquet first",
  },
  {
    what: "a workbook named as text",
    file: "book.csv",
    content: "PK\u0003\u0004....",
    code: "DATA_FORMAT",
    message: "book.csv: delimited text; got a zip archive or Excel workbook",
  },
  {
    what: "a Parquet file named as text",
    file: "is-parquet.csv",
    code: "DATA_FORMAT",
    message: "is-parquet.csv: delimited text; got a Parquet file",
    hint: "rename it to end in .parquet",
  },
  {
    what: "an unknown ending",
    file: "table.data",
    content: "a,b\n1,2\n",
    code: "UNSUPPORTED",
    message: /^table\.data: a file ending that names its format: .*; got "\.data"$/,
    hint: /format: "csv"/,
  },
  {
    what: "an empty file",
    file: "empty.csv",
    content: "",
    code: "DATA_EMPTY",
    message: "empty.csv: a header line and rows; the file is empty",
  },
  {
    what: "a header without rows",
    file: "header.csv",
    content: "a,b\n",
    code: "DATA_EMPTY",
    message: "header.csv: rows below the header; there are none",
  },
  {
    what: "a row with too few cells",
    file: "short.csv",
    content: "a,b,c\n1,2,3\n4,5\n6,7,8\n",
    code: "DATA_FORMAT",
    message: "short.csv, line 3: 3 cells as in the header; got 2",
    hint: 'cells that contain "," must be quoted: "like,this"',
  },
  {
    what: "a row with too many cells, after many rows and a cell of two lines",
    file: "long.csv",
    content: `a,b\n"x\ny",1\n${rows(40_000)}\n1,2,3\n`,
    code: "DATA_FORMAT",
    message: "long.csv, line 40004: 2 cells as in the header; got 3",
  },
  {
    what: "a quote that is never closed",
    file: "quote.csv",
    content: 'a,b\n1,x\n2,"y\n3,z\n4,w\n',
    code: "DATA_FORMAT",
    message:
      "quote.csv, line 3: a closing quote for the cell that starts there; the file ends first",
    hint: 'a quote inside a quoted cell is written twice: ""',
  },
  {
    what: "text after a closing quote",
    file: "after.csv",
    content: 'a,b\n1,"x"y\n',
    code: "DATA_FORMAT",
    message: 'after.csv, line 2: "," or the end of the line after a closing quote; got other text',
  },
  {
    what: "line ends of two kinds",
    file: "ends.csv",
    content: "a,b\n1,2\r\n3,4\n",
    code: "DATA_FORMAT",
    message: "ends.csv, line 2: lines that end in LF as line 1 does; got CR LF",
  },
  {
    what: "another delimiter than the one given",
    file: "semicolon.csv",
    content: "a;b\n1;2\n",
    options: { delimiter: "," },
    code: "DATA_FORMAT",
    message: 'semicolon.csv, line 1: columns cut by a comma; got the single column "a;b"',
    hint: 'the file seems to be cut by a semicolon: set delimiter to ";"',
  },
  {
    what: "commas in a .tsv",
    file: "commas.tsv",
    content: "a,b\n1,2\n",
    code: "DATA_FORMAT",
    message: 'commas.tsv, line 1: columns cut by a tab; got the single column "a,b"',
  },
  {
    what: "a delimiter of two characters",
    file: "reviews.csv",
    options: { delimiter: "||" },
    code: "DATA_FORMAT",
    message: 'delimiter: one character; got "||"',
  },
  {
    what: "repeated column names",
    file: "repeated.csv",
    content: "a,b,a,a\n1,2,3,4\n",
    code: "DATA_SCHEMA",
    message: 'repeated.csv, line 1: column names that differ; got "a" more than once',
  },
  {
    what: "a column without a name",
    file: "nameless.csv",
    content: "a,,c\n1,2,3\n",
    code: "DATA_SCHEMA",
    message: "nameless.csv, line 1: a name for every column; column 2 of 3 has none",
  },
  {
    what: "row names without a column name",
    file: "row-names.csv",
    content: '"","x"\n"1",5\n',
    code: "DATA_SCHEMA",
    message: "row-names.csv, line 1: a name for every column; column 1 of 2 has none",
    hint: /index=False, row\.names=FALSE/,
  },
  {
    what: "text that is no list where lists are wanted",
    file: "lists.csv",
    content: 'a,b\n"[1]",1\nx|y,2\n',
    options: { types: { a: "list" } },
    code: "DATA_VALUE",
    message: 'lists.csv, data row 2, column "a": a list such as [1, 2]; got "x|y"',
  },
  {
    what: "a word that is no time where times are wanted",
    file: "times.csv",
    content: "a,b\n2024-01-01,1\nsoon,2\n",
    options: { types: { a: "datetime" } },
    code: "DATA_VALUE",
    message:
      'times.csv, data row 2, column "a": a date or time such as 2024-05-01T12:00:00Z; got "soon"',
  },
  {
    what: "invalid UTF-8",
    file: "latin.csv",
    content: Buffer.from("a,b\n1,x\n2,caf\xe9\n", "latin1"),
    code: "DATA_FORMAT",
    message: "latin.csv, line 3: text in UTF-8; got other bytes",
    hint: /Latin-1/,
  },
  {
    what: "UTF-16",
    file: "utf16.csv",
    content: Buffer.from("\uFEFFa,b\n1,2\n", "utf16le"),
    code: "DATA_FORMAT",
    message: "utf16.csv: delimited text; got text in UTF-16",
  },
  {
    what: "a NUL byte",
    file: "nul.csv",
    content: "a,b\n1,x\n2,y\0z\n",
    code: "DATA_FORMAT",
    message: "nul.csv, line 3: text; got a NUL byte",
  },
  {
    what: "a cut-off gzip file",
    file: "cut.csv.gz",
    content: gzipSync(`a,b\n${rows(1000)}`).subarray(0, 30),
    code: "DATA_FORMAT",
    message: "cut.csv.gz: a whole gzip file; it is damaged",
  },
  {
    what: "a broken JSON array",
    file: "broken.json",
    content: '[{"a": 1},\n {"a": 2},\n {"a": }]',
    code: "DATA_FORMAT",
    message: /^broken\.json, line 3: well-formed JSON; it breaks near ".*"$/,
  },
  {
    what: "a JSON array of numbers",
    file: "numbers.json",
    content: "[1, 2]",
    code: "DATA_FORMAT",
    message: "numbers.json, item 1: a JSON object; got 1",
  },
  {
    what: "JSON that is no table",
    file: "text.json",
    content: '"hello"',
    code: "DATA_FORMAT",
    message: 'text.json, line 1: an array of objects, or an object a line; got "\\""',
  },
  {
    what: "a broken line of JSON Lines",
    file: "broken.jsonl",
    content: '{"a":1}\n{"a":\n{"a":3}\n',
    code: "DATA_FORMAT",
    message: 'broken.jsonl, line 2: a JSON object; got "{\\"a\\":"',
    hint: "JSON Lines has one whole object on each line",
  },
  {
    what: "an empty JSON array",
    file: "none.json",
    content: "[]",
    code: "DATA_EMPTY",
    message: "none.json: at least one row; there are none",
  },
  {
    what: "a blank JSON Lines file",
    file: "blank.jsonl",
    content: "\n\n",
    code: "DATA_EMPTY",
    message: "blank.jsonl: JSON objects; the file is empty",
  },
  {
    what: "a cut-off Parquet file",
    file: "cut.parquet",
    code: "DATA_FORMAT",
    message: /^cut\.parquet: a whole Parquet file; /,
    hint: "the file is damaged, cut off, or not Parquet: copy or write it again",
  },
  {
    what: "a damaged Parquet file",
    file: "damaged.parquet",
    code: "DATA_FORMAT",
    message: /^damaged\.parquet: a whole Parquet file; /,
  },
  {
    what: "text named as Parquet",
    file: "text.parquet",
    content: "a,b\n1,2\n",
    code: "DATA_FORMAT",
    message: /^text\.parquet: a whole Parquet file; /,
  },
  {
    what: "a Parquet file without rows",
    file: "no-rows.parquet",
    code: "DATA_EMPTY",
    message: "no-rows.parquet: at least one row; there are none",
  },
  {
    what: "Parquet files of a pattern with different columns",
    file: "set-*.parquet",
    code: "DATA_SCHEMA",
    message: 'set-2.parquet: the same columns as set-1.parquet; it lacks "b", it also has "c"',
  },
  {
    what: "a memory limit that is no size",
    file: "reviews.csv",
    options: { memoryLimit: "lots" },
    code: "CONFIG_INVALID",
    message: 'memoryLimit: a size such as 512MB or 2GiB, above zero; got "lots"',
    hint: /powers of 1024/,
  },
  {
    what: "a memory limit that is too small",
    file: "reviews.csv",
    options: { memoryLimit: "1MB" },
    code: "CONFIG_INVALID",
    message: 'memoryLimit: at least 48MB; got "1MB"',
  },
  {
    what: "a type for an unknown column",
    file: "reviews.csv",
    options: { types: { A: "string" } },
    code: "DATA_SCHEMA",
    message: 'reviews.csv: a column named "A"; the columns are "a", "b"',
    hint: 'did you mean "a"?',
  },
];

describe("files", () => {
  for (const { what, file, content, options, code, message, hint } of cases) {
    test(what, async () => {
      if (content !== undefined) writeFileSync(join(dir, file), content);
      const error = await failure(file, options);
      if (typeof message === "string") expect(error.message).toBe(message);
      else expect(error.message).toMatch(message);
      expect(error.code).toBe(code);
      if (hint instanceof RegExp) expect(error.hint).toMatch(hint);
      else if (hint !== undefined) expect(error.hint).toBe(hint);
    });
  }

  test("CSV files of a list with different columns, or in another order", async () => {
    writeFileSync(join(dir, "one.csv"), "a,b\n1,2\n");
    writeFileSync(join(dir, "two.csv"), "a,c\n1,2\n");
    writeFileSync(join(dir, "swapped.csv"), "b,a\n1,2\n");
    expect((await failure(["one.csv", "two.csv"])).message).toBe(
      'two.csv: the same columns as one.csv; it lacks "b", it also has "c"',
    );
    expect((await failure(["one.csv", "swapped.csv"])).message).toBe(
      "swapped.csv: the same columns as one.csv; they come in another order",
    );
    expect((await failure(["one.csv", "good.parquet"])).message).toBe(
      "good.parquet: a csv file as one.csv is; got parquet",
    );
  });

  test("a broken row in the second of two files is placed in that file", async () => {
    writeFileSync(join(dir, "first.csv"), "a,b\n1,2\n");
    writeFileSync(join(dir, "second.csv"), "a,b\n1,2\n3\n");
    const error = await failure(["first.csv", "second.csv"]);
    expect(error.message).toBe("second.csv, line 3: 2 cells as in the header; got 1");
    expect(error.cause).toBeInstanceOf(Error);
  });

  test("a column that is asked for and not there", async () => {
    const source = await openSource("reviews.csv", { baseDir: dir });
    await expect(source.read(["a", "bb"])).rejects.toMatchObject({
      code: "DATA_SCHEMA",
      message: 'reviews.csv: a column named "bb"; the columns are "a", "b"',
      hint: 'did you mean "b"?',
    });
    expect(() => source.batches({ batchRows: 0 })).toThrow(
      "batchRows: a whole number of at least 1; got 0",
    );
    source.close();
  });
});

describe("rows from code", () => {
  const failing = (list: unknown, options = {}) => {
    try {
      tableFromRows(list as Record<string, unknown>[], options);
    } catch (error) {
      return (error as PolytaskError).message;
    }
    throw new Error("no error came");
  };

  test("a row that is no object, cells of two kinds, infinite numbers, invalid dates", () => {
    expect(failing([{ a: 1 }, [2]])).toBe(
      "rows, row 2: an object of cells by column name; got [2]",
    );
    expect(failing([{ a: 1 }, null])).toContain(
      "row 2: an object of cells by column name; got null",
    );
    expect(failing([{ a: 1 }, { a: "x" }])).toBe('rows, row 2, column "a": a number; got "x"');
    expect(failing([{ a: true }, { a: 3 }])).toBe('rows, row 2, column "a": true or false; got 3');
    expect(failing([{ a: "x" }, { a: 3 }])).toBe('rows, row 2, column "a": a string; got 3');
    expect(failing([{ a: 1 }, { a: Number.NEGATIVE_INFINITY }])).toBe(
      'rows, row 2, column "a": a finite number; got -Infinity',
    );
    expect(failing([{ a: new Date("x") }])).toBe(
      'rows, row 1, column "a": a date or time such as 2024-05-01T12:00:00Z; got Invalid Date',
    );
    expect(failing([{ a: [1] }, { a: "x" }])).toBe('rows, row 2, column "a": a list; got "x"');
    expect(failing([{ a: new Uint8Array(2) }, { a: "x" }])).toBe(
      'rows, row 2, column "a": bytes (a Uint8Array); got "x"',
    );
    expect(failing([{ "": 1 }])).toBe('rows: column names that are not empty; got ""');
    expect(failing([{ a: "x" }], { types: { a: "number" }, origin: "request" })).toBe(
      'request, row 1, column "a": a number; got "x"',
    );
    expect(failing([{ a: "x" }], { types: { b: "number" } })).toBe(
      'rows: a column named "b"; the columns are "a"',
    );
  });
});
