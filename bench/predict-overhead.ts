/**
 * How much does predicting one row of a table cost beside the bare run of the session on the same
 * feeds? `npx tsx bench/predict-overhead.ts [repeats]`
 */
import { createSession } from "../src/compiler/onnx/session/session.ts";
import type { OnnxTensor } from "../src/compiler/onnx/tensor-data.ts";
import { resolveConfig } from "../src/config/load.ts";
import { Random } from "../src/core/random.ts";
import { type Column, takeRows } from "../src/data/columns.ts";
import { tableFromRows } from "../src/data/from-rows.ts";
import { viewOf } from "../src/modalities/views.ts";
import { Model } from "../src/model/model.ts";
import { runExperiment } from "../src/run/experiment.ts";
import { digits, median, printResult } from "./result.ts";

const repeats = Number(process.argv[2] ?? 3000);
const random = Random.from(5, "bench");
const places = ["north", "south", "east", "west"];
const rows = Array.from({ length: 300 }, () => {
  const age = random.normal() * 10 + 40;
  const place = places[random.integer(4)];
  const review = `a ${age > 40 ? "great" : "poor"} visit to the ${place}, number ${random.integer(99)}`;
  return {
    age,
    height: random.normal(),
    place,
    review,
    price: age / 3,
    liked: age > 40,
    kind: place,
  };
});
const columns = ["age", "height", "place", "review"];

interface Case {
  readonly what: string;
  readonly inputs: Readonly<Record<string, string>>;
}
const cases: readonly Case[] = [
  {
    what: "numbers and a category, 3 tasks",
    inputs: { age: "number", height: "number", place: "category" },
  },
  {
    what: "the same and a text",
    inputs: { age: "number", height: "number", place: "category", review: "text" },
  },
];

async function measure({ inputs }: Case): Promise<{ bare: number; whole: number }> {
  const experiment = await runExperiment(
    resolveConfig({
      inputs,
      tasks: { price: "regression", liked: "binary", kind: "multiclass" },
      training: { epochs: 1 },
    }),
    { rows, baseDir: "." },
  );
  const model = await Model.open(experiment.model, { threads: 1 });
  const session = await createSession(experiment.model, { threads: 1 });
  const one = takeRows(tableFromRows(rows), [7]);
  const table = {
    ...one,
    columns: new Map(columns.map((name) => [name, one.columns.get(name) as Column])),
  };
  const feeds: Record<string, OnnxTensor> = {};
  for (const input of model.inputs) {
    const { state, name } = input;
    const cells = table.columns.get(input.column) as Column;
    const context = { baseDir: undefined, origin: "bench", firstRow: 0, problem: () => {} };
    Object.assign(feeds, await viewOf(input, model.metadata.view).raw(state, name, cells, context));
  }
  const bare: number[] = [];
  const whole: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const start = performance.now();
    await session.run(feeds);
    const middle = performance.now();
    await model.predictTable(table);
    const end = performance.now();
    bare.push(middle - start);
    whole.push(end - middle);
  }
  await session.dispose();
  await model.dispose();
  experiment.close();
  return { bare: median(bare), whole: median(whole) };
}

const results = [];
for (const one of cases) {
  const { bare, whole } = await measure(one);
  results.push({
    what: one.what,
    unit: "ms",
    ours: digits(whole),
    other: digits(bare),
    value: digits(whole - bare, 3),
    target: 0.2,
  });
}
printResult({
  question: "Prediction of one row beside the bare run of the session",
  value: "ms more",
  rows: results,
});
