import { describe, expect, test } from "vitest";
import { Random } from "../../core/random.ts";
import { columnFromCells } from "../../data/from-rows.ts";
import { checkModality, encodeColumn, learnState } from "../contract.ts";
import { number } from "./number.ts";

const column = (cells: readonly unknown[], storage: "number" | "string" = "number") =>
  columnFromCells("x", cells, storage, { origin: "test", convert: true });

/** 300 skewed values, every seventh missing. */
const skewed = (() => {
  const random = Random.from(1, "skewed");
  return Array.from({ length: 300 }, (_, i) =>
    i % 7 === 3 ? null : Math.exp(3 * random.normal()) - 2,
  );
})();

describe("number", () => {
  test("standardizes by the training rows and marks missing cells", async () => {
    const state = await learnState(number, {}, [column([1, 2, null, 3, 6])]);
    expect(state.center).toBe(3);
    expect(state.scale).toBeCloseTo(Math.sqrt(3.5), 12);
    const { values, present } = await encodeColumn(number.features, state, column([3, null, 10]));
    expect([...values]).toEqual([0, 0, 0, 1, Math.fround(7 / Math.sqrt(3.5)), 0]);
    expect([...present]).toEqual([1, 0, 1]);
  });

  test("has no indicator where no training cell was missing", async () => {
    const state = await learnState(number, {}, [column([1, 2, 3])]);
    expect(number.features.feeds(state)[0].shape).toEqual([1]);
    const { values, present } = await encodeColumn(number.features, state, column([null]));
    expect([...values, ...present]).toEqual([0, 0]);
  });

  const settings: Record<string, unknown>[] = [
    {},
    { log: true },
    { normalize: "robust", bins: 8 },
    { normalize: "none", bins: 5, encoding: "oneHot" },
    { bins: 16, encoding: "oneHot", log: true, clip: 1 },
    { clip: 0, bins: 1 },
    { bins: 1, encoding: "oneHot" },
  ];
  test.each(settings)("passes the checks with %o", async (options) => {
    await checkModality(number, options, column(skewed), { tolerance: 1e-7 });
  });

  test("is exact in ONNX without logarithms", async () => {
    await checkModality(number, { bins: 8, normalize: "robust" }, column(skewed));
  });

  test("leaves values as they are where asked to", async () => {
    const cells = column([-1e6, 0.25, 300]);
    const state = await learnState(number, { normalize: "none" }, [cells]);
    expect([...(await encodeColumn(number.features, state, cells)).values]).toEqual([
      -1e6, 0.25, 300,
    ]);
  });

  test("keeps precision of large offsets", async () => {
    const cells = Array.from({ length: 50 }, (_, i) => 1e12 + i);
    const state = await checkModality(number, {}, column(cells));
    const { values } = await encodeColumn(number.features, state, column(cells));
    expect(values[49]).toBeCloseTo(24.5 / Math.sqrt((50 * 50 - 1) / 12), 6);
  });

  test.each([[[null, null]], [[5]], [[4, 4, 4]], [[]]])(
    "takes degenerate columns %o",
    async (cells) => {
      const state = await checkModality(number, { bins: 4 }, column(cells));
      expect(state.scale).toBe(1);
      expect(state.edges).toEqual([]);
    },
  );

  test("takes numbers from text and reports what is none", async () => {
    const state = await learnState(number, {}, [column([0, 2])]);
    const problems: string[] = [];
    const context = {
      baseDir: undefined,
      origin: "test",
      firstRow: 0,
      problem: (row: number, message: string) => problems.push(`${row}: ${message}`),
    };
    const cells = column(["2", "", "many", "inf", null], "string");
    const { values, present } = await encodeColumn(number.features, state, cells, context);
    expect([...values]).toEqual([1, 0, 0, 0, 0]);
    expect([...present]).toEqual([1, 0, 0, 0, 0]);
    expect(problems).toEqual(['2: a finite number; got "many"', '3: a finite number; got "inf"']);
  });

  test("one-hot bins hold equal shares and piecewise bins are monotone", async () => {
    const cells = Array.from({ length: 400 }, (_, i) => (i * 37) % 400);
    const hot = await learnState(number, { bins: 4, encoding: "oneHot" }, [column(cells)]);
    const { values } = await encodeColumn(number.features, hot, column(cells));
    for (let bin = 1; bin <= 4; bin++) {
      let count = 0;
      for (let row = 0; row < 400; row++) count += Number(values[row * 5 + bin]);
      expect(count).toBe(100);
    }
    const steps = await learnState(number, { bins: 4 }, [column(cells)]);
    const { values: v } = await encodeColumn(number.features, steps, column([-50, 150, 999]));
    expect([...v.slice(1, 5)]).toEqual([0, 0, 0, 0]);
    expect(Number(v[6])).toBe(1);
    expect(Number(v[7])).toBeCloseTo((150 - 99.75) / 99.75, 6);
    expect([...v.slice(11, 15)]).toEqual([1, 1, 1, 1]);
  });
});
