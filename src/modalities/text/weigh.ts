import { murmur3 } from "../murmur3.ts";
import { type TextState, textIndex } from "./state.ts";
import { characterGrams, normalizeText, splitWords, wordGrams } from "./words.ts";

/** Ids of a text's tokens and their weights, of Euclidean length 1 together. */
export interface Weighted {
  readonly ids: number[];
  readonly weights: number[];
}

/** How a view numbers tokens. */
export interface Numbering {
  /** Id of the first term. */
  readonly first: number;
  /** Terms with an id of their own. */
  readonly known: number;
  /** Whether other terms go to buckets; they are left out otherwise. */
  readonly hashUnknown: boolean;
  readonly characters: boolean;
  /** Most ids of a text. */
  readonly width: number;
}

/**
 * Weighs tokens by frequency in the text × inverse document frequency. Words and characters are two
 * groups of equal length, so that the many character sequences do not drown the words.
 */
export function weigh(text: string, state: TextState, numbering: Numbering): Weighted {
  const { idOf, termWeights, bucketWeights } = textIndex(state);
  const { first, known } = numbering;
  const bucketOf = (token: string) => murmur3(token) % state.buckets;
  const found = splitWords(normalizeText(text, state.lowercase));

  const words = new Group();
  for (const gram of wordGrams(found, state.words)) {
    const id = idOf.get(gram);
    if (id !== undefined && id < known) words.add(first + id, termWeights[id]);
    else if (numbering.hashUnknown) {
      const bucket = bucketOf(gram);
      words.add(first + known + bucket, id === undefined ? bucketWeights[bucket] : termWeights[id]);
    }
  }
  const characters = new Group();
  if (numbering.characters) {
    for (const word of found) {
      for (const gram of characterGrams(word, state.characters)) {
        const bucket = bucketOf(gram);
        characters.add(first + known + bucket, bucketWeights[bucket]);
      }
    }
  }
  const groups = [words, characters].filter((group) => group.size > 0);
  const all = groups.flatMap((group) => group.entries(state.sublinear, groups.length));
  const kept = all.length > numbering.width ? heaviest(all, numbering.width) : all;
  return { ids: kept.map(([id]) => id), weights: kept.map(([, weight]) => weight) };
}

class Group {
  private readonly counts = new Map<number, { count: number; readonly weight: number }>();

  get size(): number {
    return this.counts.size;
  }

  add(id: number, weight: number): void {
    const known = this.counts.get(id);
    if (known) known.count++;
    else this.counts.set(id, { count: 1, weight });
  }

  /** Ids and weights whose squares sum to 1/groups. */
  entries(sublinear: boolean, groups: number): [id: number, weight: number][] {
    let squares = 0;
    const entries = [...this.counts].map(([id, { count, weight }]): [number, number] => {
      const w = weight * (sublinear ? 1 + Math.log(count) : count);
      squares += w * w;
      return [id, w];
    });
    const scale = 1 / Math.sqrt(squares * groups);
    for (const entry of entries) entry[1] *= scale;
    return entries;
  }
}

/** The entries of greatest weight, in their own order, brought back to length 1. */
function heaviest(entries: [number, number][], count: number): [number, number][] {
  const order = entries.map((_, i) => i).sort((a, b) => entries[b][1] - entries[a][1] || a - b);
  const kept = order
    .slice(0, count)
    .sort((a, b) => a - b)
    .map((i) => entries[i]);
  const length = Math.sqrt(kept.reduce((sum, [, w]) => sum + w * w, 0));
  return kept.map(([id, w]) => [id, w / length]);
}
