/**
 * Adult: income and never married from one network, on the published split, with marital status and relationship out of the
 * inputs. How far is it from gradient boosting of each task by itself?
 * `npx tsx bench/adult.ts [--folder ../shared/data/adult-census] [--seeds 3] [--rows N]`
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { resolveConfig } from "../src/config/load.ts";
import { runExperiment } from "../src/run/experiment.ts";
import { benchFolder, findPeers, lastJson } from "./processes.ts";
import { type BenchRow, digits, printResult } from "./result.ts";

const { values } = parseArgs({
  options: {
    folder: {
      type: "string",
      default: new URL("../../shared/data/adult-census", import.meta.url).pathname,
    },
    seeds: { type: "string", default: "3" },
    rows: { type: "string", default: "1000000" },
    epochs: { type: "string", default: "12" },
  },
});
const dropped = ["marital_status", "relationship"];

/** The table with `never_married` in the place of the columns that tell it. */
function prepare(part: string): string {
  const text = gunzipSync(readFileSync(join(values.folder, `adult_${part}.csv.gz`))).toString();
  const [header, ...lines] = text.trim().split("\n");
  const names = header.trim().split(",");
  const marital = names.indexOf("marital_status");
  const kept = names.flatMap((name, i) => (dropped.includes(name) ? [] : [i]));
  const rows = lines.slice(0, Number(values.rows)).map((line) => {
    const cells = line.trim().split(",");
    return [...kept.map((i) => cells[i]), cells[marital] === "Never-married" ? "yes" : "no"].join();
  });
  return [[...kept.map((i) => names[i]), "never_married"].join(), ...rows].join("\n");
}

const folder = mkdtempSync(join(tmpdir(), "adult-"));
try {
  for (const part of ["train", "test"]) writeFileSync(join(folder, `${part}.csv`), prepare(part));
  const number = { type: "number", bins: 32, encoding: "piecewise" };
  const config = {
    name: "adult",
    data: "train.csv",
    inputs: {
      age: number,
      fnlwgt: number,
      education_num: number,
      // Nine in ten are 0: the others need quantiles of their own.
      capital_gain: { ...number, bins: 256 },
      capital_loss: { ...number, bins: 256 },
      hours_per_week: number,
      // Single amounts recur, and tell what their neighbours do not: they are codes as well as amounts.
      ...Object.fromEntries(
        ["age", "capital_gain", "capital_loss", "hours_per_week"].map((column) => [
          `${column}_code`,
          { type: "category", column, minCount: 10 },
        ]),
      ),
      ...Object.fromEntries(
        ["workclass", "education", "occupation", "race", "sex", "native_country"].map((name) => [
          name,
          { type: "category" },
        ]),
      ),
    },
    tasks: {
      income: { type: "binary", positive: ">50K" },
      never_married: { type: "binary", positive: "yes" },
    },
    split: { type: "files", test: "test.csv", carve: 0.1 },
    learner: { type: "neural", trunk: { sizes: [256, 128], dropout: 0.2 }, tower: { sizes: [32] } },
    training: {
      epochs: Number(values.epochs),
      batchSize: 256,
      optimizer: { type: "adamw", learningRate: 0.001 },
      schedule: { type: "cosine" },
      earlyStopping: { patience: 5 },
    },
  };
  const scores: Record<string, number[]> = { income: [], never_married: [] };
  let seconds = 0;
  for (let seed = 0; seed < Number(values.seeds); seed++) {
    const began = performance.now();
    const run = await runExperiment(resolveConfig({ ...config, seed }), {
      baseDir: folder,
      onEvent(event) {
        if (event.type !== "epoch") return;
        const { epoch, tasks } = event.record;
        const auc = Object.values(tasks).map((t) => t.validation?.rocAuc?.toFixed(4));
        process.stderr.write(`seed ${seed}, epoch ${epoch}: validation AUC ${auc.join(" ")}\n`);
      },
    });
    for (const task of Object.keys(scores))
      scores[task].push(run.outcome.results.test?.evaluations[task].metrics.rocAuc ?? Number.NaN);
    run.close();
    seconds += (performance.now() - began) / 1000;
    process.stderr.write(`seed ${seed}: ${JSON.stringify(scores)}\n`);
  }
  const peers = await findPeers();
  const boosted =
    peers === undefined
      ? undefined
      : ((await lastJson(peers, [
          join(benchFolder, "peers", "adult_lightgbm.py"),
          folder,
        ])) as Record<string, number>);
  const rows: BenchRow[] = Object.entries(scores).map(([task, found]) => {
    const mean = found.reduce((a, b) => a + b, 0) / found.length;
    const other = boosted?.[task];
    return {
      what: `${task.replace("_", " ")}, ROC AUC on test rows`,
      unit: "AUC",
      ours: digits(mean),
      other: other === undefined ? undefined : digits(other),
      value: other === undefined ? Number.NaN : digits(other - mean, 3),
      target: 0.005,
      details: { seeds: found.map((x) => digits(x)) },
    };
  });
  printResult({
    question: "How far is one network for two tasks from boosting each by itself (Adult)?",
    value: "AUC of gradient boosting less ours",
    rows,
    notes: [`${digits(seconds / Number(values.seeds), 3)} s a run, mean of ${values.seeds} seeds`],
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
