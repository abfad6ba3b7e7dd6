import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Random } from "../core/random.ts";
import { type LbfgsState, lbfgs, lbfgsConfig } from "./lbfgs.ts";
import type { Objective } from "./objective.ts";

/** Data and minima that `solvers.py` wrote. */
const solvers: {
  x: number[][];
  label: number[];
  logistic: { coefficients: number[]; intercept: number; C: number; loss: number };
} = JSON.parse(readFileSync(new URL("./fixtures/solvers.json", import.meta.url), "utf8"));

/** `Σ log(1 + exp(z)) − label·z + ‖w‖² / (2C)`, the intercept last and free. */
const logisticLoss: Objective = async (w, gradient) => {
  const { x, label, logistic } = solvers;
  let value = 0;
  gradient.fill(0);
  for (const [i, row] of x.entries()) {
    const z = row.reduce((sum, v, j) => sum + v * w[j], w[row.length]);
    const error = 1 / (1 + Math.exp(-z)) - label[i];
    value += Math.log1p(Math.exp(-Math.abs(z))) + Math.max(z, 0) - label[i] * z;
    for (const [j, v] of row.entries()) gradient[j] += error * v;
    gradient[row.length] += error;
  }
  for (let j = 0; j < w.length - 1; j++) {
    value += (w[j] * w[j]) / (2 * logistic.C);
    gradient[j] += w[j] / logistic.C;
  }
  return value;
};

/** The chained Rosenbrock function, minimal (0) at all ones. */
function rosenbrock(x: Float64Array, gradient: Float64Array): number {
  gradient.fill(0);
  let sum = 0;
  for (let i = 0; i + 1 < x.length; i++) {
    const a = x[i + 1] - x[i] * x[i];
    const b = 1 - x[i];
    sum += 100 * a * a + b * b;
    gradient[i] += -400 * a * x[i] - 2 * b;
    gradient[i + 1] += 200 * a;
  }
  return sum;
}

function expectClose(x: Float64Array, expected: readonly number[], tolerance: number): void {
  expect(x.length).toBe(expected.length);
  for (const [i, v] of expected.entries()) {
    expect(Math.abs(x[i] - v), `component ${i}`).toBeLessThan(tolerance);
  }
}

/** `½ xᵀAx − bᵀx` for a diagonal A with the given condition number. */
function quadratic(n: number, condition: number) {
  const a = Float64Array.from({ length: n }, (_, i) => condition ** (i / (n - 1)));
  const objective: Objective = (x, g) => {
    let value = 0;
    for (let i = 0; i < n; i++) {
      g[i] = a[i] * x[i] - (i + 1);
      value += x[i] * (0.5 * a[i] * x[i] - (i + 1));
    }
    return value;
  };
  return { objective, solution: [...a].map((v, i) => (i + 1) / v) };
}

describe("finds known minima", () => {
  it.each([2, 20])("Rosenbrock's function in %d dimensions", async (n) => {
    const start = Float64Array.from({ length: n }, (_, i) => (i % 2 === 0 ? -1.2 : 1));
    const result = await lbfgs(rosenbrock, start, { tolerance: 1e-10 });
    expect(result.status).toBe("converged");
    expectClose(result.x, new Array(n).fill(1), 1e-8);
    expect(result.evaluations).toBeLessThan(200);
    expect(start[0]).toBe(-1.2);
  });

  it.each([1, 5, 20])("an ill-conditioned quadratic with memory %d", async (memory) => {
    const { objective, solution } = quadratic(30, 1e4);
    const options = { memory, tolerance: 1e-7, maxIterations: 3000 };
    const result = await lbfgs(objective, new Float64Array(30), options);
    expect(result.status).toBe("converged");
    expectClose(result.x, solution, 1e-5);
  });

  it("logistic regression, as scikit-learn does", async () => {
    const { coefficients, intercept, loss } = solvers.logistic;
    const result = await lbfgs(logisticLoss, new Float64Array(9), { tolerance: 1e-9 });
    expect(result.status).toBe("converged");
    expect(result.value).toBeCloseTo(loss, 9);
    expectClose(result.x, [...coefficients, intercept], 1e-6);
  });
});

it("lowers the value at every iteration and reports what it did", async () => {
  const values: number[] = [];
  let calls = 0;
  const counted: Objective = (x, g) => {
    calls++;
    return rosenbrock(x, g);
  };
  const result = await lbfgs(counted, new Float64Array(10), {
    onIteration: (p) => void values.push(p.value),
  });
  expect(values.length).toBe(result.iterations);
  expect(calls).toBe(result.evaluations);
  for (let i = 1; i < values.length; i++) expect(values[i]).toBeLessThan(values[i - 1]);
});

describe("stops", () => {
  const start = new Float64Array(20);

  it("at the iteration and evaluation limits", async () => {
    const iterations = await lbfgs(rosenbrock, start, { maxIterations: 7 });
    expect(iterations).toMatchObject({ status: "maxIterations", iterations: 7 });
    const evaluations = await lbfgs(rosenbrock, start, { maxEvaluations: 9 });
    expect(evaluations).toMatchObject({ status: "maxEvaluations", evaluations: 9 });
  });

  it("when the callback says so, or awaited says so", async () => {
    const stop = (p: { iteration: number }) => (p.iteration === 3 ? "stop" : undefined);
    for (const onIteration of [stop, async (p: { iteration: number }) => stop(p)]) {
      const result = await lbfgs(rosenbrock, start, { onIteration });
      expect(result).toMatchObject({ status: "stopped", iterations: 3 });
    }
  });

  it("at once at a minimum", async () => {
    const result = await lbfgs(rosenbrock, new Float64Array(4).fill(1));
    expect(result).toMatchObject({ status: "converged", iterations: 0, evaluations: 1 });
  });

  it("when values change too little", async () => {
    const { objective } = quadratic(30, 1e6);
    const loose = await lbfgs(objective, new Float64Array(30), { valueTolerance: 1e-3 });
    const tight = await lbfgs(objective, new Float64Array(30));
    expect(loose.status).toBe("converged");
    expect(loose.iterations).toBeLessThan(tight.iterations);
  });

  it("where rounding hides further progress, without spending the budget", async () => {
    const rounded: Objective = (x, g) => {
      const value = rosenbrock(x, g);
      for (let i = 0; i < g.length; i++) g[i] = Math.fround(g[i]) + 1e-4 * Math.sin(1e5 * x[i]);
      return Math.fround(value + 1000);
    };
    const result = await lbfgs(rounded, start, { tolerance: 0, valuePrecision: 1e-6 });
    expect(result.status).toBe("stalled");
    expect(result.evaluations).toBeLessThan(2000);
    expectClose(result.x, new Array(20).fill(1), 0.1);
  });
});

it("continues bit for bit from a snapshot", async () => {
  const start = Float64Array.from({ length: 12 }, (_, i) => Math.sin(i));
  const straight = await lbfgs(rosenbrock, start, { memory: 4, tolerance: 1e-9 });
  const kept: LbfgsState[] = [];
  await lbfgs(rosenbrock, start, {
    memory: 4,
    onIteration: (p) => {
      if (p.iteration < 9) return undefined;
      kept.push(p.snapshot());
      return "stop";
    },
  });
  const untouched = structuredClone(kept[0]);
  const resumed = await lbfgs(rosenbrock, start, { memory: 4, tolerance: 1e-9, state: kept[0] });
  expect(resumed).toEqual(straight);
  expect(kept[0]).toEqual(untouched);
});

describe("an objective that is not finite", () => {
  /** Minimal at 1, undefined from 0 down: long steps leave its domain. */
  const barrier: Objective = (x, g) => {
    let value = 0;
    for (let i = 0; i < x.length; i++) {
      g[i] = 1 - 1 / x[i];
      value += x[i] - Math.log(x[i]);
    }
    return value;
  };

  it("is stepped back from", async () => {
    let outside = 0;
    const counted: Objective = (x, g) => {
      if (x.some((v) => v <= 0)) outside++;
      return barrier(x, g);
    };
    const random = Random.from(2);
    for (let trial = 0; trial < 20; trial++) {
      const start = Float64Array.from({ length: 3 }, () => Math.exp(4 * random.normal()));
      const result = await lbfgs(counted, start, { tolerance: 1e-8 });
      expect(result.status).toBe("converged");
      expectClose(result.x, [1, 1, 1], 1e-6);
    }
    expect(outside).toBeGreaterThan(0);
  });

  it("is refused at the start", async () => {
    await expect(lbfgs(barrier, Float64Array.of(-1))).rejects.toMatchObject({
      code: "NON_FINITE",
      message: "L-BFGS iteration 0: a finite objective and gradient at the starting point; got NaN",
    });
    const badGradient: Objective = (_, g) => {
      g.fill(Number.NaN);
      return 1;
    };
    await expect(lbfgs(badGradient, Float64Array.of(-1))).rejects.toThrow(
      "got a gradient that is not finite",
    );
  });

  it("is named with its iteration when no step avoids it", async () => {
    let calls = 0;
    const breaks: Objective = (x, g) => (++calls > 12 ? Number.NaN : rosenbrock(x, g));
    await expect(lbfgs(breaks, new Float64Array(8))).rejects.toMatchObject({
      code: "NON_FINITE",
      message: expect.stringMatching(
        /^L-BFGS iteration \d+: a finite objective along the search direction; got NaN$/,
      ),
    });
  });
});

it("describes every option", () => {
  for (const [key, schema] of Object.entries(lbfgsConfig.shape)) {
    if (key !== "type") expect(schema.description, key).toBeTruthy();
  }
  expect(lbfgsConfig.parse({ type: "lbfgs" }).memory).toBe(10);
});
