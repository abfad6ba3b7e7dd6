import fc from "fast-check";
import { expect, it } from "vitest";
import { RowBits } from "./row-bits.ts";

it("gives back the rows that were added, in order", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat({ max: 4999 }), { minLength: 1, maxLength: 600 }), (some) => {
      const rows = some.sort((a, b) => a - b);
      const bits = new RowBits(5000);
      for (const row of rows) bits.add(row);
      bits.finish();
      expect(bits.length).toBe(rows.length);
      expect(rows.map((_, i) => bits.at(i))).toEqual(rows);
    }),
  );
});

it("holds all rows, and those at the ends of words", () => {
  const rows = [0, 31, 32, 63, 511, 512, 1023, 1024];
  const bits = new RowBits(1025);
  for (const row of rows) bits.add(row);
  expect(rows.map((_, i) => bits.finish().at(i))).toEqual(rows);
  const every = new RowBits(1000);
  for (let row = 0; row < 1000; row++) every.add(row);
  every.finish();
  expect(every.at(0)).toBe(0);
  expect(every.at(999)).toBe(999);
});
