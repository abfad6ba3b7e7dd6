import { DataError } from "../../core/errors.ts";
import { memo } from "../memo.ts";
import { huggingface } from "../text/tokenizers/huggingface.ts";
import type { EncoderFolder, Json } from "./encoder-folder.ts";
import { type Piece, Unigram } from "./unigram.ts";

/** How an encoder's texts are cut: the content of its files, stored with the model. */
export type TokensOf =
  | { readonly kind: "unigram"; readonly pieces: readonly Piece[] }
  | { readonly kind: "huggingface"; readonly tokenizer: object };

/**
 * The tokenizer of an encoder's folder.
 * @throws DataError DATA_NOT_FOUND where it has none.
 */
export function tokensOf({ files, source }: EncoderFolder): TokensOf {
  const pieces = files["sentencepiece.json"] as unknown as readonly Piece[] | undefined;
  if (pieces) return { kind: "unigram", pieces };
  const tokenizer = files["tokenizer.json"];
  if (tokenizer) return { kind: "huggingface", tokenizer };
  throw new DataError(
    "DATA_NOT_FOUND",
    `encoder ${source}: a tokenizer.json beside the model; got none`,
  );
}

/** The id that fills the places after a text; its vectors are masked. */
export function paddingId(files: Readonly<Record<string, Json | undefined>>): number {
  const id = files["config.json"]?.pad_token_id;
  return typeof id === "number" && id >= 0 ? id : 0;
}

/** The most tokens that an encoder takes, as its files say. */
export function mostTokens(files: Readonly<Record<string, Json | undefined>>): number {
  const said = [
    files["config.json"]?.max_position_embeddings,
    files["config.json"]?.n_positions,
    files["tokenizer_config.json"]?.model_max_length,
  ].filter((n): n is number => typeof n === "number" && n > 0 && n < 1e6);
  return Math.min(512, ...said);
}

/** The function that cuts texts into ids, the file's marks of begin and end among them. */
export const tokenizing = memo(
  async (tokens: TokensOf): Promise<(text: string, limit: number) => number[]> => {
    if (tokens.kind === "unigram") {
      const unigram = new Unigram(tokens.pieces);
      return (text, limit) => unigram.encode(text.slice(0, 64 * limit)).slice(0, limit);
    }
    const { tokenizer } = tokens;
    const open = (specialTokens: boolean) =>
      huggingface.open({ tokenizer, specialTokens, count: 0 }, { lowercase: false });
    const [whole, plain] = [await open(true), await open(false)];
    // Ids of that table begin at 1, with 0 for padding; here they are the encoder's own.
    const ids = (list: readonly number[]) => list.map((id) => id - 1);
    return (text, limit) => {
      const part = text.slice(0, 64 * limit);
      const found = ids(whole(part, limit));
      if (found.length <= limit) return found;
      // A text that is cut keeps the marks at its end.
      const last = found.length - lastMarks(found, ids(plain(part, limit)));
      return [...found.slice(0, limit - last), ...found.slice(found.length - last)];
    };
  },
);

/** Where the marks after the text begin. */
function lastMarks(whole: readonly number[], plain: readonly number[]): number {
  for (let start = 0; start + plain.length <= whole.length; start++) {
    if (plain.every((id, i) => whole[start + i] === id)) return start + plain.length;
  }
  return whole.length;
}
