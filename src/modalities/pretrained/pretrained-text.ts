import type { Tensor } from "../../compiler/graph.ts";
import type { ImportedWeight } from "../../compiler/onnx/import/import.ts";
import type { Column } from "../../data/columns.ts";
import type { EncodeContext } from "../modality.ts";
import { quantileWidth } from "../text/quantile-width.ts";
import { textAt } from "../text/texts.ts";
import { type EncoderCells, openState, partOf, storedEncoder } from "./encoder-views.ts";
import { encodeFrozen, type FrozenCell } from "./frozen.ts";
import { type OpenedEncoder, openEncoder } from "./opened.ts";
import { type PretrainedConfig, pretrainedTextConfig } from "./options.ts";
import { checkTraced, type PretrainedState } from "./pretrained-state.ts";
import { chooseOutput, poolOutput, readFeatures } from "./read-output.ts";
import { mostTokens, paddingId, type TokensOf, tokenizing, tokensOf } from "./tokens.ts";
import type { PretrainedPart } from "./with-pretrained.ts";

export interface PretrainedText extends PretrainedState {
  readonly tokens: TokensOf;
  /** Tokens a text: the first ones are read. */
  readonly width: number;
  readonly padding: number;
}

/** Texts that are encoded together. */
const batch = 16;

/** The model's inputs of ids that are −1 where a text has ended. */
function inputsOf(encoder: OpenedEncoder, ids: Tensor, padding: number) {
  const there = ids.ge(ids.graph.constant(0, [], "int32"));
  const mask = there.cast("float32");
  const filled = there.where(ids, ids.graph.constant(padding, [], "int32"));
  const inputs = encoder.model.inputs.map(({ name, dtype }) => [name, input(name, dtype)] as const);
  function input(name: string, dtype: string): Tensor {
    if (name.includes("mask")) return dtype === "float32" ? mask : mask.cast("int32");
    return name.includes("type") ? ids.graph.zeros(ids.shape, "int32") : filled;
  }
  return { inputs: Object.fromEntries(inputs), mask };
}

function trace(
  state: PretrainedText,
  ids: Tensor,
  weight: (weight: ImportedWeight) => Tensor,
  encoder = openState(state),
) {
  const { inputs, mask } = inputsOf(encoder, ids, state.padding);
  const { output, pool } = state;
  return readFeatures({ model: encoder.model, output, pool }, ids.graph, inputs, weight, mask);
}

interface TokenCell extends FrozenCell {
  readonly ids: readonly number[];
}

/** The least power of two, from 8, that holds a text: longer places would only be masked. */
const room = (length: number, width: number) =>
  Math.min(width, Math.max(8, 2 ** Math.ceil(Math.log2(Math.max(1, length)))));

async function runTokens(
  state: Pick<PretrainedText, "output" | "pool" | "padding">,
  encoder: OpenedEncoder,
  texts: readonly (readonly number[])[],
  width: number,
): Promise<Float32Array> {
  const session = await encoder.session();
  const size = texts.length * width;
  const ids = new Int32Array(size).fill(state.padding);
  const mask = new Float32Array(size);
  texts.forEach((text, row) => {
    text.forEach((id, i) => {
      ids[row * width + i] = id;
      mask[row * width + i] = 1;
    });
  });
  const feeds = encoder.model.inputs.map(({ name, dtype }) => {
    const values = name.includes("mask")
      ? mask
      : name.includes("type")
        ? new Float32Array(size)
        : ids;
    const data =
      dtype === "int64"
        ? BigInt64Array.from(values, (x) => BigInt(x))
        : dtype === "int32"
          ? Int32Array.from(values)
          : Float32Array.from(values);
    return [
      name,
      { dtype: dtype as "float32", dims: [texts.length, width], data: data as Float32Array },
    ] as const;
  });
  const results = await session.run(Object.fromEntries(feeds), [state.output]);
  return poolOutput(results[state.output], state.pool, mask);
}

/** int32 ids of the first tokens, −1 where there are no more. */
async function idsOf(state: PretrainedText, column: Column, present: Float32Array) {
  const tokenize = await tokenizing(state.tokens);
  const ids = new Int32Array(column.length * state.width).fill(-1);
  for (let row = 0; row < column.length; row++) {
    const text = textAt(column, row);
    present[row] = text === null ? 0 : 1;
    if (text !== null) ids.set(tokenize(text, state.width), row * state.width);
  }
  return ids;
}

async function encodeVectors(
  state: PretrainedText,
  column: Column,
  out: Float32Array,
  present: Float32Array,
  context: EncodeContext,
): Promise<void> {
  const encoder = openState(state, context.baseDir);
  out.fill(0, 0, column.length * state.size);
  const ids = await idsOf(state, column, present);
  const cells: TokenCell[] = [];
  for (let row = 0; row < column.length; row++) {
    if (present[row] === 0) continue;
    const all = ids.subarray(row * state.width, (row + 1) * state.width);
    const end = all.indexOf(-1);
    const own = all.slice(0, end < 0 ? state.width : end);
    const content = new Uint8Array(own.buffer);
    cells.push({ row, content, group: room(own.length, state.width), ids: [...own] });
  }
  const settings = `tokens-${state.output}-${state.pool}-${state.padding}`;
  await encodeFrozen(
    encoder,
    settings,
    cells,
    state.size,
    batch,
    (some, width) =>
      runTokens(
        state,
        encoder,
        some.map((cell) => cell.ids),
        width,
      ),
    out,
  );
}

async function rawIds(state: PretrainedText, name: string, column: Column) {
  const present = new Float32Array(column.length);
  const ids = await idsOf(state, column, present);
  return {
    [`${name}.ids`]: { dtype: "int32" as const, dims: [column.length, state.width], data: ids },
    [`${name}.present`]: { dtype: "float32" as const, dims: [column.length, 1], data: present },
  };
}

/** Ids of tokens: int32 `<name>.ids [rows, width]`, −1 after the text. */
const cells: EncoderCells<PretrainedText> = {
  feed: "ids",
  ending: ".ids",
  dtype: "int32",
  shape: (state) => [state.width],
  trace: (state, ids, weight) => trace(state, ids, weight),
  async encode(state, column, [ids], present) {
    (ids as Int32Array).set(await idsOf(state, column, present));
  },
  vectors: encodeVectors,
  raw: rawIds,
};

/** Options of a text that its pretrained encoder reads. */
interface TextChoices {
  readonly encoder: { readonly type: string };
  readonly maxTokens: number;
  readonly dropout: number;
}

const configOf = ({ encoder: { type: _, ...own } }: TextChoices): PretrainedConfig =>
  pretrainedTextConfig.parse(own);

/** Texts read by an encoder that was trained before. */
export const pretrainedText: PretrainedPart<TextChoices, PretrainedText> = {
  ...partOf(cells, configOf, (state) => ({ tokens: state.width })),
  learn(options) {
    const config = configOf(options);
    const [widths, counts] = [new Map<number, number>(), { rows: 0, missing: 0 }];
    let begun: Omit<PretrainedText, "rows" | "missing" | "width"> | undefined;
    let limit = 0;
    return {
      async add(column, context) {
        if (!begun) {
          const encoder = openEncoder(config, context.baseDir);
          limit = Math.min(options.maxTokens, mostTokens(encoder.files));
          begun = await begin(encoder, config);
        }
        const tokenize = await tokenizing(begun.tokens);
        counts.rows += column.length;
        for (let row = 0; row < column.length; row++) {
          const text = textAt(column, row);
          if (text === null) counts.missing++;
          else {
            const { length } = tokenize(text, limit);
            widths.set(length, (widths.get(length) ?? 0) + 1);
          }
        }
      },
      finish() {
        if (!begun) throw new Error("an encoder learns after it was started");
        const all = Int32Array.from({ length: limit + 1 }, (_, i) => widths.get(i) ?? 0);
        const width = Math.min(limit, 8 * Math.ceil(quantileWidth(all, 0.99) / 8));
        return { ...begun, ...counts, width };
      },
    };
  },
};

/** Reads what the encoder's files say, and checks that it computes the same in the compiler. */
async function begin(encoder: OpenedEncoder, config: PretrainedConfig) {
  const output = chooseOutput(encoder.model, config.output).name;
  const { pool } = config;
  const padding = paddingId(encoder.files);
  const tokens = tokensOf(encoder);
  const tokenize = await tokenizing(tokens);
  const samples = ["A text, to see what comes of it.", "Another"].map((text) => tokenize(text, 8));
  const expected = await runTokens({ output, pool, padding }, encoder, samples, 8);
  const size = expected.length / samples.length;
  const base = { ...storedEncoder(encoder, config, output, size), tokens, padding };
  const ids = new Int32Array(16).fill(-1);
  samples.forEach((text, row) => {
    ids.set(text, row * 8);
  });
  await checkTraced(
    encoder.source,
    (graph, weight) =>
      trace(
        { ...base, rows: 0, missing: 0, width: 8 },
        graph.input("cells", [2, 8], "int32"),
        weight,
        encoder,
      ).features,
    { cells: ids },
    expected,
  );
  return base;
}
