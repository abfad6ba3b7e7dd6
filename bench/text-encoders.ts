/**
 * @file How well do the encoders of texts read, at the same number of epochs? Intents of Snips (7 classes, order matters
 * little) and of CLINC150 (150 classes, 10 domains), from words alone, beside TF-IDF with logistic regression.
 *
 *     npx tsx bench/text-encoders.ts [--data ../shared/data] [--sets snips,clinc] [--only gru] [--epochs 8] [--seeds 0,1]
 *     python bench/peers/text_sklearn.py
 *
 * One JSON line a set, encoder and seed: accuracy on the published test rows (Snips: its validation file; CLINC150: queries in
 * scope), and the seconds of processor time that the fit took, all threads together. No option was chosen on test rows.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { resolveConfig } from "../src/config/load.ts";
import { tableFromRows } from "../src/data/from-rows.ts";
import { openSource } from "../src/data/source.ts";
import { fitRows, span } from "./fit.ts";

const { values } = parseArgs({
  options: {
    data: {
      type: "string",
      default: fileURLToPath(new URL("../../shared/data", import.meta.url)),
    },
    sets: { type: "string", default: "snips,clinc" },
    only: { type: "string", default: "" },
    epochs: { type: "string", default: "8" },
    seeds: { type: "string", default: "0" },
  },
});

type Row = Readonly<Record<string, string | number | boolean | null>>;

interface TextSet {
  readonly train: readonly Row[];
  readonly test: readonly Row[];
  readonly tasks: readonly string[];
}

/** Sentences of a file in CoNLL form, and the intent above each. */
function sentences(content: string): Row[] {
  return content
    .trim()
    .split("\n\n")
    .map((block) => {
      const [head, ...tokens] = block.split("\n");
      return {
        text: tokens.map((line) => line.split("\t")[0]).join(" "),
        intent: head.replace("# intent = ", ""),
      };
    });
}

async function clinc(part: string): Promise<Row[]> {
  const source = await openSource(join(values.data, "clinc150", `clinc_${part}.csv`));
  const table = await source.read();
  source.close();
  const cell = (name: string, row: number) => {
    const column = table.columns.get(name);
    return column?.storage === "string" ? column.dictionary[column.codes[row]] : null;
  };
  const rows = Array.from({ length: table.rows }, (_, i) => ({
    text: cell("text", i),
    intent: cell("intent", i),
    domain: cell("domain", i),
  }));
  return rows.filter((row) => row.intent !== "oos");
}

const sets: Readonly<Record<string, () => Promise<TextSet>>> = {
  async snips() {
    const file = (name: string) => readFileSync(join(values.data, "snips-nlu", name));
    return {
      train: sentences(gunzipSync(file("snips_train.conll.gz")).toString("utf8")),
      test: sentences(file("snips_validate.conll").toString("utf8")),
      tasks: ["intent"],
    };
  },
  async clinc() {
    return {
      train: [...(await clinc("train")), ...(await clinc("val"))],
      test: await clinc("test"),
      tasks: ["intent", "domain"],
    };
  },
};

const readers: Readonly<Record<string, object>> = {
  bag: {},
  cnn: { encoder: "cnn" },
  gru: { encoder: "gru" },
  transformer: { encoder: "transformer" },
  "gru, bpe": { encoder: "gru", tokenizer: { type: "bpe", vocabulary: 4000 } },
  "transformer, wordpiece": {
    encoder: "transformer",
    tokenizer: { type: "wordpiece", vocabulary: 4000 },
  },
};

for (const name of values.sets.split(",")) {
  const { train, test, tasks } = await sets[name]();
  const table = tableFromRows([...train, ...test]);
  const split = {
    train: span(0, train.length),
    validation: new Int32Array(0),
    test: span(train.length, table.rows),
  };
  for (const [reader, options] of Object.entries(readers)) {
    if (values.only && !values.only.split(";").includes(reader)) continue;
    for (const seed of values.seeds.split(",").map(Number)) {
      const config = resolveConfig({
        data: "rows",
        inputs: { text: { type: "text", size: 64, dropout: 0.2, ...options } },
        tasks: Object.fromEntries(tasks.map((task) => [task, { type: "multiclass" }])),
        learner: { type: "neural", trunk: { sizes: [] } },
        training: {
          epochs: Number(values.epochs),
          batchSize: 32,
          threads: 1,
          optimizer: { type: "adamw", learningRate: 0.002, weightDecay: 0 },
          schedule: { type: "cosine" },
        },
        seed,
      });
      const { test: score, processorSeconds } = await fitRows(config, table, split);
      console.log(
        JSON.stringify({
          set: name,
          reader,
          seed,
          ...Object.fromEntries(tasks.map((task) => [task, score(task).toFixed(4)])),
          processorSeconds: Math.round(processorSeconds),
        }),
      );
    }
  }
}
