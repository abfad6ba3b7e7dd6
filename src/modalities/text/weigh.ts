import { murmur3 } from "../murmur3.ts";
import { type TextState, textIndex } from "./state.ts";
import { normalizeText, splitWords, wordGrams } from "./words.ts";

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
  const { idOf, termWeights, bucketWeights, characterBuckets, places } = textIndex(state);
  const { first, known } = numbering;
  const bucketOf = (token: string) => murmur3(token) % state.buckets;
  const found = splitWords(normalizeText(text, state.lowercase));

  const words = new Group(places);
  for (const gram of wordGrams(found, state.words)) {
    const id = idOf.get(gram);
    if (id !== undefined && id < known) words.add(first + id, termWeights[id]);
    else if (numbering.hashUnknown) {
      const bucket = bucketOf(gram);
      words.add(first + known + bucket, id === undefined ? bucketWeights[bucket] : termWeights[id]);
    }
  }
  words.release();
  const characters = new Group(places);
  if (numbering.characters) {
    for (const word of found) {
      for (const bucket of characterBuckets.of(word)) {
        characters.add(first + known + bucket, bucketWeights[bucket]);
      }
    }
  }
  characters.release();
  const groups = [words, characters].filter((group) => group.size > 0);
  const all: Weighted = { ids: [], weights: [] };
  for (const group of groups) group.appendTo(all, state.sublinear, groups.length);
  return all.ids.length > numbering.width ? heaviest(all, numbering.width) : all;
}

/** Tokens with their counts, in order of first use. */
class Group {
  private readonly ids: number[] = [];
  private readonly counts: number[] = [];
  private readonly rarities: number[] = [];
  private readonly places: Int32Array;

  /** @param places of ids in the lists, from 1; all 0, and 0 again after `release`. */
  constructor(places: Int32Array) {
    this.places = places;
  }

  get size(): number {
    return this.ids.length;
  }

  add(id: number, rarity: number): void {
    const place = this.places[id];
    if (place > 0) this.counts[place - 1]++;
    else {
      this.ids.push(id);
      this.counts.push(1);
      this.rarities.push(rarity);
      this.places[id] = this.ids.length;
    }
  }

  /** Appends ids and weights whose squares sum to 1/groups. */
  appendTo(all: Weighted, sublinear: boolean, groups: number): void {
    let squares = 0;
    const from = all.weights.length;
    for (let i = 0; i < this.ids.length; i++) {
      const count = this.counts[i];
      const weight = this.rarities[i] * (sublinear ? 1 + Math.log(count) : count);
      squares += weight * weight;
      all.ids.push(this.ids[i]);
      all.weights.push(weight);
    }
    const scale = 1 / Math.sqrt(squares * groups);
    for (let i = from; i < all.weights.length; i++) all.weights[i] *= scale;
  }

  /** Forgets the places, so that another group may use them. */
  release(): void {
    for (const id of this.ids) this.places[id] = 0;
  }
}

/** The tokens of greatest weight, in their own order, brought back to length 1; first ones among equals. */
function heaviest(all: Weighted, count: number): Weighted {
  const least = Float64Array.from(all.weights).sort()[all.weights.length - count];
  let equals = count - all.weights.filter((weight) => weight > least).length;
  const kept: Weighted = { ids: [], weights: [] };
  let squares = 0;
  all.weights.forEach((weight, i) => {
    if (weight < least || (weight === least && equals-- <= 0)) return;
    kept.ids.push(all.ids[i]);
    kept.weights.push(weight);
    squares += weight * weight;
  });
  const length = Math.sqrt(squares);
  for (let i = 0; i < kept.weights.length; i++) kept.weights[i] /= length;
  return kept;
}
