import type { Learning } from "../modality.ts";
import { CharacterBuckets } from "./character-buckets.ts";
import { packCounts } from "./packed-counts.ts";
import { quantileWidth } from "./quantile-width.ts";
import type { TextOptions, TextState } from "./state.ts";
import { textAt } from "./texts.ts";
import { learnTokens } from "./token-learning.ts";
import { normalizeText, splitWords, wordGrams } from "./words.ts";

/** Features may be this many times as wide as a network's input. */
const featureFactor = 4;

/** Distinct terms counted before those seen once are forgotten, to bound memory. */
const termLimit = 4_000_000;

/** Counts in how many training texts each term and each bucket occurs. */
export function learnText(options: TextOptions): Learning<TextState> {
  const { lowercase, words, characters, buckets, maxTokens } = options;
  const terms = new Map<string, number>();
  const characterBuckets = new CharacterBuckets(characters, buckets);
  const bucketCounts = new Int32Array(buckets);
  const networkWidths = new Int32Array(maxTokens + 1);
  const featureWidths = new Int32Array(featureFactor * maxTokens + 1);
  const tokens = learnTokens(options);
  let [rows, missing, empty] = [0, 0, 0];

  const addText = (text: string) => {
    const found = splitWords(normalizeText(text, lowercase));
    if (found.length === 0) empty++;
    const grams = new Set(wordGrams(found, words));
    for (const gram of grams) terms.set(gram, (terms.get(gram) ?? 0) + 1);
    if (terms.size > termLimit) {
      for (const [term, count] of terms) if (count === 1) terms.delete(term);
    }
    const hashed = new Set<number>();
    for (const word of new Set(found)) {
      for (const bucket of characterBuckets.of(word)) hashed.add(bucket);
    }
    for (const bucket of hashed) bucketCounts[bucket]++;
    const count = (widths: Int32Array, size: number) => {
      widths[Math.min(size, widths.length - 1)]++;
    };
    count(networkWidths, grams.size + hashed.size);
    count(featureWidths, grams.size + (options.characterFeatures ? hashed.size : 0));
  };

  return {
    async add(column, context) {
      await tokens?.start(context);
      rows += column.length;
      for (let row = 0; row < column.length; row++) {
        const text = textAt(column, row);
        if (text === null) missing++;
        else {
          addText(text);
          tokens?.add(text);
        }
      }
    },
    finish() {
      const kept = [...terms]
        .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
        .slice(0, options.vocabulary);
      const known = kept.findIndex(([, count]) => count < options.minCount);
      return {
        rows,
        missing,
        empty,
        lowercase,
        words,
        characters,
        characterFeatures: options.characterFeatures,
        sublinear: options.sublinear,
        terms: kept.map(([term]) => term),
        termCounts: packCounts(Int32Array.from(kept, ([, count]) => count)),
        known: known < 0 ? kept.length : known,
        buckets,
        bucketCounts: packCounts(bucketCounts),
        networkWidth: quantileWidth(networkWidths, 0.99),
        featureWidth: quantileWidth(featureWidths, 0.999),
        ...(tokens && { tokens: tokens.finish() }),
      };
    },
  };
}
