import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MemoryScratch } from "./fixtures/scratch.ts";
import { RecordSort, type SortedCursor } from "./record-sort.ts";

type Record3 = readonly [number, number, number];

function read(cursor: SortedCursor): number[][] {
  const all: number[][] = [];
  while (cursor.next()) all.push([...cursor.record]);
  return all;
}

const record = fc.tuple(
  fc.integer({ min: -3, max: 3 }),
  fc.double({ noNaN: true }),
  fc.nat(),
) as fc.Arbitrary<Record3>;

describe("RecordSort", () => {
  it("sorts as sorting in memory does, equal records as they came, and closes its files", () => {
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 300 }),
        fc.constantFrom(1 as const, 2 as const),
        fc.integer({ min: 1, max: 40 }),
        (records, keys, held) => {
          const scratch = new MemoryScratch(held);
          const sort = new RecordSort(scratch, { width: 3, keys });
          for (const [a, b, c] of records) sort.add(a, b, c);
          const expected = records
            .map((r) => [...r])
            .sort(
              (r, s) => r[0] - s[0] || (keys === 2 && r[1] !== s[1] ? (r[1] < s[1] ? -1 : 1) : 0),
            );
          const found = read(sort.read());
          expect(found).toEqual(expected.map((r) => r.map((x) => expect.closeTo(x, 15))));
          expect(found.map((r) => r[2])).toEqual(expected.map((r) => r[2]));
          // Again, and twice at once.
          const [first, second] = [sort.read(), sort.read()];
          for (const r of expected) {
            expect(first.next()).toBe(true);
            expect(second.next()).toBe(true);
            expect(first.record[2]).toBe(r[2]);
            expect(second.record[2]).toBe(r[2]);
          }
          expect(first.next()).toBe(false);
          sort.close();
          expect(scratch.opened).toBe(records.length > held ? 1 : 0);
          expect(scratch.left).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("says which run a record came in, and shows each run as it came", () => {
    const runs: number[][] = [];
    const sort = new RecordSort(new MemoryScratch(3), {
      width: 2,
      keys: 1,
      onRun: (records, order) => runs.push([...order].map((i) => records[2 * i])),
    });
    for (const [i, x] of [5, 1, 3, 2, 4, 0, 6].entries()) sort.add(x, i);
    const cursor = sort.read();
    const found: number[] = [];
    while (cursor.next()) found.push(cursor.run);
    expect(found).toEqual([1, 0, 1, 0, 1, 0, 2]);
    expect(runs).toEqual([[1, 3, 5], [0, 2, 4], [6]]);
    sort.close();
  });

  it("has none where none was added", () => {
    const sort = new RecordSort(new MemoryScratch(), { width: 2, keys: 1 });
    expect(sort.read().next()).toBe(false);
    sort.close();
  });
});
