import { murmur3 } from "../murmur3.ts";
import { characterGrams } from "./words.ts";

/** Words remembered before starting afresh. */
const limit = 50_000;

/** The hash buckets of words' character n-grams, remembered for words that come again. */
export class CharacterBuckets {
  private readonly known = new Map<string, Int32Array>();
  private readonly longest: number;
  private readonly buckets: number;

  /** Below 3 characters there are none. */
  constructor(longest: number, buckets: number) {
    this.longest = longest;
    this.buckets = buckets;
  }

  of(word: string): Int32Array {
    let found = this.known.get(word);
    if (found === undefined) {
      const grams = this.longest < 3 ? [] : characterGrams(word, this.longest);
      found = Int32Array.from(grams, (gram) => murmur3(gram) % this.buckets);
      if (this.known.size >= limit) this.known.clear();
      this.known.set(word, found);
    }
    return found;
  }
}
