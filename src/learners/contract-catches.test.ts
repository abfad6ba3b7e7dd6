import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { RowStore } from "../data/rows.ts";
import { type CheckName, checkFamily } from "./contract.ts";
import type { Family, Fitted } from "./learner.ts";
import { linear } from "./linear/linear.ts";

/** The linear family with something broken in what it fits. */
function broken(change: (fitted: Fitted, call: number) => Partial<Fitted>): Family {
  let calls = 0;
  return {
    ...(linear as unknown as Family),
    async fit(problem, config, options) {
      const fitted = await (linear as unknown as Family).fit(problem, config, options);
      const parts: Fitted = {
        family: fitted.family,
        parameters: fitted.parameters,
        facts: fitted.facts,
        predict: (store, rows) => fitted.predict(store, rows),
        emit: (onnx, values) => fitted.emit(onnx, values),
        dispose: () => fitted.dispose(),
      };
      return { ...parts, ...change(fitted, calls++) };
    },
  };
}

function shifted(
  fitted: Fitted,
  shift: (row: number, rows: Int32Array, store: RowStore) => number,
): Partial<Fitted> {
  return {
    async predict(store, rows) {
      const raw = await fitted.predict(store, rows);
      for (const values of Object.values(raw)) {
        const width = values.length / rows.length;
        for (let i = 0; i < values.length; i++) {
          values[i] += shift(Math.floor(i / width), rows, store);
        }
      }
      return raw;
    },
  };
}

function find(family: Family, name: CheckName) {
  for (const check of checkFamily(family)) if (check.name === name) return check;
  throw new Error(`no check called ${name}`);
}

describe("checkFamily catches", () => {
  const cases: [CheckName, Family][] = [
    [
      "fits its example above a floor",
      broken(() => ({
        predict: async (store, rows) => {
          const sizes = { price: 1, sold: 1, buyer: 3 };
          expect(store.rows).toBeGreaterThan(0);
          return Object.fromEntries(
            Object.entries(sizes).map(([t, size]) => [t, new Float32Array(rows.length * size)]),
          );
        },
      })),
    ],
    [
      "beats the baseline on rows it has not seen",
      broken((fitted) => ({
        async predict(store, rows) {
          const raw = await fitted.predict(store, rows);
          return Object.fromEntries(Object.entries(raw).map(([t, v]) => [t, v.map((x) => -x)]));
        },
      })),
    ],
    ["gives the same bytes for the same seed", broken((f, call) => shifted(f, () => call * 1e-6))],
    [
      "leaves its inputs as they were",
      {
        ...(linear as unknown as Family),
        fit(problem, config, options) {
          problem.train.truth.price[0] += 1;
          return (linear as unknown as Family).fit(problem, config, options);
        },
      },
    ],
    ["predicts the same after saving and loading", broken((f) => shifted(f, () => 0.01))],
    [
      "exports the function it predicts with, for any number of rows",
      broken((f) => shifted(f, (_, rows) => (rows.length === 1 ? 0.01 : 0))),
    ],
    ["predicts a row the same wherever it stands", broken((f) => shifted(f, (row) => row * 1e-3))],
    [
      "predicts rows that carry no labels",
      broken((f) => shifted(f, (_, __, store) => store.layout.length * 1e-3)),
    ],
    [
      "does not depend on the order of the tasks",
      broken((f, call) => shifted(f, () => call * 0.01)),
    ],
    ["learns from rows with missing cells", broken((f) => shifted(f, () => Number.NaN))],
    [
      "gives every option a default and a description",
      {
        ...(linear as unknown as Family),
        config: z.strictObject({ depth: z.int().min(1).default(1) }),
      },
    ],
    [
      "names an option that is out of range",
      {
        ...(linear as unknown as Family),
        config: z.object({ depth: z.unknown().default(1).meta({ type: "integer", minimum: 1 }) }),
      },
    ],
  ];
  for (const [name, family] of cases) {
    it(name, async () => {
      await expect(find(family, name).run()).rejects.toThrow();
      await find(linear as unknown as Family, name).run();
    });
  }

  it("and lists an exception with its reason, and no interruption check without resume", async () => {
    const check = "fits its example above a floor";
    const [first, ...rest] = checkFamily(linear as unknown as Family, {
      exceptions: [{ check, reason: "for a test" }],
    });
    expect(first).toMatchObject({ name: check, exception: "for a test" });
    expect(rest.map((c) => c.name)).not.toContain("stops when it is interrupted");
  });
});
