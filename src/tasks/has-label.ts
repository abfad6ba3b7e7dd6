/** Whether a row of labels `[rows, width]` holds any; NaN is a missing one. */
export function hasLabel(truth: ArrayLike<number>, row: number, width: number): boolean {
  for (let i = row * width; i < (row + 1) * width; i++) if (!Number.isNaN(truth[i])) return true;
  return false;
}
