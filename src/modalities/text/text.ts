import { embeddingBag } from "../../nn/embedding-bag.ts";
import { identifierScore, looksLikeClasses, looksLikeIdentifier } from "../category/recognise.ts";
import type { Modality } from "../modality.ts";
import { carryText } from "./carry.ts";
import { learnText } from "./learn.ts";
import { type TextOptions, type TextState, textOptions } from "./state.ts";
import { textFeatureView, textNetworkView } from "./views.ts";

/** Words and sentences in any script. A text without words is not a missing one. */
export const text: Modality<TextOptions, TextState> = {
  name: "text",
  title: "Text",
  summary: "Words, word pairs and character sequences, weighed by how rare they are.",
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
    ...textNetworkView,
    encoder(builder, feeds, _, state, options) {
      const bag = embeddingBag(builder, "embedding", feeds.ids, feeds.weights, {
        count: 1 + state.known + state.buckets,
        size: options.size,
        zeroIds: [0],
      });
      return { features: builder.dropout(bag, options.dropout) };
    },
  },
  features: textFeatureView,

  describe: (state) => ({
    rows: state.rows,
    missing: state.missing,
    empty: state.empty,
    terms: state.terms.length,
    embedded: state.known,
    buckets: state.buckets,
    tokens: state.networkWidth,
  }),
  carry: carryText,
};
