/**
 * @file Digit pairs: how well is a digit told from a poor picture and a noisy recording of it, by every fusion, by a stack of
 * models, by blended losses, by shared layers and with modality dropout? The rows are of digit-pairs-data.ts, the same for all.
 *
 *     npx tsx bench/digit-pairs.ts [--seeds 0,1,2] [--only concat,lateProduct] [--set '{"learner": {…}}'] [--write]
 *
 * 3,400 of the 4,000 training pairs are learned from, 600 choose the epoch; test pairs choose nothing. `--write`
 * writes results/digit-pairs.json. Beside it: peers/digit_pairs_sklearn.py on the same rows.
 */
import { existsSync } from "node:fs";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { resolveConfig } from "../src/config/load.ts";
import { tableFromRows } from "../src/data/from-rows.ts";
import { fusions } from "../src/fusion/fusions.ts";
import { digitPairs } from "./digit-pairs-data.ts";
import { fitRows, keepResults, mean, span } from "./fit.ts";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const { values } = parseArgs({
  options: {
    data: { type: "string", default: at("../../shared/data") },
    seeds: { type: "string", default: "0,1,2" },
    only: { type: "string" },
    set: { type: "string", default: "{}" },
    write: { type: "boolean", default: false },
  },
});
if (!existsSync(`${values.data}/mnist`) || !existsSync(`${values.data}/fsdd`)) {
  console.log(`skipped: no mnist and fsdd in ${values.data}`);
  process.exit(0);
}

const pairs = digitPairs({ data: values.data, seed: 0, components: 4, noise: 3 });
const table = tableFromRows(pairs.map(({ digit, image, sound }) => ({ digit, image, sound })));
const trainRows = pairs.filter((p) => p.part === "train").length;
const split = {
  train: span(600, trainRows),
  validation: span(0, 600),
  test: span(trainRows, pairs.length),
};

type Options = Readonly<Record<string, unknown>>;

interface Method {
  readonly name: string;
  readonly learner: Options;
  readonly inputs?: readonly string[];
}

/** What all networks have: layers for the picture, one map of the sound, much weight decay. */
const override = JSON.parse(values.set) as Record<string, Options>;
const inputs: Readonly<Record<string, Options>> = {
  image: { type: "vector", layers: [64], ...override.image },
  sound: { type: "vector", size: 32, ...override.sound },
};
const network: Options = {
  type: "neural",
  inputDropout: 0.2,
  trunk: { sizes: [64], dropout: 0.3 },
  ...override.learner,
};

const methods: readonly Method[] = [
  { name: "image alone", inputs: ["image"], learner: network },
  { name: "sound alone", inputs: ["sound"], learner: network },
  ...Object.keys(fusions).map((fusion) => ({ name: fusion, learner: { ...network, fusion } })),
  {
    name: "stacking",
    learner: {
      type: "stacking",
      weights: "output",
      members: {
        picture: { inputs: ["image"], learner: network },
        recording: { inputs: ["sound"], learner: network },
      },
    },
  },
  { name: "concat, blend fixed", learner: { ...network, blend: "fixed" } },
  { name: "concat, blend gradient", learner: { ...network, blend: "gradient" } },
  { name: "sum, streams trunk", learner: { ...network, fusion: "sum", streams: "trunk" } },
  {
    name: "sum, streams crossStitch",
    learner: { ...network, fusion: "sum", streams: "crossStitch" },
  },
  { name: "concat, modality dropout", learner: { ...network, modalityDropout: 0.2 } },
];

interface Run {
  readonly test: number;
  readonly validation: number;
  readonly seconds: number;
}

async function run({ inputs: seen, learner }: Method, seed: number): Promise<Run> {
  const config = resolveConfig({
    data: "pairs",
    inputs: Object.fromEntries(
      Object.entries(inputs).filter(([name]) => seen?.includes(name) ?? true),
    ),
    tasks: { digit: "multiclass" },
    learner,
    training: {
      epochs: 30,
      batchSize: 64,
      threads: 1,
      optimizer: { type: "adamw", learningRate: 0.002, weightDecay: 0.3 },
      schedule: { type: "cosine" },
      ...override.training,
    },
    seed,
  });
  const { test, results, seconds } = await fitRows(config, table, split);
  const validation = results.validation?.evaluations.digit.metrics.accuracy ?? Number.NaN;
  return { test: test("digit"), validation, seconds };
}

const percent = (share: number) => Math.round(1000 * share) / 10;
const results: Record<string, object> = {};
for (const method of methods) {
  if (values.only !== undefined && !values.only.split(",").includes(method.name)) continue;
  const runs: Run[] = [];
  for (const seed of values.seeds.split(",").map(Number)) {
    try {
      runs.push(await run(method, seed));
    } catch (error) {
      console.error(method.name, seed, String(error));
    }
  }
  if (runs.length === 0) continue;
  const share = mean(runs.map((r) => r.test));
  // What another draw of as many test pairs would give, 19 times of 20.
  const half = 1.96 * Math.sqrt((share * (1 - share)) / split.test.length);
  results[method.name] = {
    accuracy: percent(share),
    interval: [percent(share - half), percent(share + half)],
    seeds: runs.map((r) => percent(r.test)),
    validation: percent(mean(runs.map((r) => r.validation))),
    seconds: runs.map((r) => r.seconds),
  };
  console.log(JSON.stringify({ method: method.name, ...results[method.name] }));
}

if (values.write) {
  keepResults(at("results/digit-pairs.json"), {
    question: "Accuracy in per cent on 2,000 test pairs of a written and a spoken digit",
    target: { best: 75, least: 60.2 },
    pairs: { train: 3400, validation: 600, test: 2000 },
    results,
    load: loadavg().map((l) => Math.round(l)),
  });
}
