/** One streaming run for `streaming-memory.ts`: trains on a CSV within a memory limit, prints its peak. */
import { resolveConfig } from "../src/config/load.ts";
import { trainRun } from "../src/run/train-run.ts";

const [data, out, split] = process.argv.slice(2);
const config = resolveConfig({
  data,
  inputs: { id: "number", price: "number", colour: "category" },
  tasks: { amount: "regression", flag: "binary", grade: "multiclass" },
  split: { type: split },
  training: { epochs: 1, batchSize: 1024 },
  memoryLimit: "256MB",
});
await trainRun(config, { out, baseDir: "." });
// Kilobytes, on every system but macOS.
const unit = process.platform === "darwin" ? 1 : 1024;
console.log(JSON.stringify({ peak: process.resourceUsage().maxRSS * unit }));
