import { describe, expect, it } from "vitest";
import { type FrontTask, frontOf, type PlacedModel } from "./front.ts";

const tasks: FrontTask[] = [
  { name: "a", metric: "accuracy", better: "higher", reference: 0.5 },
  { name: "b", metric: "rmse", better: "lower", reference: 10 },
];

function model(number: number, preference: number[], validation: (number | null)[]): PlacedModel {
  return { number, folder: `front/${number}`, preference, validation, test: undefined };
}

describe("a front", () => {
  it("has the models that no other beats, their volume, and the one that gains most", () => {
    const found = frontOf(tasks, [
      model(1, [0.9, 0.1], [0.9, 9]),
      model(2, [0.5, 0.5], [0.8, 6]),
      model(3, [0.4, 0.6], [0.7, 7]),
      model(4, [0.1, 0.9], [0.6, 5]),
    ]);
    expect(found.models.map((m) => m.dominated)).toEqual([false, false, true, false]);
    expect(found.models.map((m) => m.volume)).toEqual(
      [0.4 * 1, 0.3 * 4, 0.2 * 3, 0.1 * 5].map((v) => expect.closeTo(v, 12)),
    );
    // Rectangles from the baseline: 0.4 × 1, then 0.3 × 3 on top, then 0.1 × 1.
    expect(found.hypervolume).toBeCloseTo(0.4 + 0.9 + 0.1, 12);
    expect(found.share).toBeCloseTo(1.4 / 1.2, 12);
    expect(found.main).toBe(2);
  });

  it("does not depend on the units of a task", () => {
    const shown = (scale: number) =>
      frontOf(
        [tasks[0], { ...tasks[1], reference: 10 * scale }],
        [model(1, [0.9, 0.1], [0.9, 9 * scale]), model(2, [0.1, 0.9], [0.55, 2 * scale])],
      );
    expect(shown(1000).main).toBe(shown(1).main);
    expect(shown(1000).share).toBeCloseTo(shown(1).share as number, 12);
  });

  it("takes the even preference among equals, and where nothing beats the baseline", () => {
    const same = [0.9, 0.7, 0.5, 0.2].map((p, i) => model(i + 1, [p, 1 - p], [0.8, 6]));
    expect(frontOf(tasks, same).main).toBe(3);
    expect(frontOf(tasks, same).models.every((m) => !m.dominated)).toBe(true);
    const bad = [0.9, 0.5].map((p, i) => model(i + 1, [p, 1 - p], [0.6 + i / 10, 11]));
    expect(frontOf(tasks, bad)).toMatchObject({ main: 2, hypervolume: 0, share: null });
  });

  it("does not place a model without a score", () => {
    const found = frontOf(tasks, [model(1, [0.5, 0.5], [null, 1]), model(2, [0.2, 0.8], [0.6, 9])]);
    expect(found.models[0]).toMatchObject({ dominated: true, volume: null });
    expect(found.main).toBe(2);
  });
});
