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

type Run = (...args: unknown[]) => unknown;

/** Milliseconds of the epoch so far: in native runs, and from one step's end to the next one's run. */
let engine = 0;
let feeding = 0;
/** When the last step or epoch ended; nothing once the run has begun. */
let ended: number | undefined;

/** The clock sits around the engine, outside the library. */
function timed(run: Run): unknown {
  const start = performance.now();
  if (ended !== undefined) feeding += start - ended;
  ended = undefined;
  try {
    return run();
  } finally {
    engine += performance.now() - start;
  }
}

const { binding } = (await import("onnxruntime-node/dist/binding.js")) as unknown as {
  readonly binding: { InferenceSession: new () => { run(...args: unknown[]): unknown } };
};
binding.InferenceSession = class extends binding.InferenceSession {
  override run(...args: unknown[]): unknown {
    return timed(() => super.run(...args));
  }
};

/** Bound runs call the engine's library itself, where koffi is installed: `Run` is its function of eight arguments. */
const koffi = await import("koffi").then(
  (module) => module.default,
  () => undefined,
);
if (koffi !== undefined) {
  const { decode, proto } = koffi;
  const runs = new Set<unknown>();
  Object.assign(koffi, {
    proto(result: string, of: string[]) {
      const made = proto(result, of);
      if (of.length === 8) runs.add(made);
      return made;
    },
    decode(...args: Parameters<typeof decode>) {
      const found = decode(...args);
      if (!runs.has(args[1])) return found;
      return (...given: unknown[]) => timed(() => (found as Run)(...given));
    },
  });
}

const epochs = Number(process.argv[2] ?? 8);
const path = join(benchFolder, "..", "examples", "emoji", "config.yaml");
const { config } = parseConfig(readFileSync(path, "utf8"), { file: path });

interface Epoch {
  readonly step: number;
  readonly outside: number;
  readonly feeding: number;
}
const measured: Epoch[] = [];
/** The engine's time after the last step so far: what comes later is validation. */
let stepped = 0;
let steps = 0;
function begin(): void {
  [engine, feeding, steps] = [0, 0, 0];
  ended = performance.now();
}
const experiment = await runExperiment(
  { ...config, training: { ...config.training, epochs } },
  {
    baseDir: dirname(path),
    onEvent(event) {
      if (event.type === "start") begin();
      if (event.type === "step") {
        ended = performance.now();
        stepped = engine;
        steps++;
      }
      if (event.type !== "epoch") return;
      const whole = 1000 * event.record.seconds;
      measured.push({
        step: whole / steps,
        outside: (whole - stepped) / whole,
        feeding: feeding / whole,
      });
      begin();
    },
  },
);
experiment.close();
const step = median(measured.map((m) => m.step));
if (measured.some((m) => m.outside === 1)) throw new Error("runs of the engine; got none");
const row = (what: string, key: "outside" | "feeding") => {
  const share = median(measured.map((m) => m[key]));
  const time = { unit: "ms a step", ours: digits(step * share), other: digits(step) };
  return { what, ...time, value: digits(share, 3), target: 0.15, details: { epochs } };
};
printResult({
  question: "Time of an epoch of the emoji training that is not the engine's",
  value: "share of the epoch",
  rows: [
    row("data path: batch, weights of tasks, masks", "feeding"),
    row("all but the engine: optimizer too", "outside"),
  ],
});
