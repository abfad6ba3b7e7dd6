import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { multiclass, text as textInput } from "../../api/declare.ts";
import { load, train } from "../../api/train.ts";
import { columnFromCells } from "../../data/from-rows.ts";
import { checkModality, encodeColumn, learnState } from "../contract.ts";
import { text } from "./text.ts";

const column = (cells: readonly unknown[], storage: "string" | "list" = "string") =>
  columnFromCells("x", cells, storage, { origin: "test", convert: false });

const reviews = [
  "Good soup, good price!",
  "bad soup",
  null,
  "好吃的汤，价格也好",
  "汤不好吃",
  "",
  "good 汤 👨‍👩‍👧",
  "bad price \ud83d",
  "soup soup",
];

const tokenizers = ["words", "characters", "bpe", "wordpiece"] as const;

describe.each(tokenizers)("%s", (tokenizer) => {
  test.each(["bag", "cnn", "gru", "transformer"])("passes the checks for %s", async (encoder) => {
    const options = { encoder, tokenizer: { type: tokenizer, minCount: 1 } };
    const state = await checkModality(text, options, column(reviews));
    expect(state).toMatchObject({ rows: 9, missing: 1, empty: 1 });
    expect(state.tokens?.tokenizer).toBe(tokenizer);
  });

  test("pads with zeros, and keeps the first tokens of long texts, whatever their length", async () => {
    const options = { encoder: "cnn", tokenizer, maxTokens: 4 };
    const state = await learnState(text, options, [column(["a b", "a b c d e f g"])]);
    expect(state.tokens).toMatchObject({ width: 4 });
    const megabyte = "a b c ".repeat(2 ** 18);
    const cells = [megabyte, "a", null, "", `${" ".repeat(2 ** 20)}a`, "a b c "];
    const { ids, present } = await encodeColumn(text.network, state, column(cells));
    expect([...present]).toEqual([1, 1, 0, 1, 1, 1]);
    const row = (i: number) => [...ids.slice(4 * i, 4 * i + 4)];
    expect(row(2)).toEqual([0, 0, 0, 0]);
    expect(row(3)).toEqual([0, 0, 0, 0]);
    expect(row(4)).toEqual(row(1));
    expect(row(0).every((id) => id > 0)).toBe(true);
    expect(row(0).slice(0, 3)).toEqual(row(5).slice(0, 3));
  });

  test.each([[[]], [[null]], [["one text"]], [["", ""]]])(
    "takes degenerate columns %o",
    async (cells) => {
      await checkModality(text, { encoder: "gru", tokenizer }, column(cells));
    },
  );

  test("reads lists of words", async () => {
    const lists = column([["red", "green"], null, []], "list");
    await checkModality(text, { encoder: "cnn", tokenizer }, lists);
  });
});

test("says what was learned, and how many texts are longer than what is read", async () => {
  const cells = ["a a a a", "a", "a", "a", "a"];
  const state = await learnState(text, { encoder: "gru", maxTokens: 2 }, [column(cells)]);
  expect(text.describe(state)).toMatchObject({
    tokenizer: "words",
    vocabulary: 3,
    tokens: 2,
    "texts cut": "20.0 %",
  });
  expect(text.describe(await learnState(text, {}, [column(cells)]))).not.toHaveProperty(
    "tokenizer",
  );
});

test("the width is what 99 % of the training texts need", async () => {
  const cells = Array.from({ length: 200 }, (_, i) => "a ".repeat(i < 198 ? 3 : 50));
  const state = await learnState(text, { encoder: "gru" }, [column(cells)]);
  expect(state.tokens?.width).toBe(3);
});

test("the bag is the default, and other families see the same features whatever the encoder", async () => {
  const plain = await learnState(text, {}, [column(reviews)]);
  const { tokens, ...rest } = await learnState(text, { encoder: "transformer" }, [column(reviews)]);
  expect(plain.tokens).toBeUndefined();
  expect(tokens).toBeDefined();
  expect(rest).toEqual(plain);
});

describe("a model", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "polytask-text-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const words = ["学习 soup", "价格 price", "table 研究", "quiet 房间"];
  const data = Array.from({ length: 48 }, (_, i) => ({
    note: i % 9 === 8 ? null : `${words[i % 4]} ${"x".repeat(i % 3)} ${words[(i >> 2) % 4]}`,
    kind: ["a", "b", "c", "d"][i % 4],
  }));

  test.each([
    ["gru", "bpe"],
    ["transformer", "wordpiece"],
    ["cnn", "characters"],
    ["tcn", "words"],
  ])(
    "that reads by %s and %s predicts the same from its file alone",
    async (encoder, tokenizer) => {
      const model = await train({
        data,
        inputs: { note: textInput({ encoder, tokenizer, size: 8 }) },
        tasks: { kind: multiclass() },
        learner: { type: "neural", trunk: { sizes: [] } },
        training: { epochs: 2, threads: 1 },
        seed: 1,
      });
      const file = join(folder, `${encoder}.onnx`);
      model.save(file);
      const alone = await load<{ kind: ReturnType<typeof multiclass> }>(file);
      const asked = [
        { note: "学习 price" },
        { note: null },
        { note: "" },
        { note: "unseen 龘 😀 \ud83d" },
        { note: "quiet ".repeat(2 ** 17) },
      ];
      const said = await model.predict(asked);
      expect(await alone.predict(asked)).toEqual(said);
      // A row's answer does not depend on the rows beside it.
      expect(await alone.predict([asked[0]])).toEqual([said[0]]);
      await alone.dispose();
      await model.dispose();
    },
  );
});
