import { describe, expect, it } from "vitest";
import { tableFromRows } from "../data/from-rows.ts";
import { resolveSpecs } from "./specs.ts";

const table = tableFromRows(
  Array.from({ length: 80 }, (_, i) => ({
    size: ((i * 37) % 101) / 7,
    colour: ["red", "green", "blue"][i % 3],
    note: `a ${["fine", "worn", "rare"][i % 3]} piece number ${i} of the ${i % 9}th lot, sold as seen`,
    importance: (i % 5) + 1,
    price: ((i * 53) % 97) / 3,
    sold: i % 2 === 0,
  })),
);
const resolve = (inputs: object | undefined, tasks: object, reserved: string[] = []) =>
  resolveSpecs({ inputs, tasks, reserved } as Parameters<typeof resolveSpecs>[0], table);

describe("resolveSpecs", () => {
  it("finds out kinds, and takes the columns that are left as inputs", () => {
    const { inputs, tasks } = resolve(undefined, { price: {}, sold: { type: "auto" } }, [
      "importance",
    ]);
    expect(tasks.map((t) => [t.name, t.kind.name, t.weight])).toEqual([
      ["price", "regression", 0.5],
      ["sold", "binary", 0.5],
    ]);
    expect(inputs.map((i) => [i.name, i.modality.name])).toEqual([
      ["size", "number"],
      ["colour", "category"],
      ["note", "text"],
    ]);
  });

  it("reads columns of other names, with options and weights", () => {
    const { inputs, tasks } = resolve(
      { shade: { type: "category", column: "colour" } },
      { worth: { type: "regression", column: "price", weight: 0.3, transform: "none" } },
    );
    expect(inputs[0]).toMatchObject({ name: "shade", column: "colour" });
    expect(tasks[0]).toMatchObject({ name: "worth", column: "price", weight: 0.3 });
    expect(tasks[0].options).toMatchObject({ transform: "none" });
  });

  it.each([
    [
      { size: {} },
      { cost: {} },
      'tasks.cost: a column of rows (size, colour, note, importance, price, sold); got "cost"',
    ],
    [
      { price: {} },
      { price: {} },
      "inputs.price: a column that is not also a task; column price is the target of a task",
    ],
    [
      { sold: { type: "image" } },
      { price: {} },
      "inputs.sold: a column of string or bytes for type image; column sold of rows holds boolean",
    ],
  ])("refuses %j for %j", (inputs, tasks, message) => {
    expect(() => resolve(inputs, tasks)).toThrow(message);
  });
});
