/** Rows whose shapes vary much, against their definitions on random shapes. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../core/random.ts";
import { type Shape, sizeOf, stridesOf } from "../../core/shape.ts";
import { checkGradient, difference, type Feeds } from "../check.ts";
import { concat, Graph, scatterAdd, type Tensor } from "../graph.ts";
import { compileJs } from "../js/run.ts";
import { evaluateOnnx } from "../onnx/session/evaluate.ts";
import { positions } from "./window.ts";

const size = fc.integer({ min: 1, max: 5 });
const seed = fc.nat(1e6);

/** Small whole numbers: every sum of products is exact, in 32 bits too. */
function whole(random: Random, shape: Shape): Float64Array {
  return Float64Array.from({ length: sizeOf(shape) }, () => random.integer(7) - 3);
}

async function expectBoth(
  outputs: readonly Tensor[],
  feeds: Feeds,
  expected: readonly ArrayLike<number>[],
  onnx = true,
) {
  const inJs = compileJs(outputs).run(feeds);
  const inOnnx = onnx ? await evaluateOnnx(outputs, feeds) : [];
  expected.forEach((values, i) => {
    expect(difference(inJs[i], values), `JavaScript, output ${i}`).toBeLessThan(1e-12);
    if (onnx) expect(difference(inOnnx[i], values), `ONNX, output ${i}`).toBeLessThan(1e-5);
  });
}

/** An array read by indexes. */
function reader(values: ArrayLike<number>, shape: Shape): (index: readonly number[]) => number {
  const strides = stridesOf(shape);
  return (index) => values[index.reduce((at, i, axis) => at + i * strides[axis], 0)];
}

/** The elements of a shape by a formula of their indexes. */
const tabulate = (shape: Shape, formula: (index: readonly number[]) => number) =>
  positions(shape).map(formula);

describe("matmul", () => {
  const problem = fc.record({
    rows: size,
    inner: size,
    columns: size,
    batchA: fc.array(fc.constantFrom(1, 2, 3), { maxLength: 2 }),
    batchB: fc.array(fc.constantFrom(1, 2, 3), { maxLength: 2 }),
    transposeA: fc.boolean(),
    transposeB: fc.boolean(),
    seed,
  });

  it("sums products over the inner axis, for every batch and flag", async () => {
    let cases = 0;
    await fc.assert(
      fc.asyncProperty(problem, async (p) => {
        // Axes that differ broadcast only if one of them is 1.
        const offset = p.batchA.length - p.batchB.length;
        fc.pre(p.batchB.every((b, i) => [b, 1].includes(p.batchA[i + offset] ?? 1) || b === 1));
        cases++;
        const shapeA = [...p.batchA, ...(p.transposeA ? [p.inner, p.rows] : [p.rows, p.inner])];
        const shapeB = [
          ...p.batchB,
          ...(p.transposeB ? [p.columns, p.inner] : [p.inner, p.columns]),
        ];
        const random = Random.from(p.seed);
        const feeds = { a: whole(random, shapeA), b: whole(random, shapeB) };
        const graph = new Graph();
        const [a, b] = [graph.input("a", shapeA), graph.input("b", shapeB)];
        const y = a.matmul(b, p);
        const [readA, readB] = [reader(feeds.a, shapeA), reader(feeds.b, shapeB)];
        const batchOf = (index: readonly number[], own: readonly number[]) =>
          own.map((d, i) => (d === 1 ? 0 : index[i + index.length - 2 - own.length]));
        const expected = tabulate(y.shape, (index) => {
          const [i, j] = index.slice(-2);
          let sum = 0;
          for (let k = 0; k < p.inner; k++) {
            const left = readA([...batchOf(index, p.batchA), ...(p.transposeA ? [k, i] : [i, k])]);
            sum += left * readB([...batchOf(index, p.batchB), ...(p.transposeB ? [j, k] : [k, j])]);
          }
          return sum;
        });
        await expectBoth([y], feeds, [expected]);
        expect(checkGradient(y, [a, b], feeds, random).relative).toBeLessThan(1e-8);
      }),
      { numRuns: 80 },
    );
    expect(cases).toBeGreaterThan(40);
  });
});

describe("gather and scatterAdd", () => {
  it("pick and add rows by id; a negative id adds nothing", async () => {
    const problem = fc.record({
      rows: fc.integer({ min: 1, max: 90 }),
      width: fc.array(size, { maxLength: 2 }),
      ids: fc.array(size, { minLength: 1, maxLength: 2 }),
      seed,
    });
    await fc.assert(
      fc.asyncProperty(problem, async (p) => {
        const random = Random.from(p.seed);
        const count = sizeOf(p.ids);
        const width = sizeOf(p.width);
        const feeds = {
          table: whole(random, [p.rows, ...p.width]),
          rows: whole(random, [...p.ids, ...p.width]),
          ids: Float64Array.from({ length: count }, () => random.integer(p.rows)),
          some: Float64Array.from({ length: count }, () => random.integer(p.rows + 1) - 1),
        };
        const graph = new Graph();
        const [table, rows] = [
          graph.input("table", [p.rows, ...p.width]),
          graph.input("rows", [...p.ids, ...p.width]),
        ];
        const [ids, some] = ["ids", "some"].map((name) => graph.input(name, p.ids, "int32"));
        const gathered = Array.from(
          { length: count * width },
          (_, i) => feeds.table[feeds.ids[Math.floor(i / width)] * width + (i % width)],
        );
        const added = new Array<number>(p.rows * width).fill(0);
        feeds.rows.forEach((v, i) => {
          const id = feeds.some[Math.floor(i / width)];
          if (id >= 0) added[id * width + (i % width)] += v;
        });
        const sum = scatterAdd(some, rows, p.rows);
        await expectBoth([table.gather(ids), sum], feeds, [gathered, added]);
        expect(checkGradient(table.gather(ids), [table], feeds, random).relative).toBeLessThan(
          1e-8,
        );
        expect(checkGradient(sum, [rows], feeds, random).relative).toBeLessThan(1e-8);
      }),
      { numRuns: 30 },
    );
  });

  it("refuse an id outside the table in JavaScript", () => {
    const graph = new Graph();
    const run = compileJs([graph.input("t", [2]).gather(graph.input("i", [1], "int32"))]);
    expect(() => run.run({ t: [1, 2], i: [2] })).toThrow("gather: an index from 0 to 1; got 2");
  });
});

describe("movement", () => {
  const shape = fc.array(size, { minLength: 1, maxLength: 4 });

  it("slice takes every step-th element of a box", async () => {
    await fc.assert(
      fc.asyncProperty(shape, seed, async (from, s) => {
        const random = Random.from(s);
        const x = new Graph().input("x", from);
        const starts = from.map((d) => random.integer(d));
        const ends = from.map((d, i) => starts[i] + 1 + random.integer(d - starts[i]));
        const steps = from.map(() => 1 + random.integer(3));
        const y = x.graph.apply("slice", [x], { starts, ends, steps });
        const feeds = { x: whole(random, from) };
        const read = reader(feeds.x, from);
        const expected = tabulate(y.shape, (index) =>
          read(index.map((i, a) => starts[a] + i * steps[a])),
        );
        y.shape.forEach((d, i) => {
          expect(d).toBe(Math.ceil((ends[i] - starts[i]) / steps[i]));
        });
        await expectBoth([y], feeds, [expected]);
        expect(checkGradient(y, [x], feeds, random).relative).toBeLessThan(1e-8);
      }),
      { numRuns: 30 },
    );
  });

  it("pad puts zeros before, after and between", async () => {
    await fc.assert(
      fc.asyncProperty(shape, seed, async (from, s) => {
        const random = Random.from(s);
        const x = new Graph().input("x", from);
        const draw = () => from.map(() => random.integer(3));
        const [before, after, interior] = [draw(), draw(), draw()];
        const y = x.pad(before, after, interior);
        const feeds = { x: whole(random, from) };
        const read = reader(feeds.x, from);
        const expected = tabulate(y.shape, (index) => {
          const at = index.map((i, a) => (i - before[a]) / (interior[a] + 1));
          return at.every((i, a) => Number.isInteger(i) && i >= 0 && i < from[a]) ? read(at) : 0;
        });
        await expectBoth([y], feeds, [expected]);
        expect(checkGradient(y, [x], feeds, random).relative).toBeLessThan(1e-8);
      }),
      { numRuns: 30 },
    );
  });

  it("transpose and concat place elements by index", async () => {
    await fc.assert(
      fc.asyncProperty(shape, seed, async (from, s) => {
        const random = Random.from(s);
        const graph = new Graph();
        const axis = random.integer(from.length);
        const other = from.map((d, i) => (i === axis ? 1 + random.integer(3) : d));
        const [x, z] = [graph.input("x", from), graph.input("z", other)];
        const feeds = { x: whole(random, from), z: whole(random, other) };
        const [readX, readZ] = [reader(feeds.x, from), reader(feeds.z, other)];
        const permutation = [...random.permutation(from.length)];
        const turned = x.transpose(permutation);
        const joined = concat([x, z], axis);
        const expected = [
          tabulate(turned.shape, (index) =>
            readX(from.map((_, a) => index[permutation.indexOf(a)])),
          ),
          tabulate(joined.shape, (index) =>
            index[axis] < from[axis]
              ? readX(index)
              : readZ(index.map((i, a) => (a === axis ? i - from[axis] : i))),
          ),
        ];
        await expectBoth([turned, joined], feeds, expected);
      }),
      { numRuns: 30 },
    );
  });
});

describe("conv, convTranspose and convWeight", () => {
  /** One to three spatial axes with any stride, dilation and padding, and up to three groups. */
  function configuration(random: Random) {
    const rank = 1 + random.integer(3);
    const axes = Array.from({ length: rank }, (_, i) => i);
    const groups = 1 + random.integer(3);
    const kernel = axes.map(() => 1 + random.integer(3));
    const strides = axes.map(() => 1 + random.integer(3));
    const dilations = axes.map(() => 1 + random.integer(2));
    const pads = [...axes, ...axes].map(() => random.integer(3));
    const spatial = axes.map((i) => {
      const reach = (kernel[i] - 1) * dilations[i] + 1;
      return Math.max(1, reach - pads[i] - pads[rank + i]) + random.integer(4);
    });
    const depth = 1 + random.integer(2);
    const x = [1 + random.integer(2), groups * depth, ...spatial];
    const w = [groups * (1 + random.integer(2)), depth, ...kernel];
    return { x, w, params: { strides, dilations, pads, groups } };
  }

  it.each(Array.from({ length: 100 }, (_, i) => i))(
    "configuration %i equals the definition",
    async (i) => {
      const random = Random.from(5, i);
      const { x: shapeX, w: shapeW, params } = configuration(random);
      const { strides, dilations, pads, groups } = params;
      const graph = new Graph();
      const [x, w] = [graph.input("x", shapeX), graph.input("w", shapeW)];
      const y = x.conv(w, params);
      const g = graph.input("g", y.shape);
      const dx = g.convTranspose(w, shapeX.slice(2), params);
      const dw = graph.apply("convWeight", [x, g], { ...params, kernel: shapeW.slice(2) });
      const feeds = {
        x: whole(random, shapeX),
        w: whole(random, shapeW),
        g: whole(random, y.shape),
      };
      const expected = [y, dx, dw].map((t) => new Float64Array(t.size));
      const [atX, atW, atY] = [shapeX, shapeW, y.shape].map((shape) => {
        const strides = stridesOf(shape);
        return (index: readonly number[]) =>
          index.reduce((sum, k, axis) => sum + k * strides[axis], 0);
      });
      for (const [n, m, ...out] of positions(y.shape)) {
        const group = Math.floor(m / (shapeW[0] / groups));
        for (const [c, ...tap] of positions(shapeW.slice(1))) {
          const from = out.map((o, a) => o * strides[a] + tap[a] * dilations[a] - pads[a]);
          if (from.some((p, a) => p < 0 || p >= shapeX[2 + a])) continue;
          const [xi, wi] = [atX([n, group * shapeW[1] + c, ...from]), atW([m, c, ...tap])];
          const yi = atY([n, m, ...out]);
          expected[0][yi] += feeds.x[xi] * feeds.w[wi];
          expected[1][xi] += feeds.g[yi] * feeds.w[wi];
          expected[2][wi] += feeds.x[xi] * feeds.g[yi];
        }
      }
      await expectBoth([y, dx, dw], feeds, expected);
    },
  );
});

describe("pooling", () => {
  it("takes the largest or the mean of each window, and back", async () => {
    for (let i = 0; i < 40; i++) {
      const random = Random.from(9, i);
      const rank = 1 + random.integer(2);
      const axes = Array.from({ length: rank }, (_, a) => a);
      const kernel = axes.map(() => 1 + random.integer(3));
      const strides = axes.map(() => 1 + random.integer(3));
      const pads = [...axes, ...axes].map((a) => random.integer(kernel[a]));
      const shape = [
        1 + random.integer(2),
        1 + random.integer(2),
        ...axes.map((a) => kernel[a] + random.integer(4)),
      ];
      const graph = new Graph();
      const x = graph.input("x", shape);
      // All different: the place of the maximum is certain.
      const feeds: Feeds = {
        x: Float64Array.from(random.permutation(x.size), (v) => v - 0.25 * x.size),
      };
      const params = { kernel, strides, pads };
      const [max, mean] = [x.maxPool(params), x.avgPool(params)];
      const read = reader(feeds.x, shape);
      const windows = positions(max.shape).map(([n, c, ...out]) =>
        positions(kernel).flatMap((tap) => {
          const from = out.map((o, a) => o * strides[a] + tap[a] - pads[a]);
          return from.every((p, a) => p >= 0 && p < shape[2 + a]) ? [read([n, c, ...from])] : [];
        }),
      );
      const expected = [
        windows.map((list) => Math.max(...list)),
        windows.map((list) => list.reduce((a, b) => a + b) / list.length),
      ];
      await expectBoth([max, mean], feeds, expected);
      for (const y of [max, mean])
        expect(checkGradient(y, [x], feeds, random).relative).toBeLessThan(1e-8);
      const g = graph.constant(whole(random, max.shape), max.shape);
      const back = [
        graph.apply("maxPoolGrad", [x, g], params),
        graph.apply("avgPoolGrad", [g], { ...params, spatial: shape.slice(2) }),
      ];
      const inJs = compileJs(back).run(feeds);
      for (const target of ["cpu", "webgpu"] as const) {
        const inOnnx = await evaluateOnnx(back, feeds, target);
        inJs.forEach((values, k) => {
          expect(difference(inOnnx[k], values), `${target}, case ${i}, output ${k}`).toBeLessThan(
            1e-5,
          );
        });
      }
    }
  });
});
