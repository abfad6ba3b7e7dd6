import { expect, it } from "vitest";
import { inLockstep } from "./lockstep.ts";

it("serves all running solvers by one pass each time", async () => {
  const asked: number[][] = [];
  const results = await inLockstep(
    3,
    async (requests) => {
      asked.push(requests.flatMap((r, i) => (r ? [i] : [])));
      return Float64Array.from(requests, (r) => (r ? r.x[0] ** 2 : Number.NaN));
    },
    async (objective, index) => {
      let sum = 0;
      for (let n = 0; n <= index; n++) {
        sum += await objective(Float64Array.of(10 * index + n), new Float64Array(1));
      }
      return sum;
    },
  );
  expect(results).toEqual([0, 100 + 121, 400 + 441 + 484]);
  expect(asked).toEqual([[0, 1, 2], [1, 2], [2]]);
});

it("throws the first error in order, after the others have ended", async () => {
  const ended: number[] = [];
  const run = inLockstep(
    3,
    async (requests) => Float64Array.from(requests, () => 1),
    async (objective, index) => {
      await objective(new Float64Array(1), new Float64Array(1));
      if (index > 0) throw new Error(`solver ${index}`);
      await objective(new Float64Array(1), new Float64Array(1));
      ended.push(index);
    },
  );
  await expect(run).rejects.toThrow("solver 1");
  expect(ended).toEqual([0]);
});

it("passes a failed evaluation to every solver that waits", async () => {
  const run = inLockstep(
    2,
    async () => {
      throw new Error("no data");
    },
    (objective) => Promise.resolve(objective(new Float64Array(1), new Float64Array(1))),
  );
  await expect(run).rejects.toThrow("no data");
});
