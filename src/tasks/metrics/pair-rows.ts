import { newRoom, type Room } from "../../core/buffers.ts";
import { eachIn, type Held, type InBlocks, isInBlocks } from "./blocks.ts";
import { heldPairs, type PairArrays } from "./held-pairs.ts";
import type { Rows } from "./metric.ts";
import { PairBlocks } from "./pair-blocks.ts";
import type { Paired } from "./pairs.ts";
import { badPrediction, badValue, requireLength, selectRows } from "./select.ts";

/** True and predicted numbers, one a row; a NaN label is missing. */
export interface PairInput {
  readonly truth: ArrayLike<number>;
  readonly prediction: ArrayLike<number>;
  readonly weights?: ArrayLike<number>;
  /** Number of the first row, for messages. */
  readonly first?: number;
}

export interface PairedRows extends Rows, Paired {}

/**
 * Labelled rows made ready for the metrics.
 * @param kind for messages.
 * @throws ShapeError for arrays of unequal length; DataError for an infinite label or a bad weight.
 */
export function pairRows(input: Held<PairInput>, kind: string): PairedRows {
  if (!isInBlocks(input)) {
    const { problem, ...arrays } = selectPairs(input, kind);
    return { count: arrays.truth.length, problem, pairs: heldPairs(arrays) };
  }
  const pairs = new PairBlocks({
    scratch: input.scratch,
    blocks: () => selectEach(input, kind),
  });
  return { count: pairs.count, problem: pairs.problem, pairs };
}

function selectEach(input: InBlocks<PairInput>, kind: string) {
  return eachIn(input, (block, room) => selectPairs(block, kind, room));
}

/** Copies the labelled rows. */
function selectPairs(
  input: PairInput,
  kind: string,
  room: Room = newRoom,
): PairArrays & Pick<Rows, "problem"> {
  const { truth, prediction, weights, first = 0 } = input;
  requireLength(kind, "predictions, one a row", prediction, truth.length);
  const labelled = (row: number) => !Number.isNaN(truth[row]);
  const chosen = selectRows(kind, truth.length, weights, labelled, first, room);
  const count = chosen.used.length;
  const arrays = { truth: room.float64(count), prediction: room.float64(count) };
  let problem: string | undefined;
  for (let i = 0; i < count; i++) {
    const row = chosen.used[i];
    arrays.truth[i] = truth[row];
    arrays.prediction[i] = prediction[row];
    if (!Number.isFinite(truth[row])) {
      throw badValue(kind, first + row, "a finite label", truth[row]);
    }
    if (!Number.isFinite(prediction[row])) {
      problem ??= badPrediction(first + row, "prediction", prediction[row]);
    }
  }
  return {
    ...arrays,
    weights: chosen.weights,
    totalWeight: chosen.totalWeight,
    problem,
  };
}
