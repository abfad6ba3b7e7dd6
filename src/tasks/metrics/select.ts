import { newRoom, type Room } from "../../core/buffers.ts";
import { DataError, ShapeError, show } from "../../core/errors.ts";

/** Requires one value for each of `expected` places, so that arrays line up. */
export function requireLength(
  kind: string,
  what: string,
  values: ArrayLike<number> | undefined,
  expected: number,
): void {
  if (values === undefined || values.length === expected) return;
  throw new ShapeError(
    "SHAPE_MISMATCH",
    `${kind} metrics: expected ${expected} ${what}; came ${values.length}`,
  );
}

/** The rows that take part, and their weights (1 where none are given). */
export interface Selection {
  /** Indices of rows with a label and a positive weight, ascending. */
  readonly used: Int32Array;
  /** One weight for each used row. */
  readonly weights: Float64Array;
  readonly totalWeight: number;
}

/**
 * Selects rows for which `labelled(row)` holds; rows of weight 0 are left out.
 * @param first number of the first row, for messages.
 * @param room makes the arrays of the selection.
 * @throws DataError for a negative or non-finite weight; ShapeError for a wrong number of weights.
 */
export function selectRows(
  kind: string,
  rows: number,
  weights: ArrayLike<number> | undefined,
  labelled: (row: number) => boolean,
  first = 0,
  room: Room = newRoom,
): Selection {
  requireLength(kind, "weights, one a row", weights, rows);
  let most = 0;
  for (let row = 0; row < rows; row++) if (labelled(row)) most++;
  const used = room.int32(most);
  const kept = room.float64(most);
  let count = 0;
  let totalWeight = 0;
  for (let row = 0; row < rows; row++) {
    const weight = weights === undefined ? 1 : weights[row];
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
      throw badValue(kind, first + row, "a finite weight of 0 or more", weight);
    }
    if (weight === 0 || !labelled(row)) continue;
    used[count] = row;
    kept[count++] = weight;
    totalWeight += weight;
  }
  if (count === most) return { used, weights: kept, totalWeight };
  return { used: used.subarray(0, count), weights: kept.subarray(0, count), totalWeight };
}

/** The error for a label or weight that its row cannot have. */
export function badValue(kind: string, row: number, expected: string, came: number): DataError {
  const text = Number.isFinite(came) ? show(came) : String(came);
  return new DataError(
    "DATA_VALUE",
    `${kind} metrics, row ${row + 1}: expected ${expected}; came ${text}`,
  );
}

/** Says that a model's output is unusable, as the reason why metrics are undefined. */
export function badPrediction(row: number, what: string, came: number): string {
  return `the ${what} of row ${row + 1} is ${came}`;
}

/** True for what a sigmoid or softmax may give, rounding in single precision included. */
export function isProbability(p: number): boolean {
  return p >= -1e-6 && p <= 1 + 1e-6;
}
