import {
  type AdamScalars,
  accumulateGram,
  adamScalars,
  badRow,
  checkRows,
  dropoutScalars,
  type Kernels,
  sameLength,
} from "./kernels.ts";

const f = Math.fround;

/**
 * The kernels in plain JavaScript, rounding to float32 after every operation in the same order: the
 * definition that the SIMD code is tested against. Takes any arrays; some ten times slower.
 */
export const referenceKernels: Kernels = {
  fill: (x, value) => void x.fill(value),
  scale(x, factor) {
    const a = f(factor);
    for (let i = 0; i < x.length; i++) x[i] = a * x[i];
  },
  axpy(a, x, y) {
    sameLength("axpy", x, y);
    addScaled(y, f(a), x, y);
  },
  addScaled(x, a, y, out) {
    sameLength("addScaled", x, y, out);
    addScaled(x, f(a), y, out);
  },
  ema(average, x, rate) {
    sameLength("ema", average, x);
    const r = f(rate);
    for (let i = 0; i < x.length; i++) {
      average[i] = f(average[i] + f(r * f(x[i] - average[i])));
    }
  },
  clamp(x, limit) {
    const h = f(limit);
    for (let i = 0; i < x.length; i++) x[i] = Math.min(Math.max(x[i], -h), h);
  },
  softThreshold: (x, threshold, out = x) => shrink("softThreshold", x, threshold, 0, out),
  elasticNetProx: (x, l1, l2, out = x) => shrink("elasticNetProx", x, l1, l2, out),
  sgd(step, weights, gradients) {
    sameLength("sgd", weights, gradients);
    const rate = f(step.learningRate);
    const l2 = f(step.weightDecay);
    for (let i = 0; i < weights.length; i++) {
      const w = weights[i];
      weights[i] = f(w - f(rate * f(gradients[i] + f(l2 * w))));
    }
  },
  sgdMomentum(step, weights, gradients, velocity) {
    sameLength("sgdMomentum", weights, gradients, velocity);
    const rate = f(step.learningRate);
    const l2 = f(step.weightDecay);
    const momentum = f(step.momentum);
    for (let i = 0; i < weights.length; i++) {
      const w = weights[i];
      const g = f(gradients[i] + f(l2 * w));
      const b = f(f(momentum * velocity[i]) + g);
      velocity[i] = b;
      weights[i] = f(w - f(rate * (step.nesterov ? f(g + f(momentum * b)) : b)));
    }
  },
  adam: (step, ...vectors) => adam("adam", adamScalars(step, false), ...vectors),
  adamw: (step, ...vectors) => adam("adamw", adamScalars(step, true), ...vectors),
  dot,
  squaredNorm: (x) => dot(x, x),
  gram(vectors, out = new Float64Array(vectors.length ** 2)) {
    sameLength("gram", ...vectors);
    return accumulateGram(vectors, out, (i, j, start, length) =>
      dot(vectors[i].subarray(start, start + length), vectors[j].subarray(start, start + length)),
    );
  },
  firstNonFinite: (x) => x.findIndex((value) => !Number.isFinite(value)),
  scatterAddRows(table, ids, rows, width) {
    checkRows(table, ids, rows, width);
    const limit = table.length / width;
    const bad = ids.findIndex((id) => id >= limit);
    if (bad >= 0) throw badRow(bad, ids[bad], limit);
    for (let i = 0; i < ids.length; i++) {
      if (ids[i] < 0) continue;
      for (let j = 0; j < width; j++) table[ids[i] * width + j] += rows[i * width + j];
    }
  },
  dropoutMask(out, rate, seed, counter = 0) {
    const { threshold, kept, key } = dropoutScalars(rate, seed);
    for (let i = 0; i < out.length; i++) out[i] = hash(counter + i, key) < threshold ? 0 : kept;
  },
};

function addScaled(x: Float32Array, a: number, y: Float32Array, out: Float32Array): void {
  for (let i = 0; i < x.length; i++) out[i] = f(x[i] + f(a * y[i]));
}

function shrink(where: string, x: Float32Array, l1: number, l2: number, out: Float32Array): void {
  sameLength(where, x, out);
  const h = f(l1);
  const s = f(1 / (1 + l2));
  for (let i = 0; i < x.length; i++) {
    out[i] = f(s * f(x[i] - Math.min(Math.max(x[i], -h), h)));
  }
}

function adam(
  where: string,
  scalars: AdamScalars,
  weights: Float32Array,
  gradients: Float32Array,
  first: Float32Array,
  second: Float32Array,
): void {
  sameLength(where, weights, gradients, first, second);
  const [rate, c1, beta2, c2, epsilon, l2, decay, root] = scalars.map(f);
  for (let i = 0; i < weights.length; i++) {
    const w = weights[i];
    const g = f(gradients[i] + f(l2 * w));
    const m = f(first[i] + f(c1 * f(g - first[i])));
    const v = f(f(beta2 * second[i]) + f(f(c2 * g) * g));
    first[i] = m;
    second[i] = v;
    const denominator = f(f(root * f(Math.sqrt(v))) + epsilon);
    weights[i] = f(f(decay * w) - f(f(rate * m) / denominator));
  }
}

/** Eight interleaved sums, then the remainder: the order in which the SIMD lanes add. */
function dot(x: Float32Array, y: Float32Array): number {
  sameLength("dot", x, y);
  const sums = new Float64Array(8);
  const whole = x.length - (x.length % 8);
  for (let i = 0; i < whole; i++) sums[i % 8] += x[i] * y[i];
  let tail = 0;
  for (let i = whole; i < x.length; i++) tail += x[i] * y[i];
  const [a, b, c, d, e, g, h, k] = sums;
  return a + c + (e + h) + (b + d + (g + k)) + tail;
}

function hash(counter: number, key: readonly [number, number]): number {
  let x = counter ^ key[0];
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0xd35a2d97);
  x = x ^ (x >>> 15) ^ key[1];
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  return (x ^ (x >>> 15)) >>> 0;
}
