/**
 * Does the memory of a streaming run grow with the number of rows? Trains on tables of n, 4n and 16n
 * rows within one memory limit, each in a process of its own. A stratified split, the default, reads the
 * labels of all rows at once; a random one reads none.
 * `npx tsx bench/streaming-memory.ts [n]`
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { runScript } from "./processes.ts";
import { digits, printResult } from "./result.ts";

const smallest = Number(process.argv[2] ?? 100_000);
const folder = await mkdtemp(join(tmpdir(), "polytask-bench-"));
const instance = await DuckDBInstance.create(":memory:");
const connection = await instance.connect();

interface Peak {
  readonly rows: number;
  readonly peak: number;
}
const peaks: Record<string, Peak[]> = { random: [], stratified: [] };
for (const factor of [1, 4, 16]) {
  const path = join(folder, `${factor}.csv`);
  await connection.run(
    `COPY (SELECT i AS id, round(hash(i) / 1.8446744e17, 4) AS price,
       CASE WHEN i % 17 = 0 THEN NULL ELSE hash(i + 1) % 1000 END AS amount,
       ['red', 'green', 'blue', '中文'][1 + i % 4] AS colour, hash(i) % 3 = 0 AS flag
     FROM range(${factor * smallest}) t(i)) TO '${path}' (HEADER)`,
  );
  for (const split of Object.keys(peaks)) {
    const cache = await mkdtemp(join(folder, "cache-"));
    peaks[split].push((await runScript("streaming-run.ts", [path, cache, split])) as Peak);
    await rm(cache, { recursive: true });
  }
}
connection.disconnectSync();
instance.closeSync();
await rm(folder, { recursive: true });

const megabytes = (bytes: number) => digits(bytes / 2 ** 20);
printResult({
  question: "Peak memory of a streaming run by the number of rows",
  value: "ratio to the smallest table's",
  rows: Object.entries(peaks).flatMap(([split, [first, ...more]]) =>
    more.map(({ rows, peak }) => ({
      what: `${split} split, ${rows} rows beside ${first.rows}`,
      unit: "MiB",
      ours: megabytes(peak),
      other: megabytes(first.peak),
      value: digits(peak / first.peak, 3),
      target: 1.25,
      details: { bytesARow: Math.round((peak - first.peak) / (rows - first.rows)) },
    })),
  ),
});
