import type { Domain, OpName, OpRow, OpTable, Trait, UnaryName, Vjp } from "../op.ts";
import { elementwiseType, requireFloat, unbroadcast } from "./broadcast.ts";
import { onnxType } from "./onnx-type.ts";

type Binary = "add" | "sub" | "mul" | "div" | "pow" | "maximum" | "minimum";

interface UnaryFacts<K extends OpName> {
  readonly vjp: Vjp<K> | { readonly none: string };
  readonly onnx: string | OpRow<K>["onnx"];
  readonly js: (x: string) => string;
  readonly domain?: Domain;
}

function unary<K extends UnaryName>(name: K, summary: string, facts: UnaryFacts<K>): OpRow<K> {
  const { onnx } = facts;
  return {
    summary,
    traits: ["elementwise"],
    infer: ([x]) => {
      requireFloat(name, x);
      return x;
    },
    vjp: facts.vjp,
    onnx: typeof onnx === "string" ? (emit, inputs) => emit.node(onnx, inputs)[0] : onnx,
    js: { expression: ([x]) => facts.js(x) },
    samples: [[], [5], [2, 3]].map((shape) => ({
      shapes: [shape],
      params: {},
      domains: [facts.domain],
    })) as never,
  };
}

function binary<K extends Binary>(
  name: K,
  summary: string,
  facts: {
    readonly commutative?: boolean;
    readonly floatOnly?: boolean;
    readonly vjp: Vjp<K>;
    readonly onnx: string;
    readonly js: (a: string, b: string) => string;
    readonly domains?: readonly (Domain | undefined)[];
  },
): OpRow<K> {
  const traits: Trait[] = facts.commutative ? ["elementwise", "commutative"] : ["elementwise"];
  return {
    summary,
    traits,
    infer: (inputs) => {
      // Of integers, ONNX divides to integers and JavaScript does not: refused.
      if (facts.floatOnly) for (const t of inputs) requireFloat(name, t);
      return elementwiseType(name, inputs);
    },
    vjp: (grad, at) =>
      facts.vjp(grad, at).map((g, i) => (g === null ? null : unbroadcast(g, at.inputs[i].shape))),
    onnx: (emit, inputs) => emit.node(facts.onnx, inputs)[0],
    js: { expression: ([a, b]) => facts.js(a, b) },
    samples: [
      [
        [2, 3],
        [2, 3],
      ],
      [[2, 3], []],
      [[3], [2, 3]],
      [
        [2, 1, 3],
        [4, 1],
      ],
    ].map((shapes) => ({ shapes, params: {}, domains: facts.domains })) as never,
  };
}

const positive: Domain = { from: 0.3, to: 2.5 };
const twoOverRootPi = 2 / Math.sqrt(Math.PI);

/** Arithmetic and the usual functions, one element at a time. */
export const elementwise: Pick<OpTable, UnaryName | Binary | "barrier" | "cast" | "isNaN"> = {
  neg: unary("neg", "−x", { vjp: (g) => [g.neg()], onnx: "Neg", js: (x) => `-${x}` }),
  exp: unary("exp", "eˣ", {
    vjp: (g, { output: y }) => [g.mul(y)],
    onnx: "Exp",
    js: (x) => `Math.exp(${x})`,
  }),
  log: unary("log", "Natural logarithm.", {
    vjp: (g, { inputs: [x] }) => [g.div(x)],
    onnx: "Log",
    js: (x) => `Math.log(${x})`,
    domain: positive,
  }),
  sqrt: unary("sqrt", "Square root.", {
    vjp: (g, { output: y }) => [g.mul(0.5).div(y)],
    onnx: "Sqrt",
    js: (x) => `Math.sqrt(${x})`,
    domain: positive,
  }),
  recip: unary("recip", "1/x", {
    // d(1/x) = −1/x² = −y²
    vjp: (g, { output: y }) => [g.mul(y).mul(y).neg()],
    onnx: "Reciprocal",
    js: (x) => `1/${x}`,
    domain: positive,
  }),
  tanh: unary("tanh", "Hyperbolic tangent.", {
    vjp: (g, { output: y }) => [g.mul(y.mul(y).neg().add(1))],
    onnx: "Tanh",
    js: (x) => `Math.tanh(${x})`,
  }),
  sigmoid: unary("sigmoid", "1/(1 + e⁻ˣ)", {
    vjp: (g, { output: y }) => [g.mul(y.mul(y.neg().add(1)))],
    onnx: "Sigmoid",
    js: (x) => `1/(1+Math.exp(-${x}))`,
  }),
  softplus: unary("softplus", "log(1 + eˣ)", {
    vjp: (g, { inputs: [x] }) => [g.mul(x.sigmoid())],
    // The engine's Softplus is slow; max(x, 0) + log(1 + e^−|x|) is the same and does not overflow.
    onnx: (emit, [x]) => {
      const tail = emit.node("Exp", emit.node("Neg", emit.node("Abs", [x])))[0];
      const log = emit.node("Log", emit.node("Add", [tail, emit.scalar(1)]))[0];
      return emit.node("Add", [emit.node("Relu", [x])[0], log])[0];
    },
    js: (x) => `Math.max(${x},0)+Math.log1p(Math.exp(-Math.abs(${x})))`,
  }),
  erf: unary("erf", "Gauss error function.", {
    vjp: (g, { inputs: [x] }) => [g.mul(x.mul(x).neg().exp().mul(twoOverRootPi))],
    onnx: "Erf",
    js: (x) => `R.erf(${x})`,
  }),
  gelu: unary("gelu", "x·Φ(x), Φ the normal distribution function.", {
    // Φ(x) + x·φ(x)
    vjp: (g, { inputs: [x] }) => {
      const cdf = x.mul(Math.SQRT1_2).erf().add(1).mul(0.5);
      const pdf = x
        .mul(x)
        .mul(-0.5)
        .exp()
        .mul(1 / Math.sqrt(2 * Math.PI));
      return [g.mul(cdf.add(x.mul(pdf)))];
    },
    onnx: "Gelu",
    js: (x) => `0.5*${x}*(1+R.erf(${x}*Math.SQRT1_2))`,
  }),
  sin: unary("sin", "Sine.", {
    vjp: (g, { inputs: [x] }) => [g.mul(x.cos())],
    onnx: "Sin",
    js: (x) => `Math.sin(${x})`,
  }),
  cos: unary("cos", "Cosine.", {
    vjp: (g, { inputs: [x] }) => [g.mul(x.sin()).neg()],
    onnx: "Cos",
    js: (x) => `Math.cos(${x})`,
  }),
  abs: unary("abs", "|x|", {
    vjp: (g, { inputs: [x] }) => [g.mul(x.sign())],
    onnx: "Abs",
    js: (x) => `Math.abs(${x})`,
    domain: { distinct: true },
  }),
  floor: unary("floor", "Largest integer not above x.", {
    vjp: { none: "piecewise constant" },
    onnx: "Floor",
    js: (x) => `Math.floor(${x})`,
    domain: { distinct: true },
  }),
  sign: unary("sign", "−1, 0 or 1.", {
    vjp: { none: "piecewise constant" },
    onnx: "Sign",
    js: (x) => `Math.sign(${x})`,
    domain: { distinct: true },
  }),
  relu: unary("relu", "max(x, 0)", {
    vjp: (g, { output: y }) => [g.mul(y.gt(0).cast(y.dtype))],
    onnx: "Relu",
    js: (x) => `Math.max(${x},0)`,
    domain: { distinct: true },
  }),
  stopGradient: unary("stopGradient", "x, through which no gradient flows.", {
    vjp: { none: "stops the gradient on purpose" },
    onnx: (_, [x]) => x,
    js: (x) => x,
  }),
  barrier: {
    summary: "x itself, kept apart from what comes before it.",
    traits: ["barrier"],
    infer: ([x]) => x,
    vjp: (g) => [g],
    onnx: (_, [x]) => x,
    js: { alias: true },
    samples: [{ shapes: [[2, 3]], params: {} }],
  },
  isNaN: {
    summary: "Whether x is not a number.",
    traits: ["elementwise"],
    infer: ([x]) => {
      requireFloat("isNaN", x);
      return { shape: x.shape, dtype: "bool" };
    },
    vjp: { none: "not a float" },
    onnx: (emit, inputs) => emit.node("IsNaN", inputs)[0],
    js: { expression: ([x]) => `(${x}!==${x}?1:0)` },
    samples: [{ shapes: [[3]], params: {} }],
  },
  cast: {
    summary: "The same values in another element type.",
    traits: ["elementwise"],
    infer: ([x], p) => ({ shape: x.shape, dtype: p.to }),
    vjp: (g, { inputs: [x] }) => [
      x.dtype === "float32" || x.dtype === "float64" ? g.cast(x.dtype) : null,
    ],
    onnx: (emit, inputs, node) =>
      emit.node("Cast", inputs, { to: { int: onnxType[node.params.to] } })[0],
    js: {
      expression: ([x], { to }) =>
        to === "bool"
          ? `(${x}!==0?1:0)`
          : to === "float32" || to === "float64"
            ? x
            : `Math.trunc(${x})`,
    },
    samples: [
      { shapes: [[4]], params: { to: "int32" }, domains: [{ from: 0, to: 9 }] },
      {
        shapes: [[4]],
        params: { to: "float32" },
        domains: [{ integersBelow: 5 }],
        dtypes: ["int32"],
      },
      { shapes: [[4]], params: { to: "float32" }, domains: [{ booleans: true }], dtypes: ["bool"] },
    ],
  },

  add: binary("add", "a + b", {
    commutative: true,
    vjp: (g) => [g, g],
    onnx: "Add",
    js: (a, b) => `${a}+${b}`,
  }),
  sub: binary("sub", "a − b", {
    // Summed before the sign changes: what b was stretched from is smaller.
    vjp: (g, { inputs: [, b] }) => [g, unbroadcast(g, b.shape).neg()],
    onnx: "Sub",
    js: (a, b) => `${a}-${b}`,
  }),
  mul: binary("mul", "a · b", {
    commutative: true,
    // A square's two parts are one: 2·g is cheap where g is small.
    vjp: (g, { inputs: [a, b] }) =>
      a.node === b.node ? [g.mul(2).mul(a), null] : [g.mul(b), g.mul(a)],
    onnx: "Mul",
    js: (a, b) => `${a}*${b}`,
  }),
  div: binary("div", "a / b", {
    floatOnly: true,
    // ∂a = g/b, ∂b = −g·(a/b)/b
    vjp: (g, { inputs: [, b], output: y }) => [g.div(b), g.mul(y).div(b).neg()],
    onnx: "Div",
    js: (a, b) => `${a}/${b}`,
    domains: [undefined, positive],
  }),
  pow: binary("pow", "aᵇ", {
    floatOnly: true,
    // ∂a = g·b·aᵇ⁻¹, ∂b = g·aᵇ·log a
    vjp: (g, { inputs: [a, b], output: y }) => [
      g.mul(b).mul(a.pow(b.sub(1))),
      g.mul(y).mul(a.log()),
    ],
    onnx: "Pow",
    js: (a, b) => `Math.pow(${a},${b})`,
    domains: [positive, undefined],
  }),
  maximum: binary("maximum", "The larger of a and b.", {
    commutative: true,
    vjp: (g, { inputs: [a, b] }) => {
      const first = g.mul(a.ge(b).cast(g.dtype));
      return [first, g.sub(first)];
    },
    onnx: "Max",
    js: (a, b) => `Math.max(${a},${b})`,
    domains: [{ distinct: true }, { distinct: true }],
  }),
  minimum: binary("minimum", "The smaller of a and b.", {
    commutative: true,
    vjp: (g, { inputs: [a, b] }) => {
      const first = g.mul(a.le(b).cast(g.dtype));
      return [first, g.sub(first)];
    },
    onnx: "Min",
    js: (a, b) => `Math.min(${a},${b})`,
    domains: [{ distinct: true }, { distinct: true }],
  }),
};
