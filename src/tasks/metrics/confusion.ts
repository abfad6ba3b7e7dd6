/** Weight of rows by true and predicted class. */
export interface Confusion {
  readonly classes: number;
  /** `[classes, classes]` row-major: row = true class, column = predicted class. */
  readonly matrix: Float64Array;
}

/** What the decisions got right, class by class (or label by label), as sums of row weights. */
export interface Tallies {
  /** Decided for and true: true positives. */
  readonly hits: Float64Array;
  /** Decided for: true and false positives. */
  readonly predicted: Float64Array;
  /** True: true positives and false negatives. */
  readonly support: Float64Array;
  /** Weight of rows (with a label for it) of each class. */
  readonly total: Float64Array;
}

/** The four counts of one class against the rest, and what follows from them. */
export interface ClassReport {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly trueNegatives: number;
  readonly falseNegatives: number;
  /** 0 where nothing was predicted to be of the class. */
  readonly precision: number;
  /** NaN where no row is of the class. */
  readonly recall: number;
  /** NaN where the class occurs neither in the labels nor in the predictions. */
  readonly f1: number;
  /** Weight of the rows of the class. */
  readonly support: number;
}

/** Counts decisions by true and predicted class; `truth` and `predicted` hold class indices. */
export function confusionMatrix(
  truth: Int32Array,
  predicted: Int32Array,
  weights: Float64Array,
  classes: number,
): Confusion {
  const matrix = new Float64Array(classes * classes);
  for (let i = 0; i < truth.length; i++) matrix[truth[i] * classes + predicted[i]] += weights[i];
  return { classes, matrix };
}

/** Counts hits, decisions and labels of each class without the full matrix: O(rows + classes). */
export function tallyClasses(
  truth: Int32Array,
  predicted: Int32Array,
  weights: Float64Array,
  classes: number,
): Tallies {
  const hits = new Float64Array(classes);
  const called = new Float64Array(classes);
  const support = new Float64Array(classes);
  let total = 0;
  for (let i = 0; i < truth.length; i++) {
    if (truth[i] === predicted[i]) hits[truth[i]] += weights[i];
    called[predicted[i]] += weights[i];
    support[truth[i]] += weights[i];
    total += weights[i];
  }
  return { hits, predicted: called, support, total: new Float64Array(classes).fill(total) };
}

/** Tallies of so many classes before any row was counted. */
export function noTallies(classes: number): Tallies {
  const zeros = () => new Float64Array(classes);
  return { hits: zeros(), predicted: zeros(), support: zeros(), total: zeros() };
}

/** Adds the tallies of further rows. */
export function addTallies(into: Tallies, more: Tallies): void {
  addTo(into.hits, more.hits);
  addTo(into.predicted, more.predicted);
  addTo(into.support, more.support);
  addTo(into.total, more.total);
}

/** Adds numbers to others, place by place. */
export function addTo(into: Float64Array, more: Float64Array): void {
  for (let i = 0; i < into.length; i++) into[i] += more[i];
}

/** True and false positives and negatives, precision, recall and F1 of every class. */
export function classReports(tallies: Tallies): ClassReport[] {
  return Array.from(tallies.hits, (truePositives, c) => {
    const predicted = tallies.predicted[c];
    const support = tallies.support[c];
    return {
      truePositives,
      falsePositives: predicted - truePositives,
      trueNegatives: tallies.total[c] - predicted - support + truePositives,
      falseNegatives: support - truePositives,
      precision: predicted > 0 ? truePositives / predicted : 0,
      recall: truePositives / support,
      f1: (2 * truePositives) / (predicted + support),
      support,
    };
  });
}
