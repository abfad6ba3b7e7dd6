import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cell, type Table } from "./columns.ts";
import { openSource, type SourceOptions, type SourceSpec } from "./source.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "polytask-source-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

function write(name: string, content: string | Uint8Array): string {
  writeFileSync(join(dir, name), content);
  return name;
}

async function parquet(name: string, query: string): Promise<string> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run(`COPY (${query}) TO '${join(dir, name)}'`);
  connection.disconnectSync();
  instance.closeSync();
  return name;
}

async function read(spec: SourceSpec, options: SourceOptions = {}): Promise<Table> {
  const source = await openSource(spec, { baseDir: dir, ...options });
  try {
    return await source.read();
  } finally {
    source.close();
  }
}

function cells(table: Table, name: string): unknown[] {
  const column = table.columns.get(name)!;
  return Array.from({ length: column.length }, (_, row) => cell(column, row));
}

function storages(table: Table): Record<string, string> {
  return Object.fromEntries([...table.columns].map(([name, column]) => [name, column.storage]));
}

test("a CSV file's columns take the storage of their cells; empty cells are missing", async () => {
  const file = write(
    "kinds.csv",
    'id,price,ok,when,note,"a, b"\n1,1.5,true,2024-01-02,"x ""y""\nz",一\n2,,false,2024-01-03,,中文\n3,-2e3,,,"",一\n',
  );
  const table = await read(file);
  expect(storages(table)).toEqual({
    id: "number",
    price: "number",
    ok: "boolean",
    when: "datetime",
    note: "string",
    "a, b": "string",
  });
  expect(cells(table, "price")).toEqual([1.5, null, -2000]);
  expect(cells(table, "ok")).toEqual([true, false, null]);
  expect(cells(table, "when")).toEqual([
    new Date("2024-01-02T00:00:00Z"),
    new Date("2024-01-03T00:00:00Z"),
    null,
  ]);
  expect(cells(table, "note")).toEqual(['x "y"\nz', null, null]);
  expect(table.columns.get("a, b")).toMatchObject({
    codes: Int32Array.of(0, 1, 0),
    dictionary: ["一", "中文"],
  });
  expect(table.baseDir).toBe(dir);
});

test("tabs, semicolons, bars, a byte order mark and CR LF are read", async () => {
  const rows = [
    ["a", "b"],
    ["1", "x"],
    ["2", "y, z"],
  ];
  for (const [name, mark] of [
    ["t.tsv", "\t"],
    ["s.csv", ";"],
    ["p.txt", "|"],
  ]) {
    const text = `\uFEFF${rows.map((row) => row.join(mark)).join("\r\n")}\r\n`;
    const table = await read(write(name, text));
    expect([...table.columns.keys()]).toEqual(["a", "b"]);
    expect(cells(table, "b")).toEqual(["x", "y, z"]);
  }
});

test("gzipped text is read, also under a name that hides it", async () => {
  const packed = gzipSync("a,b\n1,x\n2,y\n");
  expect(cells(await read(write("z.csv.gz", packed)), "a")).toEqual([1, 2]);
  expect(cells(await read(write("hidden.csv", packed)), "b")).toEqual(["x", "y"]);
  const lines = write("z.jsonl.gz", gzipSync('{"a":1}\n{"a":2}\n'));
  expect(cells(await read(lines), "a")).toEqual([1, 2]);
});

test("a type holds over all rows: a late word makes a column of numbers a string column", async () => {
  const numbers = Array.from({ length: 30_000 }, (_, i) => `${i},1`).join("\n");
  const text = await read(write("late.csv", `a,b\n${numbers}\nfoo,2\n`));
  expect(text.columns.get("a")?.storage).toBe("string");
  expect(cells(text, "a").slice(-2)).toEqual(["29999", "foo"]);
  const decimal = await read(write("late2.csv", `a,b\n${numbers}\n0.5,2\n`));
  expect(cells(decimal, "a").slice(-2)).toEqual([29999, 0.5]);
  const dates = Array.from({ length: 30_000 }, () => "2024-01-02,1").join("\n");
  const times = await read(write("late3.csv", `a,b\n${dates}\n2024-01-02 10:00:00,2\n`));
  expect(cells(times, "a").slice(-2)).toEqual([
    new Date("2024-01-02T00:00:00Z"),
    new Date("2024-01-02T10:00:00Z"),
  ]);
  const days = await read(write("days.csv", "d,b\n31/12/2020,1\n01/02/2021,2\n"));
  expect(cells(days, "d")).toEqual([new Date("2020-12-31"), new Date("2021-02-01")]);
});

test("words for missing cells are missing among numbers and strings among strings", async () => {
  const table = await read(write("na.csv", "x,country\n1,NA\nNA,DE\n?,\nnan,FR\n4,NA\n"));
  expect(cells(table, "x")).toEqual([1, null, null, null, 4]);
  expect(table.columns.get("x")).toMatchObject({ nanCount: 1 });
  expect(cells(table, "country")).toEqual(["NA", "DE", null, "FR", "NA"]);
});

test("types can be given: leading zeros kept, words read as booleans, text as lists and times", async () => {
  const file = write(
    "types.csv",
    'zip,flag,tags,at,n\n00123,yes,"[""a"",""b""]",2024-05-01 10:00:00,1\n04567,no,[],,x\n',
  );
  const table = await read(file, {
    types: { zip: "string", flag: "boolean", tags: "list", at: "datetime" },
  });
  expect(cells(table, "zip")).toEqual(["00123", "04567"]);
  expect(cells(table, "flag")).toEqual([true, false]);
  expect(cells(table, "tags")).toEqual([["a", "b"], []]);
  expect(cells(table, "at")).toEqual([new Date("2024-05-01T10:00:00Z"), null]);
  await expect(read(file, { types: { n: "number" } })).rejects.toThrow(
    'types.csv, data row 2, column "n": a number; got "x"',
  );
  await expect(read(file, { types: { nn: "number" } })).rejects.toMatchObject({
    code: "DATA_SCHEMA",
    hint: 'did you mean "n"?',
  });
});

test("JSON arrays and JSON Lines give lists, missing keys and nested objects", async () => {
  const rows = [
    { a: 1, tags: ["x", "y"], v: [1, 2.5], deep: { p: 1 }, d: "2024-01-02" },
    { a: null, v: [3, null], only: true },
  ];
  const array = write("rows.json", JSON.stringify(rows, null, 1));
  const lines = write("rows.jsonl", rows.map((row) => JSON.stringify(row)).join("\n"));
  for (const file of [array, lines]) {
    const table = await read(file);
    expect(cells(table, "a")).toEqual([1, null]);
    expect(cells(table, "tags")).toEqual([["x", "y"], null]);
    expect(cells(table, "v")).toEqual([
      [1, 2.5],
      [3, null],
    ]);
    expect(cells(table, "deep")).toEqual(['{"p":1}', null]);
    expect(cells(table, "d")).toEqual([new Date("2024-01-02T00:00:00Z"), null]);
    expect(cells(table, "only")).toEqual([null, true]);
  }
});

test("Parquet gives bytes, picture structs, big and decimal numbers, enums, times and arrays", async () => {
  const file = await parquet(
    "kinds.parquet",
    `SELECT 9007199254740991::BIGINT AS big, 12345678901234567890::HUGEINT AS huge, 1.25::DECIMAL(9,3) AS dec,
       'b'::ENUM('a','b') AS kind, '\\x01\\x02'::BLOB AS raw,
       {'bytes': '\\x89PNG'::BLOB, 'path': 'a.png'} AS picture, TIME '01:00:00' AS clock,
       TIMESTAMPTZ '2024-01-01 00:00:00+02' AS zoned, TIMESTAMP_NS '1970-01-01 00:00:00.000001' AS fine,
       [1, 2]::INTEGER[2] AS pair, [[1.5]] AS matrix, 'a word that is longer than a slot' AS long
     UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL`,
  );
  const table = await read(file);
  const first = Object.fromEntries([...table.columns].map(([name, c]) => [name, cell(c, 0)]));
  expect(first).toEqual({
    big: 9007199254740991,
    huge: Number(12345678901234567890n),
    dec: 1.25,
    kind: "b",
    raw: expect.anything(),
    picture: expect.anything(),
    clock: new Date(3_600_000),
    zoned: new Date("2023-12-31T22:00:00Z"),
    fine: expect.any(Date),
    pair: [1, 2],
    matrix: [[1.5]],
    long: "a word that is longer than a slot",
  });
  expect([...(first.raw as Uint8Array)]).toEqual([1, 2]);
  expect([...(first.picture as Uint8Array)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
  expect(table.columns.get("fine")).toMatchObject({ values: Float64Array.of(0.001, 0) });
  expect([...table.columns.values()].map((column) => cell(column, 1))).toEqual(
    new Array(12).fill(null),
  );
});

test("batches, in any size, are the rows of the whole in order", async () => {
  const file = await parquet(
    "many.parquet",
    `SELECT i AS id, CASE WHEN i % 7 = 0 THEN NULL ELSE 'text number ' || (i * 7919 % 1000) END AS text,
       [i, i + 1] AS pair FROM range(5000) t(i)`,
  );
  const source = await openSource(file, { baseDir: dir });
  const whole = await source.read();
  expect(cells(whole, "id")).toEqual(Array.from({ length: 5000 }, (_, i) => i));
  expect(cells(whole, "text")[8]).toBe("text number 352");
  for (const batchRows of [1000, 2048, 4999, 9000]) {
    const parts: Table[] = [];
    for await (const part of source.batches({ batchRows, columns: ["text", "pair"] }))
      parts.push(part);
    expect(parts.slice(0, -1).every((part) => part.rows === batchRows)).toBe(true);
    for (const name of ["text", "pair"]) {
      expect(parts.flatMap((part) => cells(part, name))).toEqual(cells(whole, name));
    }
  }
  source.close();
});

test("strings of every length, in every order, come back as they are", async () => {
  const words = Array.from({ length: 4000 }, (_, i) => "aé中😀".repeat((i * 37) % 23) + (i % 5));
  const json = write("words.jsonl", words.map((w) => JSON.stringify({ w })).join("\n"));
  expect(cells(await read(json), "w")).toEqual(words);
  const path = join(dir, json);
  const file = await parquet(
    "words.parquet",
    `SELECT w FROM read_json('${path}') ORDER BY hash(w), w`,
  );
  expect(cells(await read(file), "w").sort()).toEqual([...words].sort());
});

test("files of a pattern are read in the order of their names", async () => {
  write("part-2.csv", "a,b\n3,z\n");
  write("part-1.csv", "a,b\n1,x\n2,y\n");
  write("part-10.csv", "a,b\n9,w\n");
  expect(cells(await read("part-*.csv"), "a")).toEqual([1, 2, 9, 3]);
  expect(cells(await read(["part-2.csv", "part-1.csv"]), "a")).toEqual([3, 1, 2]);
});

test("a sample is the same for a seed, without repeats, in order", async () => {
  const file = await parquet("sampled.parquet", "SELECT i AS id FROM range(30000) t(i)");
  const source = await openSource(file, { baseDir: dir });
  const ids = cells(await source.sample(100, 7), "id") as number[];
  expect(ids).toEqual(cells(await source.sample(100, 7), "id"));
  expect(new Set(ids).size).toBe(100);
  expect([...ids].sort((a, b) => a - b)).toEqual(ids);
  expect(ids).not.toEqual(cells(await source.sample(100, 8), "id"));
  expect((await source.sample(50_000, 7)).rows).toBe(30_000);
  const rows = Array.from({ length: 30_000 }, (_, id) => ({ id }));
  const memory = await openSource(rows);
  expect(cells(await memory.sample(100, 7), "id")).toEqual(ids);
  source.close();
});

test("a fingerprint follows the bytes of a file and the cells of rows", async () => {
  const one = await openSource(write("f1.csv", "a\n1\n"), { baseDir: dir });
  const other = await openSource(write("f2.csv", "a\n2\n"), { baseDir: dir });
  // printf 'a\n1\n' | sha256sum
  expect(await one.fingerprint()).toBe(
    "309b0e45a73d3fc5325e2b6ed0a01ef8b9cde6b05a5633c1f893f970d52bfddc",
  );
  expect(await other.fingerprint()).not.toBe(await one.fingerprint());
  const print = async (rows: Record<string, unknown>[]) => (await openSource(rows)).fingerprint();
  expect(await print([{ a: "x" }, { a: null }])).toBe(await print([{ a: "x" }, {}]));
  expect(await print([{ a: "x" }])).not.toBe(await print([{ b: "x" }]));
  expect(await print([{ a: 1 }])).not.toBe(await print([{ a: 2 }]));
});

test("infinite cells are errors that name the row, or missing when asked for", async () => {
  const file = write("inf.csv", "a,b\n1,2\n2,inf\n3,nan\n");
  await expect(read(file)).rejects.toThrow(
    'inf.csv, data row 2, column "b": a finite number; got Infinity',
  );
  const table = await read(file, { infinite: "missing" });
  expect(cells(table, "b")).toEqual([2, null, null]);
  expect(table.columns.get("b")).toMatchObject({ infiniteCount: 1, nanCount: 1 });
});

test("schema and row count are those of what is read", async () => {
  const source = await openSource(write("schema.csv", "a,b\n1,x\n2,y\n"), { baseDir: dir });
  expect(await source.schema()).toEqual([
    { name: "a", storage: "number", sqlType: "DOUBLE" },
    { name: "b", storage: "string", sqlType: "VARCHAR" },
  ]);
  expect(await source.rowCount()).toBe(2);
  expect((await source.read([])).rows).toBe(2);
  source.close();
});

test("a small memory limit still reads a file", async () => {
  const file = await parquet(
    "limit.parquet",
    "SELECT i AS id, 'row number ' || i AS t FROM range(200000) t(i)",
  );
  const source = await openSource(file, { baseDir: dir, memoryLimit: "64MB" });
  let rows = 0;
  for await (const part of source.batches({ batchRows: 10_000 })) rows += part.rows;
  expect(rows).toBe(200_000);
  source.close();
});

test("a CSV file too big for the memory limit is streamed, in order, with the same cells", async () => {
  const lines = ["id,text,x"];
  for (let i = 0; i < 300_000; i++)
    lines.push(`${i},"a note of some length, ${i % 1000}",${i % 7 === 0 ? "" : i / 4}`);
  const file = write("big.csv", lines.join("\n"));
  const source = await openSource(file, { baseDir: dir, memoryLimit: "64MB" });
  expect(await source.rowCount()).toBe(300_000);
  let row = 0;
  for await (const part of source.batches({ batchRows: 50_000 })) {
    const [id, text, x] = ["id", "text", "x"].map((name) => part.columns.get(name)!);
    for (let i = 0; i < part.rows; i++, row++) {
      const right =
        cell(id, i) === row &&
        cell(text, i) === `a note of some length, ${row % 1000}` &&
        cell(x, i) === (row % 7 === 0 ? null : row / 4);
      if (!right) throw new Error(`row ${row}: ${cell(id, i)} ${cell(text, i)} ${cell(x, i)}`);
    }
  }
  expect(row).toBe(300_000);
  const sample = await source.sample(50, 1, ["id"]);
  const whole = await openSource(file, { baseDir: dir });
  expect(cells(sample, "id")).toEqual(cells(await whole.sample(50, 1), "id"));
  whole.close();
  source.close();
});
