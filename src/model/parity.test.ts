import { describe, expect, it } from "vitest";
import { compareOutputs } from "./parity.ts";

const tasks = [{ name: "a" }, { name: "b" }] as never;
const outputs = (a: number[], b: number[]) => ({
  a: { value: Float32Array.from(a), label: ["x", "y"] },
  b: { probability: Float32Array.from(b) },
});

describe("compareOutputs", () => {
  it("gives the largest difference of all outputs", () => {
    const parity = compareOutputs(
      tasks,
      outputs([1, 2], [0.5, 0.25]),
      outputs([1, 2.00005], [0.5, 0.25]),
      2,
    );
    expect(parity.maxAbsDifference).toBeCloseTo(5e-5, 6);
    expect(parity.rows).toBe(2);
  });

  it("measures against the size of an output", () => {
    const large = compareOutputs(
      tasks,
      outputs([1e6, 2], [0, 0]),
      outputs([1e6 + 50, 2], [0, 0]),
      2,
    );
    expect(large.maxAbsDifference).toBe(50);
    expect(() =>
      compareOutputs(tasks, outputs([1, 2], [0, 0]), outputs([1, 2], [0, 0.001]), 2),
    ).toThrow(
      /^export: outputs equal to the trained model's within 0\.0001; b\.probability differs by 0\.001/,
    );
  });

  it("takes NaN for NaN only, and other lengths for a difference", () => {
    const { NaN: none } = Number;
    expect(
      compareOutputs(tasks, outputs([none, 1], [0]), outputs([none, 1], [0]), 2).maxAbsDifference,
    ).toBe(0);
    expect(() => compareOutputs(tasks, outputs([none, 1], [0]), outputs([0, 1], [0]), 2)).toThrow(
      expect.objectContaining({ code: "MODEL_PARITY" }),
    );
    const { POSITIVE_INFINITY: infinite } = Number;
    expect(() =>
      compareOutputs(tasks, outputs([infinite, 1], [0]), outputs([infinite, 2], [0]), 2),
    ).toThrow(expect.objectContaining({ code: "MODEL_PARITY" }));
    expect(() => compareOutputs(tasks, outputs([1, 1], [0]), outputs([1], [0]), 2)).toThrow(
      expect.objectContaining({ code: "MODEL_PARITY" }),
    );
  });
});
