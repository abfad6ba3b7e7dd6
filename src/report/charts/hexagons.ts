/** A hexagon of a density plot: its centre in pixels and how many points fell into it. */
export interface Hexagon {
  readonly x: number;
  readonly y: number;
  readonly count: number;
}

/** Counts points (in pixels) into a lattice of hexagons with corners up and down, `radius` from centre to corner. */
export function binHexagons(
  points: Iterable<readonly [number, number]>,
  radius: number,
): Hexagon[] {
  const dx = radius * Math.sqrt(3);
  const dy = radius * 1.5;
  const counts = new Map<string, { x: number; y: number; count: number }>();
  for (const [x, y] of points) {
    // The centre is the nearer of the nearest centres in the two rows around the point.
    let best: { row: number; column: number; distance: number; x: number; y: number } | undefined;
    const above = Math.floor(y / dy);
    for (const row of [above, above + 1]) {
      const shift = row % 2 === 0 ? 0 : 0.5;
      const column = Math.round(x / dx - shift);
      const cx = (column + shift) * dx;
      const cy = row * dy;
      const distance = (x - cx) ** 2 + (y - cy) ** 2;
      if (best === undefined || distance < best.distance)
        best = { row, column, distance, x: cx, y: cy };
    }
    if (best === undefined) continue;
    const key = `${best.row} ${best.column}`;
    const cell = counts.get(key);
    if (cell) cell.count++;
    else counts.set(key, { x: best.x, y: best.y, count: 1 });
  }
  return [...counts.values()];
}

/** The outline of a hexagon around the origin, as an SVG path. */
export function hexagonPath(radius: number): string {
  const w = (radius * Math.sqrt(3)) / 2;
  const r = (value: number) => Math.round(value * 100) / 100;
  return `m0 ${r(-radius)}l${r(w)} ${r(radius / 2)}v${r(radius)}l${r(-w)} ${r(radius / 2)}l${r(-w)} ${r(-radius / 2)}v${r(-radius)}z`;
}
