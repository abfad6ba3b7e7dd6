import { heldPairs } from "./held-pairs.ts";
import { type MulticlassInput, MulticlassRows, type MulticlassScores } from "./multiclass-rows.ts";
import type { Paired, Pairs } from "./pairs.ts";

/** As several classes, with indices in the order of the classes. */
export type OrdinalInput = MulticlassInput;

/** Labelled rows of ordered classes, as metrics ask for them. */
export interface OrdinalScores extends MulticlassScores, Paired {}

/** Labelled rows; as a number, a prediction is the expected class index. */
export class OrdinalRows extends MulticlassRows implements OrdinalScores {
  private cachedPairs: Pairs | undefined;

  constructor(input: OrdinalInput) {
    super(input, "ordinal");
  }

  /** The expected class index of each row. */
  expected(): Float64Array {
    return Float64Array.from(this.truth, (_, i) => {
      let expected = 0;
      for (let c = 1; c < this.classes; c++) expected += c * this.probabilityOf(i, c);
      return expected;
    });
  }

  get pairs(): Pairs {
    this.cachedPairs ??= heldPairs({
      truth: Float64Array.from(this.truth),
      prediction: this.expected(),
      weights: this.weights,
      totalWeight: this.totalWeight,
    });
    return this.cachedPairs;
  }
}
