/** Scripts written without blanks between words. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** Scripts whose single characters and pairs carry meaning. */
const dense = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

/** Runs of unspaced script (with the marks on them) and of anything else. */
const runs =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー々〆][\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{M}ー々〆]*|[^\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー々〆]+/gu;

/** Letters, digits and marks, with apostrophes inside; or one pictograph. */
const words = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*(?:'[\p{L}\p{M}]+)*|\p{Extended_Pictographic}/gu;

/** Characters given to the segmenter at once: its time grows with the square of the length. */
const pieceLength = 128;

const segmenter = new Intl.Segmenter("und", { granularity: "word" });

/** Unicode compatibility composition (NFKC), plain apostrophes and, if asked, lower case. */
export function normalizeText(text: string, lowercase: boolean): string {
  const plain = text.normalize("NFKC").replace(/[\u2018\u2019\u02BC]/g, "'");
  return lowercase ? plain.toLowerCase() : plain;
}

/**
 * Words of a normalized text, in order. Scripts that part words by blanks are split at everything but
 * letters, digits and marks; Chinese, Japanese, Thai, Lao, Khmer and Burmese by the dictionaries of
 * `Intl.Segmenter`, a run between punctuation at a time.
 */
export function splitWords(text: string): string[] {
  const found: string[] = [];
  for (const [word] of text.matchAll(words)) {
    if (!unspaced.test(word)) {
      found.push(word);
      continue;
    }
    for (const [run] of word.matchAll(runs)) {
      if (unspaced.test(run)) segment(run, found);
      else found.push(run);
    }
  }
  return found;
}

function segment(run: string, found: string[]): void {
  const characters = run.length > pieceLength ? [...run] : [run];
  const step = run.length > pieceLength ? pieceLength : 1;
  for (let at = 0; at < characters.length; at += step) {
    const piece = characters.slice(at, at + step).join("");
    for (const { segment, isWordLike } of segmenter.segment(piece)) {
      if (isWordLike) found.push(segment);
    }
  }
}

/** A word list's n-grams of 1 to `longest` words, joined by blanks. */
export function wordGrams(words: readonly string[], longest: number): string[] {
  const grams = [...words];
  for (let length = 2; length <= longest; length++) {
    for (let at = 0; at + length <= words.length; at++) {
      grams.push(words.slice(at, at + length).join(" "));
    }
  }
  return grams;
}

/**
 * The character n-grams of a word: 3 to `longest` characters of the word between `<` and `>`; in
 * Chinese, Japanese and Korean, single characters and pairs of the bare word. @cite bojanowski2017
 */
export function characterGrams(word: string, longest: number): string[] {
  const grams: string[] = [];
  const isDense = dense.test(word);
  const marked = isDense ? word : `<${word}>`;
  // Where each character begins: some are two code units long.
  const starts: number[] = [];
  for (let at = 0; at <= marked.length; at++) {
    const second = marked.charCodeAt(at) >= 0xdc00 && marked.charCodeAt(at) <= 0xdfff;
    if (!second) starts.push(at);
  }
  for (let length = isDense ? 1 : 3; length <= (isDense ? 2 : longest); length++) {
    for (let at = 0; at + length < starts.length; at++) {
      grams.push(marked.slice(starts[at], starts[at + length]));
    }
  }
  return grams;
}
