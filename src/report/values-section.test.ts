import { expect, it } from "vitest";
import { syntheticRecord } from "./fixtures/synthetic-record.ts";
import type { TaskRecord } from "./record.ts";
import { renderReport } from "./render.ts";

const record = syntheticRecord();

function withValues(count: number) {
  const values: TaskRecord["values"] = {
    by: "school <b>",
    part: "test",
    metric: "rmse",
    better: "lower",
    scores: Array.from({ length: count }, (_, i) => ({
      value: `v${i}`,
      rows: i,
      model: i === 0 ? null : 1 + i / count,
      baseline: 1.5,
    })),
  };
  const [task, ...others] = record.tasks;
  return renderReport({ ...record, tasks: [{ ...task, values }, ...others] });
}

it("shows many values of a task in one table and one picture", () => {
  const html = withValues(140);
  expect(html).toContain("Values with tasks of their own");
  expect(html).toContain("140 values");
  expect(html).toContain("rmse over the values");
  // 69 of the values 1 to 139 lie below the baseline; the first was not measured.
  expect(html).toContain("better than the baseline in 69 of the 139 that were measured");
  expect(html).toContain("school &lt;b>");
  expect(html.indexOf(">v1<")).toBeLessThan(html.indexOf(">v139<"));
});

it("leaves the picture out where all values agree, and the section where there is none", () => {
  expect(withValues(2)).not.toContain("rmse over the values");
  expect(renderReport(record)).not.toContain("Values with tasks of their own");
});
