import { eachIn, type InBlocks } from "./blocks.ts";
import { MulticlassBlocks } from "./multiclass-blocks.ts";
import { type OrdinalInput, OrdinalRows, type OrdinalScores } from "./ordinal-rows.ts";
import { PairBlocks } from "./pair-blocks.ts";
import type { Pairs } from "./pairs.ts";

/** Labelled rows of ordered classes in blocks. */
export class OrdinalBlocks extends MulticlassBlocks implements OrdinalScores {
  private readonly input: InBlocks<OrdinalInput>;
  private cachedPairs: Pairs | undefined;

  constructor(given: InBlocks<OrdinalInput>) {
    super(given, "ordinal");
    this.input = given;
  }

  get pairs(): Pairs {
    this.cachedPairs ??= new PairBlocks({
      scratch: this.input.scratch,
      blocks: () => pairsOf(this.input),
    });
    return this.cachedPairs;
  }
}

/** Each block's classes beside those that are expected. */
function pairsOf(input: InBlocks<OrdinalInput>) {
  return eachIn(input, (block, room) => {
    const rows = new OrdinalRows(block, room);
    const { weights, totalWeight } = rows;
    const truth = room.float64(rows.count);
    truth.set(rows.truth);
    return { truth, prediction: rows.expected(room), weights, totalWeight };
  });
}
