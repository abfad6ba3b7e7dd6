/** @file Trains on a table under a memory limit and prints its peak memory: `DATA OUT LIMIT`. */
import { dirname } from "node:path";
import { resolveConfig } from "../src/config/load.ts";
import { trainRun } from "../src/run/train-run.ts";
import { streamingConfig } from "./run-fixture.ts";

const [data, out, memoryLimit] = process.argv.slice(2);
await trainRun(resolveConfig({ ...streamingConfig(data), memoryLimit }), {
  out,
  baseDir: dirname(data),
});
process.stdout.write(`${process.resourceUsage().maxRSS * 1024}\n`);
