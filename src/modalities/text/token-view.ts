import type { Column } from "../../data/columns.ts";
import { memo } from "../memo.ts";
import type { View } from "../modality.ts";
import type { TextState } from "./state.ts";
import { textAt } from "./texts.ts";
import { head, type TokensState, tokenizerNamed } from "./token-learning.ts";
import type { Tokenize } from "./tokenizers/tokenizer.ts";

/** The tokenizer of a state, opened once. */
const opened = memo(async (state: TextState): Promise<Tokenize> => {
  const { tokenizer, state: learned } = tokensOf(state);
  return tokenizerNamed(tokenizer).open(learned, { lowercase: state.lowercase });
});

function tokensOf({ tokens }: TextState): TokensState {
  if (tokens === undefined) throw new Error("a text whose tokens are read in order");
  return tokens;
}

async function encodeTokens(
  state: TextState,
  column: Column,
  ids: Int32Array,
  present: Float32Array,
): Promise<void> {
  const { width, limit } = tokensOf(state);
  const tokenize = await opened(state);
  ids.fill(0, 0, column.length * width);
  for (let row = 0; row < column.length; row++) {
    const text = textAt(column, row);
    present[row] = text === null ? 0 : 1;
    if (text === null) continue;
    const found = tokenize(head(text, limit), width);
    for (let i = 0; i < Math.min(width, found.length); i++) ids[row * width + i] = found[i];
  }
}

/**
 * The first tokens of each text, in order: int32 ids, 0 where there are no more. ONNX inputs: int32
 * `<name>.ids [rows, width]` and float32 `<name>.present [rows, 1]`.
 */
export const tokenView: View<TextState> = {
  feeds: (state) => [{ name: "ids", dtype: "int32", shape: [tokensOf(state).width] }],
  encode: (state, column, [ids], present) =>
    encodeTokens(state, column, ids as Int32Array, present),
  boundary: (state, name, onnx, rows) => ({
    feeds: { ids: onnx.input(`${name}.ids`, "int32", [rows, tokensOf(state).width]) },
    present: onnx.input(`${name}.present`, "float32", [rows, 1]),
  }),
  async raw(state, name, column) {
    const { width } = tokensOf(state);
    const ids = new Int32Array(column.length * width);
    const present = new Float32Array(column.length);
    await encodeTokens(state, column, ids, present);
    return {
      [`${name}.ids`]: { dtype: "int32", dims: [column.length, width], data: ids },
      [`${name}.present`]: { dtype: "float32", dims: [column.length, 1], data: present },
    };
  },
};
