/**
 * How long does a training step (forward, backward, Adam) of a model of `models.md` take here?
 * `npx tsx bench/train-steps.ts --model mlp128 --threads 1 --seconds 10` prints one JSON line, as
 * `peers/train_steps.py` does.
 */
import { parseArgs } from "node:util";
import { createOptimizer, optimizers } from "../src/optim/optimizers.ts";
import { TrainingEngine } from "../src/train/engine.ts";
import { parameterGroups } from "../src/train/parameters.ts";
import { buildModel, firstWeights, type TrainModelName, trainModels } from "./train-models.ts";

const { values } = parseArgs({
  options: {
    model: { type: "string" },
    threads: { type: "string", default: "1" },
    seconds: { type: "string", default: "10" },
  },
});
if (values.model === undefined || !(values.model in trainModels)) {
  throw new Error(`--model: one of ${Object.keys(trainModels).join(", ")}; got ${values.model}`);
}
const model = values.model as TrainModelName;
const threads = Number(values.threads);
const seconds = Number(values.seconds);

const { network, store } = buildModel(model);
const rows = store.rows;
const engine = await TrainingEngine.create(network, store, {
  seed: 0,
  sizes: [rows],
  moments: 2,
  accumulate: false,
  average: false,
  threads,
});
const order = Int32Array.from({ length: rows }, (_, i) => i);
store.gather(order, 0, rows, engine.batch.arrays);
engine.lambda.fill(1 / network.tasks.length);
const optimizer = createOptimizer(optimizers.adam.config.parse({ type: "adam" }), {
  kernels: engine.kernels,
  weights: engine.weights,
  gradients: engine.gradients,
  moments: engine.moments,
  groups: parameterGroups(engine.layout),
});

function restart(): void {
  firstWeights(engine.layout.slots, engine.weights);
  for (const moment of engine.moments) moment.fill(0);
}

async function step(t: number): Promise<number> {
  const { loss } = await engine.run(rows, t);
  optimizer.step(1e-3, t);
  engine.updateBuffers();
  return loss;
}

restart();
let loss10 = 0;
for (let t = 1; t <= 10; t++) loss10 = await step(t);
restart();
for (let t = 1; t <= 10; t++) await step(t);

const times: number[] = [];
let cpu = 0;
const end = performance.now() + seconds * 1000;
while (times.length === 0 || performance.now() < end) {
  restart();
  const before = process.cpuUsage();
  for (let t = 1; t <= 100; t++) {
    const start = performance.now();
    await step(t);
    const now = performance.now();
    times.push(now - start);
    if (now >= end) break;
  }
  const { user, system } = process.cpuUsage(before);
  cpu += (user + system) / 1000;
}
times.sort((a, b) => a - b);
const at = (share: number) => Number(times[Math.floor(share * (times.length - 1))].toFixed(4));
console.log(
  JSON.stringify({
    model,
    threads,
    steps: times.length,
    median: at(0.5),
    min: at(0),
    p90: at(0.9),
    cpu: Number((cpu / times.length).toFixed(4)),
    loss10,
    parameters: engine.layout.slots.reduce((sum, s) => sum + s.size, 0),
  }),
);
await engine.dispose();
