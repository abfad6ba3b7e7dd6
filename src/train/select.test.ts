import { describe, expect, it } from "vitest";
import {
  type EpochScores,
  isBestSoFar,
  meanRanks,
  type SelectionRule,
  selectionRule,
} from "./select.ts";

const none = Number.NaN;

/** The epochs, from 1, that were best when they ended. */
function bestAt(history: readonly EpochScores[], rule: SelectionRule): number[] {
  return history.flatMap((_, e) => (isBestSoFar(history.slice(0, e + 1), rule) ? [e + 1] : []));
}

describe("selectionRule", () => {
  it("reads rules and tasks, tasks first", () => {
    expect(selectionRule("meanRank", ["a"])).toBe("meanRank");
    expect(selectionRule("b", ["a", "b"])).toEqual({ task: 1 });
    expect(selectionRule("all", ["a", "all"])).toEqual({ task: 1 });
    expect(selectionRule("test", ["test"])).toEqual({ task: 0 });
  });

  it("refuses test rows, and names near words", () => {
    expect(() => selectionRule("test", ["a"])).toThrow(
      'training.earlyStopping.rule: a rule on validation rows; got "test"',
    );
    expect(() => selectionRule("anny", ["a"])).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID", hint: "did you mean any?" }),
    );
  });
});

describe("meanRanks", () => {
  it("shares ranks among equals and puts NaN last", () => {
    const history = [
      [0.5, 3],
      [0.7, none],
      [0.7, 3],
    ];
    // First task: ranks 3, 1.5, 1.5; second: 1.5, 3, 1.5.
    expect(meanRanks(history)).toEqual([2.25, 2.25, 1.5]);
  });

  it("does not care for the scale of a task", () => {
    const history = [
      [1, 4],
      [3, 2],
      [2, 6],
    ];
    const scaled = history.map(([a, b]) => [a * 1e6 - 5, Math.exp(b)]);
    expect(meanRanks(scaled)).toEqual(meanRanks(history));
  });
});

describe("isBestSoFar", () => {
  it("takes the first epoch, and the earliest of equals", () => {
    for (const rule of ["meanRank", "all", "any", { task: 0 }] as const) {
      expect(
        bestAt(
          [
            [1, 1],
            [1, 1],
          ],
          rule,
        ),
      ).toEqual([1]);
    }
    expect(isBestSoFar([], "any")).toBe(false);
  });

  it("follows one task", () => {
    const history = [
      [none, 9],
      [0.2, 8],
      [0.1, 10],
      [0.3, 0],
      [none, 99],
    ];
    expect(bestAt(history, { task: 0 })).toEqual([1, 2, 4]);
  });

  it("with meanRank, weighs the tasks against each other", () => {
    // The second epoch gains on one task and loses on the other: a tie goes to the earlier.
    expect(
      bestAt(
        [
          [1, 5],
          [2, 4],
          [2, 6],
        ],
        "meanRank",
      ),
    ).toEqual([1, 3]);
  });

  it("with all, wants no task to be worse than the epochs kept before", () => {
    const history = [
      [1, 5],
      [2, 4],
      [2, 5],
      [3, 5],
      [4, 4.9],
    ];
    expect(bestAt(history, "all")).toEqual([1, 3, 4]);
  });

  it("with any, takes a record of some task", () => {
    const history = [
      [1, 5],
      [2, 4],
      [1.5, 4.5],
      [1, 6],
    ];
    expect(bestAt(history, "any")).toEqual([1, 2, 4]);
  });

  it("takes a first score for no score", () => {
    expect(
      bestAt(
        [
          [none, 1],
          [3, 1],
          [none, 1],
        ],
        "all",
      ),
    ).toEqual([1, 2]);
    expect(bestAt([[none], [none], [1]], "meanRank")).toEqual([1, 3]);
  });
});
