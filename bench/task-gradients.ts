/**
 * What does a gradient a task cost beside PyTorch's K calls of autograd.grad, and what does each weighting add to the plain
 * sum beside LibMTL-style PyTorch? Both sides run in turn in processes of their own, at one thread.
 * `npx tsx bench/task-gradients.ts [--rounds 3] [--seconds 1] [--counts 2,4,8,16] [--methods all|none]`
 */
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { benchFolder, findPeers, lastJson, runScript } from "./processes.ts";
import { type BenchRow, digits, median, printResult } from "./result.ts";

type Times = Readonly<Record<string, number>>;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "1" },
    counts: { type: "string", default: "2,4,8,16" },
    methods: { type: "string", default: "all" },
  },
});
const weightings = [
  ...["uncertainty", "dwa", "gls", "rlw", "logTransform", "stch", "famo", "gradnorm", "mgda"],
  ...["cagrad", "fairgrad", "imtlG", "alignedMtl", "pcgrad", "gradvac", "graddrop", "dbMtl"],
];
const peers = await findPeers();
const load = loadavg()[0];

/** Medians over rounds of the medians of each side, taken in turn. */
async function measure(tasks: number, methods: readonly string[]) {
  const ours: Times[] = [];
  const theirs: Times[] = [];
  const args = ["--tasks", `${tasks}`, "--methods", methods.join(), "--seconds", values.seconds];
  for (let round = 0; round < Number(values.rounds); round++) {
    ours.push((await runScript("task-gradient-steps.ts", args)) as Times);
    if (peers === undefined) continue;
    const script = join(benchFolder, "peers", "task_gradients.py");
    theirs.push((await lastJson(peers, [script, ...args])) as Times);
  }
  const middle = (times: readonly Times[], method: string) => median(times.map((t) => t[method]));
  return (method: string) => ({
    ours: middle(ours, method),
    theirs: peers === undefined ? Number.NaN : middle(theirs, method),
  });
}

const rows: BenchRow[] = [];
for (const tasks of values.counts.split(",").map(Number)) {
  const { ours, theirs } = (await measure(tasks, ["autograd"]))("autograd");
  rows.push({
    what: `${tasks} gradients, MLP 64-512-512`,
    unit: "ms",
    ours: digits(ours),
    other: digits(theirs),
    value: digits(ours / theirs, 3),
    target: 0.9,
  });
}
if (values.methods !== "none") {
  const of = await measure(4, ["equal", ...weightings]);
  const plain = of("equal");
  for (const method of weightings) {
    const step = of(method);
    const [own, other] = [step.ours - plain.ours, step.theirs - plain.theirs];
    rows.push({
      what: `${method}, beyond the plain sum, 4 tasks`,
      unit: "ms",
      ours: digits(own, 3),
      other: digits(other, 3),
      value: digits(step.ours / step.theirs, 3),
      target: 1,
      details: {
        step: digits(step.ours),
        otherStep: digits(step.theirs),
        beyondAtOrUnder: own <= other,
      },
    });
  }
}
printResult({
  question: "What do gradients a task and weightings cost beside PyTorch?",
  value: "share of PyTorch's time: of the gradients, or of the whole step",
  rows,
  notes: [
    `load average at the start ${load.toFixed(1)}; one thread, both sides in turn, medians of ${values.rounds} rounds`,
    ...(peers === undefined
      ? ["PyTorch is missing: set PEERS_PYTHON (peers/requirements.md)"]
      : []),
  ],
});
