import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { lbfgs } from "./lbfgs.ts";
import type { Objective } from "./objective.ts";
import { elasticNet } from "./prox.ts";
import { type ProximalState, proximal, proximalConfig } from "./proximal.ts";

interface Linear {
  coefficients: number[];
  intercept: number;
}

/** Data and minima that `solvers.py` wrote. */
const solvers: {
  x: number[][];
  y: number[];
  label: number[];
  lasso: Linear & { alpha: number };
  elasticNet: Linear & { alpha: number; l1Ratio: number };
  sparseLogistic: Linear & { C: number };
} = JSON.parse(readFileSync(new URL("./fixtures/solvers.json", import.meta.url), "utf8"));

/** Coefficients, then the intercept. */
const coefficients = (m: Linear) => [...m.coefficients, m.intercept];

function score(row: readonly number[], w: Float64Array): number {
  return row.reduce((sum, v, j) => sum + v * w[j], w[row.length]);
}

/** A loss summed over the rows, with the intercept last. */
function summed(loss: (z: number, i: number) => [value: number, slope: number]): Objective {
  return (w, gradient) => {
    gradient.fill(0);
    let sum = 0;
    for (const [i, row] of solvers.x.entries()) {
      const [value, slope] = loss(score(row, w), i);
      sum += value;
      for (const [j, v] of row.entries()) gradient[j] += slope * v;
      gradient[row.length] += slope;
    }
    return sum;
  };
}

/** `Σ log(1 + exp(z)) − label·z`. */
const logisticLoss = summed((z, i) => {
  const label = solvers.label[i];
  const value = Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - label * z;
  return [value, 1 / (1 + Math.exp(-z)) - label];
});

/** `Σ (z − y)² / (2n)`. */
const squaredLoss = summed((z, i) => {
  const error = z - solvers.y[i];
  return [(error * error) / (2 * solvers.x.length), error / solvers.x.length];
});

const free = Float64Array.from({ length: 9 }, (_, j) => (j < 8 ? 1 : 0));

function expectClose(x: Float64Array, expected: readonly number[], tolerance: number): void {
  expect(x.length).toBe(expected.length);
  for (const [i, v] of expected.entries()) {
    expect(Math.abs(x[i] - v), `component ${i}`).toBeLessThan(tolerance);
    if (v === 0) expect(x[i]).toBe(0);
  }
}

describe("finds the minima that scikit-learn finds, zeros included", () => {
  const options = { tolerance: 1e-10 };

  it("the lasso", async () => {
    const { alpha } = solvers.lasso;
    const result = await proximal(
      squaredLoss,
      elasticNet(alpha, 0, free),
      new Float64Array(9),
      options,
    );
    expect(result.status).toBe("converged");
    expectClose(result.x, coefficients(solvers.lasso), 1e-7);
  });

  it("the elastic net", async () => {
    const { alpha, l1Ratio } = solvers.elasticNet;
    const penalty = elasticNet(alpha * l1Ratio, alpha * (1 - l1Ratio), free);
    const result = await proximal(squaredLoss, penalty, new Float64Array(9), options);
    expect(result.status).toBe("converged");
    expectClose(result.x, coefficients(solvers.elasticNet), 1e-7);
  });

  it("sparse logistic regression", async () => {
    const penalty = elasticNet(1 / solvers.sparseLogistic.C, 0, free);
    const result = await proximal(logisticLoss, penalty, new Float64Array(9), options);
    expect(result.status).toBe("converged");
    expectClose(result.x, coefficients(solvers.sparseLogistic), 1e-6);
  });
});

it("agrees with L-BFGS where the penalty is smooth", async () => {
  const penalty = elasticNet(0, 0.5, free);
  const whole: Objective = async (w, g) => {
    const value = await logisticLoss(w, g);
    for (let j = 0; j < 8; j++) g[j] += 0.5 * w[j];
    return value + penalty.value(w);
  };
  const ours = await proximal(logisticLoss, penalty, new Float64Array(9), { tolerance: 1e-9 });
  const theirs = await lbfgs(whole, new Float64Array(9), { tolerance: 1e-10 });
  expectClose(ours.x, [...theirs.x], 1e-6);
  expect(ours.value).toBeCloseTo(theirs.value, 10);
});

it("takes any proximal map: here the projection onto a box", async () => {
  const box = (x: Float64Array) => {
    for (let i = 0; i < x.length; i++) x[i] = Math.min(Math.max(x[i], -0.5), 0.5);
  };
  const rosenbrock: Objective = ([x, y], g) => {
    g[0] = -400 * (y - x * x) * x - 2 * (1 - x);
    g[1] = 200 * (y - x * x);
    return 100 * (y - x * x) ** 2 + (1 - x) ** 2;
  };
  const result = await proximal(rosenbrock, box, new Float64Array(2), { tolerance: 1e-9 });
  // On the edge x = ½ the best y is x² = ¼.
  expectClose(result.x, [0.5, 0.25], 1e-7);
  expect(result.value).toBeCloseTo(0.25, 9);
});

it("is accelerated: far fewer iterations than the condition number", async () => {
  const n = 50;
  const condition = 1e4;
  const stiff: Objective = (x, g) => {
    let value = 0;
    for (let i = 0; i < n; i++) {
      const a = condition ** (-i / (n - 1));
      g[i] = a * (x[i] - 1);
      value += 0.5 * a * (x[i] - 1) ** 2;
    }
    return value;
  };
  const result = await proximal(stiff, elasticNet(0), new Float64Array(n), { tolerance: 1e-9 });
  expect(result.status).toBe("converged");
  expect(result.iterations).toBeLessThan(2000);
  expectClose(result.x, new Array(n).fill(1), 1e-4);
});

it("stops at its limits and when the callback says so", async () => {
  const penalty = elasticNet(0.1);
  const start = new Float64Array(9);
  expect(await proximal(squaredLoss, penalty, start, { maxIterations: 4 })).toMatchObject({
    status: "maxIterations",
    iterations: 4,
  });
  expect(await proximal(squaredLoss, penalty, start, { maxEvaluations: 7 })).toMatchObject({
    status: "maxEvaluations",
    evaluations: 7,
  });
  const stopped = await proximal(squaredLoss, penalty, start, { onIteration: () => "stop" });
  expect(stopped).toMatchObject({ status: "stopped", iterations: 1 });
});

it("continues bit for bit from a snapshot", async () => {
  const penalty = elasticNet(0.15, 0.01, free);
  const start = new Float64Array(9);
  const straight = await proximal(squaredLoss, penalty, start);
  const kept: ProximalState[] = [];
  await proximal(squaredLoss, penalty, start, {
    onIteration: (p) => {
      if (p.iteration < 11) return undefined;
      kept.push(p.snapshot());
      return "stop";
    },
  });
  const resumed = await proximal(squaredLoss, penalty, start, { state: kept[0] });
  expect(resumed).toEqual(straight);
});

describe("an objective that is not finite", () => {
  const barrier: Objective = (x, g) => {
    g[0] = 1 - 1 / x[0];
    return x[0] - Math.log(x[0]);
  };

  it("is stepped back from", async () => {
    for (const start of [1e-3, 0.1, 30, 1e4]) {
      const result = await proximal(barrier, elasticNet(1), Float64Array.of(start), {
        tolerance: 1e-9,
        step: 100,
      });
      // The minimum of 2x − log x.
      expectClose(result.x, [0.5], 1e-6);
    }
  });

  it("is refused at the start, and named with its iteration later", async () => {
    await expect(proximal(barrier, elasticNet(1), Float64Array.of(-1))).rejects.toMatchObject({
      code: "NON_FINITE",
      message: "proximal gradient iteration 0: a finite objective and gradient; got NaN",
    });
    let calls = 0;
    const breaks: Objective = (x, g) => (++calls > 9 ? Infinity : squaredLoss(x, g));
    await expect(proximal(breaks, elasticNet(0.1), new Float64Array(9))).rejects.toMatchObject({
      code: "NON_FINITE",
      message: expect.stringMatching(/^proximal gradient iteration [1-9]\d*: /),
    });
  });
});

it("describes every option", () => {
  for (const [key, schema] of Object.entries(proximalConfig.shape)) {
    if (key !== "type") expect(schema.description, key).toBeTruthy();
  }
});
