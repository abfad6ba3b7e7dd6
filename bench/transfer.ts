/**
 * Transfer on emoji and penguins: models trained on one table are the start on another one, of which few rows are labelled.
 *
 *     npx tsx bench/transfer.ts [folder for runs] [results.json] [names of experiments, with commas]
 *
 * Every fold is fitted twice, from the trained model and from freshly drawn parameters, with the same rows, options and
 * epochs: 5 folds, once each. Tables are cut from the examples of this repository by a hash of the row's id.
 */
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import { resolveConfig } from "../src/config/load.ts";
import { normalise } from "../src/config/normalise.ts";
import { trainRun } from "../src/run/train-run.ts";
import { transferRun } from "../src/run/transfer-run.ts";

const folder = process.argv[2] ?? mkdtempSync(join(tmpdir(), "polytask-transfer-"));
const resultFile = process.argv[3];
const asked = process.argv[4]?.split(",");
const example = (path: string) => fileURLToPath(new URL(`../examples/${path}`, import.meta.url));

interface Experiment {
  readonly what: string;
  /** Queries of the two tables. */
  readonly tables: readonly [string, string];
  readonly source: Readonly<Record<string, unknown>>;
  readonly target: Readonly<Record<string, unknown>>;
}

const emoji = `(select *, hash(id) % 1000 as part from '${example("emoji/emoji.parquet")}')`;
const penguins = `(select *, row_number() over () as id from '${example("penguins/penguins.csv")}')`;

const picture = { type: "image", size: 64, dropout: 0.3 };
const words = { type: "text", words: 1, minCount: 1, sublinear: false, size: 64 };
const emojiLearner = { type: "neural", trunk: { sizes: [64] }, inputDropout: 0.3 };
const emojiTraining = {
  epochs: 12,
  batchSize: 32,
  optimizer: { type: "adamw", learningRate: 0.003 },
  threads: 1,
};
const emojiSource = {
  inputs: { image: picture, label: words, tags: words },
  tasks: { category: "multiclass", has_skin_tones: "binary" },
  learner: emojiLearner,
  training: emojiTraining,
  split: { type: "random", fractions: { validation: 0.1, test: 0 } },
  seed: 3,
};
const few = { type: "random", fractions: { validation: 0.15, test: 0 } };

const experiments: Readonly<Record<string, Experiment>> = {
  rows: {
    what: "other rows of the same table",
    tables: [`select * from ${emoji} where part < 700`, `select * from ${emoji} where part >= 860`],
    source: emojiSource,
    target: {
      tasks: { category: "multiclass", has_skin_tones: "binary" },
      inputs: ["image", "label", "tags"],
    },
  },
  columns: {
    what: "other columns: the texts have other names or are gone, colours are new; one task is new",
    tables: [
      `select * from ${emoji} where part < 700`,
      `select image as picture, label as name, mean_r, mean_g, mean_b, category, added_in from ${emoji} where part >= 860`,
    ],
    source: emojiSource,
    target: {
      inputs: ["picture", "name", "mean_r", "mean_g", "mean_b"],
      tasks: { category: "multiclass", added_in: "regression" },
      transfer: { inputs: { picture: "image", name: "label" } },
    },
  },
  classes: {
    what: "other classes: no category of the new table was seen before",
    tables: [
      `select * from ${emoji} where category in ('People & Body', 'Flags', 'Objects', 'Travel & Places')`,
      `select * from ${emoji} where category in ('Symbols', 'Smileys & Emotion', 'Animals & Nature', 'Food & Drink', 'Activities') and part >= 500`,
    ],
    source: { ...emojiSource, tasks: { category: "multiclass" } },
    target: { tasks: { category: "multiclass" }, inputs: ["image", "label", "tags"] },
  },
  gradual: {
    what: "as `classes`, unfrozen from the heads down and with rates that fall with depth",
    tables: ["", ""],
    source: {},
    target: { transfer: { gradual: 2, decay: 0.4 } },
  },
  islands: {
    what: "penguins of other islands",
    tables: [
      `select * from ${penguins} where island = 'Biscoe'`,
      `select * from ${penguins} where island <> 'Biscoe'`,
    ],
    source: {
      inputs: ["bill_length_mm", "bill_depth_mm", "flipper_length_mm"],
      tasks: { sex: "binary", body_mass_g: "regression" },
      learner: { type: "neural", trunk: { sizes: [32] } },
      training: {
        epochs: 30,
        batchSize: 16,
        optimizer: { type: "adamw", learningRate: 0.003 },
        threads: 1,
      },
      split: { type: "random", fractions: { validation: 0.15, test: 0 } },
      seed: 3,
    },
    target: {
      inputs: ["bill_length_mm", "bill_depth_mm", "flipper_length_mm"],
      tasks: { sex: "binary", body_mass_g: "regression" },
    },
  },
};

const database = await (await DuckDBInstance.create()).connect();
mkdirSync(folder, { recursive: true });
const results: Record<string, unknown> = {};
for (const [name, own] of Object.entries(experiments)) {
  if (asked && !asked.includes(name)) continue;
  const base = name === "gradual" ? experiments.classes : own;
  const like = name === "gradual" ? "classes" : name;
  const file = (part: string) => join(folder, `${like}-${part}.parquet`);
  for (const [i, part] of (["source", "target"] as const).entries())
    await database.run(`copy (${base.tables[i]} order by all) to '${file(part)}' (format parquet)`);
  const run = join(folder, `${like}-source`);
  if (!existsSync(join(run, "model"))) {
    const config = resolveConfig({ name: `${like}-source`, ...base.source, data: file("source") });
    await trainRun(config, { out: run, baseDir: folder });
  }
  const given = {
    name,
    training: base.source.training,
    split: few,
    seed: 5,
    ...base.target,
    ...own.target,
    transfer: { seeds: 1, ...(base.target.transfer as object), ...(own.target.transfer as object) },
    data: file("target"),
  };
  const found = await transferRun(run, resolveConfig(given), {
    out: join(folder, name),
    baseDir: folder,
    given: normalise(given) as Record<string, unknown>,
    command: `bench/transfer.ts ${name}`,
    jobs: 2,
  });
  const { comparison, plan } = found;
  results[name] = {
    what: own.what,
    rows: comparison?.rows,
    copied: plan.totals,
    tasks: comparison?.tasks.map((task) => ({
      task: task.name,
      metric: task.metric,
      ...Object.fromEntries(
        task.scores.map(({ regime, mean, low, high }) => [regime, { mean, low, high }]),
      ),
      difference: task.against.mean,
      p: task.against.adjusted,
      verdict: task.against.verdict,
    })),
    words: comparison?.words,
  };
  process.stdout.write(`${name}: ${own.what}\n${JSON.stringify(results[name], null, 1)}\n`);
}
if (resultFile) writeFileSync(resultFile, `${JSON.stringify(results, null, 2)}\n`);
