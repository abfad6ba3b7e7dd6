import { describe, expect, it } from "vitest";
import { gainsOf, meanAndError, unitOf } from "./objective.ts";

const tasks = [
  { name: "a", better: "higher" as const },
  { name: "e", better: "lower" as const },
];
const reference = { a: [0.5, 0.5], e: [10, 20] };

describe("an objective", () => {
  it("deltaM is the mean over tasks of the relative improvement", () => {
    const [same, better] = gainsOf("deltaM", tasks, reference, [
      reference,
      { a: [0.6, 0.5], e: [7, 20] },
    ]);
    expect(same.mean).toBe(0);
    // Fold 1: (0.1 / 0.5 + 3 / 15) / 2; fold 2: 0.
    expect(better.mean).toBeCloseTo(0.1, 12);
    expect(better.error).toBeCloseTo(0.1, 12);
  });

  it("a task is the difference of its own metric, above 0 where better", () => {
    const [found] = gainsOf("e", tasks, reference, [{ a: [0, 0], e: [9, 18] }]);
    expect(found.mean).toBeCloseTo(1.5, 12);
    expect([unitOf("deltaM"), unitOf("meanRank"), unitOf("e")]).toEqual([
      "share",
      "ranks",
      "metric",
    ]);
  });

  it("meanRank counts ranks against all trials and the reference, ties in the middle", () => {
    const found = gainsOf("meanRank", tasks, reference, [
      { a: [0.9, 0.9], e: [9, 19] },
      { a: [0.5, 0.6], e: [11, 21] },
    ]);
    // Task a: reference ranks 2.5 and 3, the first trial 1 and 1, the second 2.5 and 2.
    // Task e: reference 2 and 2, the first 1 and 1, the second 3 and 3.
    expect(found[0].mean).toBeCloseTo(((1.5 + 1) / 2 + (2 + 1) / 2) / 2, 12);
    expect(found[1].mean).toBeCloseTo(((0 - 1) / 2 + (1 - 1) / 2) / 2, 12);
    // It does not care by how much: a task in other units has no more to say.
    const scaled = gainsOf("meanRank", tasks, { a: [0.5, 0.5], e: [1000, 2000] }, [
      { a: [0.9, 0.9], e: [900, 1900] },
      { a: [0.5, 0.6], e: [1100, 2100] },
    ]);
    expect(scaled).toEqual(found);
  });

  it("leaves out what has no score, and says where nothing has", () => {
    const [one, none] = gainsOf("deltaM", tasks, reference, [
      { a: [0.75, Number.NaN], e: [Number.NaN, Number.NaN] },
      { a: [Number.NaN, Number.NaN], e: [Number.NaN, Number.NaN] },
    ]);
    expect(one.mean).toBeCloseTo(0.5, 12);
    expect(none.mean).toBeNaN();
    expect(meanAndError([1, 3])).toEqual({ mean: 2, error: 1 });
  });
});
