/** A piece of a vocabulary and the logarithm of its probability. */
export type Piece = readonly [text: string, score: number];

/** Pieces at the start of a vocabulary that stand for no text; the first is for unknown characters. */
const reserved = 6;

const blank = "\u2581";

interface Branch {
  id: number;
  readonly next: Map<string, Branch>;
}

/**
 * Cuts texts into the most probable pieces of a vocabulary, as SentencePiece's unigram models do. Of
 * equally probable ones the last found is taken, and an unknown character costs nothing, as in the
 * tokenizer that the sentence encoder was published with.
 * @cite kudo2018
 */
export class Unigram {
  private readonly pieces: readonly Piece[];
  private readonly root: Branch = { id: -1, next: new Map() };

  constructor(pieces: readonly Piece[]) {
    this.pieces = pieces;
    for (let id = reserved; id < pieces.length; id++) {
      let branch = this.root;
      for (const symbol of pieces[id][0]) {
        let next = branch.next.get(symbol);
        if (!next) {
          next = { id: -1, next: new Map() };
          branch.next.set(symbol, next);
        }
        branch = next;
      }
      branch.id = id;
    }
  }

  /** Ids of a text's pieces; an empty text has none. */
  encode(text: string): number[] {
    const normal = text.normalize("NFKC");
    if (normal === "") return [];
    const symbols = [...`${blank}${normal.replaceAll(" ", blank)}`];
    const best = new Float64Array(symbols.length + 1);
    // The last piece of the best way to each place, and where it begins; a place that no piece ends at
    // counts as one after an unknown character.
    const reached = Int32Array.from(best, (_, i) => i - 1);
    const ids = new Int32Array(symbols.length + 1);
    for (let from = 0; from < symbols.length; from++) {
      let branch = this.root.next.get(symbols[from]);
      let found = false;
      const offer = (end: number, id: number, score: number) => {
        const total = score + best[from];
        if (best[end] !== 0 && total < best[end]) return;
        best[end] = total;
        ids[end] = id;
        reached[end] = from;
      };
      for (let end = from + 1; branch; end++) {
        if (branch.id >= 0) {
          offer(end, branch.id, this.pieces[branch.id][1]);
          found = true;
        }
        branch = end < symbols.length ? branch.next.get(symbols[end]) : undefined;
      }
      if (!found) {
        offer(from + 1, 0, 0);
      }
    }
    const out: number[] = [];
    for (let end = symbols.length; end > 0; end = reached[end]) {
      const id = ids[end];
      // Unknown characters that follow each other are one piece.
      if (id !== 0 || out.at(-1) !== 0) out.push(id);
    }
    return out.reverse();
  }
}
