import { describe, expect, it } from "vitest";
import { trainingConfig } from "../train/config.ts";
import { diagramText } from "./diagram.ts";
import { exampleProblem } from "./example.ts";
import { type FamilyName, families } from "./families.ts";
import type { Family } from "./learner.ts";

const training = trainingConfig.parse({ epochs: 1, threads: 1 });

describe.each<[FamilyName, Record<string, unknown>]>([
  ["linear", {}],
  ["stacking", { folds: 2 }],
  ["neural", { fusion: "gated", sharing: "mmoe" }],
  ["neural", { fusion: "lateProduct", streams: "crossStitch" }],
  [
    "neural",
    { perTask: { price: { inputs: ["note"], fusion: "lateAverage" }, sold: { inputs: ["size"] } } },
  ],
])("the diagram of %s with %o", (name, options) => {
  it("counts every parameter once, and links its boxes from inputs to tasks", async () => {
    const family = families[name] as Family;
    const problem = await exampleProblem(family.can, { rows: 60 });
    const fitted = await family.fit(problem, family.config.parse(options), { training });
    const { diagram } = fitted;
    if (!diagram) throw new Error("no diagram");
    const boxes = diagram.stages.flatMap((s) => s.boxes);
    expect(boxes.reduce((sum, b) => sum + (b.parameters ?? 0), 0)).toBe(fitted.parameters);
    const ids = new Set(boxes.map((b) => b.id));
    expect(ids.size).toBe(boxes.length);
    for (const [from, to] of diagram.links) {
      expect(ids).toContain(from);
      expect(ids).toContain(to);
    }
    // Every task is reached from some input.
    const reached = new Set(problem.inputs.map((i) => `input:${i.name}`));
    for (let pass = 0; pass < diagram.stages.length; pass++)
      for (const [from, to] of diagram.links) if (reached.has(from)) reached.add(to);
    for (const { name: task } of problem.tasks) expect(reached).toContain(`task:${task}`);
    expect(diagramText(diagram)).toContain("← ");
    fitted.dispose();
  });
});
