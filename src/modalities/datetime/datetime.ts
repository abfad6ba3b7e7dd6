import { z } from "zod";
import type { OnnxBuilder } from "../../compiler/onnx/builder.ts";
import { show } from "../../core/errors.ts";
import { Moments } from "../../core/moments.ts";
import type { Column } from "../../data/columns.ts";
import { toTime } from "../../data/from-rows.ts";
import { byName, missingDrift } from "../carry.ts";
import { type Compared, Comparing, largestDistance } from "../compared.ts";
import type { EncodeContext, Learning, Modality } from "../modality.ts";
import { scalarView } from "../scalar-view.ts";
import { valuesTarget } from "../targets/values-target.ts";
import { type Cycle, type CycleName, cycles, phase } from "./calendar.ts";

export interface DatetimeState {
  readonly rows: number;
  readonly missing: number;
  /** Earliest and latest training instant, milliseconds. */
  readonly first: number;
  readonly last: number;
  readonly mean: number;
  readonly scale: number;
  readonly cycles: readonly CycleName[];
  /** Quantiles of the instants; models of before they were kept have none. */
  readonly compared?: Compared;
}

const options = z
  .strictObject({
    cycles: z
      .boolean()
      .default(true)
      .describe(
        "Add sine and cosine of the place in the year, the day of the week and the time of day (UTC), each where training rows differ in it.",
      ),
  })
  .describe("A date or time.");

export type DatetimeOptions = z.infer<typeof options>;

/** Milliseconds since 1970, NaN where missing; a text that is no date is a problem. */
function datetimeCells(column: Column, context: EncodeContext): Float64Array {
  const out = new Float64Array(column.length).fill(Number.NaN);
  if (column.storage === "datetime") {
    for (let row = 0; row < out.length; row++) {
      if (column.valid[row] === 1) out[row] = column.values[row];
    }
  } else if (column.storage === "string") {
    for (let row = 0; row < out.length; row++) {
      const text = column.codes[row] < 0 ? "" : column.dictionary[column.codes[row]];
      if (text.trim() === "") continue;
      const time = toTime(text);
      if (time === undefined) {
        context.problem(row, `a date or time such as 2024-05-01T12:00:00Z; got ${show(text)}`);
      } else out[row] = time;
    }
  } else {
    for (let row = 0; row < out.length; row++) {
      const missing = "valid" in column ? column.valid[row] === 0 : column.values[row] === null;
      if (!missing) context.problem(row, `a date or time; got ${column.storage}`);
    }
  }
  return out;
}

const namesOf = ({ cycles: used }: DatetimeState) => [
  "time",
  ...used.flatMap((c) => [`${c} sine`, `${c} cosine`]),
];

const placesOf = (state: DatetimeState) => [
  ...namesOf(state),
  ...(state.missing > 0 ? ["missing"] : []),
];

const view = scalarView<DatetimeState>({
  cells: datetimeCells,
  missing: (state) => state.missing,
  names: namesOf,
  write(state, x, out, at) {
    out[at] = (x - state.mean) / state.scale;
    state.cycles.forEach((name, i) => {
      const angle = phase(x, cycles[name]) * (2 * Math.PI);
      out[at + 1 + 2 * i] = Math.sin(angle);
      out[at + 2 + 2 * i] = Math.cos(angle);
    });
  },
  emit(state, x, onnx) {
    const double = (value: number) => onnx.scalar(value, "float64");
    const [centred] = onnx.node("Sub", [x, double(state.mean)]);
    const parts = [...onnx.node("Div", [centred, double(state.scale)])];
    for (const name of state.cycles) {
      const part = emitPhase(x, cycles[name], onnx);
      const [angle] = onnx.node("Mul", [part, double(2 * Math.PI)]);
      parts.push(...onnx.node("Sin", [angle]), ...onnx.node("Cos", [angle]));
    }
    return parts;
  },
});

function emitPhase(x: string, cycle: Cycle, onnx: OnnxBuilder): string {
  const double = (value: number) => onnx.scalar(value, "float64");
  const floored = (value: string, unit: number) => {
    const [quotient] = onnx.node("Div", [value, double(unit)]);
    const [whole] = onnx.node("Floor", [quotient]);
    return onnx.node("Mul", [whole, double(unit)])[0];
  };
  const whole = floored(onnx.node("Sub", [x, double(cycle.start)])[0], cycle.unit);
  const [rest] = onnx.node("Sub", [whole, floored(whole, cycle.period)]);
  return onnx.node("Div", [rest, double(cycle.period)])[0];
}

/** Dates and times, in UTC. */
export const datetime: Modality<DatetimeOptions, DatetimeState> = {
  name: "datetime",
  title: "Date and time",
  summary: "Standardized time, and the cycles of year, week and day where they vary.",
  options,
  storage: ["datetime", "string"],
  block: "table",
  recognise(profile) {
    if (profile.storage === "datetime") return 1;
    return (profile.text?.datetimeShare ?? 0) >= 0.9 ? 0.95 : 0;
  },
  learn,
  network: { ...view, encoder: (_, feeds) => ({ features: feeds.values }) },
  features: view,
  target: valuesTarget({ shape: [], shows: "instant", read: datetimeCells }),
  describe: (state) => ({
    rows: state.rows,
    missing: state.missing,
    first: state.rows > state.missing ? new Date(state.first).toISOString() : "none",
    last: state.rows > state.missing ? new Date(state.last).toISOString() : "none",
    cycles: state.cycles.join(", ") || "none",
  }),
  carry: {
    drift: (from, to) => [...largestDistance(from.compared, to.compared), missingDrift(from, to)],
    outputs: (from, to) => byName(placesOf(from), placesOf(to)),
  },
};

function learn(options: DatetimeOptions): Learning<DatetimeState> {
  const names = Object.keys(cycles) as CycleName[];
  const ranges = names.map(() => ({ low: 1, high: 0 }));
  const moments = new Moments();
  const compared = new Comparing();
  let rows = 0;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  return {
    add(column, context) {
      rows += column.length;
      for (const x of datetimeCells(column, context)) {
        if (Number.isNaN(x)) continue;
        moments.add(x);
        compared.add({ time: x });
        if (x < first) first = x;
        if (x > last) last = x;
        names.forEach((name, i) => {
          const at = phase(x, cycles[name]);
          if (at < ranges[i].low) ranges[i].low = at;
          if (at > ranges[i].high) ranges[i].high = at;
        });
      }
    },
    finish() {
      const varies = (name: CycleName, i: number) =>
        ranges[i].high - ranges[i].low > cycles[name].tolerance;
      const seen = moments.count > 0;
      return {
        rows,
        missing: rows - moments.count,
        first: seen ? first : 0,
        last: seen ? last : 0,
        mean: moments.mean,
        scale: moments.scale,
        cycles: options.cycles ? names.filter(varies) : [],
        compared: compared.finish(),
      };
    },
  };
}
