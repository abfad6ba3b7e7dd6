/** Series as a fixed number of features, for families that read none in order. */
import type { OnnxBuilder } from "../../compiler/onnx/builder.ts";
import type { FeatureView } from "../modality.ts";
import { quantile } from "../reservoir.ts";
import type { SeriesState } from "./state.ts";
import {
  type Emit,
  eachStandard,
  emitSeries,
  emitter,
  rawSeries,
  type SeriesValues,
  to,
} from "./views.ts";

const shares = [0.1, 0.5, 0.9] as const;
/** Larger than any standardized number: it comes last when numbers are sorted. */
const beyond = 1e9;
/** Sums of squares below this are those of a channel that does not vary. */
const still = 1e-12;

const statistics = [
  "mean",
  "deviation",
  "minimum",
  "maximum",
  "slope",
  "last",
  "autocorrelation",
  ...shares.map((share) => `${100 * share} % quantile`),
  "share missing",
] as const;

function namesOf({ channels }: SeriesState): string[] {
  const channel = (c: number) => (channels === 1 ? "" : ` of channel ${c + 1}`);
  return [
    ...statistics.flatMap((what) =>
      Array.from({ length: channels }, (_, c) => `${what}${channel(c)}`),
    ),
    "steps",
  ];
}

/**
 * Statistics of the values of each channel that are there: mean, deviation, extremes, slope (the change from the first
 * step to the last by least squares), the last value, the autocorrelation at one step, quantiles, and the share of
 * steps without one; then the steps, as a share of the room. A channel without a value gives zeros.
 */
export const seriesFeatureView: FeatureView<SeriesState> = {
  feeds: (state) => [{ name: "values", dtype: "float32", shape: [namesOf(state).length] }],
  blocks: (state) => [{ kind: "dense", feed: "values", names: namesOf(state) }],

  encode(state, column, [out], present, context) {
    const { channels } = state;
    const width = namesOf(state).length;
    out.fill(0 as never, 0, column.length * width);
    eachStandard(state, column, context, (row, values) => {
      present[row] = values ? 1 : 0;
      if (values === null) return;
      const steps = values.length / channels;
      for (let c = 0; c < channels; c++) {
        const channel = Float64Array.from({ length: steps }, (_, t) => values[t * channels + c]);
        statisticsOf(channel).forEach((x, k) => {
          out[row * width + k * channels + c] = x;
        });
      }
      out[(row + 1) * width - 1] = steps / state.steps;
    });
  },

  boundary(state, name, onnx, rows) {
    const emit = emitter(onnx);
    const series = emitSeries(state, name, onnx, rows);
    const values = emit("Cast", [emitStatistics(state, series, emit, onnx)], to("float32"));
    return { feeds: { values }, present: series.present };
  },

  raw: rawSeries,
};

/** In the order of `statistics`, of one channel with NaN where a value is missing. */
function statisticsOf(channel: Float64Array): number[] {
  const steps = channel.length;
  const places = [...channel.keys()].filter((t) => !Number.isNaN(channel[t]));
  const count = places.length;
  const missing = (steps - count) / steps;
  if (count === 0) return [...new Array<number>(statistics.length - 1).fill(0), missing];
  const sum = (of: (t: number) => number) => places.reduce((total, t) => total + of(t), 0);
  const mean = sum((t) => channel[t]) / count;
  const middle = sum((t) => t) / count;
  const squares = sum((t) => (channel[t] - mean) ** 2);
  const times = sum((t) => (t - middle) ** 2);
  const along = sum((t) => (t - middle) * (channel[t] - mean));
  const neighbours = sum((t) =>
    t + 1 < steps && !Number.isNaN(channel[t + 1])
      ? (channel[t] - mean) * (channel[t + 1] - mean)
      : 0,
  );
  const sorted = channel.filter((x) => !Number.isNaN(x)).sort();
  return [
    mean,
    Math.sqrt(squares / count),
    sorted[0],
    sorted[count - 1],
    times > 0 ? (along / times) * (steps - 1) : 0,
    channel[places[count - 1]],
    squares > still ? neighbours / squares : 0,
    ...shares.map((share) => quantile(sorted, share)),
    missing,
  ];
}

/** The same in ONNX, float64 `[rows, features]`. */
function emitStatistics(
  { steps, channels }: SeriesState,
  { values, seen, mask, length }: SeriesValues,
  emit: Emit,
  onnx: OnnxBuilder,
): string {
  const double = (x: number) => onnx.scalar(x, "float64");
  const axis = onnx.int64s([1]);
  const flat = { keepdims: { int: 0 } };
  const total = (x: string) => emit("ReduceSum", [x, axis], flat);
  const over = (x: string) => emit("Unsqueeze", [x, axis]);
  const either = (test: string, x: string) => emit("Where", [test, x, double(0)]);
  const time = onnx.constant(
    "float64",
    [1, steps, 1],
    Float64Array.from({ length: steps }, (_, t) => t),
  );

  const number = total(seen);
  const some = emit("Greater", [number, double(0)]);
  const count = emit("Max", [number, double(1)]);
  const mean = emit("Div", [total(values), count]);
  const centred = emit("Mul", [emit("Sub", [values, over(mean)]), seen]);
  const squares = total(emit("Mul", [centred, centred]));
  const hidden = emit("Mul", [emit("Sub", [double(1), seen]), double(beyond)]);
  const least = emit("ReduceMin", [emit("Add", [values, hidden]), axis], flat);
  const most = emit("ReduceMax", [emit("Sub", [values, hidden]), axis], flat);

  const middle = emit("Div", [total(emit("Mul", [time, seen])), count]);
  const since = emit("Mul", [emit("Sub", [time, over(middle)]), seen]);
  const times = total(emit("Mul", [since, since]));
  const moves = emit("Greater", [times, double(0)]);
  const rate = emit("Div", [
    total(emit("Mul", [since, centred])),
    emit("Where", [moves, times, double(1)]),
  ]);
  const lengths = emit("Cast", [length], to("float64"));
  const slope = either(moves, emit("Mul", [rate, emit("Sub", [lengths, double(1)])]));

  const order = emit("Mul", [emit("Add", [time, double(1)]), seen]);
  const latest = emit("Equal", [order, over(emit("ReduceMax", [order, axis], flat))]);
  const last = total(emit("Mul", [either(latest, values), seen]));

  const cut = (from: number, end: number) =>
    emit("Slice", [centred, onnx.int64s([from]), onnx.int64s([end]), axis]);
  const products = emit("Mul", [cut(0, steps - 1), cut(1, steps)]);
  const varies = emit("Greater", [squares, double(still)]);
  const correlation =
    steps > 1
      ? either(varies, emit("Div", [total(products), emit("Where", [varies, squares, double(1)])]))
      : emit("Mul", [mean, double(0)]);

  // A row more: the engine's sorting fails where there is none.
  const extra = onnx.constant("float64", [1, steps, channels], new Float64Array(steps * channels));
  const more = emit("Concat", [emit("Add", [values, hidden]), extra], { axis: { int: 0 } });
  const [ordered] = onnx.node("TopK", [more, onnx.int64s([steps])], {
    attributes: { axis: { int: 1 }, largest: { int: 0 } },
    outputs: 2,
  });
  const sorted = emit("Slice", [ordered, onnx.int64s([0]), onnx.int64s([-1]), onnx.int64s([0])]);
  const quantiles = shares.map((share) => {
    // Linear between the two places nearest to share · (count − 1).
    const at = over(emit("Mul", [emit("Sub", [count, double(1)]), double(share)]));
    const far = emit("Abs", [emit("Sub", [time, at])]);
    const weights = emit("Max", [emit("Sub", [double(1), far]), double(0)]);
    return either(some, total(emit("Mul", [weights, sorted])));
  });

  const longer = emit("Max", [lengths, double(1)]);
  const lacking = emit("Sub", [emit("Unsqueeze", [mask, onnx.int64s([2])]), seen]);
  const features = [
    mean,
    emit("Sqrt", [emit("Div", [squares, count])]),
    either(some, least),
    either(some, most),
    slope,
    last,
    correlation,
    ...quantiles,
    emit("Div", [total(lacking), longer]),
    emit("Div", [lengths, double(steps)]),
  ];
  return emit("Concat", features, { axis: { int: 1 } });
}
