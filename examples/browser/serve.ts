/**
 * Opens a trained model in a browser page: `npx tsx examples/browser/serve.ts RUN DATA [PORT]`, where RUN
 * is a run folder and DATA the table it was trained on. The page starts from test rows of that table.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { cell } from "../../src/data/columns.ts";
import { openSource } from "../../src/data/source.ts";
import { load } from "../../src/run/open.ts";
import { exampleRows } from "./rows.ts";
import { serve } from "./server.ts";

const [run, data, port = "8080"] = process.argv.slice(2);
if (run === undefined || data === undefined) {
  console.error("usage: npx tsx examples/browser/serve.ts RUN DATA [PORT]");
  process.exit(64);
}

/** Rows of the test part, from 0, as the run's predictions name them. */
async function testRows(folder: string): Promise<number[] | undefined> {
  const path = join(folder, "predictions.csv");
  if (!existsSync(path)) return undefined;
  const source = await openSource(path);
  try {
    const table = await source.read(["row", "part"]);
    const [row, part] = ["row", "part"].map((name) => table.columns.get(name));
    if (row === undefined || part === undefined) return undefined;
    return Array.from({ length: table.rows }, (_, i) => i)
      .filter((i) => cell(part, i) === "test")
      .map((i) => Number(cell(row, i)) - 1);
  } finally {
    source.close();
  }
}

const model = await load(run);
const wanted = await testRows(run);
const note = wanted ? "test rows: the model did not learn from them" : "rows of the table";
const rows = await exampleRows(model, data, { wanted, most: 300, note });
const { url } = await serve({ model: model.bytes, rows, port: Number(port) });
await model.dispose();
console.log(`${url}  (stop with Ctrl-C)`);
