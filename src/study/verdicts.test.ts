import { describe, expect, it } from "vitest";
import { adviceOf } from "./advice.ts";
import { correctedResampledT } from "./statistics.ts";
import { type ComparedTask, judge, judgeTogether } from "./verdicts.ts";

/** Twenty tasks that each gain a little, most folds over. */
const tasks = Array.from(
  { length: 20 },
  (_, i): ComparedTask => ({
    name: `t${i}`,
    metric: "rmse",
    better: "lower",
    regimes: {
      independent: [1, 1, 1, 1],
      multiTask: [0, 1, 2, 3].map((f) => 0.98 + 0.05 * Math.sin(7 * i + 3 * f)),
    },
  }),
);

describe("many tasks at once", () => {
  it("show what none shows by itself", () => {
    const overall = judgeTogether(tasks, "multiTask", "independent", 1 / 3);
    const gains = [0, 1, 2, 3].map(
      (f) => tasks.reduce((sum, t) => sum + 1 - t.regimes.multiTask[f], 0) / tasks.length,
    );
    expect(overall.mean).toBeCloseTo(gains.reduce((a, b) => a + b, 0) / 4, 12);
    expect(overall.p).toBeCloseTo(correctedResampledT(gains, 1 / 3).p, 12);
    expect(overall.verdict).toBe("helps");
    const judged = judge(tasks, ["independent", "multiTask"], "independent", 1 / 3);
    expect(judged.every((t) => t.against.multiTask.verdict === "no difference")).toBe(true);
    const advice = adviceOf({
      tasks: judged,
      regimes: [],
      deltaM: { multiTask: overall.mean },
      costs: [],
      groups: undefined,
      overall: { multiTask: overall },
    });
    expect(advice[0]).toBe(
      "Learning the 20 tasks together helps them as a whole, although no single one shows it.",
    );
    expect(advice[1]).toMatch(/^Over all tasks at once it helps: scores are better by \d/);
    expect(advice[2]).toMatch(/^Train all tasks/);
  });
});
