/**
 * How long does reading a CSV file into typed columns take beside DuckDB's own scan of it? One million
 * rows of seven columns (integers, decimals, missing cells, categories, free text, times, booleans).
 * Prints JSON: medians in milliseconds of runs taken in turn, and their ratio.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { openSource } from "../src/data/source.ts";

const rows = Number(process.argv[2] ?? 1_000_000);
const repeats = Number(process.argv[3] ?? 5);

const folder = await mkdtemp(join(tmpdir(), "polytask-bench-"));
const path = join(folder, "table.csv");
const instance = await DuckDBInstance.create(":memory:");
const connection = await instance.connect();
await connection.run(
  `COPY (SELECT i AS id, round(hash(i) / 1.8446744e17, 4) AS price,
     CASE WHEN i % 17 = 0 THEN NULL ELSE hash(i + 1) % 1000 END AS amount,
     ['red', 'green', 'blue', '中文'][1 + i % 4] AS colour,
     'a note, "quoted", number ' || (hash(i) % 100000) AS note,
     TIMESTAMP '2020-01-01' + to_minutes(i) AS at, i % 3 = 0 AS flag
   FROM range(${rows}) t(i)) TO '${path}' (HEADER)`,
);
const typed = `read_csv('${path}', auto_detect=false, header=true, delim=',', quote='"', escape='"',
  columns={'id': 'BIGINT', 'price': 'DOUBLE', 'amount': 'BIGINT', 'colour': 'VARCHAR', 'note': 'VARCHAR',
  'at': 'TIMESTAMP', 'flag': 'BOOLEAN'})`;

/** DuckDB reads every cell into its own columns. */
async function scan(): Promise<void> {
  await connection.run(`CREATE OR REPLACE TEMP TABLE scanned AS SELECT * FROM ${typed}`);
}

/** DuckDB hands every typed chunk to JavaScript, which looks at none. */
async function stream(): Promise<void> {
  const result = await connection.stream(`SELECT * FROM ${typed}`);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
  }
}

let phases = { open: 0, read: 0 };
async function polytask(): Promise<void> {
  const start = performance.now();
  const source = await openSource(path);
  const opened = performance.now();
  const table = await source.read();
  phases = { open: opened - start, read: performance.now() - opened };
  source.close();
  if (table.rows !== rows || table.columns.size !== 7) throw new Error("not what was written");
}

const jobs = { scan, stream, polytask };
const times: Record<keyof typeof jobs, number[]> = { scan: [], stream: [], polytask: [] };
for (let round = 0; round <= repeats; round++) {
  for (const name of Object.keys(jobs) as (keyof typeof jobs)[]) {
    const start = performance.now();
    await jobs[name]();
    if (round > 0) times[name].push(performance.now() - start);
  }
}
const median = (list: number[]) => list.sort((a, b) => a - b)[list.length >> 1];
const ms = {
  scan: median(times.scan),
  stream: median(times.stream),
  polytask: median(times.polytask),
};
console.log(
  JSON.stringify({
    question: "CSV to typed columns beside DuckDB's own scan",
    rows,
    columns: 7,
    milliseconds: ms,
    lastRun: phases,
    ratioToScan: ms.polytask / ms.scan,
    ratioToStream: ms.polytask / ms.stream,
  }),
);
connection.disconnectSync();
instance.closeSync();
await rm(folder, { recursive: true });
