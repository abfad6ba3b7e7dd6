import { describe, expect, it } from "vitest";
import { Random } from "../core/random.ts";
import { proposeGroups } from "./grouping.ts";

/** Affinity 1 inside the blocks of some tasks, −1 between them. */
function blocks(of: readonly number[]): number[][] {
  return of.map((a) => of.map((b) => (a === b ? 1 : -1)));
}

describe("proposed groups", () => {
  it("finds blocks, of few tasks and of many", () => {
    expect(proposeGroups(blocks([0, 1, 0, 1, 2]))).toEqual([[0, 2], [1, 3], [4]]);
    const many = Array.from({ length: 12 }, (_, t) => t % 3);
    expect(proposeGroups(blocks(many))).toEqual([
      [0, 3, 6, 9],
      [1, 4, 7, 10],
      [2, 5, 8, 11],
    ]);
  });

  it("keeps tasks together that nothing separates", () => {
    expect(
      proposeGroups([
        [0, 0],
        [0, 0],
      ]),
    ).toEqual([[0, 1]]);
    expect(
      proposeGroups([
        [1, -0.1],
        [-0.2, 1],
      ]),
    ).toEqual([[0], [1]]);
  });

  it("is the best of all partitions", () => {
    const random = Random.from(4, "groups");
    const affinity = Array.from({ length: 6 }, () =>
      Array.from({ length: 6 }, () => random.normal()),
    );
    const score = (groups: readonly (readonly number[])[]) =>
      groups.reduce(
        (sum, g) =>
          sum +
          g.reduce((s, i) => s + g.reduce((t, j) => t + (i === j ? 0 : affinity[i][j]), 0), 0),
        0,
      );
    const found = score(proposeGroups(affinity));
    // Every labelling of six tasks with six names covers every partition.
    for (let code = 0; code < 6 ** 6; code++) {
      const groups: number[][] = [[], [], [], [], [], []];
      for (let t = 0, rest = code; t < 6; t++, rest = Math.floor(rest / 6))
        groups[rest % 6].push(t);
      expect(score(groups)).toBeLessThanOrEqual(found + 1e-9);
    }
  });
});
