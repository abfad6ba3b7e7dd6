/**
 * How long is it to the end of the first epoch where cells are decoded beside training, and not before it? One epoch of a network over JPEG
 * photographs of 600×400 pixels in a temporary folder, and over the recordings of FSDD where they are there:
 * everything decoded first, against decoded as batches need it. Both must end with the same weights. Prints one JSON
 * line. `npx tsx bench/decode-overlap.ts [pictures] [rounds]`
 */
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { resolveConfig } from "../src/config/load.ts";
import { Random } from "../src/core/random.ts";
import type { Table } from "../src/data/columns.ts";
import { tableFromRows } from "../src/data/from-rows.ts";
import type { Arrival } from "../src/data/rows.ts";
import { families } from "../src/learners/families.ts";
import type { Family } from "../src/learners/learner.ts";
import { resolveSpecs } from "../src/model/specs.ts";
import { encodeParts } from "../src/train/encode.ts";
import { learnStates } from "../src/train/learn.ts";
import { type BenchRow, digits, median, printResult } from "./result.ts";

const count = Number(process.argv[2] ?? 2000);
const rounds = Number(process.argv[3] ?? 5);
const folder = await mkdtemp(join(tmpdir(), "overlap-bench-"));

/** Blotches of colour with some noise: neither flat nor all noise, as photographs are. */
async function photograph(random: Random): Promise<Buffer> {
  const small = Uint8Array.from({ length: 12 * 9 * 3 }, () => random.integer(256));
  const pixels = await sharp(small, { raw: { width: 12, height: 9, channels: 3 } })
    .resize(600, 400, { fit: "fill", kernel: "cubic" })
    .raw()
    .toBuffer();
  for (let i = 0; i < pixels.length; i++)
    pixels[i] = Math.max(0, Math.min(255, pixels[i] + random.integer(13) - 6));
  const raw = sharp(pixels, { raw: { width: 600, height: 400, channels: 3 } });
  return raw.jpeg({ quality: 85 }).toBuffer();
}

async function photographs(): Promise<Table> {
  const random = Random.from(1, "photographs");
  const rows = [];
  for (let i = 0; i < count; i++) {
    const name = join(folder, `${i}.jpg`);
    await writeFile(name, await photograph(random));
    rows.push({ x: name, y: i % 2 === 0 ? "even" : "odd" });
  }
  return tableFromRows(rows);
}

const fsdd = fileURLToPath(new URL("../../shared/data/fsdd", import.meta.url));

function recordings(): Table {
  const lines = readFileSync(`${fsdd}/index.csv`, "utf8").trim().split("\n").slice(1);
  const every = Math.ceil(lines.length / count);
  const picked = lines.filter((_, i) => i % every === 0);
  const rows = picked.map((line) => {
    const [file, digit] = line.split(",");
    return { x: `${fsdd}/recordings/${file}`, y: `d${digit}` };
  });
  return tableFromRows(rows);
}

interface Run {
  /** Milliseconds from the first cell that is encoded to the end of the first step and epoch, and of processors. */
  readonly step: number;
  readonly epoch: number;
  readonly cpu: number;
  /** Milliseconds that batches waited for cells after the first was there. */
  readonly waited: number;
  readonly weights: readonly number[];
}

async function measure(what: string, table: Table, input: object): Promise<BenchRow> {
  const config = resolveConfig({
    data: "none.csv",
    inputs: { x: input },
    tasks: { y: "multiclass" },
    learner: { type: "neural", trunk: { sizes: [] } },
    training: { epochs: 1, batchSize: 32, threads: 1, checkpointEvery: 0 },
  });
  const specs = resolveSpecs({ inputs: config.inputs, tasks: config.tasks, reserved: [] }, table);
  const beganLearning = performance.now();
  const learned = await learnStates([table], specs.inputs, specs.tasks);
  const learning = performance.now() - beganLearning;
  const family = families.neural as Family;
  const { type: _, ...options } = config.learner;
  const once = async (arriving: boolean): Promise<Run> => {
    const before = process.cpuUsage();
    const began = performance.now();
    const since = () => performance.now() - began;
    const plan = { ...learned, view: "network" as const, arriving };
    const { train } = await encodeParts([table], plan, { train: {} });
    let [step, waited] = [0, 0];
    const { store } = train;
    const { arrival } = store;
    const timed = arrival && {
      ...arrival,
      async ready(...asked: Parameters<Arrival["ready"]>) {
        const from = performance.now();
        await arrival.ready(...asked);
        if (step > 0) waited += performance.now() - from;
      },
    };
    const fitted = await family.fit(
      {
        ...learned,
        train: { ...train, store: { ...store, arrival: timed } },
        validation: undefined,
        seed: 1,
      },
      family.config.parse(options),
      {
        training: config.training,
        onEvent(event) {
          if (event.type === "step") step ||= since();
        },
      },
    );
    const epoch = since();
    const { user, system } = process.cpuUsage(before);
    const weights = [...(fitted.warmStart?.() ?? [])].flatMap(([, { values }]) => [...values]);
    fitted.dispose();
    train.store.close();
    return { step, epoch, cpu: (user + system) / 1000, waited, weights };
  };
  const runs: Record<"first" | "beside", Run[]> = { first: [], beside: [] };
  for (let round = 0; round <= rounds; round++) {
    for (const way of round % 2 === 0
      ? (["first", "beside"] as const)
      : (["beside", "first"] as const)) {
      const run = await once(way === "beside");
      if (round > 0) runs[way].push(run);
    }
  }
  const [one, ...others] = [...runs.first, ...runs.beside];
  for (const { weights } of others)
    if (!weights.every((weight, i) => Object.is(weight, one.weights[i])))
      throw new Error(`${what}: the weights differ`);
  const of = (way: "first" | "beside", value: "step" | "epoch" | "cpu" | "waited") =>
    median(runs[way].map((run) => run[value]));
  const least = (way: "first" | "beside") => Math.min(...runs[way].map((run) => run.epoch));
  return {
    what,
    unit: "ms to the end of the first epoch",
    ours: digits(of("beside", "epoch")),
    other: digits(of("first", "epoch")),
    value: digits(of("beside", "epoch") / of("first", "epoch"), 3),
    target: 1,
    details: {
      leastRatio: digits(least("beside") / least("first"), 3),
      firstStep: digits(of("beside", "step")),
      firstStepDecodedFirst: digits(of("first", "step")),
      waited: digits(of("beside", "waited")),
      processorRatio: digits(of("beside", "cpu") / of("first", "cpu"), 3),
      processors: digits(of("beside", "cpu")),
      processorsDecodedFirst: digits(of("first", "cpu")),
      learning: digits(learning),
    },
  };
}

const rows: BenchRow[] = [];
try {
  const pictures = { type: "image", height: 64, width: 64 };
  rows.push(await measure(`${count} photographs`, await photographs(), pictures));
  if (existsSync(`${fsdd}/index.csv`)) {
    const table = recordings();
    rows.push(await measure(`${table.rows} recordings of FSDD`, table, { type: "audio" }));
  }
  printResult({
    question:
      "How long is it to the end of the first epoch where cells are decoded beside training?",
    value: "ratio to decoding first",
    rows,
  });
} finally {
  await rm(folder, { recursive: true });
}
