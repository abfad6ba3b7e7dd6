import { expect, it } from "vitest";
import type { EpochRecord } from "../../train/events.ts";
import { overfitToGeneralise, weightsFromRatios } from "./blends.ts";

function record(epoch: number, training: number, validation: number): EpochRecord {
  const task = { loss: training, weight: 1, validation: { loss: validation } };
  return { epoch, learningRate: 0.1, loss: training, tasks: { t: task }, seconds: 0 };
}

it("weighs what was gained by how much the gap to training grew", () => {
  // Validation fell by 0.4; the gap grew from 0.1 to 0.3.
  const history = [record(1, 1, 1.1), record(2, 0.8, 0.9), record(3, 0.4, 0.7)];
  expect(overfitToGeneralise(history, "t")).toBeCloseTo(0.4 / 0.2 ** 2, 12);
  expect(overfitToGeneralise([record(1, 1, 1), record(2, 0.5, 1.2)], "t")).toBe(0);
  // A gap that closes counts as a twentieth of the gain.
  expect(overfitToGeneralise([record(1, 1, 2), record(2, 0.9, 1)], "t")).toBeCloseTo(400, 9);
  expect(overfitToGeneralise([record(1, Number.NaN, 1), record(2, 1, 1)], "t")).toBeNaN();
});

it("makes weights that add up to 1", () => {
  expect(weightsFromRatios({ a: 3, b: 1, c: Number.NaN })).toEqual({ a: 0.75, b: 0.25, c: 0 });
  expect(weightsFromRatios({ a: 0, b: 0 })).toEqual({ a: 0.5, b: 0.5 });
});
