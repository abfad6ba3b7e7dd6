import { describe, expect, test } from "vitest";
import { CompileError, type PolytaskError, ShapeError } from "../../core/errors.ts";
import { float, floats, int, ints, str, strs, tensor } from "./attributes.ts";
import { OnnxBuilder } from "./builder.ts";
import { readModel } from "./read.ts";
import { dtypeCode } from "./tensor-data.ts";

function errorOf(act: () => unknown): PolytaskError {
  try {
    act();
  } catch (error) {
    return error as PolytaskError;
  }
  throw new Error("nothing was thrown");
}

describe("what is built", () => {
  test("reads back: ports, nodes, attributes, metadata", () => {
    const b = new OnnxBuilder({ name: "demo" });
    b.input("x", "float32", ["rows", 3]);
    b.input("flag", "bool", []);
    const attributes = {
      i: int(-3),
      big: int(2n ** 62n),
      f: float(0.1),
      nan: float(Number.NaN),
      s: str("é犬"),
      is: ints([-1, 0, 2n ** 40n]),
      fs: floats([0.5, -0, Number.POSITIVE_INFINITY]),
      ss: strs(["", "b"]),
      t: tensor("int64", [2, 1], BigInt64Array.of(1n, -1n)),
    };
    const [a, c] = b.node("Pair", ["x", "", "flag"], { attributes, outputs: 2, name: "pair" });
    b.node("Join", [a, c], { outputs: ["y", "", "z"] });
    b.output("y", "int64", ["rows"]);
    b.metadata("polytask", "1");
    b.metadata("polytask", "2");
    const model = readModel(b.toBytes());
    expect(model.inputs).toEqual([
      { name: "x", dtype: "float32", dims: ["rows", 3] },
      { name: "flag", dtype: "bool", dims: [] },
    ]);
    expect(model.outputs).toEqual([{ name: "y", dtype: "int64", dims: ["rows"] }]);
    expect(model.metadata).toEqual({ polytask: "2" });
    expect(model.producer).toBe("polytask");
    const [pair, join] = model.nodes;
    expect(pair).toMatchObject({ opType: "Pair", name: "pair", inputs: ["x", "", "flag"] });
    expect(join).toMatchObject({ name: "y", inputs: [a, c], outputs: ["y", "", "z"] });
    expect(pair.attributes()).toEqual({
      i: { int: -3n },
      big: { int: 2n ** 62n },
      f: { float: Math.fround(0.1) },
      nan: { float: Number.NaN },
      s: { string: "é犬" },
      is: { ints: [-1n, 0n, 2n ** 40n] },
      fs: { floats: [0.5, -0, Number.POSITIVE_INFINITY] },
      ss: { strings: ["", "b"] },
      t: { tensor: { dtype: "int64", dims: [2, 1], data: BigInt64Array.of(1n, -1n) } },
    });
  });

  test("keeps every element type bit for bit", () => {
    const b = new OnnxBuilder();
    const nan = new Float32Array(Uint32Array.of(0x7fc00123).buffer);
    const tensors = {
      float32: Float32Array.of(-0, nan[0], Number.POSITIVE_INFINITY, 1e-45),
      float64: Float64Array.of(-0, Number.NaN, Number.NEGATIVE_INFINITY, 5e-324),
      int32: Int32Array.of(-1, 0, 1, -(2 ** 31)),
      int64: BigInt64Array.of(-1n, 0n, 1n, -(2n ** 63n)),
      uint8: Uint8Array.of(0, 1, 2, 255),
      bool: Uint8Array.of(0, 1, 1, 0),
      string: ["", "a", "é", "犬"],
    } as const;
    const entries = Object.entries(tensors) as [keyof typeof tensors, never][];
    for (const [dtype, data] of entries) b.initializer(dtype, dtype, [2, 2], data);
    b.initializer("none", "float32", [0, 3], new Float32Array(0));
    const model = readModel(b.toBytes());
    for (const [dtype, data] of entries) {
      expect(model.initializer(dtype)).toEqual({ dtype, dims: [2, 2], data });
    }
    expect(model.initializer("none").data).toEqual(new Float32Array(0));
  });

  test("declares the operator sets that it uses and the format they need", () => {
    const b = new OnnxBuilder({ opset: 21, mlOpset: 4 });
    b.input("x", "string", [1]);
    expect(readModel(b.toBytes())).toMatchObject({ irVersion: 10, opsets: { "": 21 } });
    b.node("LabelEncoder", ["x"], { domain: "ai.onnx.ml" });
    b.node("Tokenizer", ["x"], { domain: "com.microsoft" });
    expect(readModel(b.toBytes()).opsets).toEqual({ "": 21, "ai.onnx.ml": 4, "com.microsoft": 1 });
    expect(readModel(new OnnxBuilder().toBytes())).toMatchObject({
      irVersion: 9,
      opsets: { "": 20 },
    });
    expect(errorOf(() => new OnnxBuilder({ opset: 12 })).message).toContain("13 to 25; got 12");
    expect(errorOf(() => new OnnxBuilder({ opset: 26 })).message).toContain("got 26");
    expect(errorOf(() => new OnnxBuilder({ opset: Number.NaN })).message).toContain("got NaN");
  });

  test("is the same bytes for the same calls", () => {
    const build = () => {
      const b = new OnnxBuilder();
      b.input("x", "float32", ["n"]);
      const [y] = b.node("Mul", ["x", b.scalar(2)]);
      b.output(y, "float32", ["n"]);
      b.metadata("k", "v");
      return b.toBytes();
    };
    expect(build()).toEqual(build());
  });
});

describe("constants and names", () => {
  test("equal constants are one; 0 and -0, types and shapes differ", () => {
    const b = new OnnxBuilder();
    expect(b.int64s([1, 2])).toBe(b.int64s([1n, 2n]));
    expect(b.scalar(Number.NaN)).toBe(b.scalar(Number.NaN));
    const different = new Set([
      b.scalar(0),
      b.scalar(-0),
      b.scalar(0, "float64"),
      b.scalar(0, "int32"),
      b.scalar(0, "bool"),
      b.scalar(0, "uint8"),
      b.constant("float32", [1], Float32Array.of(0)),
      b.int64s([0]),
      b.int64s([]),
      b.constant("string", [1], ["0"]),
    ]);
    expect(different.size).toBe(10);
  });

  test("a constant is its value at the time; an initializer its value at serialization", () => {
    const b = new OnnxBuilder();
    const data = Float32Array.of(1);
    const constant = b.constant("float32", [1], data);
    const bytes = Buffer.from([1]);
    const byte = b.constant("uint8", [1], bytes);
    bytes[0] = 2;
    b.initializer("w", "float32", [1], data);
    data[0] = 2;
    const model = readModel(b.toBytes());
    const values = [constant, byte, "w"].map((name) => model.initializer(name).data[0]);
    expect(values).toEqual([1, 1, 2]);
  });

  test("fresh names meet neither values nor declared outputs nor each other", () => {
    const b = new OnnxBuilder();
    b.input("h", "float32", [1]);
    b.output("h_1", "float32", [1]);
    const names = [b.fresh("h"), b.fresh("h"), b.fresh("g"), b.fresh("g"), b.fresh("")];
    expect(new Set([...names, "h", "h_1", ""]).size).toBe(names.length + 3);
    b.node("Relu", ["h"], { outputs: [names[0]] });
  });

  test("an initializer named as an input is its default, in either order", () => {
    for (const first of ["input", "initializer"]) {
      const b = new OnnxBuilder();
      if (first === "input") b.input("p", "float32", [1]);
      b.initializer("p", "float32", [1], Float32Array.of(3));
      if (first === "initializer") b.input("p", "float32", [1]);
      const model = readModel(b.toBytes());
      expect(model.inputs.map(({ name }) => name)).toEqual(model.initializerNames);
    }
  });
});

describe("mistakes", () => {
  const builder = () => {
    const b = new OnnxBuilder();
    b.input("x", "float32", [1]);
    return b;
  };

  test("operands that are not defined, names that are taken, outputs that nothing computes", () => {
    const cases: [(b: OnnxBuilder) => unknown, string][] = [
      [(b) => b.node("Relu", ["z"]), 'Relu: operands defined before the node; got "z"'],
      [(b) => b.node("Relu", ["x"], { outputs: ["x"] }), 'a name of its own; got "x" again'],
      [(b) => b.input("x", "float32", [1]), 'ONNX value: a name of its own; got "x" again'],
      [(b) => b.input("", "float32", [1]), 'a name of its own; got "" again'],
      [(b) => [b.output("x", "float32", [1]), b.output("x", "float32", [1])], "ONNX output"],
      [(b) => [b.output("y", "float32", [1]), b.toBytes()], 'ONNX output "y": a value of that'],
      [(b) => b.node("Cast", ["x"], { attributes: { to: int(1.5) } }), 'attribute "to": an exact'],
    ];
    for (const [act, message] of cases) {
      const error = errorOf(() => act(builder()));
      expect(error).toBeInstanceOf(CompileError);
      expect(error.message).toContain(message);
    }
  });

  test("data that does not fit its type or shape", () => {
    const cases: [(b: OnnxBuilder) => unknown, string][] = [
      [(b) => b.initializer("w", "float32", [2], new Float32Array(3)), "SHAPE_MISMATCH"],
      [(b) => b.initializer("w", "float32", [-1], new Float32Array(1)), "SHAPE_MISMATCH"],
      [(b) => b.initializer("w", "float32", [1], new Float64Array(1)), "DTYPE_MISMATCH"],
      [(b) => b.initializer("w", "string", [1], new Uint8Array(1)), "DTYPE_MISMATCH"],
      [(b) => b.initializer("w", "int8" as "int32", [1], new Int32Array(1)), "DTYPE_MISMATCH"],
    ];
    for (const [act, code] of cases) {
      const error = errorOf(() => act(builder()));
      expect(error).toBeInstanceOf(ShapeError);
      expect(error.code).toBe(code);
      expect(error.message).toContain('initializer "w"');
    }
  });
});

test("type codes are the specification's", () => {
  const codes = (["float32", "uint8", "int32", "int64", "string", "bool", "float64"] as const).map(
    dtypeCode,
  );
  expect(codes).toEqual([1, 2, 6, 7, 8, 9, 11]);
});
