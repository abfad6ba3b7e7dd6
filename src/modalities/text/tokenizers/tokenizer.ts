/**
 * The contract of a tokenizer: how a text becomes a row of ids, for encoders that read in order.
 * `tokenizers.ts` is the literal table.
 *
 * Id 0 is padding and no token's. What is learned is plain data, stored with the model, so that a model
 * file alone tokenizes as training did.
 */
import type { z } from "zod";
import type { EncodeContext } from "../../modality.ts";

/** Ids of a text's tokens; those after the first `limit` may be left out. */
export type Tokenize = (text: string, limit: number) => number[];

/** Accumulates what a tokenizer learns from the training texts. */
export interface TokenizerLearning<State> {
  add(text: string): void;
  /** What was learned, and the function that `open` makes of it. */
  finish(): { readonly state: State; readonly tokenize: Tokenize };
}

/** What every tokenizer is told beside its own options. */
export interface TokenizerSetting {
  /** Whether case is ignored. */
  readonly lowercase: boolean;
}

export interface Tokenizer<Config = unknown, State = unknown> {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly cite?: readonly string[];
  readonly config: z.ZodType<Config>;
  /**
   * Starts learning from training texts, whose order does not matter.
   * @throws DataError for a file that cannot be read, PolytaskError for a package that is not installed.
   */
  learn(
    config: Config,
    setting: TokenizerSetting,
    context: Pick<EncodeContext, "baseDir">,
  ): TokenizerLearning<State> | Promise<TokenizerLearning<State>>;
  /** Ids are below it. */
  count(state: State): number;
  /** Makes the function that tokenizes as the state says. */
  open(state: State, setting: TokenizerSetting): Tokenize | Promise<Tokenize>;
}
