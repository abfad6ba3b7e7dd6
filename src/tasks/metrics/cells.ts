/** Metrics of predicted cells. */
import { forms } from "../cells/forms.ts";
import type { Place } from "../cells/state.ts";
import { numbersOf } from "../outputs.ts";
import type { Outputs } from "../task.ts";
import {
  type EvaluateOptions,
  type Evaluation,
  evaluateTable,
  type MetricRow,
  metricTable,
  type Rows,
} from "./metric.ts";
import { logLossOf } from "./probability.ts";
import { averagePrecision } from "./ranking.ts";
import { badPrediction, selectRows } from "./select.ts";

export interface CellsInput {
  readonly places: readonly Place[];
  /** `[rows, label width]`, NaN = missing. */
  readonly truth: Float64Array;
  readonly outputs: Outputs;
  readonly weights?: Float64Array | undefined;
}

/** A cell of a used row. */
interface UsedCell {
  readonly place: Place;
  readonly weight: number;
  readonly truth: Float64Array;
  readonly predicted: ArrayLike<number>;
}

/** Rows of which a cell is known. */
export class CellRows implements Rows {
  readonly count: number;
  readonly problem: string | undefined;
  private readonly input: CellsInput;
  private readonly used: Int32Array;
  private readonly weights: Float64Array;
  private readonly width: number;

  constructor(input: CellsInput) {
    const { places, truth, outputs, weights } = input;
    const numbers = truth.length;
    this.input = input;
    const last = places[places.length - 1];
    const rows = last ? numbersOf(outputs, last.output).length / last.size : 0;
    this.width = rows > 0 ? numbers / rows : 0;
    const chosen = selectRows("cells", rows, weights, (row) =>
      places.some((place) => !this.truthOf(place, row).every(Number.isNaN)),
    );
    this.used = chosen.used;
    this.weights = chosen.weights;
    this.count = chosen.used.length;
    this.problem = this.findProblem();
  }

  private truthOf({ labelAt, width }: Place, row: number): Float64Array {
    const from = row * this.width + labelAt;
    return this.input.truth.subarray(from, from + width);
  }

  private findProblem(): string | undefined {
    for (const { output, size } of this.input.places) {
      const values = numbersOf(this.input.outputs, output);
      for (const row of this.used) {
        for (let i = row * size; i < (row + 1) * size; i++)
          if (!Number.isFinite(values[i])) return badPrediction(row, "prediction", values[i]);
      }
    }
    return undefined;
  }

  /** The known cells of each used row. */
  *rows(): Generator<readonly UsedCell[]> {
    for (let i = 0; i < this.count; i++) {
      const row = this.used[i];
      yield this.input.places.flatMap((place): UsedCell[] => {
        const truth = this.truthOf(place, row);
        if (truth.every(Number.isNaN)) return [];
        const { size, output } = place;
        const all = numbersOf(this.input.outputs, output);
        const predicted = all.subarray(row * size, (row + 1) * size);
        return [{ place, weight: this.weights[i], truth, predicted }];
      });
    }
  }

  /** Mean over the cells of a form. */
  mean(form: string, of: (cell: UsedCell) => number): number {
    let [sum, total] = [0, 0];
    for (const cells of this.rows()) {
      for (const cell of cells) {
        if (cell.place.target.form !== form) continue;
        const value = of(cell);
        if (Number.isNaN(value)) continue;
        sum += cell.weight * value;
        total += cell.weight;
      }
    }
    return sum / total;
  }
}

/** A mean over cells; undefined where no cell has a value. */
function meanOr(value: number, reason: string) {
  return Number.isNaN(value) ? { reason } : value;
}

const explained: MetricRow<CellRows> = {
  title: "Explained",
  summary:
    "Share of what is lost by predicting the training mean, or the training shares of words and classes, that the prediction saves: R² for numbers and pixels, explained deviance for words and classes; of vectors (`target: features`), of their variance. 0 for the baseline.",
  direction: "higher",
  range: [Number.NEGATIVE_INFINITY, 1],
  measure(rows) {
    let [left, whole] = [0, 0];
    for (const cells of rows.rows()) {
      for (const { place, weight, truth, predicted } of cells) {
        const { target } = place;
        const form = forms[target.form];
        const share = weight / cells.length;
        left += share * form.lossOf(target, truth, predicted);
        whole += share * form.lossOf(target, truth, target.mean);
      }
    }
    if (whole === 0) return { reason: "the cells do not vary" };
    const share = 1 - left / whole;
    // The baseline's predictions are single precision, the means that they are measured by are not.
    return Math.abs(share) < 1e-6 ? 0 : share;
  },
};

const error: MetricRow<CellRows> = {
  title: "RMS error",
  summary: "Root of the mean squared error of values, each in units of its training deviation.",
  direction: "lower",
  range: [0, Number.POSITIVE_INFINITY],
  measure: (rows) =>
    Math.sqrt(
      rows.mean("values", ({ place: { target }, truth, predicted }) =>
        forms.values.lossOf(target, truth, predicted),
      ),
    ),
};

const precisionAt5: MetricRow<CellRows> = {
  title: "Precision at 5",
  summary:
    "Of the five most probable words or members, the share that the cell has; ties in order of frequency.",
  direction: "higher",
  range: [0, 1],
  measure: (rows) =>
    rows.mean("members", ({ truth, predicted }) => {
      const first = ranking(predicted).slice(0, 5);
      return first.filter((i) => truth[i] === 1).length / 5;
    }),
};

const meanAveragePrecision: MetricRow<CellRows> = {
  title: "Average precision",
  summary:
    "Mean over cells of the average precision of their words or members, ranked by probability among all that are predicted; cells without any are left out.",
  direction: "higher",
  range: [0, 1],
  cite: "mcsherry2008",
  measure: (rows) =>
    meanOr(
      rows.mean("members", ({ truth, predicted }) =>
        averagePrecision(
          ranking(predicted),
          (i) => predicted[i],
          (i) => truth[i] === 1,
        ),
      ),
      "no cell has a word or member that is predicted",
    ),
};

const accuracy: MetricRow<CellRows> = {
  title: "Accuracy",
  summary: "Share of cells with one value whose value is the most probable.",
  direction: "higher",
  range: [0, 1],
  measure: (rows) =>
    meanOr(
      rows.mean("class", ({ truth, predicted }) => Number(ranking(predicted)[0] === truth[0])),
      "no cell has a value that was learned",
    ),
};

const logLoss: MetricRow<CellRows> = {
  title: "Log loss",
  summary: "Mean negative log-probability of the value of cells with one, clipped at 2.2e-16.",
  direction: "lower",
  range: [0, Number.POSITIVE_INFINITY],
  measure: (rows) =>
    meanOr(
      rows.mean("class", ({ truth, predicted }) => logLossOf(predicted[truth[0]])),
      "no cell has a value that was learned",
    ),
};

/** Places by descending number, equal ones as they stand. */
function ranking(numbers: ArrayLike<number>): number[] {
  return Array.from(numbers, (_, i) => i).sort((a, b) => numbers[b] - numbers[a] || a - b);
}

export const cellMetrics = metricTable((input: CellsInput) => new CellRows(input), {
  explained,
  error,
  averagePrecision: meanAveragePrecision,
  precisionAt5,
  accuracy,
  logLoss,
});

/** The metrics that make sense for each form of cells. */
const metricsOf = {
  values: ["explained", "error"],
  members: ["explained", "averagePrecision", "precisionAt5"],
  class: ["explained", "accuracy", "logLoss"],
} as const satisfies Record<string, readonly (keyof typeof cellMetrics)[]>;

/** All metrics of the forms that the cells have, or those named. @throws as `selectRows`; ConfigError. */
export function evaluateCells(
  input: CellsInput,
  options?: EvaluateOptions<keyof typeof cellMetrics>,
): Evaluation<keyof typeof cellMetrics> {
  const forms = input.places.map(({ target }) => target.form);
  const which = [...new Set(forms.flatMap((form) => metricsOf[form]))];
  return evaluateTable(cellMetrics, new CellRows(input), { which, ...options });
}
