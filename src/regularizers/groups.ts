/** Positions of a group of weights: `count` numbers from `start`, `stride` apart, in runs of `run`. */
export interface Group {
  readonly start: number;
  readonly count: number;
  readonly run: number;
  readonly stride: number;
}

function position({ start, run, stride }: Group, k: number): number {
  return start + Math.floor(k / run) * stride + (k % run);
}

/** ‖group‖₂. */
export function groupNorm(x: Float64Array, group: Group): number {
  let sum = 0;
  for (let k = 0; k < group.count; k++) sum += x[position(group, k)] ** 2;
  return Math.sqrt(sum);
}

/** Σ|group|. */
export function groupSum(x: Float64Array, group: Group): number {
  let sum = 0;
  for (let k = 0; k < group.count; k++) sum += Math.abs(x[position(group, k)]);
  return sum;
}

/** max|group|. */
export function groupMaximum(x: Float64Array, group: Group): number {
  let largest = 0;
  for (let k = 0; k < group.count; k++)
    largest = Math.max(largest, Math.abs(x[position(group, k)]));
  return largest;
}

/** The proximal map of `threshold·‖group‖₂`: shortens the group, to nothing where it is short. */
export function shortenGroup(x: Float64Array, group: Group, threshold: number): void {
  const norm = groupNorm(x, group);
  const factor = norm > threshold ? 1 - threshold / norm : 0;
  for (let k = 0; k < group.count; k++) {
    const at = position(group, k);
    x[at] = factor === 0 ? 0 : factor * x[at];
  }
}

/**
 * The proximal map of `threshold·max|group|`: the largest are cut to one level, such that `threshold`
 * is cut off in all; everything where there is no more than that.
 * @cite parikh2014
 */
export function levelGroup(x: Float64Array, group: Group, threshold: number): void {
  const sizes = Float64Array.from({ length: group.count }, (_, k) =>
    Math.abs(x[position(group, k)]),
  ).sort();
  let above = 0;
  let level = 0;
  for (let k = sizes.length - 1; k >= 0; k--) {
    above += sizes[k];
    level = (above - threshold) / (sizes.length - k);
    if (k === 0 || level >= sizes[k - 1]) break;
  }
  const bound = Math.max(0, level);
  for (let k = 0; k < group.count; k++) {
    const at = position(group, k);
    if (Math.abs(x[at]) > bound) x[at] = bound === 0 ? 0 : Math.sign(x[at]) * bound;
  }
}

/** Each row, that is each feature's weights in all outputs. */
export function featureGroups(layout: { features: number; outputs: number }): Group[] {
  const { features, outputs } = layout;
  return Array.from({ length: features }, (_, f) => ({
    start: f * outputs,
    count: outputs,
    run: outputs,
    stride: outputs,
  }));
}

/** Each task's columns. */
export function taskGroups(layout: {
  readonly features: number;
  readonly outputs: number;
  readonly tasks: readonly { readonly start: number; readonly size: number }[];
}): Group[] {
  return layout.tasks.map(({ start, size }) => ({
    start,
    count: layout.features * size,
    run: size,
    stride: layout.outputs,
  }));
}
