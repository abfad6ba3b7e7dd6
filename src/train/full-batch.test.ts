import { describe, expect, it } from "vitest";
import { memoryRowStore } from "../data/rows.ts";
import { labelledShares } from "./full-batch.ts";

const layout = [
  { name: "a.weight", dtype: "float32", width: 1 },
  { name: "b.weight", dtype: "float32", width: 1 },
  { name: "c.weight", dtype: "float32", width: 1 },
] as const;
const weights = [
  [1, 1, 0, 2, 0.5, 1, 0],
  [0, 0, 0, 3, 0, 0, 0],
  [0, 0, 0, 0, 0, 0, 0],
];

describe("labelledShares", () => {
  it("make means over batches the mean over all rows", () => {
    const store = memoryRowStore(
      layout,
      7,
      weights.map((column) => Float32Array.from(column)),
    );
    const network = { tasks: [{ name: "a" }, { name: "b" }, { name: "c" }] };
    const sizes = [3, 2, 2];
    const shares = labelledShares({ network, store, sizes } as never);
    const losses = [4, -1, 9, 2, 5, 0.5, 8];
    weights.forEach((column, task) => {
      let whole = 0;
      let start = 0;
      sizes.forEach((rows, b) => {
        let sum = 0;
        let count = 0;
        for (let row = start; row < start + rows; row++) {
          sum += column[row] * losses[row];
          count += column[row];
        }
        whole += (count > 0 ? sum / count : 0) * shares[b][task];
        start += rows;
      });
      const total = column.reduce((a, b) => a + b, 0);
      const mean = column.reduce((sum, w, row) => sum + w * losses[row], 0) / (total || 1);
      expect(whole).toBeCloseTo(mean, 12);
    });
    expect([...shares[0]]).toEqual([2 / 5.5, 0, 0]);
  });
});
