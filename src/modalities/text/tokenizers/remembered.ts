/** Results remembered before starting afresh. */
const limit = 50_000;

/** Longer texts are not remembered. */
const longest = 128;

/** What a function made of texts, remembered for those that come again. */
export class Remembered<T> {
  private readonly known = new Map<string, T>();
  private readonly compute: (text: string) => T;

  constructor(compute: (text: string) => T) {
    this.compute = compute;
  }

  of(text: string): T {
    if (text.length > longest) return this.compute(text);
    let found = this.known.get(text);
    if (found === undefined) {
      found = this.compute(text);
      if (this.known.size >= limit) this.known.clear();
      this.known.set(text, found);
    }
    return found;
  }
}
