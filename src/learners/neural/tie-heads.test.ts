import { describe, expect, it } from "vitest";
import { singularValues } from "../../regularizers/svd.ts";
import { trainingConfig } from "../../train/config.ts";
import type { Problem } from "../../train/problem.ts";
import { checkFamily } from "../contract.ts";
import { exampleProblem } from "../example.ts";
import { neuralConfig } from "./config.ts";
import { neural } from "./neural.ts";

const problem: Problem = await exampleProblem(neural.can, { rows: 90, seed: 3 });
const width = 8;
const sizes = problem.tasks.map((t) => t.kind.outputSize(t.state));
const singles = problem.tasks.filter((_, t) => sizes[t] === 1).map((t) => t.name);

function trained(tasks: unknown, training: object = {}) {
  return neural.fit(
    problem,
    neuralConfig.parse({
      trunk: { sizes: [width], dropout: 0 },
      regularization: { tasks },
    }),
    {
      threads: 1,
      training: trainingConfig.parse({
        epochs: 20,
        batchSize: 30,
        optimizer: { type: "sgd", learningRate: 0.05, momentum: 0 },
        ...training,
      }),
    },
  );
}

/** The weights of all heads after training, a row a unit of the last shared layer. */
async function headsOf(tasks: unknown, training: object = {}) {
  const fitted = await trained(tasks, training);
  const found = fitted.warmStart?.();
  const heads = problem.tasks.map(({ name }) => found?.get(`head.${name}.weight`));
  fitted.dispose();
  return Array.from({ length: width }, (_, row) =>
    heads.map((h, t) => Array.from(h?.values.slice(row * sizes[t], (row + 1) * sizes[t]) ?? [])),
  );
}

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
const zero = (row: readonly (readonly number[])[]) => row.flat().every((v) => v === 0);

describe("heads of a network", () => {
  it("come near each other along a graph of tasks", async () => {
    const [a, b] = singles.map((name) => problem.tasks.findIndex((t) => t.name === name));
    const edges = [{ between: singles.slice(0, 2) }];
    const distance = (rows: Awaited<ReturnType<typeof headsOf>>) =>
      Math.hypot(...rows.map((row) => row[a][0] - row[b][0]));
    const apart = distance(await headsOf("none"));
    const near = distance(await headsOf({ type: "graphLaplacian", edges, weight: 5 }));
    expect(apart).toBeGreaterThan(0.1);
    expect(near).toBeLessThan(0.1 * apart);
  });

  it("choose their units jointly, exactly", async () => {
    expect((await headsOf("none")).some(zero)).toBe(false);
    expect((await headsOf({ type: "l21", weight: 20 })).every(zero)).toBe(true);
    const some = await headsOf({ type: "l21", weight: 1 });
    const gone = some.filter(zero).length;
    expect(gone).toBeGreaterThan(0);
    expect(gone).toBeLessThan(width);
  });

  it("lie in a smaller subspace under the trace norm", async () => {
    const rank = async (tasks: unknown) => {
      const rows = (await headsOf(tasks)).map((row) => row.flat());
      const matrix = Float64Array.from(rows.flat());
      const { values } = singularValues(matrix, width, rows[0].length);
      return values.filter((v) => v > 1e-5 * values[0]).length;
    };
    expect(await rank({ type: "traceNorm", weight: 0.3 })).toBeLessThan(await rank("none"));
  });

  it("are tied among some of the tasks where the tie can do without the others", () => {
    const optionsFor = (tasks: object, names: readonly string[]) =>
      neural.forTasks?.(
        neuralConfig.parse({ regularization: { tasks } }),
        names.map((name) => ({ name, kind: "regression" })),
      ).regularization.tasks.type;
    const edges = [{ between: ["a", "b"] }];
    expect(optionsFor({ type: "l21" }, ["a", "b"])).toBe("l21");
    expect(optionsFor({ type: "l21" }, ["a"])).toBe("none");
    expect(optionsFor({ type: "graphLaplacian", edges }, ["a", "b"])).toBe("graphLaplacian");
    expect(optionsFor({ type: "graphLaplacian", edges }, ["a", "c"])).toBe("none");
  });

  it("are decomposed into parts with penalties of their own", async () => {
    const parts = async (tasks: object) => {
      const fitted = await trained(tasks);
      const found = fitted.warmStart?.();
      fitted.dispose();
      return (part: string) =>
        problem.tasks.map(({ name }) => found?.get(`head.${name}.weight.${part}`));
    };
    const total = sum(sizes);
    const matrix = (heads: ReturnType<Awaited<ReturnType<typeof parts>>>) =>
      Float64Array.from({ length: width * total }, (_, at) => {
        const column = at % total;
        const t = sizes.findIndex((_, i) => column < sum(sizes.slice(0, i + 1)));
        const first = sum(sizes.slice(0, t));
        return heads[t]?.values[Math.floor(at / total) * sizes[t] + column - first] ?? Number.NaN;
      });
    const at = await parts({ type: "sparseLowRank", weight: 0.05, sparse: 0.8 });
    const { values } = singularValues(matrix(at("lowRank")), width, total);
    const rank = values.filter((v) => v > 1e-5 * values[0]).length;
    expect(rank).toBeGreaterThan(0);
    expect(rank).toBeLessThan(width);
    const sparse = matrix(at("sparse"));
    expect(sparse.some((v) => v === 0)).toBe(true);
    expect(sparse.some((v) => v !== 0)).toBe(true);
    const gone = await parts({ type: "dirty", weight: 100 });
    expect(matrix(gone("joint")).every((v) => v === 0)).toBe(true);
    expect(matrix(gone("own")).every((v) => v === 0)).toBe(true);
  });

  it("predict with the sum of their parts, in the exported file as well", async () => {
    const checks = checkFamily(neural, {
      config: { trunk: { sizes: [width] }, regularization: { tasks: "robust" } },
      training: { epochs: 4 },
    });
    const exported = [...checks].find((c) => c.name.startsWith("exports the function"));
    expect(exported).toBeDefined();
    await exported?.run();
  });

  it("refuse unknown tasks, and L-BFGS beside proximal maps", async () => {
    const edges = [{ between: [singles[0], "nobody"] }];
    await expect(headsOf({ type: "graphLaplacian", edges })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
    });
    await expect(headsOf("l21", { optimizer: { type: "lbfgs" }, epochs: 2 })).rejects.toThrow(
      "learner.regularization.tasks: a smooth one with the optimizer lbfgs",
    );
  });
});
