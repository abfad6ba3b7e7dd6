import { describe, expect, test } from "vitest";
import { Random } from "../../core/random.ts";
import type { Column } from "../../data/columns.ts";
import { tableFromRows } from "../../data/from-rows.ts";
import { checkModality, encodeColumn, learnState, strictContext } from "../contract.ts";
import { series } from "./series.ts";

const column = (cells: readonly unknown[]): Column =>
  cells.length === 0
    ? { storage: "list", name: "x", length: 0, values: [] }
    : (tableFromRows(cells.map((x) => ({ x }))).columns.get("x") as Column);

const random = Random.from(5, "series");
const wave = (steps: number) => Array.from({ length: steps }, () => 3 + 2 * random.normal());

const single = [wave(7), wave(2), null, wave(1), [1, null, Number.NaN, 4], wave(12)];
const several = [5, 1, 9, 3].map((steps) =>
  Array.from({ length: steps }, (_, t) => (t === 2 ? [null, 1 + t] : wave(2))),
);

describe("series", () => {
  test.each([{}, { steps: 4 }, { steps: 4, crop: "first" }, { normalize: "none" }, { steps: 1 }])(
    "passes the contract with %o",
    async (options) => {
      await checkModality(series, options, column(single), { tolerance: 1e-6 });
      const state = await checkModality(series, options, column(several), { tolerance: 1e-6 });
      expect(state.channels).toBe(2);
      expect(state.gaps).toBe(3);
    },
  );

  test("standardizes each channel over all training steps, and tells gaps from values", async () => {
    const cells = [
      [
        [1, 10],
        [3, null],
      ],
      [[5, 30]],
    ];
    const state = await learnState(series, {}, [column(cells)]);
    expect(state).toMatchObject({ mean: [3, 20], steps: 2, channels: 2, gaps: 1, longest: 2 });
    const { values, length } = await encodeColumn(series.network, state, column(cells));
    const a = expect.closeTo(2 / Math.sqrt(8 / 3), 5);
    const b = expect.closeTo(-2 / Math.sqrt(8 / 3), 5);
    expect([...values]).toEqual([b, -1, 0, 0, 0, 0, 0, 1, a, 1, 0, 0, 0, 0, 0, 0]);
    expect([...length]).toEqual([2, 1]);
  });

  test("reads the last steps or the first of a series that is too long, and counts such", async () => {
    const cells = column([[1, 2, 3, 4, 5], [6]]);
    for (const [crop, kept] of [
      ["last", [3, 4, 5]],
      ["first", [1, 2, 3]],
    ] as const) {
      const options = { steps: 3, crop, normalize: "none" };
      const state = await learnState(series, options, [cells]);
      expect(state).toMatchObject({ cropped: 1, longest: 5, steps: 3 });
      const { values, length } = await encodeColumn(series.network, state, cells);
      expect([...values]).toEqual([...kept, 6, 0, 0]);
      expect([...length]).toEqual([3, 1]);
    }
  });

  test("takes the length that 99 % of the training series need", async () => {
    const cells = Array.from({ length: 200 }, (_, i) => wave(i < 2 ? 500 : 1 + (i % 20)));
    const state = await learnState(series, {}, [column(cells)]);
    expect(state).toMatchObject({ steps: 20, cropped: 2, longest: 500 });
  });

  test("takes 100,000 steps", async () => {
    const long = Array.from({ length: 100_000 }, (_, t) => Math.sin(t / 10));
    const state = await learnState(series, {}, [column([long])]);
    expect(state).toMatchObject({ steps: 1000, cropped: 1, longest: 100_000 });
    const { values, present } = await encodeColumn(series.network, state, column([long]));
    expect(present[0]).toBe(1);
    expect(Number(values[999])).toBeCloseTo((long[99_999] - state.mean[0]) / state.scale[0], 5);
  });

  test("tells of cells that are no series, and takes them as missing", async () => {
    const state = await learnState(series, {}, [column(several)]);
    const told: string[] = [];
    const context = {
      ...strictContext,
      problem: (row: number, text: string) => {
        told.push(`${row}: ${text}`);
      },
    };
    const bad = [
      [],
      [1, 2, 3],
      [[1, 2], [3]],
      [[1, 2], 3],
      [[1, 2], "high"],
      [[1, "high"]],
      [[1, Number.POSITIVE_INFINITY]],
      [[1, [2]]],
      [[], []],
      [[null, null], null],
      [null, [1, 2]],
    ];
    const { present } = await encodeColumn(series.network, state, column(bad), context);
    const what = "a list of numbers, or of lists of numbers, one a step";
    expect(told).toEqual([
      `0: ${what}; got an empty list`,
      "1: a series of 2 numbers a step; got 1",
      "2: a series of 2 numbers a step; got [3] at step 2",
      "3: a series of 2 numbers a step; got 3 at step 2",
      '4: a series of 2 numbers a step; got "high" at step 2',
      '5: a series of finite numbers; got "high" at step 1',
      "6: a series of finite numbers; got Infinity at step 1",
      "7: a series of finite numbers; got [2] at step 1",
      "8: a series of 2 numbers a step; got 0",
    ]);
    expect([...present]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    const texts = column(["[[1, 2], [3, NaN]]", "[[1, 2", "rising", ""]);
    told.length = 0;
    const read = await encodeColumn(series.network, state, texts, context);
    expect([...read.present]).toEqual([1, 0, 0, 0]);
    expect(told).toEqual([`1: ${what}; got "[[1, 2"`, `2: ${what}; got "rising"`]);
  });

  test.each([[[]], [[null, null]], [[[2, 2, 2]]]])("takes degenerate columns %o", async (cells) => {
    await checkModality(series, {}, column(cells), { tolerance: 1e-6 });
  });
});

describe("statistics of a series", () => {
  const names = ([block]: ReturnType<typeof series.features.blocks>) =>
    block.kind === "dense" ? block.names : [];

  test("are those of textbooks", async () => {
    const cells = column([[1, 2, 4, 3, 6], [1, null, 5], [7, 7, 7], [2]]);
    const state = await learnState(series, { normalize: "none" }, [cells]);
    const { values } = await encodeColumn(series.features, state, cells);
    const width = names(series.features.blocks(state)).length;
    const of = (row: number) =>
      Object.fromEntries(
        names(series.features.blocks(state)).map((name, i) => [name, values[row * width + i]]),
      );
    const near = (x: number) => expect.closeTo(x, 5);
    // numpy: x.mean(), x.std(), np.polyfit(range(5), x, 1)[0] * 4, np.quantile(x, q), and
    // ((x[:-1] - m) * (x[1:] - m)).sum() / ((x - m) ** 2).sum() with m the mean.
    expect(of(0)).toEqual({
      mean: near(3.2),
      deviation: near(1.7204651),
      minimum: 1,
      maximum: 6,
      slope: near(4.4),
      last: 6,
      autocorrelation: near(0.0648649),
      "10 % quantile": near(1.4),
      "50 % quantile": 3,
      "90 % quantile": near(5.2),
      "share missing": 0,
      steps: 1,
    });
    expect(of(1)).toMatchObject({ mean: 3, deviation: 2, slope: 4, last: 5, autocorrelation: 0 });
    expect(of(1)["share missing"]).toBeCloseTo(1 / 3);
    expect(of(2)).toMatchObject({
      mean: 7,
      deviation: 0,
      slope: 0,
      autocorrelation: 0,
      steps: near(0.6),
    });
    expect(of(3)).toMatchObject({ mean: 2, slope: 0, minimum: 2, "90 % quantile": 2 });
  });
});
