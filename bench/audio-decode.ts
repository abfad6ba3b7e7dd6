/**
 * What does reading a column of recordings cost beyond the decoder alone, and what do frames cost beside it?
 * 128 WAV files of 4 s (16 kHz, 16 bits, two channels) in a temporary folder. Prints one JSON
 * line. `npx tsx bench/audio-decode.ts [files] [rounds]`
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Random } from "../src/core/random.ts";
import { columnFromCells } from "../src/data/from-rows.ts";
import { audio } from "../src/modalities/audio/audio.ts";
import { eachRecording } from "../src/modalities/audio/cells.ts";
import { wavOf } from "../src/modalities/audio/fixtures/wav-file.ts";
import { decodeWav } from "../src/modalities/audio/wav.ts";
import type { EncodeContext } from "../src/modalities/modality.ts";
import { digits, median, printResult } from "./result.ts";

const count = Number(process.argv[2] ?? 128);
const rounds = Number(process.argv[3] ?? 7);
const [rate, seconds] = [16_000, 4];
const random = Random.from(1, "samples");
const folder = await mkdtemp(join(tmpdir(), "audio-bench-"));
const context: EncodeContext = {
  baseDir: folder,
  origin: "bench",
  firstRow: 0,
  problem(row, message) {
    throw new Error(`${row}: ${message}`);
  },
};

/** Milliseconds on the clock and of processors. */
async function clock(work: () => Promise<unknown>): Promise<[wall: number, cpu: number]> {
  const before = process.cpuUsage();
  const began = performance.now();
  await work();
  const wall = performance.now() - began;
  const { user, system } = process.cpuUsage(before);
  return [wall, (user + system) / 1000];
}

try {
  const names = Array.from({ length: count }, (_, i) => `${i}.wav`);
  for (const name of names) {
    const samples = Int16Array.from({ length: 2 * rate * seconds }, () => 9000 * random.normal());
    const bytes = Buffer.from(samples.buffer);
    await writeFile(join(folder, name), wavOf(bytes, { rate, channels: 2 }));
  }
  const column = columnFromCells("x", names, "string", { origin: "bench", convert: false });
  const learning = audio.learn(audio.options.parse({ seconds }), "x");
  await learning.add(column, context);
  const state = learning.finish();
  const feeds = audio.network
    .feeds(state)
    .map(({ dtype, shape }) =>
      dtype === "int32"
        ? new Int32Array(count)
        : new Float32Array(count * shape.reduce((a, b) => a * b, 1)),
    );
  const present = new Float32Array(count);
  let heard = 0;
  const works = {
    alone: async () => {
      for (const name of names) {
        const { channels } = decodeWav(await readFile(join(folder, name)));
        heard += channels[0].length;
      }
    },
    column: () =>
      eachRecording(column, context, seconds, (_, { channels }) => {
        heard += channels[0].length;
      }),
    frames: async () => audio.network.encode(state, column, feeds, present, context),
  };
  type Work = keyof typeof works;
  const times: Record<Work, [number, number][]> = { alone: [], column: [], frames: [] };
  for (let round = 0; round <= rounds; round++) {
    for (const name of Object.keys(works) as Work[]) {
      const time = await clock(works[name]);
      if (round > 0) times[name].push(time);
    }
  }
  const of = (name: Work) => median(times[name].map(([wall]) => wall));
  const cpu = (name: Work) => digits(median(times[name].map(([, time]) => time)));
  const least = (name: Work) => digits(Math.min(...times[name].map(([wall]) => wall)));
  const perSecond = (time: number) => digits((1000 * count * seconds) / time, 3);
  printResult({
    question: "What does a column of recordings cost beyond reading and decoding its files?",
    value: "ratio to the decoder alone",
    rows: [
      {
        what: `${count} WAV files of ${seconds} s to samples`,
        unit: "ms",
        ours: digits(of("column")),
        other: digits(of("alone")),
        value: digits(of("column") / of("alone"), 3),
        target: 1.1,
        details: {
          least: least("column"),
          leastAlone: least("alone"),
          cpu: cpu("column"),
          cpuAlone: cpu("alone"),
          heard,
        },
      },
      {
        what: "the same to log-mel frames",
        unit: "ms",
        ours: digits(of("frames")),
        other: digits(of("alone")),
        value: digits(of("frames") / of("alone"), 3),
        details: { cpu: cpu("frames"), secondsOfSoundASecond: perSecond(least("frames")) },
      },
    ],
  });
} finally {
  await rm(folder, { recursive: true });
}
