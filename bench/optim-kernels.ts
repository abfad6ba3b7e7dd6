/**
 * How many nanoseconds a float do the flat-vector kernels take?
 * Run: `npx tsx bench/optim-kernels.ts [floats] [seconds per kernel]`. One thread; medians.
 */
import { Random } from "../src/core/random.ts";
import type { Kernels } from "../src/optim/kernels.ts";
import { referenceKernels } from "../src/optim/kernels-reference.ts";
import { Arena } from "../src/optim/memory.ts";

const n = Number(process.argv[2] ?? 1_000_000);
const seconds = Number(process.argv[3] ?? 0.5);
const width = 64;

const arena = new Arena(6 * (4 * n + 16));
const names = ["weights", "gradients", "first", "second", "rows"];
const [weights, gradients, first, second, rows] = names.map((name) => arena.float32(name, n));
const ids = arena.int32("ids", Math.floor(n / width));
const random = Random.from(1, "bench");
for (let i = 0; i < n; i++) {
  weights[i] = random.normal();
  gradients[i] = random.normal() * 1e-2;
  rows[i] = random.normal();
}
for (let i = 0; i < ids.length; i++) ids[i] = random.integer(ids.length);
const whole = ids.length * width;
const sgd = { learningRate: 1e-6, weightDecay: 1e-4 };
const adam = { ...sgd, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, t: 3 };

const work: Record<string, (k: Kernels) => unknown> = {
  fill: (k) => k.fill(rows, 0.5),
  scale: (k) => k.scale(rows, 1.0000001),
  axpy: (k) => k.axpy(1e-9, gradients, rows),
  ema: (k) => k.ema(rows, weights, 1e-3),
  softThreshold: (k) => k.softThreshold(rows, 1e-9),
  sgd: (k) => k.sgd(sgd, weights, gradients),
  sgdMomentum: (k) =>
    k.sgdMomentum({ ...sgd, momentum: 0.9, nesterov: true }, weights, gradients, first),
  adam: (k) => k.adam(adam, weights, gradients, first, second),
  adamw: (k) => k.adamw(adam, weights, gradients, first, second),
  squaredNorm: (k) => k.squaredNorm(gradients),
  gram4: (k) => k.gram([weights, gradients, first, rows]),
  firstNonFinite: (k) => k.firstNonFinite(gradients),
  scatterAddRows: (k) =>
    k.scatterAddRows(weights.subarray(0, whole), ids, gradients.subarray(0, whole), width),
  dropoutMask: (k) => k.dropoutMask(rows, 0.5, [1, 2]),
};

function measure(run: () => unknown): number {
  const times: number[] = [];
  const stop = performance.now() + seconds * 1000;
  for (let i = 0; i < 3; i++) run();
  while (performance.now() < stop || times.length < 5) {
    const start = performance.now();
    run();
    times.push(performance.now() - start);
  }
  return (times.sort((a, b) => a - b)[times.length >> 1] * 1e6) / n;
}

const results = Object.entries(work).map(([kernel, run]) => {
  first.fill(0);
  second.fill(1e-4);
  const simd = measure(() => run(arena.kernels));
  const script = measure(() => run(referenceKernels));
  return { kernel, "ns/float": +simd.toFixed(3), "reference ns/float": +script.toFixed(2) };
});
console.log(`${n} floats`);
console.table(results);
