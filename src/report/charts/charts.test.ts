import { describe, expect, it } from "vitest";
import { Random } from "../../core/random.ts";
import { layoutAxes } from "./axes.tsx";
import { binHexagons } from "./hexagons.ts";
import { extent, linearScale, logScale } from "./scale.ts";

const labels = (scale: ReturnType<typeof linearScale>) => scale.ticks.map((tick) => tick.label);

describe("linear scale", () => {
  it("grows to round numbers and maps the ends to the range", () => {
    const scale = linearScale([0.03, 0.97], [100, 0]);
    expect(scale.domain).toEqual([0, 1]);
    expect([scale.at(0), scale.at(1)]).toEqual([100, 0]);
    expect(labels(scale)).toEqual(["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
  });

  it.each([
    [
      [0, 1.25],
      ["0", "0.25", "0.50", "0.75", "1.00", "1.25"],
    ],
    [
      [-1, 1],
      ["−1.0", "−0.5", "0", "0.5", "1.0"],
    ],
    [
      [0, 40000],
      ["0", "10,000", "20,000", "30,000", "40,000"],
    ],
  ] as const)("labels %s without loss", (domain, expected) => {
    expect(labels(linearScale(domain, [0, 1]))).toEqual(expected);
  });

  it("has only whole ticks when told so, and room around a single value", () => {
    expect(labels(linearScale([1, 3], [0, 1], { nice: false, integers: true }))).toEqual([
      "1",
      "2",
      "3",
    ]);
    const single = linearScale([5, 5], [0, 100]);
    expect(single.at(5)).toBeGreaterThan(0);
    expect(single.at(5)).toBeLessThan(100);
  });

  it("has a few distinct labels for any domain", () => {
    const random = Random.from(1, "scale");
    for (let k = 0; k < 300; k++) {
      const low = random.normal() * 10 ** (random.integer(14) - 7);
      const high = low + Math.abs(random.normal()) * 10 ** (random.integer(14) - 7);
      const scale = linearScale([low, high], [0, 300]);
      // The domain may fall short by less than any pixel shows.
      const hair = (high - low) * 1e-6;
      expect(scale.domain[0]).toBeLessThanOrEqual(low + hair);
      expect(scale.domain[1]).toBeGreaterThanOrEqual(high - hair);
      expect(scale.ticks.length).toBeGreaterThan(1);
      expect(scale.ticks.length).toBeLessThan(12);
      expect(new Set(labels(scale)).size, `${low} ${high}`).toBe(scale.ticks.length);
    }
  });
});

describe("logarithmic scale", () => {
  it("spaces decades equally", () => {
    const scale = logScale([0.01, 100], [0, 400]);
    expect(scale.at(0.1) - scale.at(0.01)).toBeCloseTo(100, 9);
    expect(labels(scale)).toEqual(["0.01", "0.1", "1", "10", "100"]);
  });
});

describe("extent", () => {
  it("skips what is not a number", () => {
    expect(extent([null, 3, Number.NaN, undefined, -1, Number.POSITIVE_INFINITY])).toEqual([-1, 3]);
    expect(extent([null])).toBeUndefined();
  });
});

describe("layout", () => {
  it("gives longer tick labels a wider margin", () => {
    const at = (high: number) => layoutAxes({ width: 300, height: 200, xs: [0, 1], ys: [0, high] });
    expect(at(1e5).left).toBeGreaterThan(at(1).left);
    expect(at(1).right).toBeLessThan(300);
  });
});

describe("hexagons", () => {
  it("count every point once, in the cell whose centre is nearest", () => {
    const random = Random.from(3, "hexagons");
    const points = Array.from(
      { length: 2000 },
      () => [random.uniform() * 200, random.uniform() * 200] as const,
    );
    const cells = binHexagons(points, 6);
    expect(cells.reduce((sum, cell) => sum + cell.count, 0)).toBe(points.length);
    for (const [x, y] of points.slice(0, 200)) {
      const nearest = Math.min(...cells.map((cell) => Math.hypot(cell.x - x, cell.y - y)));
      // No point of a hexagon is farther from its centre than a corner.
      expect(nearest).toBeLessThanOrEqual(6 + 1e-9);
      const [only] = binHexagons([[x, y]], 6);
      expect(Math.hypot(only.x - x, only.y - y)).toBeCloseTo(nearest, 9);
    }
  });
});
