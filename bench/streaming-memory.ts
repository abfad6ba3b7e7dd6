/**
 * Does the memory of a streaming run grow with the number of rows? Trains on tables of n, 4n and 16n
 * rows within one memory limit, each several times in processes of their own, down to the report and
 * the predictions of all validation and test rows. A stratified split, the default, reads the labels of
 * all rows at once; a random one reads none. The tables' models then evaluate and predict all rows.
 * `npx tsx bench/streaming-memory.ts [n [repeats [factor…]]]`
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { runScript } from "./processes.ts";
import { digits, printResult } from "./result.ts";

const [smallest = 100_000, repeats = 3, ...asked] = process.argv.slice(2).map(Number);
const factors = asked.length > 0 ? asked : [1, 4, 16];
const folder = await mkdtemp(join(tmpdir(), "polytask-bench-"));
const instance = await DuckDBInstance.create(":memory:");
const connection = await instance.connect();

/** Peaks of the repeats, in bytes, ascending. */
type Peaks = readonly number[];
const works = ["random", "stratified", "evaluate", "predict"] as const;
const found: Record<(typeof works)[number], { rows: number; peaks: Peaks }[]> = {
  random: [],
  stratified: [],
  evaluate: [],
  predict: [],
};

async function repeated(script: string, args: (repeat: number) => string[]): Promise<Peaks> {
  const peaks: number[] = [];
  for (let r = 0; r < repeats; r++)
    peaks.push(((await runScript(script, args(r))) as { peak: number }).peak);
  return peaks.sort((a, b) => a - b);
}

for (const factor of factors) {
  const rows = factor * smallest;
  const path = join(folder, `${factor}.csv`);
  await connection.run(
    `COPY (SELECT i AS id, round(hash(i) / 1.8446744e17, 4) AS price,
       CASE WHEN i % 17 = 0 THEN NULL ELSE hash(i + 1) % 1000 END AS amount,
       ['red', 'green', 'blue', '中文'][1 + i % 4] AS colour, hash(i) % 3 = 0 AS flag,
       'abc'[(1 + hash(i + 2) % 3)::BIGINT] AS grade
     FROM range(${rows}) t(i)) TO '${path}' (HEADER)`,
  );
  const out = (split: string, repeat: number) => join(folder, `${split}-${factor}-${repeat}`);
  for (const split of ["random", "stratified"] as const)
    found[split].push({
      rows,
      peaks: await repeated("streaming-run.ts", (r) => [path, out(split, r), split]),
    });
  for (const work of ["evaluate", "predict"] as const)
    found[work].push({
      rows,
      peaks: await repeated("streaming-model.ts", () => [work, out("random", 0), path]),
    });
  for (const split of ["random", "stratified"])
    for (let r = 0; r < repeats; r++) await rm(out(split, r), { recursive: true });
  await rm(path);
}
connection.disconnectSync();
instance.closeSync();
await rm(folder, { recursive: true });

const names = {
  random: "training, random split",
  stratified: "training, stratified split",
  evaluate: "evaluate",
  predict: "predict",
};
const middle = (peaks: Peaks) => peaks[peaks.length >> 1];
const megabytes = (bytes: number) => digits(bytes / 2 ** 20);
printResult({
  question: "Peak memory of a streaming run by the number of rows",
  value: "ratio to the smallest table's, medians",
  rows: works.flatMap((work) => {
    const [first, ...more] = found[work];
    return more.map(({ rows, peaks }) => ({
      what: `${names[work]}, ${rows} rows beside ${first.rows}`,
      unit: "MiB",
      ours: megabytes(middle(peaks)),
      other: megabytes(middle(first.peaks)),
      value: digits(middle(peaks) / middle(first.peaks), 3),
      target: 1.1,
      details: {
        bytesARow: Math.round((middle(peaks) - middle(first.peaks)) / (rows - first.rows)),
        peaks: peaks.map(megabytes).join(" "),
        smallestPeaks: first.peaks.map(megabytes).join(" "),
      },
    }));
  }),
});
