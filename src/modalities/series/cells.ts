import { show } from "../../core/errors.ts";
import type { Column } from "../../data/columns.ts";
import { elementOf, listAt } from "../list-cells.ts";
import type { EncodeContext } from "../modality.ts";

/** A series as its cell has it. */
export interface Series {
  readonly steps: number;
  readonly channels: number;
  /** `[steps, channels]`, NaN where a value is missing. */
  readonly values: Float64Array;
}

const expected = "a list of numbers, or of lists of numbers, one a step";

/**
 * The series of a cell; null where the cell is missing, has no number at all, or is no series, which is told as a
 * problem.
 * @param channels how many numbers a step has; any, the same in all steps, where undefined.
 */
export function seriesAt(
  column: Column,
  row: number,
  context: EncodeContext,
  channels: number | undefined,
): Series | null {
  const list = listAt(column, row, context, expected);
  if (list === null) return null;
  const series = readSeries(list, channels);
  if (typeof series !== "string") return series.values.every(Number.isNaN) ? null : series;
  context.problem(row, series);
  return null;
}

/** The series, or what is wrong with it. */
function readSeries(list: readonly unknown[], channels: number | undefined): Series | string {
  const steps = list.length;
  if (steps === 0) return `${expected}; got an empty list`;
  const first = list.find((step) => step !== null && step !== undefined);
  const width = Array.isArray(first) ? first.length : 1;
  const each = `${width} ${width === 1 ? "number" : "numbers"} a step`;
  if (channels !== undefined && width !== channels && first !== undefined) {
    return `a series of ${channels} ${channels === 1 ? "number" : "numbers"} a step; got ${width}`;
  }
  if (width === 0) return `${expected}; got an empty step`;
  const size = channels ?? width;
  const values = new Float64Array(steps * size).fill(Number.NaN);
  for (let t = 0; t < steps; t++) {
    const step = list[t];
    if (step === null || step === undefined) continue;
    const items = Array.isArray(step) ? step : [step];
    if (Array.isArray(step) !== Array.isArray(first) || items.length !== width) {
      return `a series of ${each}; got ${brief(step)} at step ${t + 1}`;
    }
    for (let c = 0; c < width; c++) {
      const x = elementOf(items[c]);
      if (x === undefined) {
        return `a series of finite numbers; got ${brief(items[c])} at step ${t + 1}`;
      }
      values[t * size + c] = x;
    }
  }
  return { steps, channels: size, values };
}

function brief(value: unknown): string {
  return typeof value === "number" ? String(value) : show(value);
}
