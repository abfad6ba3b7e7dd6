import { describe, expect, it } from "vitest";
import { adviceOf } from "./advice.ts";
import type { Verdict } from "./verdicts.ts";

type Asked = Parameters<typeof adviceOf>[0];

/** A comparison in which regimes have verdicts on tasks a, b, …. */
function found(verdicts: Readonly<Record<string, readonly Verdict[]>>, groups?: string[][]): Asked {
  const names = Object.keys(verdicts);
  const tasks = verdicts.multiTask.map((_, i) => ({
    name: "abcdefgh"[i],
    metric: "rmse",
    better: "lower" as const,
    scores: {},
    against: Object.fromEntries(
      names.map((regime) => [regime, { verdict: verdicts[regime][i] } as never]),
    ),
  }));
  const cost = (regime: string, size: number) => ({
    regime,
    fits: 1,
    parameters: size,
    seconds: size,
    memoryBytes: 1,
  });
  return {
    tasks,
    regimes: ["independent", ...names].map((name) => ({ name, title: name, summary: "A way." })),
    deltaM: Object.fromEntries(names.map((name) => [name, 0.05])),
    costs: [cost("independent", 100), cost("multiTask", 40)],
    groups,
    overall: {},
  };
}

describe("advice", () => {
  it("says to train together what is helped", () => {
    expect(adviceOf(found({ multiTask: ["helps", "helps"] }))).toEqual([
      "Learning the 2 tasks together helps every one of them.",
      "Train all tasks with this configuration: polytask train.",
    ]);
  });

  it("says that costs decide where scores do not", () => {
    const [first, second] = adviceOf(found({ multiTask: ["no difference", "no difference"] }));
    expect(first).toBe(
      "Learning the 2 tasks together makes no difference that these rows can show.",
    );
    expect(second).toMatch(/^One model has 40 % of the parameters and takes 40 % of the time/);
  });

  it("asks for more folds where scores differ much and no test is sure", () => {
    const unsure = found({ multiTask: ["no difference", "no difference"] });
    const [, second] = adviceOf({ ...unsure, deltaM: { multiTask: -0.4 } });
    expect(second).toMatch(/^Mean scores differ \(Δm -40 %\), but vary too much/);
  });

  it("names what is hurt, and the way that helps instead", () => {
    const alone = adviceOf(found({ multiTask: ["helps", "hurts", "no difference"] }));
    expect(alone[0]).toBe(
      "Learning the 3 tasks together helps a, hurts b, makes no clear difference for the other task.",
    );
    expect(alone[1]).toMatch(/^Learn b by itself, or give the tasks more that is their own/);
    const [, rescued, groups] = adviceOf(
      found(
        {
          multiTask: ["helps", "hurts", "no difference"],
          grouped: ["helps", "no difference", "helps"],
        },
        [["a", "c"], ["b"]],
      ),
    );
    expect(rescued).toBe(
      "grouped models hurt no task measurably and help a and c (Δm 5.0 %): a way.",
    );
    expect(groups).toBe(
      "The gradients propose the groups a + c; b: trained so, the tasks do better than all together.",
    );
  });
});
