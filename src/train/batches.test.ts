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
  it.each([
    ["held", { rows: 100 }],
    ["held of a file", { rows: 100, filed: true }],
    ["computed", { rows: 300_000, filed: true }],
  ])("visits every row once, in an order of its seed and epoch: %s", (_, store) => {
    const { rows } = store;
    const order = (seed: number, epoch: number) => epochOrder(store, seed, epoch).rows(0, rows);
    const first = order(7, 3);
    expect(first.slice().sort()).toEqual(Int32Array.from({ length: rows }, (_, i) => i));
    expect(order(7, 3)).toEqual(first);
    expect(order(7, 4)).not.toEqual(first);
    expect(order(8, 3)).not.toEqual(first);
    // What a resumed epoch asks for is what the whole one had there.
    const again = epochOrder(store, 7, 3);
    expect(again.rows(61, 9)).toEqual(first.slice(61, 70));
    expect(again.at(99)).toBe(first[99]);
  });

  it("is that of memory for files of few rows", () => {
    expect(epochOrder({ rows: 50, filed: true }, 1, 0).rows(0, 50)).toEqual(
      epochOrder({ rows: 50 }, 1, 0).rows(0, 50),
    );
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
