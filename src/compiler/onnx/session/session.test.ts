import { describe, expect, test } from "vitest";
import { BackendError, type PolytaskError, ShapeError } from "../../../core/errors.ts";
import { int, ints, strs } from "../attributes.ts";
import { OnnxBuilder } from "../builder.ts";
import type { OnnxTensor, TensorData } from "../tensor-data.ts";
import { cleanMessage, type OnnxBackend } from "./engine.ts";
import { createSession } from "./session.ts";

const backends: readonly OnnxBackend[] = ["native", "native-async", "web"];

function f32(dims: number[], ...values: number[]): OnnxTensor & { data: Float32Array } {
  return { dtype: "float32", dims, data: Float32Array.from(values) };
}

/** y = relu(x · w + b) with w, b in the file, and total = the sum of y. */
function denseModel(): Uint8Array {
  const b = new OnnxBuilder();
  b.input("x", "float32", ["rows", 2]);
  b.initializer("w", "float32", [2, 2], Float32Array.of(1, -2, 3, 4));
  const [z] = b.node("Gemm", ["x", "w", b.constant("float32", [2], Float32Array.of(0.5, -1))]);
  b.node("Relu", [z], { outputs: ["y"] });
  b.node("ReduceSum", ["y"], { outputs: ["total"], attributes: { keepdims: int(0) } });
  b.output("y", "float32", ["rows", 2]);
  b.output("total", "float32", []);
  return b.toBytes();
}

/** Category text to its index, and back through a table of upper-case words. */
function stringModel(): Uint8Array {
  const b = new OnnxBuilder();
  b.input("word", "string", ["rows"]);
  b.node("LabelEncoder", ["word"], {
    domain: "ai.onnx.ml",
    outputs: ["index"],
    attributes: {
      keys_strings: strs(["cat", "chien", "犬"]),
      values_int64s: ints([0, 1, 2]),
      default_int64: int(3),
    },
  });
  b.initializer("table", "string", [4], ["CAT", "CHIEN", "いぬ", "?"]);
  b.node("Gather", ["table", "index"], { outputs: ["upper"] });
  b.output("index", "int64", ["rows"]);
  b.output("upper", "string", ["rows"]);
  return b.toBytes();
}

function errorOf(act: () => unknown): PolytaskError {
  try {
    act();
  } catch (error) {
    return error as PolytaskError;
  }
  throw new Error("nothing was thrown");
}

async function rejection(promise: Promise<unknown>): Promise<PolytaskError> {
  return promise.then(
    () => {
      throw new Error("nothing was thrown");
    },
    (error) => error,
  );
}

describe.each(backends)("session on %s", (provider) => {
  test("runs a model and names its ports", async () => {
    const session = await createSession(denseModel(), { provider, threads: 1 });
    expect(session.backend).toBe(provider);
    expect(session.inputNames).toEqual(["x"]);
    expect(session.outputNames).toEqual(["y", "total"]);
    const x = f32([2, 2], 1, 2, -3, 0);
    const { y, total } = await session.run({ x });
    expect(y).toEqual({ dtype: "float32", dims: [2, 2], data: Float32Array.of(7.5, 5, 0, 5) });
    expect(total).toEqual({ dtype: "float32", dims: [], data: Float32Array.of(17.5) });
    expect(Object.keys(await session.run({ x }, ["total"]))).toEqual(["total"]);
    await session.dispose();
  });

  test("a bound run reads and fills views of one WebAssembly.Memory", async () => {
    const session = await createSession(denseModel(), { provider, threads: 1 });
    const { buffer } = new WebAssembly.Memory({ initial: 1 });
    const x = new Float32Array(buffer, 64, 2);
    const y = new Float32Array(buffer, 128, 2);
    const total = new Float32Array(buffer, 192, 1);
    const bound = session.bind(
      { x: { dtype: "float32", dims: [1, 2], data: x } },
      {
        y: { dtype: "float32", dims: [1, 2], data: y },
        total: { dtype: "float32", dims: [], data: total },
      },
    );
    x.set([1, 2]);
    await bound.run();
    expect([...y, ...total]).toEqual([7.5, 5, 12.5]);
    x.set([0, 1]);
    await bound.run();
    expect([...y, ...total]).toEqual([3.5, 3, 6.5]);
    await session.dispose();
  });

  test("takes and returns strings", async () => {
    const session = await createSession(stringModel(), { provider, threads: 1 });
    const word: OnnxTensor = { dtype: "string", dims: [4], data: ["犬", "cat", "", "chien"] };
    const { index, upper } = await session.run({ word });
    expect(index.data).toEqual(BigInt64Array.of(2n, 0n, 3n, 1n));
    expect(upper.data).toEqual(["いぬ", "CAT", "?", "CHIEN"]);
    const data = ["", "", "", ""];
    await session.bind({ word }, { upper: { dtype: "string", dims: [4], data } }).run();
    expect(data).toEqual(["いぬ", "CAT", "?", "CHIEN"]);
    await session.dispose();
  });

  test("says which tensor has the wrong shape or type", async () => {
    const session = await createSession(denseModel(), { provider, threads: 1 });
    const y = f32([1, 2], 0, 0);
    const cases: [OnnxTensor, string, string][] = [
      [f32([1, 3], 1, 2, 3), "SHAPE_MISMATCH", 'input "x": shape [rows, 2]; got [1, 3]'],
      [f32([2], 1, 2), "SHAPE_MISMATCH", 'input "x": shape [rows, 2]; got [2]'],
      [f32([1, 2], 1), "SHAPE_MISMATCH", 'input "x": 2 elements for shape [1, 2]; got 1'],
      [
        { dtype: "float64", dims: [1, 2], data: new Float64Array(2) },
        "DTYPE_MISMATCH",
        'input "x": float32; got float64',
      ],
      [
        { dtype: "float32", dims: [1, 2], data: [1, 2] as unknown as TensorData },
        "DTYPE_MISMATCH",
        'input "x": Float32Array for float32 elements; got an array',
      ],
    ];
    for (const [x, code, message] of cases) {
      for (const error of [
        errorOf(() => session.bind({ x }, { y })),
        await rejection(session.run({ x })),
      ]) {
        expect(error).toBeInstanceOf(ShapeError);
        expect(error.code).toBe(code);
        expect(error.message).toBe(message);
      }
    }
    const misspelt = errorOf(() => session.bind({ x: f32([1, 2], 1, 2) }, { totl: y }));
    expect(misspelt.message).toBe('session output: one of ["y","total"]; got "totl"');
    expect(misspelt.hint).toBe('did you mean "total"?');
    const missing = await rejection(session.run({}));
    expect(missing.message).toBe('input "x": a tensor; got none');
    await session.dispose();
  });

  test("an output bound with the wrong number of rows is an error", async () => {
    const session = await createSession(denseModel(), { provider, threads: 1 });
    const bound = session.bind({ x: f32([2, 2], 1, 2, 3, 4) }, { y: f32([1, 2], 0, 0) });
    const error = await rejection((async () => bound.run())());
    expect(["BACKEND", "SHAPE_MISMATCH"]).toContain(error.code);
    expect(error.message).toMatch(/shape/);
    expect(error.message).not.toMatch(/onnxruntime_src|ERROR_CODE|INVALID_ARGUMENT/);
    await session.dispose();
  });

  test("refuses bytes that are not a model and operators that do not exist", async () => {
    for (const bytes of [new Uint8Array(0), Uint8Array.of(1, 2, 3), denseModel().subarray(0, 60)]) {
      const error = await rejection(createSession(bytes, { provider }));
      expect(error).toBeInstanceOf(BackendError);
      expect(error.code).toBe("BACKEND");
      expect(error.message).toMatch(/^session: a model that the engine runs; got: /);
      expect(error.cause).toBeDefined();
    }
    const b = new OnnxBuilder();
    b.input("x", "float32", [2]);
    b.node("Frobnicate", ["x"], { outputs: ["y"] });
    b.output("y", "float32", [2]);
    const error = await rejection(createSession(b.toBytes(), { provider }));
    expect(error.message).toContain("Frobnicate");
  });

  test("a disposed session says so", async () => {
    const session = await createSession(denseModel(), { provider });
    const x = f32([1, 2], 1, 2);
    const bound = session.bind({ x }, { y: f32([1, 2], 0, 0) });
    await session.dispose();
    await session.dispose();
    expect((await rejection(session.run({ x }))).message).toContain("disposed");
    expect((await rejection((async () => bound.run())())).message).toContain("disposed");
  });

  test("an optimization level and threads are accepted", async () => {
    for (const optimization of ["all", "basic", "disabled"] as const) {
      const session = await createSession(denseModel(), { provider, optimization, threads: 2 });
      const { total } = await session.run({ x: f32([1, 2], 1, 2) });
      expect(total.data[0]).toBe(12.5);
      await session.dispose();
    }
  });
});

test("auto takes the native engine where it loads, and runs synchronously", async () => {
  const session = await createSession(denseModel());
  expect(session.backend).toBe("native");
  const y = f32([1, 2], 0, 0);
  const returned = session.bind({ x: f32([1, 2], 1, 2) }, { y }).run();
  expect(returned).toBeUndefined();
  expect([...y.data]).toEqual([7.5, 5]);
  await session.dispose();
});

test("JavaScript keeps its denormal numbers after a session has run", async () => {
  const session = await createSession(denseModel(), { threads: 1 });
  await session.run({ x: f32([1, 2], 1e-40, 0) });
  const [small, factor] = Float64Array.of(1e-300, 1e-15);
  expect(small * factor).toBeGreaterThan(0);
  await session.dispose();
});

test("shared memory and threads that are no count are refused", async () => {
  const session = await createSession(denseModel());
  const shared = new Float32Array(new SharedArrayBuffer(8));
  const x: OnnxTensor = { dtype: "float32", dims: [1, 2], data: shared };
  expect((await rejection(session.run({ x }))).message).toContain("SharedArrayBuffer");
  await session.dispose();
  const error = await rejection(createSession(denseModel(), { threads: 0 }));
  expect(error.message).toBe("session threads: a whole number from 1; got 0");
});

test("growing the memory under a bound run is an error, not wrong numbers", async () => {
  const session = await createSession(denseModel());
  const memory = new WebAssembly.Memory({ initial: 1 });
  const x: OnnxTensor = {
    dtype: "float32",
    dims: [1, 2],
    data: new Float32Array(memory.buffer, 0, 2),
  };
  const bound = session.bind({ x }, { y: f32([1, 2], 0, 0) });
  memory.grow(1);
  expect((await rejection((async () => bound.run())())).code).toBe("BACKEND");
  await session.dispose();
});

test("five hundred sessions leave little memory behind", async () => {
  const bytes = denseModel();
  const cycle = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const session = await createSession(bytes, { threads: 1 });
      await session.run({ x: f32([1, 2], 1, 2) });
      await session.dispose();
    }
  };
  await cycle(100);
  const before = process.memoryUsage().rss;
  await cycle(500);
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20);
});

test("engine messages lose their status codes, source files and signatures", () => {
  expect(
    cleanMessage(
      new Error(
        "Non-zero status code returned while running Mul node. Name:'y' Status Message: " +
          "/onnxruntime_src/onnxruntime/core/framework/op_kernel.cc:83 virtual OrtValue* " +
          "onnxruntime::OpKernelContext::OutputMLValue(int, const onnxruntime::TensorShape&) " +
          "[ONNXRuntimeError] : 2 : INVALID_ARGUMENT : The output has shape {2,3}",
      ),
    ),
  ).toBe("Mul node. Name:'y' The output has shape {2,3}");
  expect(cleanMessage("x".repeat(1000))).toHaveLength(400);
});
