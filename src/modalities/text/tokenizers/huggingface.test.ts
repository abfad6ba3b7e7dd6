import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { columnFromCells } from "../../../data/from-rows.ts";
import { checkModality, encodeColumn, learnState, strictContext } from "../../contract.ts";
import { text } from "../text.ts";

const installed = await import("@huggingface/tokenizers").then(
  () => true,
  () => false,
);
if (!installed) console.warn("skipped: @huggingface/tokenizers is not installed");

const vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "good", "soup", "##s", "好", "吃"];

/** A tokenizer.json as those of pretrained encoders: lower case, Chinese characters apart, word pieces. */
const file = {
  version: "1.0",
  added_tokens: [1, 2, 3].map((id) => ({
    id,
    content: vocabulary[id],
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  })),
  normalizer: {
    type: "BertNormalizer",
    clean_text: true,
    handle_chinese_chars: true,
    lowercase: true,
  },
  pre_tokenizer: { type: "BertPreTokenizer" },
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
  decoder: { type: "WordPiece", prefix: "##", cleanup: true },
  model: {
    type: "WordPiece",
    unk_token: "[UNK]",
    continuing_subword_prefix: "##",
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
  },
};

const column = (cells: readonly unknown[]) =>
  columnFromCells("x", cells, "string", { origin: "test", convert: false });
const cells = ["Good soups", "好吃 xyz", null, "", "soup \ud83d"];

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tokenizer-"));
  writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(file));
  writeFileSync(join(folder, "other.json"), "{}");
  writeFileSync(join(folder, "strange.json"), JSON.stringify({ model: { type: "Riddle" } }));
});
afterAll(() => rmSync(folder, { recursive: true }));
const context = () => ({ ...strictContext, baseDir: folder });

describe.skipIf(!installed)("a given tokenizer.json", () => {
  test("gives its ids, one higher, and is kept with the state", async () => {
    const options = { encoder: "gru", tokenizer: { type: "huggingface", file: "tokenizer.json" } };
    const state = await checkModality(text, options, column(cells), { context: context() });
    rmSync(join(folder, "tokenizer.json"));
    const { ids } = await encodeColumn(text.network, state, column(cells));
    writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(file));
    const width = state.tokens?.width as number;
    expect(width).toBe(3);
    expect([...ids.slice(0, 6)]).toEqual([5, 6, 7, 8, 9, 2]);
    expect([...ids.slice(6, 12)]).toEqual([0, 0, 0, 0, 0, 0]);
    expect(state.tokens?.count).toBe(vocabulary.length + 1);
  });

  test("marks begin and end where asked to", async () => {
    const tokenizer = { type: "huggingface", specialTokens: true };
    const state = await learnState(text, { encoder: "gru", tokenizer }, [column(cells)], context());
    const { ids } = await encodeColumn(text.network, state, column(["good"]));
    expect([...ids.slice(0, 3)]).toEqual([3, 5, 4]);
  });

  test("is refused where it cannot be read", async () => {
    const learn = (name: string) =>
      learnState(
        text,
        { encoder: "gru", tokenizer: { type: "huggingface", file: name } },
        [column(cells)],
        context(),
      );
    await expect(learn("absent.json")).rejects.toMatchObject({
      code: "DATA_NOT_FOUND",
      message: 'tokenizer.file: a tokenizer.json; got "absent.json", which cannot be read',
      hint: `looked for ${join(folder, "absent.json")}`,
    });
    await expect(learn("other.json")).rejects.toMatchObject({ code: "DATA_FORMAT" });
    await expect(learn("strange.json")).rejects.toMatchObject({ code: "UNSUPPORTED" });
  });
});

test("without the package, the error says how to install it", async () => {
  vi.doMock("@huggingface/tokenizers", () => {
    throw new Error("Cannot find package");
  });
  const options = { encoder: "gru", tokenizer: "huggingface" };
  await expect(learnState(text, options, [column(cells)], context())).rejects.toMatchObject({
    code: "UNSUPPORTED",
    message: "tokenizer huggingface: the package @huggingface/tokenizers; it is not installed",
    hint: "npm install @huggingface/tokenizers@0.2.0",
  });
  vi.doUnmock("@huggingface/tokenizers");
});
