import { predictionColumns } from "../model/columns.ts";
import type { FitOutcome, PartName } from "../model/fit.ts";

/** A CSV of what the model says of the validation and test rows, beside their labels. */
export function predictionsCsv(
  outcome: FitOutcome,
  rows: Readonly<Record<PartName, Int32Array>>,
): string {
  const header = ["row", "part"];
  const lines: string[] = [];
  const named: string[] = [];
  for (const part of ["validation", "test"] as const) {
    const result = outcome.results[part];
    const truth = outcome.parts[part]?.truth;
    if (!result || !truth) continue;
    const columns = outcome.reported.flatMap((task) => {
      const judged = (row: number) =>
        task.kind.judge(task.state, truth[task.name], result.outputs[task.name], row)?.truth ?? "";
      return [
        { name: `${task.name}.truth`, value: judged },
        ...predictionColumns(task, result.outputs[task.name]),
      ];
    });
    if (named.length === 0) named.push(...columns.map((c) => c.name));
    for (let i = 0; i < rows[part].length; i++) {
      lines.push([rows[part][i] + 1, part, ...columns.map((c) => c.value(i))].map(quote).join(","));
    }
  }
  return `${[[...header, ...named].map(quote).join(","), ...lines].join("\n")}\n`;
}

function quote(value: unknown): string {
  const text = String(value ?? "");
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
