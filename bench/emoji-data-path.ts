/**
 * Is the data path of the emoji training a bottleneck? What part of the epochs' time is not spent in
 * the engine's own run: batches, masks, the optimizer, bookkeeping.
 * `npx tsx bench/emoji-data-path.ts [epochs]`
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseConfig } from "../src/config/load.ts";
import { runExperiment } from "../src/run/experiment.ts";
import { benchFolder } from "./processes.ts";
import { digits, median, printResult } from "./result.ts";

type Session = new () => { run(...args: unknown[]): unknown };

/** The time spent so far in native runs; the clock sits around the engine, outside the library. */
let engine = 0;
const { binding } = (await import("onnxruntime-node/dist/binding.js")) as unknown as {
  readonly binding: { InferenceSession: Session };
};
binding.InferenceSession = class extends binding.InferenceSession {
  override run(...args: unknown[]): unknown {
    const start = performance.now();
    try {
      return super.run(...args);
    } finally {
      engine += performance.now() - start;
    }
  }
};

const epochs = Number(process.argv[2] ?? 8);
const path = join(benchFolder, "..", "examples", "emoji", "config.yaml");
const { config } = parseConfig(readFileSync(path, "utf8"), { file: path });

const outside: number[] = [];
const steps: number[] = [];
/** The engine's time at the beginning of the epoch, and after its last step so far. */
let began = 0;
let stepped = 0;
let count = 0;
const experiment = await runExperiment(
  { ...config, training: { ...config.training, epochs } },
  {
    baseDir: dirname(path),
    onEvent(event) {
      if (event.type === "start") began = engine;
      if (event.type === "step") {
        stepped = engine;
        count++;
      }
      if (event.type !== "epoch") return;
      const whole = 1000 * event.record.seconds;
      outside.push((whole - (stepped - began)) / whole);
      steps.push(whole / count);
      began = engine;
      count = 0;
    },
  },
);
experiment.close();
const time = median(steps);
const share = median(outside);
printResult({
  question: "Time of an epoch of the emoji training that is not the engine's",
  value: "share of the epoch",
  rows: [
    {
      what: "batches, optimizer and all else",
      unit: "ms a step",
      ours: digits(time * share),
      other: digits(time),
      value: digits(share, 3),
      target: 0.15,
      details: { epochs },
    },
  ],
});
