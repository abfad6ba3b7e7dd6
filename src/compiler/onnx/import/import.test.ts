import { describe, expect, test } from "vitest";
import { allocate, type TypedArray } from "../../../core/dtype.ts";
import type { PolytaskError } from "../../../core/errors.ts";
import { Random } from "../../../core/random.ts";
import { sizeOf } from "../../../core/shape.ts";
import { checkGradient, difference, type Feeds } from "../../check.ts";
import { Graph } from "../../graph.ts";
import { compileJs } from "../../js/run.ts";
import { type Attribute, float, int, ints, str, tensor } from "../attributes.ts";
import { OnnxBuilder } from "../builder.ts";
import { evaluateOnnx } from "../session/evaluate.ts";
import { createSession } from "../session/session.ts";
import { dtypeCode, type OnnxDType, type OnnxTensor } from "../tensor-data.ts";
import { importOnnx } from "./import.ts";
import { importedOperators } from "./operators.ts";

type Operand =
  /** Fed: a shape, numbers in −2 … 2, or integers from 0 to below a bound. */
  | { readonly shape: readonly number[]; readonly below?: number; readonly from?: number }
  /** Stored in the model. */
  | { readonly ints: readonly number[]; readonly dims?: readonly number[] }
  | { readonly floats: readonly number[]; readonly dims?: readonly number[] }
  | { readonly weight: readonly number[]; readonly positive?: boolean }
  | null;

interface Case {
  readonly op: string;
  readonly inputs: readonly Operand[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly result?: OnnxDType;
  readonly outputs?: number;
  readonly opset?: number;
  /** Nodes that the operator's operands come from, for those that must be known while tracing. */
  readonly smooth?: boolean;
}

const x = (...shape: number[]): Operand => ({ shape });
const above = (from: number, ...shape: number[]): Operand => ({ shape, from });
const ids = (below: number, ...shape: number[]): Operand => ({ shape, below });
const list = (...values: number[]): Operand => ({ ints: values });
const w = (...shape: number[]): Operand => ({ weight: shape });
const variance = (...shape: number[]): Operand => ({ weight: shape, positive: true });
const scalar = (value: number): Operand => ({ floats: [value], dims: [] });

const cases: readonly Case[] = [
  ...[
    "Neg",
    "Abs",
    "Floor",
    "Ceil",
    "Exp",
    "Sin",
    "Cos",
    "Sign",
    "Relu",
    "Sigmoid",
    "Tanh",
    "Erf",
  ].map((op) => ({
    op,
    inputs: [x(2, 3)],
    smooth: !["Floor", "Ceil", "Sign", "Relu", "Abs"].includes(op),
  })),
  ...["Sqrt", "Log", "Reciprocal"].map((op) => ({ op, inputs: [above(0.5, 2, 3)] })),
  ...["Identity", "Softplus", "HardSwish", "Mish", "Elu", "LeakyRelu", "Dropout"].map((op) => ({
    op,
    inputs: [x(2, 5)],
  })),
  { op: "Swish", inputs: [x(2, 5)], attributes: { alpha: float(1.5) }, opset: 24 },
  { op: "LeakyRelu", inputs: [x(2, 5)], attributes: { alpha: float(0.3) } },
  { op: "Elu", inputs: [x(7)], attributes: { alpha: float(0.5) } },
  { op: "PRelu", inputs: [x(2, 3, 2), w(3, 1)] },
  { op: "HardSigmoid", inputs: [x(2, 5)] },
  { op: "HardSigmoid", inputs: [x(2, 5)], attributes: { alpha: float(0.4), beta: float(0.3) } },
  { op: "Gelu", inputs: [x(2, 5)], smooth: true },
  { op: "Gelu", inputs: [x(2, 5)], attributes: { approximate: str("tanh") }, smooth: true },
  { op: "Clip", inputs: [x(9), scalar(0), scalar(1)] },
  { op: "Clip", inputs: [x(9), scalar(-1), null] },
  { op: "Clip", inputs: [x(9), null, scalar(0.5)] },
  ...["Add", "Sub", "Mul", "Div"].map((op) => ({
    op,
    inputs: [x(2, 3), above(1, 3)],
    smooth: true,
  })),
  { op: "Pow", inputs: [above(0.5, 2, 3), scalar(2)] },
  { op: "Pow", inputs: [above(0.5, 2, 3), above(0.5, 3)] },
  { op: "Sum", inputs: [x(2, 3), x(3), x(2, 1)] },
  { op: "Max", inputs: [x(2, 3), x(3), x(2, 1)] },
  { op: "Min", inputs: [x(2, 3), x(3)] },
  ...["Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"].map((op) => ({
    op,
    inputs: [ids(3, 4, 3), ids(3, 3)],
    result: "bool" as const,
  })),
  { op: "IsNaN", inputs: [x(4)], result: "bool" },
  { op: "Cast", inputs: [ids(5, 4)], attributes: { to: int(dtypeCode("float32")) } },
  { op: "Cast", inputs: [x(6)], attributes: { to: int(dtypeCode("int32")) }, result: "int32" },
  { op: "Cast", inputs: [ids(2, 6)], attributes: { to: int(dtypeCode("bool")) }, result: "bool" },
  { op: "Reshape", inputs: [x(2, 6), list(0, -1, 2)] },
  { op: "Reshape", inputs: [x(2, 6), list(3, 4)] },
  { op: "Flatten", inputs: [x(2, 3, 4)] },
  { op: "Flatten", inputs: [x(2, 3, 4)], attributes: { axis: int(-1) } },
  { op: "Unsqueeze", inputs: [x(2, 3), list(0, -1)] },
  { op: "Squeeze", inputs: [x(1, 3, 1), list(-1)] },
  { op: "Squeeze", inputs: [x(1, 3, 1)] },
  { op: "Transpose", inputs: [x(2, 3, 4)], attributes: { perm: ints([2, 0, 1]) } },
  { op: "Transpose", inputs: [x(2, 3, 4)] },
  { op: "Concat", inputs: [x(2, 3), w(2, 1), x(2, 2)], attributes: { axis: int(-1) } },
  { op: "Slice", inputs: [x(4, 5), list(1, -3), list(9, 5), list(0, 1), list(2, 1)] },
  { op: "Slice", inputs: [x(4, 5), list(-1), list(-99), list(1), list(-2)] },
  { op: "Slice", inputs: [x(4, 5), list(3), list(0), list(0), list(-1)] },
  { op: "Slice", inputs: [x(4, 5), list(1), list(Number.MAX_SAFE_INTEGER)] },
  { op: "Gather", inputs: [w(5, 3), ids(5, 2, 2)], smooth: true },
  { op: "Gather", inputs: [x(2, 5, 3), ids(5, 2)], attributes: { axis: int(1) } },
  { op: "Gather", inputs: [x(2, 5, 3), { ints: [-1, 2] }], attributes: { axis: int(-1) } },
  { op: "Gather", inputs: [x(2, 5), { ints: [-1], dims: [] }], attributes: { axis: int(1) } },
  { op: "GatherElements", inputs: [x(2, 5), ids(5, 2, 3)], attributes: { axis: int(1) } },
  { op: "Split", inputs: [x(2, 6), list(2, 1, 3)], attributes: { axis: int(1) }, outputs: 3 },
  { op: "Split", inputs: [x(5, 2)], attributes: { num_outputs: int(2) }, outputs: 2 },
  { op: "Expand", inputs: [x(3, 1), list(2, 1, 4)] },
  { op: "Tile", inputs: [x(2, 3), list(1, 2)] },
  { op: "Pad", inputs: [x(2, 3), list(0, 1, 2, 0)] },
  { op: "Pad", inputs: [x(2, 3), list(1, -1, 0, 2), scalar(1.5)] },
  { op: "Pad", inputs: [x(2, 3, 2), list(1, 2), scalar(0), list(1)] },
  { op: "DepthToSpace", inputs: [x(1, 8, 2, 3)], attributes: { blocksize: int(2) } },
  {
    op: "DepthToSpace",
    inputs: [x(1, 8, 2, 3)],
    attributes: { blocksize: int(2), mode: str("CRD") },
  },
  { op: "SpaceToDepth", inputs: [x(1, 2, 4, 6)], attributes: { blocksize: int(2) } },
  { op: "Shape", inputs: [x(2, 3, 4)], attributes: { start: int(1) }, result: "int64" },
  { op: "Size", inputs: [x(2, 3)], result: "int64" },
  { op: "ConstantOfShape", inputs: [list(2, 3)] },
  {
    op: "ConstantOfShape",
    inputs: [list(3)],
    attributes: { value: tensor("int64", [1], BigInt64Array.of(7n)) },
    result: "int64",
  },
  { op: "Range", inputs: [scalar(1), scalar(6), scalar(2)] },
  ...[
    "ReduceSum",
    "ReduceMean",
    "ReduceMax",
    "ReduceMin",
    "ReduceSumSquare",
    "ReduceL1",
    "ReduceL2",
    "ReduceLogSumExp",
  ].map((op) => ({ op, inputs: [x(2, 3, 4), list(1, -1)], attributes: { keepdims: int(0) } })),
  { op: "ReduceMean", inputs: [x(2, 3)] },
  { op: "ReduceSum", inputs: [x(2, 3)], attributes: { noop_with_empty_axes: int(1) } },
  { op: "ReduceProd", inputs: [list(2, 3, 4)], attributes: { keepdims: int(0) }, result: "int64" },
  { op: "ArgMax", inputs: [x(2, 5)], attributes: { axis: int(1) }, result: "int64" },
  { op: "CumSum", inputs: [x(2, 5), { ints: [1], dims: [] }] },
  { op: "Softmax", inputs: [x(2, 3, 4)], attributes: { axis: int(1) }, smooth: true },
  { op: "Softmax", inputs: [x(2, 3)], smooth: true },
  { op: "LogSoftmax", inputs: [x(2, 3)], smooth: true },
  { op: "MatMul", inputs: [x(2, 3, 4), w(4, 2)], smooth: true },
  { op: "MatMul", inputs: [x(2, 2, 3, 4), x(2, 1, 4, 2)] },
  { op: "MatMul", inputs: [x(4), x(4, 3)] },
  { op: "MatMul", inputs: [x(3, 4), x(4)] },
  { op: "Gemm", inputs: [x(3, 4), w(2, 4), w(2)], attributes: { transB: int(1) }, smooth: true },
  {
    op: "Gemm",
    inputs: [x(4, 3), w(4, 2), w(3, 2)],
    attributes: { transA: int(1), alpha: float(0.5), beta: float(2) },
  },
  { op: "Conv", inputs: [x(2, 3, 6, 5), w(4, 3, 3, 2), w(4)], smooth: true },
  {
    op: "Conv",
    inputs: [x(1, 4, 7, 7), w(4, 1, 3, 3)],
    attributes: { group: int(4), strides: ints([2, 2]), auto_pad: str("SAME_UPPER") },
    smooth: true,
  },
  {
    op: "Conv",
    inputs: [x(1, 4, 8, 8), w(6, 2, 3, 3)],
    attributes: {
      group: int(2),
      strides: ints([2, 1]),
      dilations: ints([1, 2]),
      pads: ints([1, 0, 2, 3]),
    },
    smooth: true,
  },
  { op: "Conv", inputs: [x(2, 3, 9), w(2, 3, 4)], attributes: { auto_pad: str("SAME_LOWER") } },
  {
    op: "ConvTranspose",
    inputs: [x(1, 4, 3, 3), w(4, 2, 3, 3), w(2)],
    attributes: { strides: ints([2, 2]), pads: ints([1, 1, 1, 1]), output_padding: ints([1, 0]) },
  },
  {
    op: "BatchNormalization",
    inputs: [x(2, 3, 4), w(3), w(3), w(3), variance(3)],
    attributes: { epsilon: float(0.01) },
    smooth: true,
  },
  { op: "LayerNormalization", inputs: [x(2, 3, 4), w(4), w(4)], smooth: true },
  { op: "LayerNormalization", inputs: [x(2, 3, 4), w(3, 4)], attributes: { axis: int(1) } },
  { op: "InstanceNormalization", inputs: [x(2, 3, 4, 2), w(3), w(3)] },
  {
    op: "GroupNormalization",
    inputs: [x(2, 4, 3), w(4), w(4)],
    attributes: { num_groups: int(2) },
    opset: 21,
  },
  { op: "LpNormalization", inputs: [x(2, 5)], smooth: true },
  { op: "LpNormalization", inputs: [x(2, 5)], attributes: { p: int(1), axis: int(0) } },
  {
    op: "MaxPool",
    inputs: [x(1, 2, 5, 6)],
    attributes: { kernel_shape: ints([3, 2]), strides: ints([2, 2]), pads: ints([1, 0, 1, 0]) },
  },
  {
    op: "MaxPool",
    inputs: [x(1, 2, 6, 6)],
    attributes: { kernel_shape: ints([3, 3]), strides: ints([2, 2]), ceil_mode: int(1) },
  },
  {
    op: "AveragePool",
    inputs: [x(1, 2, 5, 6)],
    attributes: { kernel_shape: ints([3, 3]), pads: ints([1, 1, 1, 1]) },
    smooth: true,
  },
  {
    op: "AveragePool",
    inputs: [x(1, 2, 5, 6)],
    attributes: { kernel_shape: ints([3, 3]), pads: ints([1, 1, 1, 1]), count_include_pad: int(1) },
  },
  {
    op: "AveragePool",
    inputs: [x(1, 2, 6, 6)],
    attributes: { kernel_shape: ints([3, 3]), strides: ints([2, 2]), ceil_mode: int(1) },
  },
  { op: "GlobalAveragePool", inputs: [x(2, 3, 4, 5)], smooth: true },
  { op: "GlobalMaxPool", inputs: [x(2, 3, 4, 5)] },
  { op: "Resize", inputs: [x(1, 2, 3, 4), null, { floats: [1, 1, 2, 2] }] },
  {
    op: "Resize",
    inputs: [x(1, 2, 3, 4), null, { floats: [1, 1, 2, 1.5] }],
    attributes: {
      mode: str("nearest"),
      coordinate_transformation_mode: str("asymmetric"),
      nearest_mode: str("floor"),
    },
  },
  {
    op: "Resize",
    inputs: [x(1, 2, 3, 4), null, null, list(1, 2, 7, 5)],
    attributes: { mode: str("linear") },
    smooth: true,
  },
  {
    op: "Resize",
    inputs: [x(1, 1, 4, 4), null, null, list(1, 1, 2, 9)],
    attributes: { mode: str("linear"), coordinate_transformation_mode: str("align_corners") },
  },
];

interface Built {
  readonly bytes: Uint8Array;
  readonly feeds: Readonly<Record<string, OnnxTensor>>;
}

/** A model of one node, and what to feed it. `dims` are those of the results, once they are known. */
function build(one: Case, dims: readonly (readonly number[])[] | undefined): Built {
  const builder = new OnnxBuilder({ opset: one.opset ?? 20 });
  const random = Random.from(3, one.op);
  const feeds: Record<string, OnnxTensor> = {};
  const stored = (name: string, dtype: OnnxDType, shape: readonly number[], data: TypedArray) =>
    builder.initializer(name, dtype, shape, data);
  const operands = one.inputs.map((operand, i) => {
    if (operand === null) return "";
    const name = `x${i}`;
    if ("ints" in operand) {
      const values = BigInt64Array.from(operand.ints, BigInt);
      return stored(name, "int64", operand.dims ?? [values.length], values);
    }
    if ("floats" in operand) {
      const values = Float32Array.from(operand.floats);
      return stored(name, "float32", operand.dims ?? [values.length], values);
    }
    const shape = "weight" in operand ? operand.weight : operand.shape;
    const whole = "below" in operand && operand.below !== undefined;
    const data = allocate(whole ? "int32" : "float32", sizeOf(shape)) as Float32Array;
    const from = "from" in operand ? operand.from : undefined;
    for (let j = 0; j < data.length; j++) {
      if (whole) data[j] = random.integer(operand.below ?? 1);
      else if ("weight" in operand && operand.positive) data[j] = 0.5 + random.uniform();
      else data[j] = (from ?? -2) + (from === undefined ? 4 : 2) * random.uniform();
    }
    const dtype = whole ? "int32" : "float32";
    if ("weight" in operand) return stored(name, dtype, shape, data);
    feeds[name] = { dtype, dims: shape, data };
    return builder.input(name, dtype, shape);
  });
  const outputs = Array.from({ length: one.outputs ?? 1 }, (_, i) => `y${i}`);
  builder.node(one.op, operands, { attributes: one.attributes ?? {}, outputs });
  for (const [i, name] of outputs.entries())
    builder.output(name, one.result ?? "float32", dims?.[i] ?? []);
  return { bytes: builder.toBytes(), feeds };
}

/** The model traced on inputs of the feeds' shapes, with its weights as inputs too. */
function traced({ bytes, feeds }: Built) {
  const graph = new Graph();
  const inputs = Object.fromEntries(
    Object.entries(feeds).map(([name, { dims, dtype }]) => [
      name,
      graph.input(name, dims, dtype === "int32" ? "int32" : "float32"),
    ]),
  );
  const values: Feeds = {};
  for (const [name, { data }] of Object.entries(feeds))
    values[name] = Float64Array.from(data as Float32Array);
  const model = importOnnx(bytes);
  const wrt = Object.values(inputs);
  const outputs = model.trace(graph, inputs, (weight) => {
    values[weight.name] = Float64Array.from(weight.values());
    const tensor = graph.input(weight.name, weight.shape);
    if (weight.trainable) wrt.push(tensor);
    return tensor;
  });
  return { outputs: Object.values(outputs), values, wrt, model };
}

function title({ op, inputs, attributes = {} }: Case): string {
  return `${op} ${JSON.stringify([inputs, attributes], (_, v) => (typeof v === "bigint" ? Number(v) : ArrayBuffer.isView(v) ? "data" : v))}`;
}

describe.each(cases.map((one) => [title(one), one] as const))("%s", (_, one) => {
  test("gives what the engine gives", async () => {
    const shapes = traced(build(one, undefined)).outputs.map((t) => t.shape);
    const built = build(one, shapes);
    const { outputs, values } = traced(built);
    const session = await createSession(built.bytes, { threads: 1 });
    const expected = await session.run(built.feeds);
    await session.dispose();
    const computed = compileJs(outputs).run(values);
    const emitted = await evaluateOnnx(outputs, values, "export");
    outputs.forEach((output, i) => {
      expect(output.shape).toEqual([...expected[`y${i}`].dims]);
      const wanted = Array.from(expected[`y${i}`].data as Float32Array, Number);
      expect(difference(computed[i], wanted)).toBeLessThan(1e-5);
      expect(difference(emitted[i], wanted)).toBeLessThan(1e-5);
    });
  });

  test.runIf(one.smooth)("has a gradient that equals central differences", () => {
    const { outputs, values, wrt } = traced(build(one, undefined));
    const error = checkGradient(outputs[0], wrt, values, Random.from(1));
    expect(error.relative).toBeLessThan(1e-6);
  });
});

test("every operator that can be read has a case here, or is one of truth values and constants", () => {
  const seen = new Set(cases.map(({ op }) => op));
  const rest = [...importedOperators.keys()].filter((op) => !seen.has(op));
  expect(rest.sort()).toEqual(["And", "Constant", "Mod", "Not", "Or", "Where"]);
});

describe("truth values and shape arithmetic", () => {
  test("masks are computed of ids, and expanded by shapes that tracing knows", async () => {
    const builder = new OnnxBuilder();
    const mask = builder.input("mask", "int32", [2, 3]);
    const values = builder.input("values", "float32", [2, 3, 4]);
    const { node } = { node: builder.node.bind(builder) };
    const [shape] = node("Shape", [values]);
    const [seven] = node("Constant", [], {
      attributes: { value: tensor("int64", [1], BigInt64Array.of(7n)) },
    });
    const [same] = node("Equal", [shape, seven]);
    const [chosen] = node("Where", [same, seven, shape]);
    const [there] = node("Cast", [mask], { attributes: { to: int(dtypeCode("bool")) } });
    const [absent] = node("Not", [there]);
    const [either] = node("Or", [absent, there]);
    const [both] = node("And", [either, there]);
    const [apart] = node("Unsqueeze", [both, builder.int64s([-1])]);
    const [wide] = node("Expand", [apart, chosen]);
    const [rest] = node("Mod", [builder.int64s([17]), builder.int64s([5])]);
    const [fill] = node("Cast", [rest], { attributes: { to: int(dtypeCode("float32")) } });
    node("Where", [wide, values, fill], { outputs: ["y0"] });
    builder.output("y0", "float32", [2, 3, 4]);
    const feeds = {
      mask: { dtype: "int32" as const, dims: [2, 3], data: Int32Array.of(1, 0, 1, 0, 0, 3) },
      values: {
        dtype: "float32" as const,
        dims: [2, 3, 4],
        data: Float32Array.from({ length: 24 }, (_, i) => Math.sin(i)),
      },
    };
    const built = { bytes: builder.toBytes(), feeds };
    const session = await createSession(built.bytes, { threads: 1 });
    const expected = await session.run(feeds);
    await session.dispose();
    const { outputs, values: fed } = traced(built);
    const [y] = compileJs(outputs).run(fed);
    expect(difference(y, expected.y0.data as Float32Array)).toBeLessThan(1e-6);
    expect(y[4]).toBe(2);
  });
});

describe("a model that cannot be read", () => {
  const errorOf = (act: () => unknown): PolytaskError => {
    try {
      act();
    } catch (error) {
      return error as PolytaskError;
    }
    throw new Error("nothing was thrown");
  };

  test("names every unsupported operator with its count and a node, in one error", () => {
    const builder = new OnnxBuilder();
    const input = builder.input("x", "float32", [1, 1, 4, 4]);
    const [a] = builder.node("Det", [input], { name: "volume" });
    const [b] = builder.node("Det", [input]);
    const [c] = builder.node("QuickGelu", [a], { domain: "com.microsoft", name: "quick" });
    builder.node("Add", [b, c], { outputs: ["y"] });
    builder.output("y", "float32", [1, 1]);
    const model = importOnnx(builder.toBytes(), "models/net.onnx");
    expect(model.operators).toEqual({ Det: 2, "com.microsoft.QuickGelu": 1, Add: 1 });
    const graph = new Graph();
    const trace = () =>
      model.trace(graph, { x: graph.input("x", [1, 1, 4, 4]) }, () => graph.constant(0));
    const error = errorOf(trace);
    expect(error.code).toBe("UNSUPPORTED");
    expect(error.message).toBe(
      'models/net.onnx: operators that polytask can read; got Det (2, first in node "volume"), com.microsoft.QuickGelu (1, first in node "quick")',
    );
    expect(error.details.unsupported).toEqual(["Det", "com.microsoft.QuickGelu"]);
  });

  test("names the node that uses an operator in an unsupported way", () => {
    const one: Case = {
      op: "Pad",
      inputs: [x(2, 3), list(0, 1, 0, 1)],
      attributes: { mode: str("reflect") },
    };
    expect(errorOf(() => traced(build(one, undefined))).message).toBe(
      'ONNX node "y0" (Pad): padding with a constant; got reflect',
    );
  });

  test("names a shape that depends on computed values", () => {
    const one: Case = { op: "Expand", inputs: [x(3), ids(4, 1)] };
    const error = errorOf(() => traced(build(one, undefined)));
    expect(error.message).toContain("an operand 2 that depends on constants and shapes alone");
  });
});
