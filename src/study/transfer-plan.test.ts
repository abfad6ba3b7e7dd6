import { describe, expect, it } from "vitest";
import { transferConfig } from "../config/transfer-config.ts";
import { Random } from "../core/random.ts";
import { tableFromRows } from "../data/from-rows.ts";
import { families } from "../learners/families.ts";
import { neural } from "../learners/neural/neural.ts";
import { type ModalityName, modalityNamed } from "../modalities/modalities.ts";
import type { TaskKind } from "../tasks/task.ts";
import { type TaskKindName, taskKinds } from "../tasks/tasks.ts";
import { type InputSpec, learnStates, type TaskSpec } from "../train/learn.ts";
import type { WarmStart, WarmValue } from "../train/parameters.ts";
import { adoptSpecs } from "./transfer-mapping.ts";
import { planTransfer } from "./transfer-plan.ts";
import type { TransferSource } from "./transfer-source.ts";
import { traceReads } from "./weight-reads.ts";

type Rows = readonly Readonly<Record<string, unknown>>[];
type Declared = Readonly<
  Record<string, string | { readonly type: string; readonly [o: string]: unknown }>
>;

const typed = (one: Declared[string]) => (typeof one === "string" ? { type: one } : one);

function specsOf(inputs: Declared, tasks: Declared) {
  return {
    inputs: Object.entries(inputs).map(([name, one]): InputSpec & { column: string } => {
      const { type, ...options } = typed(one);
      const modality = modalityNamed(type as ModalityName);
      return { name, column: name, modality, options: modality.options.parse(options) };
    }),
    tasks: Object.entries(tasks).map(([name, one]): TaskSpec & { column: string } => {
      const { type, ...options } = typed(one);
      const kind = taskKinds[type as TaskKindName] as unknown as TaskKind;
      return { name, column: name, kind, options: kind.options.parse(options), weight: 0.5 };
    }),
  };
}

async function learned(rows: Rows, specs: ReturnType<typeof specsOf>) {
  const table = tableFromRows(rows, { origin: "test" });
  async function* batches() {
    yield table;
  }
  return learnStates(batches(), specs.inputs, specs.tasks);
}

const learner = { type: "neural", trunk: { sizes: [6], dropout: 0 } };
const options = neural.config.parse({ trunk: { sizes: [6], dropout: 0 } });

/** A trained model whose numbers all differ: the n-th number of all parameters is n. */
async function sourceOf(rows: Rows, inputs: Declared, tasks: Declared): Promise<TransferSource> {
  const found = await learned(rows, specsOf(inputs, tasks));
  const trace = traceReads(neural.network?.(found, options) as never, Object.keys(inputs));
  const values = new Map<string, WarmValue>();
  let next = 1;
  for (const { name, shape } of trace.parameters.values()) {
    const size = shape.reduce((a, b) => a * b, 1);
    values.set(name, { shape, values: Float32Array.from({ length: size }, () => next++) });
  }
  return {
    where: "old",
    sha256: "",
    family: families.neural as never,
    learner,
    ...found,
    trace,
    values,
  };
}

const random = Random.from(7, "rows");
const oldRows = Array.from({ length: 60 }, (_, i) => ({
  size: 10 + random.normal(),
  weight: 5 * random.normal(),
  colour: ["red", "green", "blue"][i % 3],
  price: random.normal(),
  kind: ["a", "b", "c"][i % 3],
}));
const old = await sourceOf(
  oldRows,
  { size: "number", weight: "number", colour: "category" },
  { price: "regression", kind: "multiclass" },
);

const number = (warm: WarmStart, name: string, at: number) => {
  const value = warm.get(name);
  return value?.taken?.[at] === 0 ? undefined : value?.values[at];
};
const was = (name: string, at: number) => old.values.get(name)?.values[at];

async function planOf(rows: Rows, inputs: Declared, tasks: Declared, transfer: object = {}) {
  const config = transferConfig.parse(transfer);
  const specs = specsOf(inputs, tasks);
  const adopted = adoptSpecs(specs as never, old, config, {
    inputs: Object.fromEntries(Object.entries(inputs).map(([n, one]) => [n, typed(one)])),
  });
  return planTransfer(old, await learned(rows, adopted as never), learner, config);
}

const same: [Declared, Declared] = [
  { size: "number", weight: "number", colour: "category" },
  { price: "regression", kind: "multiclass" },
];
const trunk = "sharing.trunk.0.linear.weight";

describe("a plan of transfer", () => {
  it("copies everything to the same table", async () => {
    const { plan, warmStart } = await planOf(oldRows, ...same);
    expect(plan.totals).toMatchObject({ unused: 0, copied: plan.totals.all });
    expect(plan.inputs.map((i) => [i.how, i.state])).toEqual(Array(3).fill(["same name", "kept"]));
    expect(plan.tasks.map((t) => t.head)).toEqual(["reused", "reused"]);
    for (const [name, { values }] of old.values)
      expect(warmStart.get(name)?.values).toEqual(values);
  });

  it("finds the rows of a weight again by the inputs they read, in whatever order", async () => {
    const rows = oldRows.map(({ size, weight, ...r }) => ({
      ...r,
      heavy: weight,
      extra: size ** 2,
    }));
    const { plan, warmStart } = await planOf(
      rows,
      { extra: "number", colour: "category", heavy: "number" },
      { kind: "multiclass" },
      { inputs: { heavy: "weight" }, states: "keep" },
    );
    expect(plan.inputs.map((i) => [i.name, i.how, i.from])).toEqual([
      ["extra", "new", undefined],
      ["colour", "same name", "colour"],
      ["heavy", "mapped", "weight"],
      ["size", "dropped", undefined],
    ]);
    const width = 6;
    // Old rows of the trunk: size, weight, then the colour's embedding; new ones: extra, colour, heavy.
    const embedded = (old.values.get(trunk)?.shape[0] ?? 0) - 2;
    for (let c = 0; c < width; c++) {
      expect(number(warmStart, trunk, c)).toBeUndefined();
      for (let e = 0; e < embedded; e++)
        expect(number(warmStart, trunk, (1 + e) * width + c)).toBe(was(trunk, (2 + e) * width + c));
      expect(number(warmStart, trunk, (1 + embedded) * width + c)).toBe(was(trunk, width + c));
    }
    const parameter = (name: string) => plan.parameters.find((p) => p.name === name);
    expect(parameter("encoder.heavy.missing")).toMatchObject({
      from: "encoder.weight.missing",
      how: "copied",
    });
    expect(parameter("encoder.extra.missing")).toMatchObject({ how: "fresh", copied: 0 });
    expect(parameter("encoder.size.missing")).toMatchObject({ how: "unused" });
    expect(parameter(trunk)).toMatchObject({
      how: "partly copied",
      copied: (1 + embedded) * width,
    });
    expect(parameter("head.price.weight")).toMatchObject({ how: "unused" });
    // What lies behind a mixture of inputs stays, whichever inputs are mixed.
    expect(parameter("head.kind.weight")).toMatchObject({ how: "copied" });
  });

  it("keeps the columns of known classes and the rows of known categories", async () => {
    const rows = oldRows.map((r, i) => ({
      ...r,
      kind: ["c", "d", "a"][i % 3],
      colour: ["blue", "black", "black"][i % 3],
    }));
    const { plan, warmStart, inputs } = await planOf(rows, ...same);
    expect(plan.tasks[1]).toMatchObject({
      head: "partly reused",
      outputs: { reused: 2, all: 3 },
      why: "2 of 3 classes are known",
    });
    // Old classes a, b, c; new ones a, c, d.
    expect([0, 1, 2].map((c) => number(warmStart, "head.kind.bias", c))).toEqual([
      was("head.kind.bias", 0),
      was("head.kind.bias", 2),
      undefined,
    ]);
    expect(number(warmStart, "head.kind.weight", 3 * 2 + 1)).toBe(
      was("head.kind.weight", 3 * 2 + 2),
    );
    const colour = plan.inputs.find((i) => i.name === "colour");
    expect(colour).toMatchObject({
      state: "refitted",
      why: "share of unknown values more than 0.2 beyond chance",
      vocabulary: { known: 1, added: 1, gone: 2 },
    });
    expect(inputs[2].state).toMatchObject({ categories: ["blue", "green", "red", "black"] });
    // Rows of the table: any other, the three known ones, the new one, a missing cell.
    const table = "encoder.colour.embedding.table";
    const size = old.values.get(table)?.shape[1] ?? 0;
    expect([0, 1, 2, 3, 4, 5].map((r) => number(warmStart, table, r * size))).toEqual([
      ...[0, 1, 2, 3].map((r) => was(table, r * size)),
      undefined,
      was(table, 4 * size),
    ]);
  });

  it("refits numbers that have moved, where told to or where another option is stated", async () => {
    const moved = oldRows.map((r) => ({ ...r, size: 100 * r.size }));
    const stateOf = async (rows: Rows, transfer: object, inputs: Declared = same[0]) =>
      (await planOf(rows, inputs, same[1], transfer)).plan.inputs[0];
    expect(await stateOf(moved, {})).toMatchObject({
      state: "refitted",
      why: "distance of distributions more than 0.2 beyond chance",
    });
    expect((await stateOf(moved, {})).drift[0]).toMatchObject({ measure: "ks", value: 1 });
    expect(await stateOf(moved, { states: "keep" })).toMatchObject({ state: "kept" });
    expect(await stateOf(moved, { drift: 0.95 })).toMatchObject({ state: "kept" });
    expect(await stateOf(oldRows, { states: "refit" })).toMatchObject({ state: "refitted" });
    const log: Declared = { ...same[0], size: { type: "number", log: true } };
    expect(await stateOf(oldRows, {}, log)).toMatchObject({
      state: "refitted",
      why: "other options: log",
    });
  });

  it("freezes and slows down from the heads to the inputs", async () => {
    const { plan, carriedRates } = await planOf(oldRows, ...same, {
      gradual: 2,
      decay: 0.5,
      freeze: { "encoder.size": "always" },
      learningRates: { sharing: 0.9 },
    });
    expect(carriedRates).toEqual({
      learningRates: { heads: 1, sharing: 0.9, encoders: 0.25 },
      freeze: { heads: 0, sharing: 2, encoders: 4, "encoder.size": "always" },
    });
    expect(plan.rates.map(({ group, factor, frozen }) => [group, factor, frozen])).toEqual([
      ["heads", 1, 0],
      ["sharing", 0.9, 2],
      ["encoders", 0.25, 4],
      ["encoder.size", 1, "always"],
    ]);
  });

  it("takes another kind of task under the same name for a new one", async () => {
    const rows = oldRows.map((r) => ({ ...r, kind: r.kind.charCodeAt(0) }));
    const { plan } = await planOf(rows, same[0], { price: "regression", kind: "ordinal" });
    expect(plan.tasks[1]).toMatchObject({
      how: "new",
      head: "fresh",
      why: "kind was multiclass in the trained model",
    });
    expect(plan.tasks[2]).toMatchObject({ name: "kind", how: "dropped" });
  });
});

describe("what cannot be transferred is refused", () => {
  const cases: [string, Declared, Declared, object, RegExp][] = [
    [
      "no shared input",
      { length: "number" },
      same[1],
      {},
      /^transfer: an input that the new table shares with old \(size, weight, colour\); got length$/,
    ],
    [
      "an unknown new name",
      same[0],
      same[1],
      { inputs: { sise: "size" } },
      /^transfer\.inputs: names of inputs of the new model \(size, .*\); got "sise"$/,
    ],
    [
      "an unknown old name",
      same[0],
      same[1],
      { inputs: { size: "sizes" } },
      /^transfer\.inputs\.size: one of the inputs of old \(size, .*\); got "sizes"$/,
    ],
    [
      "an old name given twice",
      same[0],
      same[1],
      { inputs: { size: "weight", weight: "weight" } },
      /at most once each; "weight" is also given to/,
    ],
    [
      "an unknown task",
      same[0],
      same[1],
      { tasks: { price: "prize" } },
      /^transfer\.tasks\.price: one of the tasks of old \(price, kind\); got "prize"$/,
    ],
    [
      "inputs of two types",
      { ...same[0], price: "number" },
      { kind: "multiclass" },
      { inputs: { price: "colour" } },
      /^transfer\.inputs\.price: an input of type number, as it is in the new table; colour is category$/,
    ],
    [
      "tasks of two kinds",
      same[0],
      { price: "regression" },
      { tasks: { price: "kind" } },
      /^transfer\.tasks\.price: a task of kind regression, as it is in the new table; kind is multiclass$/,
    ],
    [
      "an unknown group",
      same[0],
      same[1],
      { freeze: { encoder: 1, encodrs: 2 } },
      /^transfer\.freeze: groups of parameters \(encoders, sharing, heads, encoder\.size/,
    ],
  ];
  it.each(cases)("%s", async (_, inputs, tasks, transfer, message) => {
    await expect(planOf(oldRows, inputs, tasks, transfer)).rejects.toThrow(message);
    await expect(planOf(oldRows, inputs, tasks, transfer)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
    });
  });
});
