import { readFileSync } from "node:fs";
import { create, toBinary } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { BackendError, type PolytaskError } from "../../core/errors.ts";
import { OnnxBuilder } from "./builder.ts";
import { checkSafe } from "./check-safe.ts";
import { ModelProtoSchema } from "./generated/onnx_pb.ts";
import { readModel } from "./read.ts";

function fixture(name: string): Uint8Array {
  return readFileSync(new URL(`./fixtures/${name}.onnx`, import.meta.url));
}

function errorOf(act: () => unknown): PolytaskError {
  try {
    act();
  } catch (error) {
    return error as PolytaskError;
  }
  throw new Error("nothing was thrown");
}

describe("a model written by the onnx package", () => {
  const model = readModel(fixture("reference"));

  test("tells its versions, ports, nodes and metadata", () => {
    expect(model.irVersion).toBe(9);
    expect(model.opsets).toEqual({ "": 20 });
    expect(model.producer).toBe("onnx");
    expect(model.inputs).toEqual([{ name: "x", dtype: "float32", dims: ["rows", 2] }]);
    expect(model.outputs).toEqual([{ name: "y", dtype: "float32", dims: ["rows", 2] }]);
    expect(model.metadata).toEqual({ author: "ÿ", empty: "" });
    const [node] = model.nodes;
    expect(node).toMatchObject({ opType: "LeakyRelu", domain: "", name: "leak" });
    expect(node.inputs).toEqual(["x"]);
    expect(node.outputs).toEqual(["y"]);
    expect(node.attributes()).toEqual({ alpha: { float: 0.25 } });
    checkSafe(model);
  });

  test.each([
    ["float32", Float32Array.of(1.5, -0, Number.NaN, Number.NEGATIVE_INFINITY, 1e-45)],
    ["float64", Float64Array.of(0.1, -0, Number.NaN, Number.POSITIVE_INFINITY, 5e-324)],
    ["int32", Int32Array.of(-(2 ** 31), -1, 0, 1, 2 ** 31 - 1)],
    ["int64", BigInt64Array.of(-(2n ** 63n), -1n, 0n, 1n, 2n ** 63n - 1n)],
    ["uint8", Uint8Array.of(0, 1, 127, 128, 255)],
    ["bool", Uint8Array.of(1, 0, 1, 0, 1)],
  ])("stores %s in typed fields and as raw bytes", (dtype, data) => {
    for (const form of ["typed", "raw"]) {
      expect(model.initializer(`${dtype}_${form}`)).toEqual({ dtype, dims: [5], data });
    }
  });

  test("stores strings and scalars, and a type that is not read", () => {
    const words = ["", "é", "犬", "a\nb"];
    expect(model.initializer("words")).toEqual({ dtype: "string", dims: [2, 2], data: words });
    const scalar = { dtype: "float32", dims: [], data: Float32Array.of(7) };
    expect(model.initializer("scalar")).toEqual(scalar);
    const half = errorOf(() => model.initializer("half"));
    expect(half.code).toBe("UNSUPPORTED");
    expect(half.message).toContain('initializer "half"');
    expect(half.message).toContain("float16");
    expect(errorOf(() => model.initializer("none")).code).toBe("MODEL_CORRUPT");
  });
});

test.each([
  ["external-initializer", 'external data for tensor "w"'],
  ["external-attribute", 'external data for tensor "w"'],
  ["external-subgraph", 'external data for tensor "w"'],
  ["external-sparse", 'external data for tensor "w"'],
  ["foreign-domain", 'the domain "evil"'],
  ["foreign-subgraph", '"evil:Thing"'],
  ["function", "1 functions defined in the model"],
])("%s is refused with its reason", (name, reason) => {
  const error = errorOf(() => checkSafe(readModel(fixture(name)), {}, `${name}.onnx`));
  expect(error).toBeInstanceOf(BackendError);
  expect(error.code).toBe("MODEL_CORRUPT");
  expect(error.message).toMatch(new RegExp(`^${name}.onnx: .*; got `));
  expect(error.message).toContain(reason);
});

test("a model with more nodes than the limit is refused", () => {
  const b = new OnnxBuilder();
  let value = b.input("x", "float32", [1]);
  for (let i = 0; i < 11; i++) [value] = b.node("Relu", [value]);
  b.output(value, "float32", [1]);
  const model = readModel(b.toBytes());
  checkSafe(model, { maxNodes: 11 });
  const error = errorOf(() => checkSafe(model, { maxNodes: 10 }));
  expect(error.message).toBe("model: at most 10 nodes; got more");
});

test("an operator that names a file of compiled code is refused", () => {
  const b = new OnnxBuilder();
  b.input("x", "float32", [1]);
  b.node("EPContext", ["x"], { domain: "com.microsoft", outputs: ["y"] });
  b.output("y", "float32", [1]);
  expect(errorOf(() => checkSafe(readModel(b.toBytes()))).message).toContain("EPContext");
});

test("bytes that are not a model are refused", () => {
  const reference = fixture("reference");
  const samples = [
    new Uint8Array(0),
    new TextEncoder().encode("review,age\nnice,3\n"),
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    reference.subarray(0, reference.length >> 1),
    toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 9n })),
  ];
  for (const bytes of samples) {
    const error = errorOf(() => readModel(bytes, "model.onnx"));
    expect(error.code).toBe("MODEL_CORRUPT");
    expect(error.message).toBe(
      `model.onnx: the bytes of an ONNX model; got ${bytes.length} bytes that are not one`,
    );
  }
});

test("data that does not fill its shape is refused", () => {
  const b = new OnnxBuilder();
  b.initializer("w", "float32", [3], new Float32Array(3));
  for (const raw of [new Uint8Array(8), new Uint8Array(11), new Uint8Array(0)]) {
    const { proto } = readModel(b.toBytes());
    proto.graph!.initializer[0].rawData = raw;
    const model = readModel(toBinary(ModelProtoSchema, proto));
    const error = errorOf(() => model.initializer("w"));
    expect(error.code).toBe("MODEL_CORRUPT");
    expect(error.message).toContain('initializer "w": 3 float32 elements for shape [3]');
  }
});
