import { type Carry, missingDrift, overlap } from "../carry.ts";
import { packCounts, unpackCounts } from "./packed-counts.ts";
import type { TextOptions, TextState } from "./state.ts";

const known = (state: TextState) => state.terms.slice(0, state.known);

function sameTokenizer({ tokens: from }: TextState, { tokens: to }: TextState): boolean {
  return from !== undefined && from.tokenizer === to?.tokenizer;
}

/** Known terms keep their places and embeddings, new ones are appended; hash buckets stay. */
export const carryText: Carry<TextState, TextOptions> = {
  drift(from, to) {
    const old = new Set(from.terms);
    const counts = unpackCounts(to.termCounts, to.terms.length);
    let [seen, unknown] = [0, 0];
    to.terms.forEach((term, i) => {
      // Sequences of words are rare everywhere: they say little about another kind of text.
      if (term.includes(" ")) return;
      seen += counts[i];
      if (!old.has(term)) unknown += counts[i];
    });
    return [
      { measure: "unknown", value: unknown / Math.max(1, seen), noise: 0 },
      missingDrift(from, to),
    ];
  },
  refit(from, to) {
    const packed = unpackCounts(to.termCounts, to.terms.length);
    const counts = new Map(to.terms.map((term, i) => [term, packed[i]]));
    const kept = known(from);
    const old = new Set(kept);
    const added = known(to).filter((term) => !old.has(term));
    const rare = to.terms.slice(to.known).filter((term) => !old.has(term));
    // Words that the new texts lack stay: later texts may have them.
    const terms = [...kept, ...added, ...rare];
    return {
      ...to,
      terms,
      known: kept.length + added.length,
      // A tokenizer's pieces have embeddings by number: another one would give them other words.
      tokens: sameTokenizer(from, to) ? from.tokens : to.tokens,
      termCounts: packCounts(Int32Array.from(terms, (term) => counts.get(term) ?? 0)),
    };
  },
  // Ids: 0 is padding, then the terms with embeddings of their own, then the buckets.
  rows(from, to) {
    if (from.tokens || to.tokens) {
      const count = to.tokens?.count ?? 1 + to.known + to.buckets;
      const same = JSON.stringify(from.tokens) === JSON.stringify(to.tokens);
      return { "embedding.table": Int32Array.from({ length: count }, (_, i) => (same ? i : -1)) };
    }
    const places = new Map(known(from).map((term, i) => [term, i + 1]));
    const same = from.buckets === to.buckets;
    const buckets = Array.from({ length: to.buckets }, (_, i) => (same ? 1 + from.known + i : -1));
    const terms = known(to).map((term) => places.get(term) ?? -1);
    return { "embedding.table": Int32Array.from([0, ...terms, ...buckets]) };
  },
  vocabulary: (from, to) => overlap(new Set(known(from)), new Set(known(to))),
};
