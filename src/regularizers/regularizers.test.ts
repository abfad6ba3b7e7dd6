import { describe, expect, it } from "vitest";
import { Graph } from "../compiler/graph.ts";
import { compileProgram } from "../compiler/onnx/program.ts";
import { createSession } from "../compiler/onnx/session/session.ts";
import { Random } from "../core/random.ts";
import type { Regularizer } from "./regularizer.ts";
import { regularizers } from "./regularizers.ts";

const shape = [4, 3] as const;
const step = 0.7;

for (const row of Object.values(regularizers) as unknown as Regularizer[]) {
  describe(`regularizer ${row.name}`, () => {
    const config = row.config.parse({ weight: 0.8 });

    const penaltyOf = async () => {
      const graph = new Graph();
      const value = row.penalty([graph.input("w", shape)], config);
      const program = compileProgram({ value }, { target: "export", float: "float64" });
      const session = await createSession(program.bytes, { threads: 1 });
      return async (data: Float64Array) => {
        const out = await session.run({ w: { dtype: "float64", dims: shape, data } });
        return Number(out["value:out"].data[0]);
      };
    };

    it("has the proximal map of its penalty: no point nearby is lower", async () => {
      const penalty = await penaltyOf();
      const random = Random.from(5, row.name);
      const x = Float64Array.from({ length: 12 }, () => random.normal());
      const near = x.slice();
      row.prox?.(near, shape, step, config);
      const height = async (u: Float64Array) =>
        (await penalty(u)) + u.reduce((sum, v, i) => sum + (v - x[i]) ** 2, 0) / (2 * step);
      const lowest = await height(near);
      expect(lowest).toBeLessThan(await height(x));
      for (const size of [1e-4, 1e-2, 1]) {
        for (let trial = 0; trial < 20; trial++) {
          const moved = near.map((v) => v + size * random.normal());
          expect(await height(moved)).toBeGreaterThan(lowest);
        }
      }
    });

    it("is 0 at zero weights, and even", async () => {
      const penalty = await penaltyOf();
      const w = Float64Array.from({ length: 12 }, (_, i) => Math.sin(i + 1));
      expect(await penalty(new Float64Array(12))).toBe(0);
      expect(await penalty(w)).toBeGreaterThan(0);
      expect(await penalty(w.map((v) => -v))).toBeCloseTo(await penalty(w), 12);
    });
  });
}
