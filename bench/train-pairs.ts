/**
 * How long does a training step take beside PyTorch's on the same model? Both sides run in turn in
 * processes of their own, several times.
 * `npx tsx bench/train-pairs.ts [--threads 1] [--rounds 3] [--seconds 2] [--models mlp128,cnn]`
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { benchFolder, findPeers, lastJson, runScript } from "./processes.ts";
import { type BenchRow, digits, median, printResult } from "./result.ts";
import type { TrainModelName } from "./train-models.ts";

/** Largest share of PyTorch's time at one thread. */
const targets: Readonly<Record<TrainModelName, number>> = {
  mlp128: 0.8,
  mlp512: 0.8,
  mlp1024: 0.8,
  cnn: 1,
  cnn_bn: 1,
  transformer: 0.95,
  gru: 0.6,
  text_transformer: 1,
  audio_cnn: 1,
};

interface Measured {
  readonly median: number;
  readonly min: number;
  readonly cpu: number;
  readonly loss10: number;
  readonly peer?: string;
}

const { values } = parseArgs({
  options: {
    threads: { type: "string", default: "1" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "2" },
    models: { type: "string", default: Object.keys(targets).join() },
  },
});
const threads = Number(values.threads);
const peers = await findPeers();
const notes: string[] = [];
if (peers === undefined) notes.push("PyTorch is missing: set PEERS_PYTHON (peers/requirements.md)");

async function pairs(model: TrainModelName): Promise<{ ours: Measured[]; theirs: Measured[] }> {
  const args = ["--model", model, "--threads", `${threads}`, "--seconds", values.seconds];
  const ours: Measured[] = [];
  const theirs: Measured[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    ours.push((await runScript("train-steps.ts", args)) as Measured);
    if (peers === undefined) continue;
    const script = join(benchFolder, "peers", "train_steps.py");
    theirs.push((await lastJson(peers, [script, ...args])) as Measured);
  }
  return { ours, theirs };
}

const rows: BenchRow[] = [];
for (const model of values.models.split(",") as TrainModelName[]) {
  const { ours, theirs } = await pairs(model);
  const of = (list: readonly Measured[], key: "median" | "min" | "cpu") =>
    key === "min" ? Math.min(...list.map((m) => m.min)) : median(list.map((m) => m[key]));
  const time = of(ours, "median");
  const row = { what: model, unit: "ms a step", ours: digits(time) };
  const details = { min: of(ours, "min"), cpu: of(ours, "cpu"), loss10: ours[0].loss10 };
  if (theirs.length === 0) {
    rows.push({ ...row, value: Number.NaN, details });
    continue;
  }
  const difference = Math.abs(ours[0].loss10 - theirs[0].loss10) / Math.abs(theirs[0].loss10);
  if (difference > 1e-4) notes.push(`${model}: losses after ten steps differ by ${difference}`);
  rows.push({
    ...row,
    other: digits(of(theirs, "median")),
    value: digits(time / of(theirs, "median"), 3),
    target: threads === 1 ? targets[model] : 1,
    details: {
      ...details,
      peer: theirs[0].peer,
      peerMin: of(theirs, "min"),
      peerCpu: of(theirs, "cpu"),
      ratioOfMinima: digits(of(ours, "min") / of(theirs, "min"), 3),
      ratioOfProcessorTime: digits(of(ours, "cpu") / of(theirs, "cpu"), 3),
      lossDifference: difference,
    },
  });
}
printResult({
  question: `Training step beside PyTorch's, ${threads} thread${threads === 1 ? "" : "s"}`,
  value: "ratio of median times",
  rows,
  notes,
});
