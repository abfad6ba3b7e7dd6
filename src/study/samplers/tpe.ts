import type { Random } from "../../core/random.ts";
import { drawPoint, type Parameter, type Point, valueAt } from "../search-space.ts";
import type { Sampler, Tried } from "./sampler.ts";

/** Points drawn at random before anything is learned from them. */
const firstDraws = 10;
/** Share of the points that count as good, and candidates among which the best is taken. */
const goodShare = 0.25;
const candidates = 24;

/**
 * Tree-structured Parzen estimator: one density of the good points and one of the others, parameter by
 * parameter; the candidate from the first that the second makes least likely is tried. @cite bergstra2011
 */
export const tpe: Sampler = {
  name: "tpe",
  summary: "Draws near what was good and far from what was not.",
  next(space, tried, count, random) {
    const known = tried.filter(({ score }) => !Number.isNaN(score));
    const sorted = [...known].sort((a, b) => b.score - a.score);
    const cut = Math.max(2, Math.ceil(goodShare * sorted.length));
    const [good, others] = [sorted.slice(0, cut), sorted.slice(cut)];
    return Array.from({ length: count }, () =>
      known.length < firstDraws ? drawPoint(space, random) : propose(space, good, others, random),
    );
  },
};

function propose(
  space: readonly Parameter[],
  good: readonly Tried[],
  others: readonly Tried[],
  random: Random,
): Point {
  return Object.fromEntries(
    space.map((parameter) => {
      const here = densityOf(parameter, good);
      const there = densityOf(parameter, others);
      let best = "";
      let highest = Number.NEGATIVE_INFINITY;
      for (let c = 0; c < candidates; c++) {
        const value = here.draw(random);
        const ratio = Math.log(here.at(value)) - Math.log(there.at(value));
        if (ratio <= highest) continue;
        best = value;
        highest = ratio;
      }
      return [parameter.path, best];
    }),
  );
}

interface Density {
  at(value: string): number;
  draw(random: Random): string;
}

/** A density of a parameter's values, with one even part so that nothing is impossible. */
function densityOf(parameter: Parameter, points: readonly Tried[]): Density {
  const seen = points.map(({ point }) => point[parameter.path]);
  return parameter.kind === "values" ? countsOf(parameter, seen) : kernelsOf(parameter, seen);
}

function countsOf(
  parameter: Extract<Parameter, { kind: "values" }>,
  seen: readonly string[],
): Density {
  const { values } = parameter;
  const weights = values.map((value) => 1 + seen.filter((one) => one === value).length);
  const total = weights.reduce((a, b) => a + b, 0);
  return {
    at: (value) => (weights[values.indexOf(value)] ?? 1) / total,
    draw(random) {
      let left = random.uniform() * total;
      const at = weights.findIndex((weight) => {
        left -= weight;
        return left < 0;
      });
      return values[Math.max(0, at)];
    },
  };
}

function kernelsOf(
  parameter: Extract<Parameter, { kind: "range" }>,
  seen: readonly string[],
): Density {
  const { low, high, log } = parameter;
  const bend = (x: number) => (log ? Math.log(x) : x);
  const share = (value: string) => (bend(Number(value)) - bend(low)) / (bend(high) - bend(low));
  const centres = seen.map(share);
  const width = Math.max(0.05, 1 / Math.sqrt(centres.length + 1) / 2);
  const kernel = (x: number, centre: number) =>
    Math.exp(-0.5 * ((x - centre) / width) ** 2) / (width * Math.sqrt(2 * Math.PI));
  return {
    at(value) {
      const x = share(value);
      return centres.reduce((sum, c) => sum + kernel(x, c), 1) / (centres.length + 1);
    },
    draw(random) {
      const k = random.integer(centres.length + 1);
      if (k === centres.length) return valueAt(parameter, random.uniform());
      const x = centres[k] + width * random.normal();
      return valueAt(parameter, Math.min(1, Math.max(0, x)));
    },
  };
}
