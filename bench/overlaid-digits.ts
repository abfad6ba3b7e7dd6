/**
 * Overlaid digits: two tasks of one picture, the digit at the upper left and the one at the lower right, learned apart, as a
 * plain sum, with balanced losses and gradients, and with other ways of sharing.
 *
 *     npx tsx bench/overlaid-digits.ts [--seeds 0,1,2] [--train 12000] [--test 5000] [--epochs 8] [--only "sum;pcgrad"] [--write]
 *     npx tsx bench/overlaid-digits.ts --folder DIR    # leaves pictures and a configuration for `polytask compare`
 *
 * A set of its own, not one of those called Multi-MNIST: training pairs are of 8,000 pictures of MNIST's test part, test pairs of
 * its other 2,000; each pair lies on 36 × 36 places, 8 apart, the larger value where they overlap, and is shrunk to 28 × 28.
 * Few pictures, few epochs: a network of this size is under-trained, and the tasks compete for it.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import sharp from "sharp";
import { resolveConfig } from "../src/config/load.ts";
import { Random } from "../src/core/random.ts";
import { tableFromRows } from "../src/data/from-rows.ts";
import { deviation, fitRows, mean, span } from "./fit.ts";
import { digits } from "./result.ts";

const { values } = parseArgs({
  options: {
    data: {
      type: "string",
      default: fileURLToPath(new URL("../../shared/data/mnist", import.meta.url)),
    },
    seeds: { type: "string", default: "0,1,2" },
    train: { type: "string", default: "12000" },
    test: { type: "string", default: "5000" },
    epochs: { type: "string", default: "8" },
    only: { type: "string" },
    folder: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
if (!existsSync(join(values.data, "t10k-images-idx3-ubyte.gz"))) {
  console.log(`skipped: no t10k-images-idx3-ubyte.gz in ${values.data}`);
  process.exit(0);
}

const read = (name: string, header: number) =>
  gunzipSync(readFileSync(join(values.data, `t10k-${name}-ubyte.gz`))).subarray(header);
const images = read("images-idx3", 16);
const labels = read("labels-idx1", 8);
const [side, canvas, offset] = [28, 36, 8];

/** Two digits on one picture, as PNG. */
async function overlay(left: number, right: number): Promise<Uint8Array> {
  const pixels = new Uint8Array(canvas * canvas);
  for (const [digit, at] of [
    [left, 0],
    [right, offset],
  ]) {
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const place = (y + at) * canvas + x + at;
        pixels[place] = Math.max(pixels[place], images[(digit * side + y) * side + x]);
      }
    }
  }
  const raw = { width: canvas, height: canvas, channels: 1 } as const;
  return sharp(pixels, { raw }).resize(side, side).png({ compressionLevel: 1 }).toBuffer();
}

interface Pair {
  readonly picture: Uint8Array;
  readonly left: string;
  readonly right: string;
}

async function pairs(seed: number, part: "train" | "test", count: number): Promise<Pair[]> {
  const random = Random.from(seed, "overlaid-digits", part);
  const [from, among] = part === "train" ? [0, 8000] : [8000, 2000];
  const chosen = Array.from({ length: count }, () => [
    from + random.integer(among),
    from + random.integer(among),
  ]);
  return Promise.all(
    chosen.map(async ([left, right]) => ({
      picture: await overlay(left, right),
      left: String(labels[left]),
      right: String(labels[right]),
    })),
  );
}

/** What each way of learning changes. */
const ways: Readonly<
  Record<string, { readonly tasks?: readonly string[][]; readonly learner?: object }>
> = {
  apart: { tasks: [["left"], ["right"]] },
  sum: {},
  uncertainty: { learner: { weighting: "uncertainty" } },
  famo: { learner: { weighting: "famo" } },
  dwa: { learner: { weighting: "dwa" } },
  pcgrad: { learner: { weighting: "pcgrad" } },
  mgda: { learner: { weighting: "mgda" } },
  "mgda, normalised": { learner: { weighting: { type: "mgda", normalization: "loss+" } } },
  cagrad: { learner: { weighting: "cagrad" } },
  imtlG: { learner: { weighting: "imtlG" } },
  nashMtl: { learner: { weighting: "nashMtl" } },
  alignedMtl: { learner: { weighting: "alignedMtl" } },
  "sum, wider": { learner: { trunk: { sizes: [100], dropout: 0 } } },
  crossStitch: { learner: { sharing: "crossStitch" } },
  mmoe: { learner: { sharing: { type: "mmoe", experts: 4 } } },
};

const image = { type: "image", filters: [10, 20], size: 50, channels: 1 } as const;
const learner = {
  type: "neural",
  trunk: { sizes: [50], dropout: 0 },
  tower: { sizes: [50], dropout: 0 },
};
const training = {
  epochs: Number(values.epochs),
  batchSize: 256,
  optimizer: { type: "adam", learningRate: 0.001 },
  schedule: { type: "cosine" },
  threads: 1,
};

if (values.folder !== undefined) {
  mkdirSync(join(values.folder, "pictures"), { recursive: true });
  const made = await pairs(0, "train", Number(values.train));
  const lines = made.map(({ picture, left, right }, i) => {
    writeFileSync(join(values.folder as string, "pictures", `${i}.png`), picture);
    return `pictures/${i}.png,${left},${right}`;
  });
  writeFileSync(join(values.folder, "pairs.csv"), `picture,left,right\n${lines.join("\n")}\n`);
  const config = {
    name: "overlaid-digits",
    data: "pairs.csv",
    inputs: { picture: image },
    tasks: { left: "multiclass", right: "multiclass" },
    learner,
    training,
    seed: 0,
  };
  writeFileSync(join(values.folder, "config.json"), JSON.stringify(config, null, 2));
  console.log(
    `npx polytask compare ${values.folder}/config.json --regimes transfer --folds 5 --seeds 1`,
  );
  process.exit(0);
}

interface Run {
  readonly way: string;
  readonly seed: number;
  readonly left: number;
  readonly right: number;
  readonly seconds: number;
}

const file = fileURLToPath(new URL("results/overlaid-digits.json", import.meta.url));
const { train, test, epochs } = values;
const protocol = { train, test, epochs };
/** What was not run this time keeps its scores, where the protocol is the same. */
const known = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
const runs: Record<string, Run[]> =
  values.write && isDeepStrictEqual(known?.protocol, protocol) ? known.runs : {};
const chosen = values.only?.split(";") ?? Object.keys(ways);
for (const seed of values.seeds.split(",").map(Number)) {
  const trainRows = await pairs(seed, "train", Number(values.train));
  const testRows = await pairs(seed, "test", Number(values.test));
  const table = tableFromRows([...trainRows, ...testRows] as never);
  const split = {
    train: span(0, trainRows.length),
    validation: new Int32Array(0),
    test: span(trainRows.length, table.rows),
  };
  for (const way of chosen) {
    const { tasks = [["left", "right"]], learner: changed } = ways[way];
    const found: Record<string, number> = {};
    let seconds = 0;
    for (const names of tasks) {
      const config = resolveConfig({
        data: "pairs.csv",
        inputs: { picture: image },
        tasks: Object.fromEntries(names.map((name) => [name, "multiclass"])),
        learner: { ...learner, ...changed },
        training,
        seed,
      });
      const fit = await fitRows(config, table, split);
      for (const name of names) found[name] = fit.test(name);
      seconds += fit.seconds;
    }
    const run = { way, seed, left: found.left, right: found.right, seconds: digits(seconds) };
    runs[way] = [...(runs[way] ?? []).filter((r) => r.seed !== seed), run];
    console.log(JSON.stringify(run));
  }
}

const both = ({ left, right }: Run) => (left + right) / 2;
const summary = Object.fromEntries(
  Object.entries(runs).map(([way, list]) => {
    const over = (all: readonly number[]) => ({ mean: mean(all), deviation: deviation(all) });
    // Seeds have pairs of their own, so a way is compared with the sum on the same ones.
    const gains = list.flatMap((run) => {
      const sum = runs.sum?.find((r) => r.seed === run.seed);
      return sum ? [both(run) - both(sum)] : [];
    });
    return [
      way,
      {
        left: over(list.map((r) => r.left)),
        right: over(list.map((r) => r.right)),
        both: over(list.map(both)),
        besideSum: gains.length > 0 ? over(gains) : undefined,
        runs: list.length,
      },
    ];
  }),
);
console.log(JSON.stringify(summary));
if (values.write)
  writeFileSync(file, `${JSON.stringify({ protocol, summary, runs }, rounded, 2)}\n`);

function rounded(_: string, value: unknown): unknown {
  return typeof value === "number" ? digits(value) : value;
}
