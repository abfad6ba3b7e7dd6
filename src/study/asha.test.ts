import { describe, expect, it } from "vitest";
import { Asha, leastEpochs, type RungJob, rungsOf } from "./asha.ts";

/** Runs a search in which jobs end in an order of the test's choosing. */
function search(
  scores: readonly number[],
  options: { rungs: number[]; eta: number; brackets?: number },
) {
  return new Asha({
    trials: scores.length,
    brackets: 1,
    ...options,
    score: (trials) => trials.map((t) => scores[t]),
  });
}

/** Jobs of a single worker, to the end. */
function alone(asha: Asha): RungJob[] {
  const jobs: RungJob[] = [];
  for (let job = asha.next(); job; job = asha.next()) {
    jobs.push(job);
    asha.finished(job);
  }
  return jobs;
}

const shown = (jobs: readonly RungJob[]) => jobs.map(({ trial, rung }) => `${trial}@${rung}`);

describe("rungs", () => {
  it("are shares of all epochs", () => {
    expect(rungsOf(27, 3, 1)).toEqual([1, 3, 9, 27]);
    expect(rungsOf(30, 3, 2)).toEqual([4, 10, 30]);
    expect(rungsOf(5, 2, 5)).toEqual([5]);
    expect(rungsOf(3, 2, 1)).toEqual([2, 3]);
  });

  it("are as many as the trials fill", () => {
    expect(rungsOf(81, 3, leastEpochs(81, 3, 9))).toEqual([9, 27, 81]);
    expect(rungsOf(81, 3, leastEpochs(81, 3, 8))).toEqual([27, 81]);
    expect(leastEpochs(4, 3, 1000)).toBe(1);
  });
});

describe("asynchronous halving", () => {
  it("promotes as soon as a trial is in the best third of its rung, the highest rung first", () => {
    // Nine trials that get better, one worker: worked out by hand from the published rule.
    const asha = search([1, 2, 3, 4, 5, 6, 7, 8, 9], { rungs: [1, 3, 9], eta: 3 });
    expect(shown(alone(asha)).join(" ")).toBe(
      "0@0 1@0 2@0 2@1 3@0 3@1 4@0 4@1 4@2 5@0 5@1 5@2 6@0 6@1 6@2 7@0 7@1 7@2 8@0 8@1 8@2",
    );
  });

  it("does not wait for the rest of a rung", () => {
    const asha = search([3, 1, 2, 0, 0, 0], { rungs: [1, 3], eta: 3 });
    const [a, b, c, d] = [0, 1, 2, 3].map(() => asha.next() as RungJob);
    for (const job of [a, b, c]) asha.finished(job);
    expect(d).toEqual({ trial: 3, rung: 0 });
    // Three of four are in: the best goes on while the fourth still runs.
    expect(asha.next()).toEqual({ trial: 0, rung: 1 });
    expect(asha.next()).toEqual({ trial: 4, rung: 0 });
  });

  it("never promotes what failed, and brings one trial to the top in the end", () => {
    const asha = search([Number.NaN, Number.NaN, 5, 4], { rungs: [1, 3, 9], eta: 3 });
    const jobs = shown(alone(asha));
    expect(jobs).toEqual(["0@0", "1@0", "2@0", "2@1", "3@0", "2@2"]);
    expect(shown(alone(search([Number.NaN], { rungs: [1, 3], eta: 3 })))).toEqual(["0@0"]);
  });

  it("deals trials to brackets by Hyperband's shares", () => {
    const scores = Array.from({ length: 17 }, (_, i) => i);
    const jobs = alone(search(scores, { rungs: [1, 3, 9], eta: 3, brackets: 3 }));
    const first = new Map<number, number>();
    for (const { trial, rung } of jobs) if (!first.has(trial)) first.set(trial, rung);
    const count = (rung: number) => [...first.values()].filter((r) => r === rung).length;
    // 3 rungs, eta 3: Hyperband begins 9, ceil(3/2 * 3) = 5 and 3.
    expect([count(0), count(1), count(2)]).toEqual([9, 5, 3]);
  });
});
