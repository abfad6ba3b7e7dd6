import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BatchBuffers, batchSizes, epochOrder } from "./batches.ts";

describe("batchSizes", () => {
  it("covers all rows with batches as even as can be", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 1, max: 300 }),
        (rows, size) => {
          const sizes = batchSizes(rows, size);
          expect(sizes.reduce((a, b) => a + b, 0)).toBe(rows);
          expect(sizes.length).toBe(Math.ceil(rows / size));
          expect(Math.max(...sizes)).toBeLessThanOrEqual(size);
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        },
      ),
    );
    expect(batchSizes(10, 4)).toEqual([4, 3, 3]);
  });
});

describe("epochOrder", () => {
  it("visits every row once, in an order of its seed and epoch", () => {
    const order = epochOrder(100, 7, 3);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(epochOrder(100, 7, 3)).toEqual(order);
    expect(epochOrder(100, 7, 4)).not.toEqual(order);
    expect(epochOrder(100, 8, 3)).not.toEqual(order);
  });
});

describe("BatchBuffers", () => {
  it("views the front of an entry, and knows its entries", () => {
    const layout = [
      { name: "x.ids", dtype: "int32", width: 3 },
      { name: "x.present", dtype: "float32", width: 1 },
    ] as const;
    const buffers = new BatchBuffers(layout, 5);
    const view = buffers.view("x.ids", 2);
    expect(view).toBeInstanceOf(Int32Array);
    expect(view.length).toBe(6);
    expect(view.buffer).toBe(buffers.arrays[0].buffer);
    expect(() => buffers.view("y", 1)).toThrow("batch: an entry of the row store; y is none");
  });
});
