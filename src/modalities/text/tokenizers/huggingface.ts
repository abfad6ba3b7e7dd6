import { z } from "zod";
import { BackendError, DataError, show } from "../../../core/errors.ts";
import type { Tokenize, Tokenizer } from "./tokenizer.ts";

const config = z
  .strictObject({
    file: z
      .string()
      .default("tokenizer.json")
      .describe("A tokenizer.json, relative to the folder of the table."),
    specialTokens: z
      .boolean()
      .default(false)
      .describe("Put the marks for begin and end around the text that the file asks for."),
  })
  .describe("Options of a given tokenizer.");

export interface FileState {
  /** The content of the file. */
  readonly tokenizer: object;
  readonly specialTokens: boolean;
  readonly count: number;
}

/** The tokenizer of a pretrained model, as its `tokenizer.json` says. */
export const huggingface: Tokenizer<z.infer<typeof config>, FileState> = {
  name: "huggingface",
  title: "Given tokenizer",
  summary: "The tokenizer.json of a pretrained model, read by @huggingface/tokenizers.",
  config,
  async learn({ file, specialTokens }, _, { baseDir }) {
    const tokenizer = await readTokenizer(file, baseDir);
    const opened = await openTokenizer(tokenizer, file);
    const highest = [...opened.get_vocab().values()].reduce((a, b) => Math.max(a, b), 0);
    const state = { tokenizer, specialTokens, count: 2 + highest };
    return {
      add: () => {},
      finish: () => ({ state, tokenize: tokenizing(opened, specialTokens) }),
    };
  },
  count: (state) => state.count,
  open: async ({ tokenizer, specialTokens }) =>
    tokenizing(await openTokenizer(tokenizer, "tokenizer"), specialTokens),
};

function tokenizing(
  opened: Awaited<ReturnType<typeof openTokenizer>>,
  specialTokens: boolean,
): Tokenize {
  return (text) =>
    // Its own ids begin at 0, which is padding here.
    opened.encode(text, { add_special_tokens: specialTokens }).ids.map((id: number) => id + 1);
}

async function readTokenizer(file: string, baseDir: string | undefined): Promise<object> {
  // Loaded here alone: tokenizing runs in browsers as well.
  const { readFile } = await import("node:fs/promises");
  const { resolve } = await import("node:path");
  const path = resolve(baseDir ?? ".", file);
  let content: string;
  try {
    content = await readFile(path, "utf8");
  } catch (cause) {
    throw new DataError(
      "DATA_NOT_FOUND",
      `tokenizer.file: a tokenizer.json; got ${show(file)}, which cannot be read`,
      {
        cause,
        hint: `looked for ${path}`,
      },
    );
  }
  try {
    const value: unknown = JSON.parse(content);
    if (typeof value === "object" && value !== null && "model" in value) return value;
  } catch {}
  throw new DataError(
    "DATA_FORMAT",
    `tokenizer.file: a tokenizer.json, which has a "model"; got ${show(file)}, which has none`,
  );
}

/** @throws BackendError UNSUPPORTED where the package is not installed or cannot read the file. */
async function openTokenizer(tokenizer: object, where: string) {
  const { Tokenizer } = await load();
  try {
    return new Tokenizer(tokenizer, {});
  } catch (cause) {
    throw new BackendError(
      "UNSUPPORTED",
      `${where}: a tokenizer that @huggingface/tokenizers can read; it says: ${(cause as Error).message}`,
      { cause },
    );
  }
}

async function load() {
  try {
    return await import("@huggingface/tokenizers");
  } catch (cause) {
    throw new BackendError(
      "UNSUPPORTED",
      "tokenizer huggingface: the package @huggingface/tokenizers; it is not installed",
      { cause, hint: "npm install @huggingface/tokenizers@0.2.0" },
    );
  }
}
