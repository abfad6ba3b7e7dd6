import type { DataQuality } from "../data/quality.ts";
import type { CellProblem } from "../model/cell-problems.ts";
import type { FitOutcome } from "../model/fit.ts";
import type { QualityRecord, Warning } from "../report/record.ts";
import { sourceColumns } from "../train/input-cells.ts";

const leakMeasures = {
  equal: "share of cells equal to the target",
  correlation: "absolute correlation with the target",
  rule: "accuracy of this column alone on held-out rows",
} as const;

/** What the report says of the data, from what was found. */
export function qualityRecord(quality: DataQuality, outcome: FitOutcome): QualityRecord {
  const inputs = new Set(outcome.inputs.flatMap(sourceColumns));
  const targets = new Map(
    outcome.reported.filter((t) => !t.kind.objective).map((t) => [t.column, t.name]),
  );
  const { duplicates } = quality;
  return {
    columns: quality.columns.map((c) => ({
      name: c.name,
      role: inputs.has(c.name) ? "input" : "task",
      type: c.storage,
      rows: quality.rows,
      missing: c.missing,
    })),
    balance: outcome.reported.flatMap((task) => {
      const { classes } = task.kind.describe(task.state);
      if (!classes || typeof classes !== "object") return [];
      const counts = Object.entries(classes as Record<string, number>).map(([label, rows]) => ({
        label,
        rows,
      }));
      return [{ task: task.name, counts: counts.sort((x, y) => y.rows - x.rows) }];
    }),
    duplicates: [
      { parts: ["train", "validation"] as const, rows: duplicates.validationInTrain },
      { parts: ["train", "test"] as const, rows: duplicates.testInTrain },
      { parts: ["validation", "test"] as const, rows: duplicates.testInValidation },
    ]
      .filter((d) => d.rows > 0)
      .map((d) => ({
        ...d,
        examples: duplicates.examples
          .filter((e) => [e.parts[0], e.parts[1]].sort().join() === [...d.parts].sort().join())
          .slice(0, 5)
          .map((e) => `${e.rows[0] + 1} = ${e.rows[1] + 1}`),
      })),
    leakage: quality.leakage.map((l) => ({
      column: l.input,
      task: targets.get(l.target) ?? l.target,
      measure: leakMeasures[l.kind],
      value: l.score,
      note:
        l.baseline > 0
          ? `a guess without it scores ${l.baseline.toFixed(3)}; ${l.rows} rows`
          : `${l.rows} rows`,
    })),
    warnings: warnings(quality, outcome),
  };
}

function warnings(quality: DataQuality, outcome: FitOutcome): Warning[] {
  const found: Warning[] = [];
  const byInput = new Map<string, CellProblem[]>();
  for (const p of outcome.problems) byInput.set(p.input, [...(byInput.get(p.input) ?? []), p]);
  for (const [input, problems] of byInput) {
    const [first] = problems;
    found.push({
      severity: "warning",
      where: input,
      message: `${outcome.problemCounts[input]} cells could not be read and count as missing; the first is data row ${first.row + 1}: ${first.message}`,
      hint: "set badCells: error to stop at the first such cell",
    });
  }
  for (const conflict of quality.duplicates.conflicts) {
    if (conflict.rows === 0) continue;
    found.push({
      severity: "warning",
      where: conflict.target,
      message: `${conflict.rows} rows with equal inputs have different labels, in ${conflict.groups} groups`,
      hint: "no model can be right on all of them",
    });
  }
  for (const label of quality.labels) {
    if (label.unseenInTraining.length === 0) continue;
    found.push({
      severity: "warning",
      where: label.target,
      message: `classes without a training row cannot be learned: ${label.unseenInTraining.slice(0, 8).join(", ")}${label.unseenInTraining.length > 8 ? ", …" : ""}`,
    });
  }
  for (const name of quality.constant) {
    found.push({
      severity: "note",
      where: name,
      message: "all present cells are equal: the column teaches nothing",
    });
  }
  for (const [a, b] of quality.similarNames) {
    found.push({
      severity: "note",
      where: a,
      message: `the name differs from ${b} in case or punctuation only`,
    });
  }
  return found;
}
