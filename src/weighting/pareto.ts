/** Sets of preferences, and how good a set of models is: fronts and hypervolumes of losses. */
import { ConfigError } from "../core/errors.ts";

/**
 * Preferences spread evenly inside the simplex: `count` vectors of `tasks` positive numbers that sum to 1.
 * They are taken from a simplex lattice moved off the border, those farthest from each other first,
 * beginning at the centre; two tasks get equal steps. Always the same for the same arguments.
 * @cite das1998
 * @throws ConfigError CONFIG_INVALID where there is nothing to spread.
 */
export function preferenceGrid(tasks: number, count: number): Float64Array[] {
  for (const [what, value] of [
    ["tasks", tasks],
    ["pareto", count],
  ] as const) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new ConfigError("CONFIG_INVALID", `${what}: a whole number of at least 1; got ${value}`);
  }
  if (tasks === 1) return Array.from({ length: count }, () => Float64Array.of(1));
  let steps = 0;
  while (latticeSize(tasks, steps) < count) steps++;
  const points = lattice(tasks, steps).map((c) =>
    Float64Array.from(c, (v) => (v + 0.5) / (steps + 0.5 * tasks)),
  );
  return tasks === 2 ? points : farthestFirst(points, count);
}

/** How many ways there are to write `steps` as an ordered sum of `tasks` whole numbers. */
function latticeSize(tasks: number, steps: number): number {
  let size = 1;
  for (let i = 1; i < tasks; i++) size = (size * (steps + i)) / i;
  return Math.round(size);
}

function lattice(tasks: number, steps: number): number[][] {
  if (tasks === 1) return [[steps]];
  return Array.from({ length: steps + 1 }, (_, first) =>
    lattice(tasks - 1, steps - first).map((rest) => [first, ...rest]),
  ).flat();
}

function farthestFirst(points: readonly Float64Array[], count: number): Float64Array[] {
  const squared = (a: Float64Array, b: Float64Array) =>
    a.reduce((sum, v, i) => sum + (v - b[i]) ** 2, 0);
  const centre = new Float64Array(points[0].length).fill(1 / points[0].length);
  let next = 0;
  points.forEach((p, i) => {
    if (squared(p, centre) < squared(points[next], centre) - 1e-12) next = i;
  });
  const gap = points.map(() => Number.POSITIVE_INFINITY);
  const chosen: Float64Array[] = [];
  while (chosen.length < count) {
    chosen.push(points[next]);
    points.forEach((p, i) => {
      gap[i] = Math.min(gap[i], squared(p, points[next]));
    });
    next = 0;
    for (let i = 1; i < gap.length; i++) if (gap[i] > gap[next] + 1e-12) next = i;
  }
  return chosen;
}

/** Whether `a` is nowhere worse (greater) than `b` and somewhere better. */
export function dominates(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  let better = false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] > b[i]) return false;
    if (a[i] < b[i]) better = true;
  }
  return better;
}

/** Places of the points that no other dominates, less being better; of equal points the first. */
export function paretoFront(points: readonly ArrayLike<number>[]): number[] {
  const same = (a: ArrayLike<number>, b: ArrayLike<number>) =>
    Array.from(a).every((v, i) => v === b[i]);
  return [...points.keys()].filter((i) =>
    points.every((p, j) => !dominates(p, points[i]) && !(j < i && same(p, points[i]))),
  );
}

/**
 * The volume that a set of points dominates, less being better, up to a reference point: exact. Points
 * that are not better than the reference everywhere add nothing.
 * @cite while2012
 * @throws ConfigError CONFIG_INVALID for points of another length than the reference.
 */
export function hypervolume(
  points: readonly ArrayLike<number>[],
  reference: ArrayLike<number>,
): number {
  const n = reference.length;
  const inside: Float64Array[] = [];
  points.forEach((p, i) => {
    if (p.length !== n) {
      throw new ConfigError(
        "CONFIG_INVALID",
        `hypervolume: points of ${n} numbers, as the reference has; got ${p.length} at place ${i}`,
      );
    }
    // Gains over the reference: the volume of boxes with a corner at 0.
    const gain = Float64Array.from(p, (v, d) => reference[d] - v);
    if (gain.every((v) => v > 0)) inside.push(gain);
  });
  return unionOfBoxes(greatest(inside));
}

/** Boxes that no other contains. */
function greatest(boxes: readonly Float64Array[]): Float64Array[] {
  return paretoFront(boxes.map((b) => b.map((v) => -v))).map((i) => boxes[i]);
}

/** Σ over boxes of what each adds to those after it. */
function unionOfBoxes(boxes: readonly Float64Array[]): number {
  if (boxes.length === 0) return 0;
  if (boxes[0].length === 2) return unionOfRectangles(boxes);
  const sorted = boxes.toSorted((a, b) => b[b.length - 1] - a[a.length - 1]);
  let total = 0;
  sorted.forEach((box, i) => {
    const shared = sorted.slice(i + 1).map((other) => other.map((v, d) => Math.min(v, box[d])));
    total += box.reduce((volume, v) => volume * v, 1) - unionOfBoxes(greatest(shared));
  });
  return total;
}

function unionOfRectangles(boxes: readonly Float64Array[]): number {
  let total = 0;
  let height = 0;
  for (const [width, tall] of boxes.toSorted((a, b) => b[0] - a[0])) {
    if (tall <= height) continue;
    total += width * (tall - height);
    height = tall;
  }
  return total;
}
