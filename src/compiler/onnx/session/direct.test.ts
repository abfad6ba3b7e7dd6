import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import type { PolytaskError } from "../../../core/errors.ts";
import { Random } from "../../../core/random.ts";
import { grad } from "../../grad.ts";
import { Graph } from "../../graph.ts";
import { OnnxBuilder } from "../builder.ts";
import { compileProgram } from "../program.ts";
import type { OnnxTensor } from "../tensor-data.ts";
import { openLibrary } from "./library.ts";
import { createSession } from "./session.ts";

const reason = await openLibrary().then(
  () => undefined,
  (error: Error) => error.message,
);
if (reason !== undefined) console.log(`the direct binding is not tested: ${reason}`);

function f32(dims: number[], data: Float32Array = new Float32Array(2)): OnnxTensor {
  return { dtype: "float32", dims, data };
}

function doubling(): Uint8Array {
  const b = new OnnxBuilder();
  b.input("x", "float32", ["rows", 2]);
  b.node("Add", ["x", "x"], { outputs: ["y"] });
  b.output("y", "float32", ["rows", 2]);
  return b.toBytes();
}

async function rejection(act: () => unknown): Promise<PolytaskError> {
  try {
    await act();
  } catch (error) {
    return error as PolytaskError;
  }
  throw new Error("nothing was thrown");
}

describe.skipIf(reason !== undefined)("the direct binding", () => {
  test("is taken for bound runs, and for those alone", async () => {
    for (const [bound, backend] of [
      [true, "direct"],
      [false, "native"],
    ] as const) {
      const session = await createSession(doubling(), { bound });
      expect(session.backend).toBe(backend);
      expect(session.inputNames).toEqual(["x"]);
      await session.dispose();
    }
  });

  test("reads and fills views of one WebAssembly.Memory at every run", async () => {
    const session = await createSession(doubling(), { provider: "direct", threads: 1 });
    const { buffer } = new WebAssembly.Memory({ initial: 1 });
    const x = new Float32Array(buffer, 64, 2);
    const y = new Float32Array(buffer, 128, 2);
    const bound = session.bind({ x: f32([1, 2], x) }, { y: f32([1, 2], y) });
    for (const [a, b] of [
      [1, 2],
      [-3, 0.5],
    ]) {
      x.set([a, b]);
      expect(bound.run()).toBeUndefined();
      expect([...y]).toEqual([2 * a, 2 * b]);
    }
    await session.dispose();
  });

  test("the library and short arrays stay where they are when garbage is collected", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const session = await createSession(doubling(), { provider: "direct", threads: 1 });
    const x = Float32Array.of(1, 2);
    const y = new Float32Array(2);
    const bound = session.bind({ x: f32([1, 2], x) }, { y: f32([1, 2], y) });
    for (let i = 0; i < 5; i++) {
      Array.from({ length: 2000 }, (_, k) => Float32Array.of(k, i));
      collect();
      x[0] = i;
      bound.run();
      expect(y[0]).toBe(2 * i);
    }
    await session.dispose();
  });

  test("computes what the native binding does, bit for bit", async () => {
    const graph = new Graph();
    const [x, w, v] = [
      graph.input("x", [64, 30]),
      graph.input("w", [30, 40]),
      graph.input("v", [40, 7]),
    ];
    const loss = x.matmul(w).tanh().matmul(v).logSoftmax().square().mean();
    const [dw, dv] = grad(loss, [w, v]);
    const program = compileProgram({ loss: loss.reshape([1]), dw, dv });
    const found: Record<string, Float32Array[]> = {};
    for (const provider of ["direct", "native"] as const) {
      const session = await createSession(program.bytes, { provider, threads: 2 });
      const random = Random.from(1, "feeds");
      const tensors = (list: typeof program.inputs, fill: () => number) =>
        Object.fromEntries(
          list.map(({ name, shape }) => {
            const size = shape.reduce((a, b) => a * b, 1);
            return [name, f32([...shape], Float32Array.from({ length: size }, fill))];
          }),
        );
      const outputs = tensors(program.outputs, () => Number.NaN);
      await session
        .bind(
          tensors(program.inputs, () => random.normal()),
          outputs,
        )
        .run();
      found[provider] = Object.values(outputs).map((t) => t.data as Float32Array);
      await session.dispose();
    }
    expect(found.direct).toEqual(found.native);
    expect(found.direct.flatMap((d) => [...d]).every(Number.isFinite)).toBe(true);
  });

  test("says what is wrong, and goes on", async () => {
    const session = await createSession(doubling(), { provider: "direct", threads: 1 });
    const [x, y] = [f32([2, 2], new Float32Array(4)), f32([1, 2])];
    const wrong = await rejection(() => session.bind({ x }, { y }).run());
    expect(wrong.code).toBe("BACKEND");
    expect(wrong.message).toMatch(/shape/);
    expect(wrong.message).not.toMatch(/onnxruntime_src|ERROR_CODE|INVALID_ARGUMENT/);
    expect((await rejection(() => session.run({ x }))).message).toContain("arrays for all outputs");
    const memory = new WebAssembly.Memory({ initial: 1 });
    const grown = session.bind({ x: f32([1, 2], new Float32Array(memory.buffer, 0, 2)) }, { y });
    memory.grow(1);
    expect((await rejection(() => grown.run())).message).toContain("has grown or moved");
    const good = session.bind({ x: f32([1, 2], Float32Array.of(1, 2)) }, { y });
    good.run();
    expect([...(y.data as Float32Array)]).toEqual([2, 4]);
    await session.dispose();
    await session.dispose();
    expect((await rejection(() => good.run())).message).toContain("disposed");
    for (const bytes of [new Uint8Array(0), Uint8Array.of(1, 2, 3)]) {
      const error = await rejection(() => createSession(bytes, { provider: "direct" }));
      expect(error.message).toMatch(/^session: a model that the engine runs; got: /);
    }
    const b = new OnnxBuilder();
    b.input("x", "float32", [2]);
    b.node("Frobnicate", ["x"], { outputs: ["y"] });
    b.output("y", "float32", [2]);
    const unknown = await rejection(() => createSession(b.toBytes(), { provider: "direct" }));
    expect(unknown.message).toContain("Frobnicate");
  });

  test("five hundred sessions leave little memory behind", async () => {
    const bytes = doubling();
    const cycle = async (count: number) => {
      for (let i = 0; i < count; i++) {
        const session = await createSession(bytes, { provider: "direct", threads: 1 });
        session.bind({ x: f32([1, 2]) }, { y: f32([1, 2]) }).run();
        await session.dispose();
      }
    };
    await cycle(100);
    const before = process.memoryUsage().rss;
    await cycle(500);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20);
  });
});

test("the library is looked for where it is known to work", async () => {
  const { platform } = process;
  Object.defineProperty(process, "platform", { value: "sunos" });
  try {
    await expect(openLibrary()).rejects.toThrow("the direct binding works on linux; got sunos");
  } finally {
    Object.defineProperty(process, "platform", { value: platform });
  }
});
