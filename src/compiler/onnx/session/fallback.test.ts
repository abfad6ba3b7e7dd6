import { afterAll, beforeAll, expect, test } from "vitest";
import type { PolytaskError } from "../../../core/errors.ts";
import { OnnxBuilder } from "../builder.ts";
import { createSession } from "./session.ts";

// A file of its own: the native library must not have been loaded in this process.
const { platform } = process;
beforeAll(() => {
  Object.defineProperty(process, "platform", { value: "aix" });
});
afterAll(() => {
  Object.defineProperty(process, "platform", { value: platform });
});

function doubling(): Uint8Array {
  const b = new OnnxBuilder();
  b.input("x", "float32", ["n"]);
  b.node("Add", ["x", "x"], { outputs: ["y"] });
  b.output("y", "float32", ["n"]);
  return b.toBytes();
}

test("where the native library does not load, the WebAssembly engine computes", async () => {
  for (const bound of [false, true]) {
    const session = await createSession(doubling(), { bound });
    expect(session.backend).toBe("web");
    const x = { dtype: "float32", dims: [2], data: Float32Array.of(1.5, -2) } as const;
    expect((await session.run({ x })).y.data).toEqual(Float32Array.of(3, -4));
    await session.dispose();
  }
});

test("asking for the native library where it does not load says what was tried", async () => {
  const error: PolytaskError = await createSession(doubling(), { provider: "native" }).then(
    () => {
      throw new Error("nothing was thrown");
    },
    (thrown) => thrown,
  );
  expect(error.code).toBe("BACKEND");
  expect(error.message).toMatch(/^session: an engine that loads on this platform; got native: /);
  expect(error.message).toContain("native-async: ");
  expect(error.hint).toContain("onnxruntime-web");
});
