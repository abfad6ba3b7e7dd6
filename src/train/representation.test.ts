import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { tableFromRows } from "../data/from-rows.ts";
import { memoryRowStore } from "../data/rows.ts";
import { exampleProblem } from "../learners/example.ts";
import { neuralConfig } from "../learners/neural/config.ts";
import { neural } from "../learners/neural/neural.ts";
import { zeros } from "../nn/initializers.ts";
import type { TaskKind } from "../tasks/task.ts";
import { taskKinds } from "../tasks/tasks.ts";
import { mgda } from "../weighting/mgda.ts";
import { trainingConfig } from "./config.ts";
import { TrainingEngine } from "./engine.ts";
import type { Network } from "./network.ts";
import type { ProblemTask } from "./problem.ts";
import { engineNeeds, Weighing } from "./weighing.ts";

interface Fixture {
  readonly x: number[];
  readonly trunk: { readonly weight: number[]; readonly bias: number[] };
  readonly heads: readonly { readonly weight: number[]; readonly bias: number[] }[];
  readonly labels: readonly number[][];
  readonly there: readonly number[][];
  readonly losses: number[];
  readonly gram: number[];
  readonly weights: number[];
  readonly gradients: Readonly<Record<string, number[]>>;
}

const fixture: Fixture = JSON.parse(
  readFileSync(new URL("fixtures/mgda-ub.json", import.meta.url), "utf8"),
);
const rows = fixture.labels[0].length;
const [width, inner] = [fixture.x.length / rows, fixture.trunk.bias.length];

/** A number to predict as it is. */
const kind = taskKinds.regression as unknown as TaskKind;
const options = kind.options.parse({ transform: "none" });
const tasks = fixture.labels.map((labels, k): ProblemTask => {
  const learning = kind.learn(options, `t${k}`);
  const column = tableFromRows(labels.map((y) => ({ y }))).columns.get("y");
  if (column) learning.add(column, 0);
  return { name: `t${k}`, kind, options, state: learning.finish(), weight: 1 / 3 };
});

const network: Network = {
  feeds: [{ name: "x", dtype: "float32", shape: [width] }],
  tasks,
  forward(builder, { x }) {
    const affine = (name: string, h: typeof x, size: number) =>
      builder.scope(name, () =>
        h.gemm(
          builder.parameter("weight", [h.shape[1], size], zeros),
          builder.parameter("bias", [size], zeros),
        ),
      );
    const z = builder.representation(affine("trunk", x, inner).tanh());
    return Object.fromEntries(tasks.map((t, k) => [t.name, affine(`head${k}`, z, 1)]));
  },
};

const store = memoryRowStore(
  [
    { name: "x", dtype: "float32", width },
    ...tasks.flatMap(({ name }) => [
      { name: `${name}.label`, dtype: "float32" as const, width: 1 },
      { name: `${name}.weight`, dtype: "float32" as const, width: 1 },
    ]),
  ],
  rows,
  [
    Float32Array.from(fixture.x),
    ...tasks.flatMap((_, k) => [
      Float32Array.from(fixture.labels[k]),
      Float32Array.from(fixture.there[k]),
    ]),
  ],
);

it("takes the step of MGDA-UB that NumPy takes", async () => {
  const weigher = mgda.create({ normalization: "none", level: "representation" }, {
    names: tasks.map((t) => t.name),
    seed: 0,
  } as never);
  const engine = await TrainingEngine.create(network, store, {
    ...engineNeeds(mgda, weigher, tasks.length),
    seed: 0,
    sizes: [rows],
    moments: 0,
    accumulate: false,
    average: false,
    threads: 1,
  });
  try {
    const values = new Map([
      ["trunk.weight", fixture.trunk.weight],
      ["trunk.bias", fixture.trunk.bias],
      ...fixture.heads.flatMap((head, k) => [
        [`head${k}.weight`, head.weight] as const,
        [`head${k}.bias`, head.bias] as const,
      ]),
    ] as [string, number[]][]);
    for (const { name, start } of engine.layout.slots)
      engine.weights.set(values.get(name) as number[], start);
    const indexes = Int32Array.from({ length: rows }, (_, i) => i);
    const gather = (offset: number, count: number) =>
      store.gather(indexes, offset, count, engine.batch.arrays);
    const weighing = new Weighing(mgda, weigher, engine);
    gather(0, rows);
    const { gram } = await engine.measure(rows, 0);
    fixture.gram.forEach((g, i) => {
      expect(gram[i]).toBeCloseTo(g, 5);
    });
    const place = { epoch: 0, step: 0, batch: 0, learningRate: 0.1 };
    const { losses } = await weighing.run(rows, place, gather);
    fixture.losses.forEach((loss, k) => {
      expect(losses[k]).toBeCloseTo(loss, 4);
      expect(weighing.lambda[k]).toBeCloseTo(fixture.weights[k], 4);
    });
    for (const { name, start, size } of engine.layout.slots) {
      const found = engine.gradients.subarray(start, start + size);
      fixture.gradients[name].forEach((g, i) => {
        expect(found[i], `${name}[${i}]`).toBeCloseTo(g, 4);
      });
    }
  } finally {
    await engine.dispose();
  }
});

it("trains a network, and refuses one whose tasks share no single representation", async () => {
  const problem = await exampleProblem(neural.can, { rows: 60, seed: 3 });
  const training = trainingConfig.parse({ epochs: 2, batchSize: 20 });
  const weighting = { type: "mgda", level: "representation" };
  const learned = (learner: object) =>
    neural.fit(problem, neuralConfig.parse({ weighting, ...learner }), { training, threads: 1 });
  const fitted = await learned({});
  expect(fitted.history).toHaveLength(2);
  expect(fitted.history?.[1].loss).toBeLessThan(fitted.history?.[0].loss as number);
  fitted.dispose();
  await expect(learned({ sharing: { type: "mmoe" } })).rejects.toThrow(
    "learner.weighting: one representation that all tasks share, for level representation; got none",
  );
});
