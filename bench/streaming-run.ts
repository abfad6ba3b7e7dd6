/** One streaming run for `streaming-memory.ts`: trains on a CSV within a memory limit, prints its peak. */
import { resolveConfig } from "../src/config/load.ts";
import { runExperiment } from "../src/run/experiment.ts";

const [data, cache, split] = process.argv.slice(2);
const config = resolveConfig({
  data,
  inputs: { id: "number", price: "number", colour: "category" },
  tasks: { amount: "regression", flag: "binary" },
  split: { type: split },
  training: { epochs: 1, batchSize: 1024 },
  memoryLimit: "256MB",
});
const experiment = await runExperiment(config, { baseDir: ".", cache });
const rows = experiment.stream.rows;
experiment.close();
// Kilobytes, on every system but macOS.
const unit = process.platform === "darwin" ? 1 : 1024;
console.log(JSON.stringify({ rows, peak: process.resourceUsage().maxRSS * unit }));
