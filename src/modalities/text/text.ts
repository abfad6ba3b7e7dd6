import { embeddingBag } from "../../nn/embedding-bag.ts";
import { identifierScore, looksLikeClasses, looksLikeIdentifier } from "../category/recognise.ts";
import type { Modality, View } from "../modality.ts";
import { pretrainedText } from "../pretrained/pretrained-text.ts";
import { withPretrained } from "../pretrained/with-pretrained.ts";
import { namesTarget } from "../targets/names-target.ts";
import { carryText } from "./carry.ts";
import { learnText } from "./learn.ts";
import { type TextOptions, type TextState, textOptions } from "./state.ts";
import { textAt } from "./texts.ts";
import { readTokens } from "./token-encoder.ts";
import { tokenView } from "./token-view.ts";
import { bagView, textFeatureView } from "./views.ts";
import { normalizeText, splitWords } from "./words.ts";

/** How a network sees a column: its tokens in order, or a bag of them. */
function viewOf(state: TextState): View<TextState> {
  return state.tokens ? tokenView : bagView;
}

const learned: Modality<TextOptions, TextState> = {
  name: "text",
  title: "Text",
  summary:
    "Words, word pairs and character sequences, weighed by how rare they are; or tokens in order.",
  cite: ["bojanowski2017", "weinberger2009", "manning2008"],
  options: textOptions,
  storage: ["string", "list"],
  block: "own",
  recognise(profile) {
    if (profile.storage === "list") return profile.list?.elements === "string" ? 0.6 : 0;
    if (profile.text === undefined || profile.distinct === 0) return 0;
    if (looksLikeIdentifier(profile)) return identifierScore;
    if (looksLikeClasses(profile)) return 0.4;
    return profile.text.meanWords >= 2 ? 0.8 : 0.5;
  },
  learn: learnText,

  network: {
    feeds: (state) => viewOf(state).feeds(state),
    encode: (state, ...rest) => viewOf(state).encode(state, ...rest),
    boundary: (state, ...rest) => viewOf(state).boundary(state, ...rest),
    raw: (state, ...rest) => viewOf(state).raw(state, ...rest),
    encoder(builder, feeds, _, state, options) {
      if (state.tokens) return readTokens(builder, feeds.ids, state.tokens.count, options);
      const bag = embeddingBag(builder, "embedding", feeds.ids, feeds.weights, {
        count: 1 + state.known + state.buckets,
        size: options.size,
        zeroIds: [0],
      });
      return { features: builder.dropout(bag, options.dropout) };
    },
  },
  features: textFeatureView,
  target: namesTarget<TextOptions>({
    read(column, _, { lowercase }, visit) {
      for (let row = 0; row < column.length; row++) {
        const cell = textAt(column, row);
        visit(row, cell === null ? null : new Set(splitWords(normalizeText(cell, lowercase))));
      }
    },
    least: ({ minCount }) => minCount,
  }),

  describe: (state) => ({
    rows: state.rows,
    missing: state.missing,
    empty: state.empty,
    terms: state.terms.length,
    embedded: state.known,
    buckets: state.buckets,
    tokens: state.tokens?.width ?? state.networkWidth,
    ...(state.tokens && {
      tokenizer: state.tokens.tokenizer,
      vocabulary: state.tokens.count,
      "texts cut": `${(100 * state.tokens.cut).toFixed(1)} %`,
    }),
  }),
  carry: carryText,
};

/** Words and sentences in any script. A text without words is not a missing one. */
export const text: Modality<TextOptions, TextState> = withPretrained(learned, pretrainedText);
