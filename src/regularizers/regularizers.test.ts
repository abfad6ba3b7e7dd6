import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Graph } from "../compiler/graph.ts";
import { compileProgram } from "../compiler/onnx/program.ts";
import { createSession } from "../compiler/onnx/session/session.ts";
import { Random } from "../core/random.ts";
import { similarityFromAffinities } from "./graph-laplacian.ts";
import type {
  ProximalPenalty,
  ProximalRegularizer,
  Regularizer,
  WeightLayout,
} from "./regularizer.ts";
import { regularizers } from "./regularizers.ts";
import { learnedCovariance } from "./task-covariance.ts";

const fixture = JSON.parse(
  readFileSync(new URL("./fixtures/regularizers.json", import.meta.url), "utf8"),
) as {
  tasks: string[];
  solved: { regularizer: { type: string }; penalty: number; weights: number[][] }[];
};

const layoutOf = (features: number, sizes: readonly number[]): WeightLayout => {
  let outputs = 0;
  const tasks = sizes.map((size, t) => {
    outputs += size;
    return { name: `t${t}`, start: outputs - size, size };
  });
  return { features, outputs, tasks };
};

/** The penalty as a function of numbers. */
async function penaltyOf(row: Regularizer, config: unknown, layout: WeightLayout) {
  if (row.form === "proximal") return async (w: Float64Array) => row.value(w, config, layout);
  if (row.form === "sum") throw new Error("a sum has no value without its parts");
  const shape = [layout.features, layout.outputs];
  const value = row.penalty(new Graph().input("w", shape), config, layout);
  const program = compileProgram({ value }, { target: "export", float: "float64" });
  const session = await createSession(program.bytes, { threads: 1 });
  return async (data: Float64Array) => {
    const out = await session.run({ w: { dtype: "float64", dims: shape, data } });
    return Number(out["value:out"].data[0]);
  };
}

const rows = Object.values(regularizers) as Regularizer[];
const proximalOnes = rows.flatMap((row): [string, ProximalPenalty, Regularizer][] =>
  row.form === "proximal"
    ? [[row.name, row, row]]
    : row.form === "sum"
      ? row.parts.map((p) => [`${row.name}, part ${p.name}`, p.penalty, row])
      : [],
);
const settings: Record<string, object> = {
  fused: { weight: 0.5, sparse: 0.2, joint: 0.3, order: ["t2", "t0", "t1", "t3"] },
  cappedL1: { weight: 0.8, cap: 1.5 },
  clustered: { weight: 0.8, clusters: 2, ratio: 0.3 },
  taskCovariance: { weight: 0.15 },
};

const aroundTheMean = (["l21", "traceNorm", "taskCovariance"] as const).map(
  (name): [string, ProximalPenalty, Regularizer] => {
    const row = regularizers[name] as ProximalRegularizer;
    const config = row.config.parse({ weight: 0.8, around: "mean" });
    const { value, prox } = row;
    const bound = {
      value: (w: Float64Array, _: unknown, layout: WeightLayout) => value(w, config, layout),
      prox: (w: Float64Array, step: number, _: unknown, layout: WeightLayout) =>
        prox(w, step, config, layout),
    };
    return [`${name} around the mean`, bound, row];
  },
);

describe.each([...proximalOnes, ...aroundTheMean])(
  "proximal map of %s",
  (name, { value, prox }, row) => {
    const config = row.config.parse(settings[row.name] ?? { weight: 0.8 });
    const layout = layoutOf(5, [1, 1, 1, 1]);

    it("lands where no point nearby, between or at 0 is lower", () => {
      const random = Random.from(5, name);
      for (const step of [0.05, 0.7, 3]) {
        for (const spread of [0.3, 2]) {
          const x = Float64Array.from({ length: 20 }, () => spread * random.normal());
          const near = x.slice();
          prox(near, step, config, layout);
          const height = (u: Float64Array) =>
            step * value(u, config, layout) + u.reduce((sum, v, i) => sum + (v - x[i]) ** 2 / 2, 0);
          const lowest = height(near);
          const bound = lowest - 1e-10 * Math.max(1, lowest);
          expect(height(x)).toBeGreaterThanOrEqual(bound);
          for (const share of [-0.1, 0.01, 0.3, 0.7, 0.99, 1.1]) {
            expect(height(near.map((v) => share * v))).toBeGreaterThanOrEqual(bound);
            expect(height(near.map((v, i) => v + share * (x[i] - v)))).toBeGreaterThanOrEqual(
              bound,
            );
          }
          for (const size of [1e-5, 1e-3, 0.1, 1]) {
            for (let trial = 0; trial < 40; trial++) {
              const sparse = random.uniform();
              const moved = near.map((v) =>
                random.uniform() < sparse ? v + size * random.normal() : v,
              );
              expect(height(moved)).toBeGreaterThanOrEqual(bound);
            }
          }
        }
      }
    });

    it("leaves weights as they are at step 0 and zeros as zeros", () => {
      const w = Float64Array.from({ length: 20 }, (_, i) => Math.sin(i + 1));
      const same = w.slice();
      prox(same, 0, config, layout);
      for (let i = 0; i < 20; i++) expect(same[i]).toBeCloseTo(w[i], 12);
      const zeros = new Float64Array(20);
      prox(zeros, 1, config, layout);
      expect(zeros).toEqual(new Float64Array(20));
      expect(value(zeros, config, layout)).toBe(0);
    });
  },
);

describe("penalties", () => {
  const valued = fixture.solved.filter(
    ({ regularizer }) => regularizers[regularizer.type as keyof typeof regularizers].form !== "sum",
  );

  it.each(valued)("$regularizer.type has the value NumPy computes", async (solved) => {
    const { type, ...options } = solved.regularizer;
    const row = regularizers[type as keyof typeof regularizers] as Regularizer;
    const layout = layoutOf(
      solved.weights.length,
      fixture.tasks.map(() => 1),
    );
    const value = await penaltyOf(row, row.config.parse(options), layout);
    const w = Float64Array.from(solved.weights.flat());
    expect(await value(w)).toBeCloseTo(solved.penalty, 8);
    expect(await value(w.map((v) => -v))).toBeCloseTo(solved.penalty, 8);
  });

  it("relate columns of tasks with equally many outputs", async () => {
    const layout = layoutOf(1, [1, 2, 1, 2]);
    const mean = regularizers.meanRegularised as Regularizer;
    const value = await penaltyOf(mean, mean.config.parse({ weight: 2 }), layout);
    // Singles 1 and 5; pairs (2, 3) and (6, 9): deviations 2, 2, then 2, 3, 2, 3.
    expect(await value(Float64Array.of(1, 2, 3, 5, 6, 9))).toBeCloseTo(8 + 8 + 18, 12);
    const time = regularizers.temporal as Regularizer;
    await expect(penaltyOf(time, time.config.parse({}), layout)).rejects.toThrow(
      'regularizer temporal: tasks with equally many outputs, as columns are compared; got "t0" with 1 and "t1" with 2',
    );
    const robust = regularizers.robust.parts[1].penalty;
    const config = regularizers.robust.config.parse({ weight: 1 });
    expect(robust.value(Float64Array.of(1, 3, 4, 5, 6, 8), config, layout)).toBeCloseTo(
      1 + 5 + 5 + 10,
      12,
    );
  });

  it("around the mean do not see what all tasks have in common", () => {
    const layout = layoutOf(2, [1, 1, 1]);
    const w = Float64Array.of(1, 2, 6, -1, 0, 4);
    for (const name of ["l21", "traceNorm", "taskCovariance"] as const) {
      const { value } = regularizers[name];
      const options = { weight: 1, around: "mean" as const };
      const shifted = w.map((v, i) => v + (i < 3 ? 7 : -5));
      expect(value(shifted, options, layout)).toBeCloseTo(value(w, options, layout), 10);
      const deviations = Float64Array.of(-2, -1, 3, -2, -1, 3);
      expect(value(w, options, layout)).toBeCloseTo(
        value(deviations, { weight: 1, around: "zero" }, layout),
        10,
      );
    }
  });

  it("name tasks, orders and similarities that do not fit", async () => {
    const layout = layoutOf(2, [1, 1, 1]);
    const graph = regularizers.graphLaplacian as Regularizer;
    const refuse = (row: Regularizer, options: object) =>
      expect(penaltyOf(row, row.config.parse(options), layout)).rejects;
    await refuse(graph, { edges: [{ between: ["t0", "t9"] }] }).toMatchObject({
      code: "CONFIG_INVALID",
      message: 'regularizer graphLaplacian, edges: names of tasks, ["t0","t1","t2"]; got "t9"',
    });
    await refuse(graph, { similarity: [[1, 2]] }).toThrow("3 × 3 numbers");
    await refuse(graph, {
      similarity: [[1]],
      edges: [{ between: ["t0", "t1"] }],
    }).toThrow("edges or similarity; got both");
    await refuse(regularizers.temporal as Regularizer, { order: ["t0", "t1", "t1"] }).toThrow(
      "regularizer temporal, order: every task once",
    );
  });
});

it("keeps of affinities the nearest neighbours, from either end, without negative ones", () => {
  const affinities = [
    [9, 3, -2, 1],
    [1, 9, 4, 1],
    [-2, 2, 9, 0],
    [1, 1, 0, 9],
  ];
  expect(similarityFromAffinities(affinities)[0]).toEqual([0, 2, 0, 1]);
  expect(similarityFromAffinities(affinities, 1)).toEqual([
    [0, 2, 0, 1],
    [2, 0, 3, 0],
    [0, 3, 0, 0],
    [1, 0, 0, 0],
  ]);
});

it("learns the covariance of tasks that makes its penalty least", () => {
  const layout = { features: 3, outputs: 2 };
  const w = Float64Array.of(1, 2, -1, 0.5, 0.3, 3);
  const omega = learnedCovariance(w, layout);
  const cost = ([a, b, , d]: ArrayLike<number> & Iterable<number>) => {
    const determinant = a * d - b * b;
    let sum = 0;
    for (let f = 0; f < 3; f++) {
      const [x, y] = [w[2 * f], w[2 * f + 1]];
      sum += (d * x * x - 2 * b * x * y + a * y * y) / determinant;
    }
    return sum / 2;
  };
  expect(omega[0] + omega[3]).toBeCloseTo(1, 12);
  const { value } = regularizers.taskCovariance;
  expect(cost(omega)).toBeCloseTo(
    value(w, { weight: 1, around: "zero" }, { ...layout, tasks: [] }),
    10,
  );
  for (const [da, db] of [
    [0.01, 0],
    [-0.01, 0],
    [0, 0.01],
    [0, -0.01],
  ]) {
    const moved = [omega[0] + da, omega[1] + db, omega[2] + db, omega[3] - da];
    expect(cost(moved)).toBeGreaterThan(cost(omega));
  }
  expect(learnedCovariance(new Float64Array(6), layout)).toEqual(Float64Array.of(0.5, 0, 0, 0.5));
});
