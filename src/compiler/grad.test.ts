import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { DType } from "../core/dtype.ts";
import { Random } from "../core/random.ts";
import { checkGradient, difference } from "./check.ts";
import {
  affine,
  attention,
  batchNormTrain,
  binaryCrossEntropy,
  crossEntropy,
  split,
  stack,
} from "./compose.ts";
import { grad, vjp } from "./grad.ts";
import { Graph, type Tensor } from "./graph.ts";
import { compileJs } from "./js/run.ts";
import { evaluateOnnx } from "./onnx/session/evaluate.ts";

interface Values {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface Reference {
  readonly inputs: Readonly<Record<string, Values>>;
  readonly parameters: Readonly<Record<string, Values>>;
  readonly loss: number;
  readonly outputs: Readonly<Record<string, Values>>;
  readonly gradients: Readonly<Record<string, Values>>;
}

const { models } = JSON.parse(
  readFileSync(new URL("fixtures/gradients.json", import.meta.url), "utf8"),
) as { models: Record<string, Reference> };

type Named = Record<string, Tensor>;

/** A model's loss, and other results by the names of the reference. */
type Model = (t: Named) => { readonly loss: Tensor; readonly outputs: Named };

function maskedMean(loss: Tensor, mask: Tensor): Tensor {
  return loss.mul(mask).sum().div(mask.sum());
}

const threeTaskMlp: Model = (t) => {
  const first = affine(t.x, t.w1, t.b1).relu();
  const h = affine(first, t.w2, t.b2).tanh();
  const price = affine(h, t.wPrice, t.bPrice).squeeze(1);
  const sold = affine(h, t.wSold, t.bSold).squeeze(1);
  const kind = affine(h, t.wKind, t.bKind);
  const priceLoss = maskedMean(price.sub(t.price).square(), t.priceMask);
  const soldLoss = maskedMean(binaryCrossEntropy(sold, t.sold), t.soldMask);
  const kindLoss = maskedMean(crossEntropy(kind, t.kind), t.kindMask);
  return {
    loss: priceLoss.add(soldLoss).add(kindLoss).div(3),
    outputs: { price, sold, kind, priceLoss, soldLoss, kindLoss },
  };
};

const cnnBatchNorm: Model = (t) => {
  const pads = [1, 1, 1, 1];
  const one = batchNormTrain(t.x.conv(t.conv1, { pads }), t.gamma1, t.beta1);
  const pooled = one.y.relu().maxPool({ kernel: [2, 2] });
  const two = batchNormTrain(pooled.conv(t.conv2, { pads }), t.gamma2, t.beta2);
  const logits = affine(two.y.relu().mean([2, 3]), t.w, t.b);
  return {
    loss: crossEntropy(logits, t.y).mean(),
    outputs: {
      logits,
      batchMean1: one.mean,
      batchVariance1: one.variance,
      batchMean2: two.mean,
      batchVariance2: two.variance,
    },
  };
};

const gru: Model = (t) => {
  const [, steps, width] = t.x.shape;
  const hidden = t.wHidden.shape[0];
  const sizes = [hidden, hidden, hidden];
  let h = t.x.graph.zeros([t.x.shape[0], hidden]);
  const states: Tensor[] = [];
  for (let s = 0; s < steps; s++) {
    const x = t.x.slice(1, s, s + 1).reshape([-1, width]);
    const a = split(affine(x, t.wInput, t.bInput), sizes);
    const c = split(affine(h, t.wHidden, t.bHidden), sizes);
    const reset = a[0].add(c[0]).sigmoid();
    const keep = a[1].add(c[1]).sigmoid();
    const next = a[2].add(reset.mul(c[2])).tanh();
    h = next.sub(keep.mul(next)).add(keep.mul(h));
    states.push(h);
  }
  const prediction = affine(h, t.w, t.b).squeeze(1);
  return {
    loss: prediction.sub(t.y).square().mean(),
    outputs: { hiddenStates: stack(states, 1), prediction },
  };
};

const transformer: Model = (t) => {
  const [batch, length, width] = t.x.shape;
  const heads = 2;
  const qkv = affine(t.x.layerNorm(t.gamma1, t.beta1), t.wQkv, t.bQkv)
    .reshape([batch, length, 3, heads, width / heads])
    .transpose([2, 0, 3, 1, 4]);
  const [q, k, v] = split(qkv, [1, 1, 1], 0).map((part) => part.squeeze(0));
  const mask = t.mask.sub(1).mul(1e30).reshape([batch, 1, 1, length]);
  const mixed = attention(q, k, v, mask).transpose([0, 2, 1, 3]).reshape([batch, length, width]);
  const h = t.x.add(affine(mixed, t.wOut, t.bOut));
  const up = affine(h.layerNorm(t.gamma2, t.beta2), t.wUp, t.bUp).gelu();
  const encoded = h.add(affine(up, t.wDown, t.bDown));
  const weights = t.mask.unsqueeze(-1);
  const pooled = encoded
    .mul(weights)
    .sum(1)
    .div(t.mask.sum(1, { keepDims: true }));
  const logits = affine(pooled, t.w, t.b);
  return { loss: crossEntropy(logits, t.y).mean(), outputs: { encoded, logits } };
};

/** Inputs that hold class ids. */
const ids: Readonly<Record<string, readonly string[]>> = {
  threeTaskMlp: ["kind"],
  cnnBatchNorm: ["y"],
  transformer: ["y"],
};

/** Largest difference over the largest magnitude of the reference. */
function scaled(actual: ArrayLike<number>, expected: readonly number[]): number {
  expect(actual.length).toBe(expected.length);
  const size = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((e, i) => Math.abs(actual[i] - e))) / size;
}

describe.each(Object.entries({ threeTaskMlp, cnnBatchNorm, gru, transformer }))(
  "%s",
  (name, model) => {
    const reference = models[name];
    const graph = new Graph();
    const fed = { ...reference.inputs, ...reference.parameters };
    const tensors: Named = {};
    for (const [key, { shape }] of Object.entries(fed)) {
      const dtype: DType = ids[name]?.includes(key) ? "int32" : "float32";
      tensors[key] = graph.input(key, shape, dtype);
    }
    const feeds = Object.fromEntries(Object.entries(fed).map(([key, v]) => [key, v.data]));
    const { loss, outputs } = model(tensors);
    const wrt = Object.keys(reference.gradients);
    const all = [
      loss,
      ...Object.values(outputs),
      ...grad(
        loss,
        wrt.map((key) => tensors[key]),
      ),
    ];
    const expected = [
      [reference.loss],
      ...Object.keys(outputs).map((key) => reference.outputs[key].data),
      ...wrt.map((key) => reference.gradients[key].data),
    ];
    const labels = ["loss", ...Object.keys(outputs), ...wrt.map((key) => `∂${key}`)];

    it("has PyTorch's loss, results and gradients in JavaScript", () => {
      const actual = compileJs(all).run(feeds);
      actual.forEach((values, i) => {
        expect(scaled(values, expected[i]), labels[i]).toBeLessThan(1e-9);
      });
    });

    it.each(["cpu", "webgpu", "export"] as const)("and in ONNX for %s", async (target) => {
      const actual = await evaluateOnnx(all, feeds, target);
      actual.forEach((values, i) => {
        expect(scaled(values, expected[i]), labels[i]).toBeLessThan(1e-5);
      });
    });
  },
);

describe("grad", () => {
  it("refuses a loss that is not a scalar", () => {
    const x = new Graph().input("x", [2]);
    expect(() => grad(x, [x])).toThrow("grad: a scalar loss; got [2]");
  });

  it("is zero where the loss does not depend on a tensor, or only through a stopped gradient", () => {
    const graph = new Graph();
    const [x, y] = [graph.input("x", [2]), graph.input("y", [2])];
    const gradients = grad(x.stopGradient().mul(x).sum(), [x, y]);
    const [dx, dy] = compileJs(gradients).run({ x: [3, 4], y: [1, 2] });
    expect([...dx]).toEqual([3, 4]);
    expect([...dy]).toEqual([0, 0]);
  });

  it("gives the gradient of the loss itself, and of values in the middle", () => {
    const graph = new Graph();
    const x = graph.input("x", [3]);
    const middle = x.mul(x).barrier();
    const loss = middle.sum();
    const [dLoss, dMiddle] = compileJs(grad(loss, [loss, middle])).run({ x: [1, 2, 3] });
    expect([...dLoss]).toEqual([1]);
    expect([...dMiddle]).toEqual([1, 1, 1]);
  });

  it("sees every use of a value kept by a barrier, and refuses one that is not", () => {
    const graph = new Graph();
    const x = graph.input("x", [3]);
    // Without the barrier, the negations would cancel and bypass the value.
    const kept = x.neg().barrier();
    const [slope] = grad(kept.neg().mul(kept).sum(), [kept]);
    expect([...compileJs([slope]).run({ x: [1, 2, 3] })[0]]).toEqual([2, 4, 6]);
    const free = graph.scope("trunk", () => x.tanh());
    expect(() => grad(free.neg().sum(), [free])).toThrow(
      "grad: inputs, or values kept by .barrier(); got the result of tanh in trunk",
    );
  });

  it("sums the parts of a value used many times, through slices that overlap or leave gaps", () => {
    const graph = new Graph();
    const x = graph.input("x", [7, 2]);
    const parts = [
      x.slice(0, 1, 3),
      x.slice(0, 2, 5),
      x.slice(0, 5, 6),
      x.slice(1, 0, 1),
      x.slice(0, 0, 7, 3),
    ];
    const loss = parts
      .map((p, i) =>
        p
          .exp()
          .mul(i + 1)
          .sum(),
      )
      .reduce((a, b) => a.add(b));
    const feeds = { x: Float64Array.from({ length: 14 }, (_, i) => Math.sin(i)) };
    expect(checkGradient(loss, [x], feeds, Random.from(1)).relative).toBeLessThan(1e-8);
  });

  it("differentiates again and again", () => {
    const graph = new Graph();
    const x = graph.input("x", []);
    let value = x.sin();
    for (let i = 0; i < 5; i++) [value] = grad(value, [x]);
    // The fifth derivative of the sine is the cosine.
    expect(compileJs([value]).run({ x: [0.7] })[0][0]).toBeCloseTo(Math.cos(0.7), 14);
  });

  it("names the layers in the nodes it makes", () => {
    const graph = new Graph();
    const x = graph.input("x", [2]);
    const y = graph.scope("tower", () => x.tanh());
    const [dx] = vjp(y, graph.input("g", [2]), [x]);
    expect(dx.node.scope).toBe("∇tower");
  });

  it("agrees with the reference metric", () => {
    expect(difference([1, Number.NaN], [1, 2])).toBe(Infinity);
    expect(difference([1], [1, 2])).toBe(Infinity);
    expect(difference([3], [1])).toBe(1);
  });
});
