import { describe, expect, it } from "vitest";
import { exampleProblem } from "../learners/example.ts";
import { neuralConfig } from "../learners/neural/config.ts";
import { neuralNetwork } from "../learners/neural/network.ts";
import { neural } from "../learners/neural/neural.ts";
import type { sharings } from "../sharing/sharings.ts";
import { type WeightingName, weightings } from "../weighting/weightings.ts";
import { trainingConfig } from "./config.ts";
import { TrainingEngine } from "./engine.ts";

const problem = await exampleProblem(neural.can, { rows: 90, seed: 3 });
const rows = 40;
const options = {
  seed: 1,
  sizes: [rows],
  moments: 0,
  accumulate: false,
  average: false,
  threads: 1,
};
const first = Int32Array.from({ length: rows }, (_, i) => i);

/** Gradients of a batch, jointly with λ = 1 and a task at a time. */
async function bothWays(learner: unknown) {
  const network = neuralNetwork(problem, neuralConfig.parse(learner));
  const { store } = problem.train;
  const joint = await TrainingEngine.create(network, store, options);
  const apart = await TrainingEngine.create(network, store, {
    ...options,
    taskGradients: { memory: 0, second: false },
    measures: true,
  });
  for (const engine of [joint, apart]) store.gather(first, 0, rows, engine.batch.arrays);
  joint.lambda.fill(1);
  await joint.run(rows, 0);
  const { losses } = await apart.run(rows, 0);
  return { joint, apart, losses: losses.slice() };
}

describe.each([
  "hard",
  "mmoe",
  "ple",
  "soft",
  "taskDependency",
] satisfies (keyof typeof sharings)[])("gradients a task under %s sharing", (sharing) => {
  it("add up to the joint gradient", async () => {
    const { joint, apart } = await bothWays({ sharing, trunk: { sizes: [16], dropout: 0.2 } });
    const task = apart.taskGradients;
    if (!task) throw new Error("no gradients a task");
    const places = new Map(apart.layout.slots.map((slot) => [slot.name, slot.start]));
    const parts = [...task.tasks, ...(task.penalty ? [task.penalty] : [])];
    let largest = 0;
    let worst = 0;
    for (const slot of joint.layout.slots) {
      for (let i = 0; i < slot.size; i++) {
        const at = (places.get(slot.name) ?? Number.NaN) + i;
        const sum = at < task.length ? parts.reduce((s, g) => s + g[at], 0) : apart.gradients[at];
        const expected = joint.gradients[slot.start + i];
        worst = Math.max(worst, Math.abs(sum - expected) / (1 + Math.abs(expected)));
        largest = Math.max(largest, Math.abs(expected));
      }
    }
    expect(worst).toBeLessThan(1e-5);
    expect(largest).toBeGreaterThan(1e-3);
    await joint.dispose();
    await apart.dispose();
  });
});

describe("the losses alone", () => {
  it("are those of the step, draws included", async () => {
    const { joint, apart, losses } = await bothWays({ trunk: { sizes: [16], dropout: 0.5 } });
    const measured = await apart.measure(rows, 0);
    losses.forEach((loss, i) => {
      expect(measured.losses[i]).toBeCloseTo(loss, 6);
    });
    expect((await apart.measure(rows, 1)).losses[0]).not.toBeCloseTo(losses[0], 6);
    await joint.dispose();
    await apart.dispose();
  });
});

const names = Object.keys(weightings) as WeightingName[];
const training = trainingConfig.parse({
  epochs: 3,
  batchSize: 30,
  optimizer: { type: "adam", learningRate: 0.01 },
});

async function trained(weighting: string, more: Record<string, unknown> = {}) {
  const config = neuralConfig.parse({ weighting, trunk: { sizes: [12] } });
  const fitted = await neural.fit(problem, config, {
    training: trainingConfig.parse({ ...training, ...more }),
  });
  const raw = await fitted.predict(problem.train.store, first);
  const { history = [] } = fitted;
  fitted.dispose();
  return { history, raw };
}

describe.each(names)("weighting %s", (name) => {
  it("trains, and the same seed gives the same numbers", async () => {
    const [a, b] = [await trained(name), await trained(name)];
    for (const task of problem.tasks) {
      expect(a.raw[task.name].every(Number.isFinite)).toBe(true);
      expect(a.raw[task.name]).toEqual(b.raw[task.name]);
      const losses = a.history.map((h) => h.tasks[task.name].loss);
      expect(losses.every(Number.isFinite)).toBe(true);
    }
    const sum = (at: number) =>
      problem.tasks.reduce((s, t) => s + (a.history.at(at)?.tasks[t.name].loss ?? 0), 0);
    expect(sum(-1)).toBeLessThan(sum(0));
  });
});

describe("a weighting", () => {
  it("that needs gradients refuses optimizers that see all rows, and batches gathered into one step", async () => {
    await expect(trained("pcgrad", { optimizer: { type: "gd" } })).rejects.toThrow(
      "learner.weighting pcgrad: an optimizer that steps on batches; got gd",
    );
    await expect(trained("famo", { accumulate: 2 })).rejects.toThrow(
      "learner.weighting famo: one batch a step; got training.accumulate 2",
    );
  });
});
