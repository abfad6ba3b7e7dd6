import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { Random } from "../src/core/random.ts";

/** A table with a number, a category, a text, and two tasks with blanks, as CSV. */
export function tableCsv(rows: number, seed = 1): string {
  const random = Random.from(seed, "table");
  const words = ["good", "fine", "poor", "bad", "late", "quick", "warm", "cold"];
  const lines = ["size,kind,note,price,liked"];
  for (let i = 0; i < rows; i++) {
    const size = Math.round(random.uniform() * 1000) / 10;
    const kind = random.integer(4);
    const picked = [random.integer(8), random.integer(8)];
    const price = (2 * size + 15 * kind + 8 * random.normal()).toFixed(2);
    const liked = picked[0] + picked[1] + random.normal() > 7 ? "yes" : "no";
    const cells = [
      random.integer(20) === 0 ? "" : size,
      "abcd"[kind],
      picked.map((w) => words[w]).join(" "),
      random.integer(5) === 0 ? "" : price,
      random.integer(5) === 0 ? "" : liked,
    ];
    lines.push(cells.join(","));
  }
  return `${lines.join("\n")}\n`;
}

/** What must be the same of two runs: times are left out. */
export function resultsOf(dir: string): Record<string, string> {
  const read = (name: string) => readFileSync(join(dir, name));
  return {
    model: read("model/model.onnx").toString("base64"),
    metrics: read("metrics.json").toString(),
    predictions: read("predictions.csv").toString(),
    history: read("history.jsonl")
      .toString()
      .replaceAll(/,"seconds":[^}]*\}/g, "}"),
  };
}

/** Long names of kinds, which make a table large, and two numbers; two tasks, one with blanks. */
const wideRow =
  "hash(i) % 1000 / 10.0 AS x, hash(i + 7) % 1000 / 10.0 AS z, " +
  "repeat(chr((97 + hash(i + 3) % 20)::INT), 1000) AS kind, " +
  "hash(i) % 1000 / 5.0 + hash(i + 3) % 20 AS price, " +
  "CASE WHEN hash(i + 5) % 10 = 0 THEN NULL ELSE hash(i + 7) % 1000 > 500 END AS ok";

/** Writes a Parquet file of rows of about 1 kB, stored as they are. */
export async function writeWideTable(path: string, rows: number): Promise<void> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT ${wideRow} FROM range(${rows}) t(i)) TO '${path}' ` +
      "(FORMAT parquet, COMPRESSION uncompressed, DICTIONARY_SIZE_LIMIT 1, ROW_GROUP_SIZE 4096)",
  );
  connection.disconnectSync();
  instance.closeSync();
}

/** What is learned from the wide table. */
export function streamingConfig(data: string): Record<string, unknown> {
  return {
    data,
    inputs: { x: "number", z: "number", kind: "category" },
    tasks: { price: "regression", ok: "binary" },
    learner: { type: "neural", trunk: { sizes: [16] } },
    training: {
      epochs: 2,
      batchSize: 2048,
      threads: 1,
      optimizer: { type: "adam", learningRate: 0.02 },
    },
  };
}
