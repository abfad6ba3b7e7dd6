import { Random } from "../../core/random.ts";
import type { EncodeContext } from "../modality.ts";
import { quantileWidth } from "./quantile-width.ts";
import type { TextOptions } from "./state.ts";
import type { Tokenizer, TokenizerLearning } from "./tokenizers/tokenizer.ts";
import { tokenizers } from "./tokenizers/tokenizers.ts";

/** Texts of which the lengths in tokens are measured. */
const sampleSize = 8192;

/** Characters looked at for each token that may be kept: what comes later in a text is not read. */
const charactersEach = 64;

/** What is learned of the tokens of a text column that are read in order. */
export interface TokensState {
  /** The tokenizer's name, and what it learned. */
  readonly tokenizer: string;
  readonly state: unknown;
  /** Ids are below it; 0 is padding. */
  readonly count: number;
  /** Tokens a text. */
  readonly width: number;
  /** The most that might have been kept. */
  readonly limit: number;
  /** Share of the training texts that have more tokens, of at most 8,192 of them. */
  readonly cut: number;
}

/** The part of a text that may be read where `limit` tokens are kept. */
export function head(text: string, limit: number): string {
  const most = charactersEach * limit;
  return text.length > most ? text.trimStart().slice(0, most) : text;
}

export function tokenizerNamed(name: string): Tokenizer {
  return tokenizers[name as keyof typeof tokenizers] as Tokenizer;
}

interface TokenLearning {
  /** To be awaited before texts are added. */
  start(context: EncodeContext): Promise<void>;
  add(text: string): void;
  finish(): TokensState;
}

/** Learns a tokenizer and how many tokens texts have; undefined where no order is read. */
export function learnTokens(options: TextOptions): TokenLearning | undefined {
  if (options.encoder.type === "bag" && options.tokenizer.type === "auto") return undefined;
  const { maxTokens, lowercase } = options;
  const chosen = options.tokenizer.type === "auto" ? { type: "words" } : options.tokenizer;
  const tokenizer = tokenizerNamed(chosen.type);
  const config = tokenizer.config.parse(withoutType(chosen));
  const random = Random.from(0, "tokens");
  const sample: string[] = [];
  let seen = 0;
  let learning: TokenizerLearning<unknown> | undefined;
  return {
    async start(context) {
      learning ??= await tokenizer.learn(config, { lowercase }, context);
    },
    add(text) {
      const part = head(text, maxTokens);
      learning?.add(part);
      // Algorithm R: each text is in the sample with the same chance. @cite vitter1985
      seen++;
      if (sample.length < sampleSize) sample.push(part);
      else {
        const at = random.integer(seen);
        if (at < sampleSize) sample[at] = part;
      }
    },
    finish() {
      if (learning === undefined) throw new Error("a tokenizer learns after it was started");
      const { state, tokenize } = learning.finish();
      const lengths = sample.map((text) => tokenize(text, maxTokens + 1).length);
      const widths = new Int32Array(maxTokens + 1);
      for (const length of lengths) widths[Math.min(length, maxTokens)]++;
      const width = quantileWidth(widths, 0.99);
      const cut = lengths.filter((length) => length > width).length / Math.max(1, lengths.length);
      const count = tokenizer.count(state);
      return { tokenizer: tokenizer.name, state, count, width, limit: maxTokens, cut };
    },
  };
}

function withoutType({ type: _, ...own }: Readonly<Record<string, unknown>>): object {
  return own;
}
