/** Evaluates a model on a table or predicts it for `streaming-memory.ts`, as the command line does; prints the peak. */
import { join } from "node:path";
import { runProgram } from "../src/cli/program.ts";
import { processTerminal } from "../src/cli/terminal.ts";

const [work, dir, data] = process.argv.slice(2);
const file = work === "predict" ? ["--out", join(dir, "table.csv")] : [];
const code = await runProgram(
  [work, dir, data, ...file, "--memory-limit", "256MB", "--json"],
  processTerminal(),
);
if (code !== 0) throw new Error(`${work}: exit code 0; got ${code}`);
// Kilobytes, on every system but macOS.
const unit = process.platform === "darwin" ? 1 : 1024;
console.log(JSON.stringify({ peak: process.resourceUsage().maxRSS * unit }));
