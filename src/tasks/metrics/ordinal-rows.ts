import { newRoom, type Room } from "../../core/buffers.ts";
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

  constructor(input: OrdinalInput, room?: Room) {
    super(input, "ordinal", room);
  }

  /** The expected class index of each row. */
  expected(room: Room = newRoom): Float64Array {
    const all = room.float64(this.count);
    for (let i = 0; i < all.length; i++) {
      let expected = 0;
      for (let c = 1; c < this.classes; c++) expected += c * this.probabilityOf(i, c);
      all[i] = expected;
    }
    return all;
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
