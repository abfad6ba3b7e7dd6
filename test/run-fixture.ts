import { readFileSync } from "node:fs";
import { join } from "node:path";
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
