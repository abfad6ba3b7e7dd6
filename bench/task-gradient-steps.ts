/**
 * How long does a step with a gradient a task take under each weighting? The model and the printed line are
 * those of `peers/task_gradients.py`.
 * `npx tsx bench/task-gradient-steps.ts --tasks 4 --methods autograd,equal,pcgrad --seconds 1`
 */
import { parseArgs } from "node:util";
import { Random } from "../src/core/random.ts";
import { tableFromRows } from "../src/data/from-rows.ts";
import { memoryRowStore } from "../src/data/rows.ts";
import { xavier, zeros } from "../src/nn/initializers.ts";
import { createOptimizer, optimizers } from "../src/optim/optimizers.ts";
import type { TaskKind } from "../src/tasks/task.ts";
import { taskKinds } from "../src/tasks/tasks.ts";
import { TrainingEngine } from "../src/train/engine.ts";
import type { Network } from "../src/train/network.ts";
import { parameterGroups } from "../src/train/parameters.ts";
import type { ProblemTask } from "../src/train/problem.ts";
import { engineNeeds, sizesFor, Weighing } from "../src/train/weighing.ts";
import type { Weighting } from "../src/weighting/weighting.ts";
import { weightings } from "../src/weighting/weightings.ts";
import { digits, median } from "./result.ts";

const { values } = parseArgs({
  options: {
    tasks: { type: "string", default: "4" },
    methods: { type: "string", default: "autograd,equal,pcgrad" },
    seconds: { type: "string", default: "1" },
  },
});
const [rows, width, hidden] = [256, 64, 512];
const random = Random.from(0, "bench");
const kind = taskKinds.regression as unknown as TaskKind;
const options = kind.options.parse({ transform: "none" });
const tasks = Array.from({ length: Number(values.tasks) }, (_, k): ProblemTask => {
  const learning = kind.learn(options, `t${k}`);
  const column = tableFromRows([{ y: 0 }, { y: 1 }]).columns.get("y");
  if (column) learning.add(column, 0);
  return { name: `t${k}`, kind, options, state: learning.finish(), weight: 1 / 16 };
});
const network: Network = {
  feeds: [{ name: "x", dtype: "float32", shape: [width] }],
  tasks,
  forward(builder, { x }) {
    const affine = (name: string, h: typeof x, size: number) =>
      builder.scope(name, () =>
        h.gemm(
          builder.parameter("weight", [h.shape[1], size], xavier),
          builder.parameter("bias", [size], zeros),
        ),
      );
    const z = affine("second", affine("first", x, hidden).relu(), hidden).relu();
    return Object.fromEntries(tasks.map((t) => [t.name, affine(`head.${t.name}`, z, 1)]));
  },
};
const normal = (length: number) => Float32Array.from({ length }, () => random.normal());
const store = memoryRowStore(
  [
    { name: "x", dtype: "float32", width },
    ...tasks.flatMap(({ name }) => [
      { name: `${name}.label`, dtype: "float32" as const, width: 1 },
      { name: `${name}.weight`, dtype: "float32" as const, width: 1 },
    ]),
  ],
  rows,
  [normal(rows * width), ...tasks.flatMap(() => [normal(rows), new Float32Array(rows).fill(1)])],
);
const indexes = Int32Array.from({ length: rows }, (_, i) => i);

/** Median milliseconds of a step; of the gradients alone for `autograd`. */
async function time(method: string): Promise<number> {
  const alone = method === "autograd";
  const row = weightings[(alone ? "mgda" : method) as keyof typeof weightings] as Weighting;
  const weigher = row.create(row.config.parse({}), {
    names: tasks.map((t) => t.name),
    seed: 0,
  } as never);
  const engine = await TrainingEngine.create(network, store, {
    ...engineNeeds(row, weigher, tasks.length),
    seed: 0,
    sizes: sizesFor(row, [rows]),
    moments: 2,
    accumulate: false,
    average: false,
    threads: 1,
  });
  const optimizer = createOptimizer(optimizers.adam.config.parse({ type: "adam" }), {
    kernels: engine.kernels,
    weights: engine.weights,
    gradients: engine.gradients,
    moments: engine.moments,
    groups: parameterGroups(engine.layout),
  });
  const weighing = new Weighing(row, weigher, engine);
  const gather = (offset: number, count: number) =>
    store.gather(indexes, offset, count, engine.batch.arrays);
  const step = async (t: number) => {
    if (alone) {
      gather(0, rows);
      await engine.run(rows, t);
      return;
    }
    const place = { epoch: 0, step: t, batch: t, learningRate: 1e-4 };
    await weighing.run(rows, place, gather);
    optimizer.step(1e-4, t + 1);
    await weighing.afterStep(rows, place);
  };
  for (let t = 0; t < 5; t++) await step(t);
  const times: number[] = [];
  const end = performance.now() + 1000 * Number(values.seconds);
  for (let t = 5; times.length === 0 || performance.now() < end; t++) {
    const start = performance.now();
    await step(t);
    times.push(performance.now() - start);
  }
  await engine.dispose();
  return median(times);
}

const found: Record<string, number> = {};
for (const method of values.methods.split(",")) found[method] = digits(await time(method));
console.log(JSON.stringify(found));
