/**
 * The least width, from 1, that holds a share of the texts.
 * @param widths how many texts there are of each width.
 */
export function quantileWidth(widths: Int32Array, share: number): number {
  const needed = share * widths.reduce((sum, count) => sum + count, 0);
  let held = 0;
  for (let width = 0; width < widths.length; width++) {
    held += widths[width];
    if (held >= needed) return Math.max(1, width);
  }
  return 1;
}
