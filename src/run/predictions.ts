import { predictionColumns } from "../model/columns.ts";
import type { FitOutcome, PartName } from "../model/fit.ts";

/** Lines handed over at once. */
const pieceLines = 1000;

/** A CSV of what the model says of the validation and test rows, beside their labels, piece by piece. */
export function* predictionsCsv(
  outcome: FitOutcome,
  rows: Readonly<Record<PartName, Int32Array>>,
): Generator<string> {
  const header = ["row", "part"];
  let lines: string[] = [];
  let named = false;
  const piece = () => {
    const text = lines.map((line) => `${line}\n`).join("");
    lines = [];
    return text;
  };
  for (const part of ["validation", "test"] as const) {
    const result = outcome.results[part];
    const truth = outcome.parts[part]?.truth;
    if (!result || !truth) continue;
    const columns = outcome.reported.flatMap((task) => {
      const labels = truth[task.name];
      const judged = (row: number) =>
        task.kind.judge(task.state, labels, result.outputs[task.name], row)?.truth ?? "";
      return [
        { name: `${task.name}.truth`, value: judged },
        ...predictionColumns(task, result.outputs[task.name]),
      ];
    });
    if (!named) lines.push([...header, ...columns.map((c) => c.name)].map(quote).join(","));
    named = true;
    const numbers = rows[part];
    for (let i = 0; i < numbers.length; i++) {
      lines.push([numbers[i] + 1, part, ...columns.map((c) => c.value(i))].map(quote).join(","));
      if (lines.length >= pieceLines) yield piece();
    }
  }
  if (!named) lines.push(header.join(","));
  yield piece();
}

function quote(value: unknown): string {
  const text = String(value ?? "");
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
