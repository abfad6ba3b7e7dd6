import { describe, expect, test } from "vitest";
import { Random } from "../../core/random.ts";
import { columnFromCells } from "../../data/from-rows.ts";
import { checkModality, encodeColumn, learnState } from "../contract.ts";
import { cycles, phase } from "./calendar.ts";
import { datetime } from "./datetime.ts";

const column = (cells: readonly unknown[], storage: "datetime" | "string" = "datetime") =>
  columnFromCells("x", cells, storage, { origin: "test", convert: true });

const day = 86_400_000;

describe("phase", () => {
  test("weekday and hour are the calendar's, before and after 1970", () => {
    const random = Random.from(3, "dates");
    for (let i = 0; i < 2000; i++) {
      const time = Math.floor((random.uniform() - 0.4) * 4e12);
      const date = new Date(time);
      expect(phase(time, cycles.weekday)).toBe(((date.getUTCDay() + 6) % 7) / 7);
      const clock =
        ((date.getUTCHours() * 60 + date.getUTCMinutes()) * 60 + date.getUTCSeconds()) * 1000 +
        date.getUTCMilliseconds();
      expect(phase(time, cycles.hour)).toBe(clock / day);
    }
  });

  test("year stays within two days of the calendar", () => {
    for (let year = 1905; year < 2095; year++) {
      const off = phase(Date.UTC(year, 6, 1), cycles.year) * 365.2425;
      expect(Math.abs(off - 181.3)).toBeLessThan(2);
    }
  });
});

describe("datetime", () => {
  const random = Random.from(5, "times");
  const cells = Array.from({ length: 200 }, (_, i) =>
    i % 9 === 4 ? null : new Date(Math.floor(1.4e12 + random.uniform() * 3e11)),
  );

  test("passes the checks", async () => {
    const state = await checkModality(datetime, {}, column(cells), { tolerance: 1e-7 });
    expect(state.cycles).toEqual(["year", "weekday", "hour"]);
    expect(state.missing).toBe(22);
  });

  test("leaves out cycles that do not vary", async () => {
    const mondays = Array.from({ length: 60 }, (_, i) => new Date((4 + 7 * i) * day));
    expect(
      (await checkModality(datetime, {}, column(mondays), { tolerance: 1e-7 })).cycles,
    ).toEqual(["year"]);
    const newYears = Array.from({ length: 40 }, (_, i) => new Date(Date.UTC(1980 + i, 2, 1)));
    expect((await learnState(datetime, {}, [column(newYears)])).cycles).toEqual(["weekday"]);
    expect((await learnState(datetime, { cycles: false }, [column(cells)])).cycles).toEqual([]);
  });

  test("reads dates from text and reports what is none", async () => {
    const texts = column(["2024-01-01", "2024-01-03T12:00Z", "soon", ""], "string");
    const messages: string[] = [];
    const context = {
      baseDir: undefined,
      origin: "test",
      firstRow: 0,
      problem: (row: number, message: string) => messages.push(`${row} ${message}`),
    };
    const state = await learnState(datetime, {}, [texts], { ...context, problem: () => {} });
    expect(state.first).toBe(Date.UTC(2024, 0, 1));
    const { values, present } = await encodeColumn(datetime.features, state, texts, context);
    expect([...present]).toEqual([1, 1, 0, 0]);
    expect(values[0]).toBe(-1);
    expect(messages).toEqual(['2 a date or time such as 2024-05-01T12:00:00Z; got "soon"']);
  });

  test.each([[[]], [[null, null]], [[new Date(0)]]])("takes degenerate columns %o", async (few) => {
    expect((await checkModality(datetime, {}, column(few))).cycles).toEqual([]);
  });
});
