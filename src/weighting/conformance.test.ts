import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { referenceKernels } from "../optim/kernels-reference.ts";
import { cagradObjective } from "./cagrad.ts";
import { pickSigns } from "./graddrop.ts";
import { gradvacWeights } from "./gradvac.ts";
import { pcgradWeights } from "./pcgrad.ts";
import type { StepFacts, Weigher, Weighting } from "./weighting.ts";
import { weightings } from "./weightings.ts";

/** A step of a fixture: what the method looks at, and what must come out. */
interface Step {
  gradients: string;
  /** Rows and columns of the set are turned by so many, and it is multiplied, to vary steps. */
  roll?: number;
  times?: number;
  /** The second half of the batch: columns turned by so many. */
  shift?: number;
  losses?: number[];
  order?: number[][];
  draws?: number[];
  weights?: number[];
  own?: number[];
  direction?: number[];
}
interface Case {
  name: string;
  config: Record<string, unknown>;
  steps: Step[];
}

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), "utf8"));
const sets: Record<string, number[][]> = read("gradient-sets");
const casesOf = (method: string): Case[] => read(method).cases;

function gradientsOf({ gradients, roll = 0, times = 1 }: Step): Float32Array[] {
  const rows = sets[gradients];
  const k = rows.length;
  return rows.map((_, i) => Float32Array.from(rows[(((i - roll) % k) + k) % k], (v) => v * times));
}

function crossOf(step: Step, gradients: readonly Float32Array[]): Float64Array | undefined {
  if (step.shift === undefined) return undefined;
  const { shift } = step;
  const others = sets[step.gradients].map((row) =>
    row.map((_, j) => row[(((j - shift) % row.length) + row.length) % row.length]),
  );
  return Float64Array.from(
    gradients.flatMap((a) => others.map((b) => b.reduce((sum, v, j) => sum + v * a[j], 0))),
  );
}

function make(method: string, config: Record<string, unknown>, k: number): Weigher {
  const row = weightings[method as keyof typeof weightings] as Weighting;
  return row.create(row.config.parse(config), {
    names: Array.from({ length: k }, (_, i) => `t${i}`),
    lambda: new Float64Array(k).fill(0.5),
    seed: 1,
  });
}

function factsOf(step: Step, at: number, memory: Float32Array[]): StepFacts {
  const gradients = gradientsOf(step);
  return {
    epoch: 0,
    step: at,
    losses: Float64Array.from(step.losses ?? gradients.map(() => 1)),
    gram: referenceKernels.gram(gradients),
    cross: crossOf(step, gradients),
    gradients,
    memory,
    kernels: referenceKernels,
  };
}

/** Largest difference next to the expected vector's largest number, or the given size. */
function apart(actual: ArrayLike<number>, expected: readonly number[], size = 0): number {
  let worst = 0;
  let scale = size;
  expected.forEach((v, i) => {
    worst = Math.max(worst, Math.abs(v - actual[i]));
    scale = Math.max(scale, Math.abs(v));
  });
  return worst / (scale || 1);
}

function combine(w: Float64Array, gradients: readonly Float32Array[]): Float64Array {
  const out = new Float64Array(gradients[0].length);
  gradients.forEach((g, i) => {
    g.forEach((v, j) => {
      out[j] += w[i] * v;
    });
  });
  return out;
}

/** How exact the independent solution is, where that is not near rounding. */
const tolerances: Record<string, number> = {
  imtlG: 1e-8,
  conFIG: 1e-8,
  cagrad: 2e-6,
  mgda: 1e-7,
  nashMtl: 1e-6,
  fairgrad: 1e-6,
  moco: 1e-5,
  dbMtl: 1e-5,
  excessMtl: 1e-5,
};

describe.each([
  "mgda",
  "imtlG",
  "cagrad",
  "nashMtl",
  "fairgrad",
  "alignedMtl",
  "dualproj",
  "upgrad",
  "conFIG",
  "metabalance",
  "moco",
  "modo",
  "sdmgrad",
  "dbMtl",
  "excessMtl",
])("%s against its equations", (method) => {
  const tolerance = tolerances[method] ?? 1e-9;
  it.each(casesOf(method).map((c) => [c.name, c] as const))("%s", (_, { config, steps }) => {
    const rows = sets[steps[0].gradients];
    const weigher = make(method, config, rows.length);
    const memory = rows.map((row) => new Float32Array(row.length));
    steps.forEach((step, at) => {
      const facts = factsOf(step, at, memory);
      const w = weigher.weights(facts);
      const gradients = facts.gradients ?? [];
      const longest = Math.sqrt(Math.max(...(facts.gram ?? [0])));
      if (step.weights) expect(apart(w, step.weights)).toBeLessThan(tolerance);
      if (step.own) expect(apart(weigher.own?.() ?? w, step.own)).toBeLessThan(tolerance);
      if (!step.direction) return;
      const out = new Float32Array(rows[0].length);
      if (weigher.direction) weigher.direction(facts, out);
      const direction = weigher.direction ? out : combine(w, gradients);
      const size = method === "nashMtl" ? 0 : 1e-3 * longest;
      expect(apart(direction, step.direction, size)).toBeLessThan(tolerance);
    });
  });
});

const gramOf = (step: Step) => {
  const gradients = gradientsOf(step);
  return { k: gradients.length, values: referenceKernels.gram(gradients) };
};

describe("methods with a random order, with the order given", () => {
  it.each(casesOf("pcgrad").map((c) => [c.name, c] as const))("pcgrad: %s", (_, { steps }) => {
    const [step] = steps;
    const w = pcgradWeights(gramOf(step), step.order ?? []);
    expect(apart(combine(w, gradientsOf(step)), step.direction ?? [], 1)).toBeLessThan(1e-12);
  });

  it.each(casesOf("gradvac").map((c) => [c.name, c] as const))(
    "gradvac: %s",
    (_, { steps, config }) => {
      const k = sets[steps[0].gradients].length;
      const target = new Float64Array(k * k);
      for (const step of steps) {
        const w = gradvacWeights(gramOf(step), step.order ?? [], {
          beta: config.beta as number,
          target: (i, j) => target[i * k + j],
          follow: (i, j, cosine) => {
            target[i * k + j] = cosine;
          },
        });
        expect(apart(combine(w, gradientsOf(step)), step.direction ?? [], 1)).toBeLessThan(1e-6);
      }
    },
  );

  it.each(casesOf("graddrop").map((c) => [c.name, c] as const))(
    "graddrop: %s",
    (_, { steps, config }) => {
      const [step] = steps;
      const gradients = gradientsOf(step);
      const out = new Float32Array(gradients[0].length);
      let at = 0;
      pickSigns(gradients, config.leak as number, () => (step.draws ?? [])[at++], out);
      expect(apart(out, step.direction ?? [])).toBeLessThan(1e-6);
    },
  );
});

describe("cagrad", () => {
  it("is at the least of its dual objective, next to random points of the simplex", () => {
    for (const name of ["three", "twoConflict", "eight", "sixteen", "eightInFour", "scales"]) {
      const gram = gramOf({ gradients: name });
      const p = new Float64Array(gram.k).fill(1 / gram.k);
      const w = make("cagrad", { rescale: "none" }, gram.k).weights(
        factsOf({ gradients: name }, 0, []),
      );
      const extra = w.map((v, i) => v - p[i]);
      const sum = extra.reduce((a, b) => a + b, 0);
      const best = cagradObjective(
        gram,
        p,
        0.5,
        extra.map((v) => v / sum),
      );
      for (let i = 0; i < gram.k; i++) {
        const corner = new Float64Array(gram.k);
        for (const share of [1, 0.1, 1e-3]) {
          extra.forEach((v, j) => {
            corner[j] = ((1 - share) * v) / sum + (i === j ? share : 0);
          });
          expect(cagradObjective(gram, p, 0.5, corner)).toBeGreaterThan(
            best - 1e-9 * Math.abs(best),
          );
        }
      }
    }
  });
});
