import { expect, it } from "vitest";
import { Random } from "../core/random.ts";
import { memoryRowStore } from "../data/rows.ts";
import { exampleProblem } from "../learners/example.ts";
import { neuralConfig } from "../learners/neural/config.ts";
import { neuralNetwork } from "../learners/neural/network.ts";
import { neural } from "../learners/neural/neural.ts";
import { TrainingEngine } from "./engine.ts";
import type { ProblemTask } from "./problem.ts";

const rows = 24;
const example = await exampleProblem(neural.can, { rows: 60, seed: 2 });
const regression = example.tasks.find((t) => t.kind.name === "regression") as ProblemTask;
const names = ["a", "b", "c"];
const plain = names.map((name): ProblemTask => ({ ...regression, name, weight: 1 / 3 }));
const grouped = names.map(
  (name, k): ProblemTask => ({
    ...plain[k],
    group: { task: "g", column: "y", by: "s", source: "string", value: name },
  }),
);
const random = Random.from(5, "rows");
const { layout } = example.train.store;
const first = Int32Array.from({ length: rows }, (_, i) => i);
const inputs = layout.filter(({ name }) =>
  example.inputs.some((input) => name.startsWith(`${input.name}.`)),
);

/** Rows of the example with three tasks; a third of the rows has no label, and the last task none. */
function storeOf() {
  const arrays = inputs.map(({ dtype, width }) =>
    dtype === "float32"
      ? Float32Array.from({ length: rows * width }, () => random.normal())
      : dtype === "int32"
        ? new Int32Array(rows * width)
        : new Uint8Array(rows * width),
  );
  const labels = names.flatMap((name, k) => [
    {
      field: { name: `${name}.label`, dtype: "float32" as const, width: 1 },
      array: Float32Array.from({ length: rows }, () => random.normal()),
    },
    {
      field: { name: `${name}.weight`, dtype: "float32" as const, width: 1 },
      array: Float32Array.from({ length: rows }, (_, row) => (k < 2 && row % 3 === k ? 2 : 0)),
    },
  ]);
  return memoryRowStore([...inputs, ...labels.map((l) => l.field)], rows, [
    ...arrays,
    ...labels.map((l) => l.array),
  ]);
}

it("gives the losses and gradients of tasks apart, to rounding", async () => {
  const store = storeOf();
  const lambda = [0.2, 0.5, 0.3];
  const run = async (tasks: readonly ProblemTask[]) => {
    // Weights that are tied keep a head of its own for each task, so that both have the same parameters.
    const config = neuralConfig.parse({
      trunk: { sizes: [6], dropout: 0 },
      regularization: { tasks: { type: "l21", weight: 0 } },
    });
    const network = neuralNetwork({ inputs: example.inputs, tasks }, config);
    const engine = await TrainingEngine.create(network, store, {
      seed: 1,
      sizes: [rows],
      moments: 0,
      accumulate: false,
      average: false,
      threads: 1,
    });
    store.gather(first, 0, rows, engine.batch.arrays);
    engine.lambda.set(lambda);
    const { loss, losses, counts } = await engine.run(rows, 0);
    const found = { loss, losses: [...losses], counts: [...counts], g: engine.gradients.slice() };
    await engine.dispose();
    return found;
  };
  const apart = await run(plain);
  const together = await run(grouped);
  expect(together.counts).toEqual(apart.counts);
  expect(apart.losses[2]).toBe(0);
  expect(together.loss).toBeCloseTo(apart.loss, 5);
  together.losses.forEach((loss, k) => {
    expect(loss).toBeCloseTo(apart.losses[k], 5);
  });
  together.g.forEach((x, i) => {
    expect(Math.abs(x - apart.g[i])).toBeLessThan(1e-5);
  });
});
