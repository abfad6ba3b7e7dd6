import { show } from "../../core/errors.ts";
import type { Column } from "../../data/columns.ts";
import { elementOf, listAt } from "../list-cells.ts";
import type { EncodeContext } from "../modality.ts";

/**
 * The numbers of a cell, NaN for those that are missing; null where the cell is missing, has no number at all or is
 * none that can be used, which is told as a problem.
 * @param size how many numbers a vector has; any where undefined.
 */
export function vectorAt(
  column: Column,
  row: number,
  context: EncodeContext,
  size: number | undefined,
): Float64Array | null {
  const expected = size === undefined ? "a list of numbers" : `a list of ${size} numbers`;
  const list = listAt(column, row, context, expected);
  if (list === null) return null;
  if (list.length === 0 || (size !== undefined && list.length !== size)) {
    const got = list.length === 0 ? "an empty list" : `${list.length}`;
    context.problem(row, `${expected}; got ${got}`);
    return null;
  }
  const numbers = new Float64Array(list.length);
  for (let i = 0; i < list.length; i++) {
    const x = elementOf(list[i]);
    if (x === undefined) {
      const got = typeof list[i] === "number" ? String(list[i]) : show(list[i]);
      context.problem(row, `${expected}, all finite; got ${got} at place ${i + 1}`);
      return null;
    }
    numbers[i] = x;
  }
  return numbers.every(Number.isNaN) ? null : numbers;
}
