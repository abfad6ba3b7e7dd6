import { describe, expect, test } from "vitest";
import { Random } from "../../core/random.ts";
import type { Column } from "../../data/columns.ts";
import { tableFromRows } from "../../data/from-rows.ts";
import { profileColumn } from "../../data/profile.ts";
import {
  checkModality,
  encodeColumn,
  encodingDifference,
  learnState,
  strictContext,
} from "../contract.ts";
import { geo } from "./geo.ts";

const column = (cells: readonly unknown[], name = "x"): Column =>
  cells.length === 0
    ? { storage: "list", name, length: 0, values: [] }
    : (tableFromRows(cells.map((x) => ({ [name]: x }))).columns.get(name) as Column);

/** Kilometres between two places by the haversine formula. */
function haversine([a, b]: readonly number[], [c, d]: readonly number[]): number {
  const [p, q, e] = [a, c, d - b].map((x) => (x * Math.PI) / 180);
  const h = Math.sin((q - p) / 2) ** 2 + Math.cos(p) * Math.cos(q) * Math.sin(e / 2) ** 2;
  return 2 * 6371 * Math.asin(Math.sqrt(h));
}

describe("geo", () => {
  const cities = ["48.2,16.37", "52.52, 13.405", null, "-33.87; 151.21", "40.71 -74.01", "90,180"];

  test.each([{}, { scales: 0 }, { scales: 10 }])("passes the contract with %o", async (options) => {
    const state = await checkModality(geo, options, column(cities), { tolerance: 1e-6 });
    expect(state).toMatchObject({ rows: 6, missing: 1, bounds: [-33.87, 90, -74.01, 180] });
    await checkModality(geo, options, column(cities.slice(0, 2)), { tolerance: 1e-6 });
  });

  test("keeps great-circle distances, across the date line and the poles too", async () => {
    const random = Random.from(3, "places");
    const places = Array.from({ length: 60 }, () => [
      (Math.asin(2 * random.uniform() - 1) * 180) / Math.PI,
      360 * random.uniform() - 180,
    ]);
    places.push([0, 179.999], [0, -179.999], [90, 0], [90, 120], [-90, 5]);
    const state = await learnState(geo, {}, [column(places)]);
    const { values } = await encodeColumn(geo.network, state, column(places));
    const width = values.length / places.length;
    for (let i = 0; i < places.length; i++) {
      for (let j = 0; j < i; j++) {
        const [p, q] = [i, j].map((k) => values.subarray(k * width, k * width + 3));
        const chord = state.spread * Math.hypot(...[...p].map((x, k) => Number(x) - Number(q[k])));
        const kilometres = 2 * 6371 * Math.asin(Math.min(1, chord / 2));
        const exact = haversine(places[i], places[j]);
        // Near the antipodes the arc sine is steep in a 32-bit chord.
        expect(Math.abs(kilometres - exact)).toBeLessThan(exact > 19_900 ? 30 : 0.05);
      }
    }
    // Two places 222 m apart on either side of the date line look alike in every wave.
    const [west, east] = [60, 61].map((k) => values.subarray(k * width, (k + 1) * width));
    for (let k = 0; k < width; k++)
      expect(Math.abs(Number(west[k]) - Number(east[k]))).toBeLessThan(1e-3);
  });

  test("reads texts, lists and objects alike", async () => {
    const state = await learnState(geo, {}, [column(cities)]);
    const forms = [
      "48.2,16.37",
      "(48.2, 16.37)",
      "[48.2, 16.37]",
      [48.2, 16.37],
      { lat: 48.2, lon: 16.37 },
      { Longitude: 16.37, latitude: 48.2, name: "Wien" },
      '{"lat": 48.2, "lng": 16.37}',
      ["48.2", "16.37"],
    ];
    const expected = await encodeColumn(geo.network, state, column(forms.slice(0, 1)));
    for (const form of forms) {
      const got = await encodeColumn(geo.network, state, column([form]));
      expect(encodingDifference(got, expected)).toBe(0);
    }
  });

  test("names bad coordinates and takes them as missing", async () => {
    const state = await learnState(geo, {}, [column(cities)]);
    const told: string[] = [];
    const context = {
      ...strictContext,
      problem: (row: number, text: string) => {
        told.push(`${row}: ${text}`);
      },
    };
    const bad = [
      "91,0",
      "10,181",
      "Vienna",
      "48.2",
      "1,2,3",
      "",
      "[null, null]",
      "[1, null]",
      "nan,3",
    ];
    const { present } = await encodeColumn(geo.network, state, column(bad), context);
    const expected = "latitude and longitude in degrees, such as 48.2, 16.37";
    expect(told).toEqual([
      '0: a latitude from -90 to 90; got 91 in "91,0"',
      '1: a longitude from -180 to 180; got 181 in "10,181"',
      `2: ${expected}; got "Vienna"`,
      `3: ${expected}; got "48.2"`,
      `4: ${expected}; got "1,2,3"`,
      '7: a longitude from -180 to 180; got NaN in "[1, null]"',
      `8: ${expected}; got "nan,3"`,
    ]);
    expect([...present]).toEqual(new Array(9).fill(0));
    told.length = 0;
    const lists = [[Number.POSITIVE_INFINITY, 0], [1], ["a", "b"], [[1], 2], [true, 1], []];
    await encodeColumn(geo.network, state, column(lists), context);
    expect(told).toHaveLength(6);
  });

  test("is recognised by decimals, and lists of two by their name", () => {
    const score = (cells: readonly unknown[], name?: string) =>
      geo.recognise(profileColumn(column(cells, name)));
    expect(score(["48.2,16.37", "1.5, -170.25"])).toBeGreaterThan(0.9);
    expect(score(['{"lat": 1, "lon": 2}'])).toBeGreaterThan(0.9);
    expect(score(["3,5", "4,7"])).toBe(0);
    expect(score(["95.5,16.37", "1.5, 17.25"])).toBe(0);
    expect(score([[48.2, 16.37]], "location")).toBeGreaterThan(0.9);
    expect(score([[48.2, 16.37]], "measurement")).toBe(0);
  });

  test.each([[[]], [[null]], [["48.2,16.37", "48.2,16.37"]]])(
    "takes degenerate columns %o",
    async (some) => {
      const state = await checkModality(geo, {}, column(some), { tolerance: 1e-6 });
      expect(state.spread).toBe(1);
    },
  );
});
