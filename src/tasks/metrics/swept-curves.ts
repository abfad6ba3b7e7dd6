import { defaultPoints } from "./curves.ts";
import type { ScoreSort } from "./score-sort.ts";

/** A curve thinned to some points; `area` is that of the full curve. */
export interface SweptCurve {
  readonly points: readonly (readonly [number, number])[];
  readonly area: number;
}

/**
 * The curves of sorted scores, with the points that `rocCurve` and `precisionRecallCurve` keep: ROC where
 * there are rows of both classes, precision and recall where there are positive ones.
 */
export function sweptCurves(
  scores: ScoreSort,
  points = defaultPoints,
): { readonly roc?: SweptCurve; readonly pr?: SweptCurve } {
  const { roc, precisionRecall, positives, negatives } = scores.areas();
  if (positives === 0) return {};
  const byRecall = thin((visit) => {
    let done = false;
    let started = false;
    scores.sweep((_, tp, fp) => {
      if (done) return;
      const precision = tp / (tp + fp);
      if (!started) visit(0, precision);
      started = true;
      visit(tp / positives, precision);
      // Once every positive is found, further points only fall straight down.
      done = tp === positives;
    });
  }, points);
  const pr = { points: byRecall, area: precisionRecall };
  if (negatives === 0) return { pr };
  const byRate = thin((visit) => {
    visit(0, 0);
    scores.sweep((_, tp, fp) => visit(fp / negatives, tp / positives));
  }, points);
  return { roc: { points: byRate, area: roc }, pr };
}

/** Visits the points of a curve in order, as often as asked. */
type EachPoint = (visit: (x: number, y: number) => void) => void;

/** At most so many points, spread evenly by the length of the curve, which is gone along twice. */
function thin(each: EachPoint, points: number): [number, number][] {
  let corners = 0;
  let length = 0;
  alongCorners(each, (_, __, travelled) => {
    corners++;
    length = travelled;
  });
  const step = length / (points - 1);
  const kept: [number, number][] = [];
  let corner = 0;
  alongCorners(each, (x, y, travelled) => {
    const first = corner === 0;
    const last = ++corner === corners;
    const due = kept.length < points - 1 && travelled >= kept.length * step;
    if (corners <= points || first || last || due) kept.push([x, y]);
  });
  return kept;
}

/** Visits the points that are not inside a straight horizontal or vertical run, with the way to each. */
function alongCorners(
  each: EachPoint,
  visit: (x: number, y: number, travelled: number) => void,
): void {
  let seen = 0;
  let [beforeX, beforeY, x, y] = [0, 0, 0, 0];
  let [cornerX, cornerY, travelled] = [0, 0, 0];
  const keep = () => {
    if (seen > 1) travelled += Math.abs(x - cornerX) + Math.abs(y - cornerY);
    [cornerX, cornerY] = [x, y];
    visit(x, y, travelled);
  };
  each((nextX, nextY) => {
    const inside = seen > 1 && ((beforeX === x && x === nextX) || (beforeY === y && y === nextY));
    if (seen > 0 && !inside) keep();
    [beforeX, beforeY, x, y] = [x, y, nextX, nextY];
    seen++;
  });
  if (seen > 0) keep();
}
