/**
 * Runs the benches one after the other, writes `results/<name>.json` and prints one table.
 * `npm run bench [-- name …] [--toy]`; toy runs only show that the benches still run and write nothing.
 */
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { benches } from "./benches.ts";
import { benchFolder, runScript } from "./processes.ts";
import type { BenchResult, BenchRow } from "./result.ts";

const { values, positionals } = parseArgs({
  options: { toy: { type: "boolean", default: false } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !benches.some((b) => b.name === name));
if (unknown.length > 0) {
  throw new Error(`bench: one of ${benches.map((b) => b.name).join(", ")}; got ${unknown.join()}`);
}
const chosen = benches.filter((b) => positionals.length === 0 || positionals.includes(b.name));
const folder = join(benchFolder, "results");

function machine() {
  const [one, five, fifteen] = loadavg().map((l) => Number(l.toFixed(1)));
  return {
    processor: cpus()[0]?.model ?? "unknown",
    processors: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    load: { minute: one, fiveMinutes: five, quarterHour: fifteen },
  };
}

function met({ value, target }: BenchRow): string {
  if (target === undefined || !Number.isFinite(value)) return "";
  return value <= target ? "yes" : "no";
}

const lines: Record<string, string | number>[] = [];
const notes: string[] = [];
for (const { name, file, args, toy, read, data } of chosen) {
  if (data !== undefined && !existsSync(join(benchFolder, "../../shared/data", data))) {
    notes.push(`${name}: skipped, as the data set ${data} is not there`);
    continue;
  }
  const before = machine();
  const printed = await runScript(file, values.toy ? toy : args);
  const result = (read ? read(printed as never) : printed) as BenchResult;
  for (const row of result.rows) {
    lines.push({
      bench: name,
      what: row.what,
      unit: row.unit,
      ours: row.ours,
      other: row.other ?? "missing",
      value: Number.isFinite(row.value) ? row.value : "",
      target: row.target ?? "",
      met: met(row),
    });
  }
  notes.push(...(result.notes ?? []).map((note) => `${name}: ${note}`));
  if (values.toy) continue;
  await mkdir(folder, { recursive: true });
  const record = { ...result, date: new Date().toISOString(), machine: before };
  await writeFile(join(folder, `${name}.json`), `${JSON.stringify(record, null, 2)}\n`);
}
console.table(lines);
for (const note of notes) console.log(note);
