import { expect, it } from "vitest";
import { Arena } from "./memory.ts";
import { decodeBase64 } from "./webassembly.ts";

it("cuts one memory into aligned, separate, zeroed views", () => {
  const arena = new Arena(16 * 5);
  const a = arena.float32("a", 3);
  const b = arena.uint8("b", 17);
  const c = arena.int32("c", 1);
  expect([a, b, c].map((view) => arena.offsetOf(view))).toEqual([0, 16, 48]);
  a.fill(1);
  c.fill(2);
  expect([...b]).toEqual(new Array(17).fill(0));
  expect(arena.free).toBe(16);
  expect(new Set([a.buffer, b.buffer, c.buffer, arena.memory.buffer]).size).toBe(1);
});

it("allocates a plan and finds its regions by name", () => {
  const plan = [
    { name: "weights", dtype: "float32", length: 5 },
    { name: "ids", dtype: "int32", length: 3 },
  ] as const;
  const arena = new Arena(plan);
  expect(arena.capacity).toBe(48);
  expect(arena.free).toBe(0);
  expect(arena.float32("weights").length).toBe(5);
  expect(arena.int32("ids")).toBe(arena.int32("ids"));
  expect(() => arena.float32("bias")).toThrow('a float32 region named "bias"; there is none');
  expect(() => arena.float32("ids")).toThrow('a float32 region named "ids"; it has another type');
});

it("refuses what does not fit, a name twice, a bad length and a foreign view", () => {
  const arena = new Arena(64);
  arena.float32("a", 8);
  expect(() => arena.float32("b", 9)).toThrow('arena: 48 bytes for "b"; 32 of 64 are free');
  expect(() => arena.float32("a", 1)).toThrow('"a" is taken');
  expect(() => arena.float32("c", 1.5)).toThrow('a length for "c"; got 1.5');
  expect(() => arena.offsetOf(new Float32Array(1))).toThrow("a view of this arena");
});

it("says how much memory was asked for when there is too much", () => {
  expect(() => new Arena(5 * 2 ** 30)).toThrow("at most 4 GiB");
});

it("addresses vectors beyond 2 GiB", { timeout: 30_000 }, () => {
  const gap = 2 ** 31 + 64;
  const arena = new Arena(gap + 4096);
  arena.uint8("gap", gap);
  const x = arena.float32("x", 21).fill(2);
  const y = arena.float32("y", 21).fill(1);
  arena.kernels.axpy(3, x, y);
  expect([...y]).toEqual(new Array(21).fill(7));
  expect(arena.kernels.dot(x, y)).toBe(21 * 14);
});

it("decodes base64 of every length", () => {
  for (let n = 0; n < 20; n++) {
    const bytes = Uint8Array.from({ length: n }, (_, i) => (i * 89 + 200) & 255);
    expect(decodeBase64(Buffer.from(bytes).toString("base64"))).toEqual(bytes);
  }
});
