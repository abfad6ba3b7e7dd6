/**
 * What does reading a column of pictures cost beyond sharp alone, which decodes the same bytes to the same
 * size, as many at a time? JPEG and PNG pictures of several sizes, as files and as bytes, in a
 * temporary folder. Prints one JSON line. `npx tsx bench/image-decode.ts [pictures] [rounds]`
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { Random } from "../src/core/random.ts";
import { columnFromCells } from "../src/data/from-rows.ts";
import { image } from "../src/modalities/image/image.ts";
import type { EncodeContext } from "../src/modalities/modality.ts";
import { type BenchRow, digits, median, printResult } from "./result.ts";

const count = Number(process.argv[2] ?? 96);
const rounds = Number(process.argv[3] ?? 9);
/** Pictures that the encoder decodes at a time. */
const inFlight = 4;
const [height, width] = [64, 64];
const sizes = [
  [96, 64],
  [320, 240],
  [800, 600],
  [1600, 1200],
] as const;
const folder = await mkdtemp(join(tmpdir(), "image-bench-"));
const context: EncodeContext = {
  baseDir: folder,
  origin: "bench",
  firstRow: 0,
  problem(row, message) {
    throw new Error(`${row}: ${message}`);
  },
};

/** Blotches of colour with some noise: neither flat nor all noise, as photographs are. */
async function picture(random: Random, format: "jpeg" | "png", w: number, h: number) {
  const small = Uint8Array.from({ length: 12 * 9 * 3 }, () => random.integer(256));
  const blotches = await sharp(small, { raw: { width: 12, height: 9, channels: 3 } })
    .resize(w, h, { fit: "fill", kernel: "cubic" })
    .raw()
    .toBuffer();
  for (let i = 0; i < blotches.length; i++) {
    blotches[i] = Math.max(0, Math.min(255, blotches[i] + random.integer(13) - 6));
  }
  const raw = sharp(blotches, { raw: { width: w, height: h, channels: 3 } });
  return format === "jpeg" ? raw.jpeg({ quality: 85 }).toBuffer() : raw.png().toBuffer();
}

/** Milliseconds on the clock and of processors. */
async function clock(work: () => Promise<unknown>): Promise<[wall: number, cpu: number]> {
  const before = process.cpuUsage();
  const began = performance.now();
  await work();
  const wall = performance.now() - began;
  const { user, system } = process.cpuUsage(before);
  return [wall, (user + system) / 1000];
}

/** What a program without us would do: sharp on each picture, the pixels into one array. */
async function alone(cells: readonly (string | Uint8Array)[], out: Uint8Array): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < cells.length) {
      const row = next++;
      const cell = cells[row];
      const bytes = typeof cell === "string" ? await readFile(join(folder, cell)) : cell;
      const pixels = await sharp(bytes, { failOn: "error", sequentialRead: true })
        .autoOrient()
        .flatten({ background: "#ffffff" })
        .toColourspace("srgb")
        .resize({ width, height, fit: "contain", background: "#ffffff" })
        .raw({ depth: "uchar" })
        .toBuffer();
      out.set(pixels, row * height * width * 3);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, work));
}

async function measure(format: "jpeg" | "png", as: "files" | "bytes"): Promise<BenchRow> {
  const random = Random.from(1, format);
  const cells: (string | Uint8Array)[] = [];
  for (let i = 0; i < count; i++) {
    const [w, h] = sizes[i % sizes.length];
    const bytes = await picture(random, format, w, h);
    const name = `${i}.${format}`;
    if (as === "files") await writeFile(join(folder, name), bytes);
    cells.push(as === "files" ? name : bytes);
  }
  const storage = as === "files" ? "string" : "bytes";
  const column = columnFromCells("x", cells, storage, { origin: "bench", convert: false });
  const learning = image.learn(image.options.parse({ height, width }), "x");
  await learning.add(column, context);
  const state = learning.finish();
  const pixels = new Uint8Array(count * height * width * 3);
  const expected = new Uint8Array(pixels.length);
  const present = new Float32Array(count);
  const works = {
    alone: () => alone(cells, expected),
    column: async () => image.network.encode(state, column, [pixels], present, context),
  };
  type Work = keyof typeof works;
  const names = Object.keys(works) as Work[];
  const times: Record<Work, [number, number][]> = { alone: [], column: [] };
  for (let round = 0; round <= rounds; round++) {
    // Whoever comes second finds warmer caches, so they take turns at it.
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const time = await clock(works[name]);
      if (round > 0) times[name].push(time);
    }
  }
  if (Buffer.compare(pixels, expected) !== 0) throw new Error("the pixels differ");
  const wall = (name: Work) => times[name].map(([time]) => time);
  const cpu = (name: Work) => times[name].map(([, time]) => time);
  const least = (values: readonly number[]) => Math.min(...values);
  const [ours, other] = [median(cpu("column")), median(cpu("alone"))];
  return {
    what: `${count} ${format.toUpperCase()} pictures as ${as}`,
    unit: "ms of processors",
    ours: digits(ours),
    other: digits(other),
    value: digits(ours / other, 3),
    target: 1.1,
    details: {
      wall: digits(median(wall("column"))),
      wallAlone: digits(median(wall("alone"))),
      wallRatio: digits(median(wall("column")) / median(wall("alone")), 3),
      leastWallRatio: digits(least(wall("column")) / least(wall("alone")), 3),
      leastRatio: digits(least(cpu("column")) / least(cpu("alone")), 3),
      processorsInUse: digits(ours / median(wall("column")), 3),
      picturesASecond: digits((1000 * count) / least(wall("column")), 3),
    },
  };
}

try {
  // Both sides cache nothing.
  sharp.cache(false);
  const rows: BenchRow[] = [];
  for (const format of ["jpeg", "png"] as const) {
    for (const as of ["files", "bytes"] as const) rows.push(await measure(format, as));
  }
  printResult({
    question: "What does a column of pictures cost beyond sharp alone?",
    value: "ratio of processor time to sharp alone",
    rows,
  });
} finally {
  await rm(folder, { recursive: true });
}
