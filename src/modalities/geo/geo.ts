import { z } from "zod";
import { dtypeCode } from "../../compiler/onnx/tensor-data.ts";
import { Moments } from "../../core/moments.ts";
import type { Column } from "../../data/columns.ts";
import { byName, missingDrift } from "../carry.ts";
import { type Compared, Comparing, largestDistance } from "../compared.ts";
import type { EncodeContext, FeatureView, Learning, Modality } from "../modality.ts";
import { valuesTarget } from "../targets/values-target.ts";
import { looksLikePlace, placesOf } from "./cells.ts";

const options = z
  .strictObject({
    scales: z
      .int()
      .min(0)
      .max(16)
      .default(4)
      .describe(
        "Waves given in addition to the place itself, each half as long as the one before; the first spans eight times the spread of the training places.",
      ),
  })
  .describe("A place on the globe: latitude and longitude in degrees.");

export type GeoOptions = z.infer<typeof options>;

/** What is learned of a column of places. */
export interface GeoState {
  readonly rows: number;
  readonly missing: number;
  readonly scales: number;
  /** Mean of the places as points of a sphere of radius 1, and the root of their mean squared distance from it over 3. */
  readonly center: readonly [number, number, number];
  readonly spread: number;
  /** South, north, west and east of the training places, in degrees; 0 where there are none. */
  readonly bounds: readonly [number, number, number, number];
  /** Quantiles of latitudes and longitudes; models of before they were kept have none. */
  readonly compared?: Compared;
}

const axes = ["x", "y", "z"] as const;
const radian = Math.PI / 180;

/** A place as a point of the sphere of radius 1. */
function pointOf(latitude: number, longitude: number): [number, number, number] {
  const [phi, lambda] = [latitude * radian, longitude * radian];
  return [Math.cos(phi) * Math.cos(lambda), Math.cos(phi) * Math.sin(lambda), Math.sin(phi)];
}

/** Radians a unit of spread, of each wave. */
function frequencies({ scales }: GeoState): number[] {
  return Array.from({ length: scales }, (_, k) => (Math.PI / 4) * 2 ** k);
}

function namesOf(state: GeoState): string[] {
  const waves = frequencies(state).flatMap((_, k) =>
    ["sine", "cosine"].flatMap((wave) => axes.map((axis) => `${wave} ${k + 1} of ${axis}`)),
  );
  return [...axes, ...waves, ...(state.missing > 0 ? ["missing"] : [])];
}

/**
 * The point of the sphere, so that distances are those between places wherever they lie, moved and scaled by one number;
 * then sines and cosines of it at several frequencies. @cite tancik2020
 */
const view: FeatureView<GeoState> = {
  feeds: (state) => [{ name: "values", dtype: "float32", shape: [namesOf(state).length] }],
  blocks: (state) => [{ kind: "dense", feed: "values", names: namesOf(state) }],

  encode(state, column, [values], present, context) {
    const width = namesOf(state).length;
    const waves = frequencies(state);
    const places = placesOf(column, context);
    values.fill(0 as never, 0, column.length * width);
    for (let row = 0; row < column.length; row++) {
      const [latitude, longitude] = places.subarray(2 * row, 2 * row + 2);
      present[row] = Number.isNaN(latitude) ? 0 : 1;
      if (present[row] === 0) {
        if (state.missing > 0) values[(row + 1) * width - 1] = 1;
        continue;
      }
      const local = pointOf(latitude, longitude).map(
        (x, i) => (x - state.center[i]) / state.spread,
      );
      const turned = waves.flatMap((f) => [
        ...local.map((x) => Math.sin(f * x)),
        ...local.map((x) => Math.cos(f * x)),
      ]);
      (values as Float32Array).set([...local, ...turned], row * width);
    }
  },

  boundary(state, name, onnx, rows) {
    const emit = (type: string, inputs: readonly string[], attributes = {}) =>
      onnx.node(type, inputs, { attributes })[0];
    const double = (x: number) => onnx.scalar(x, "float64");
    const toFloat = { to: { int: dtypeCode("float32") } };
    const input = onnx.input(name, "float64", [rows, 2]);
    const one = onnx.int64s([1]);
    const part = (from: number) =>
      emit("Slice", [input, onnx.int64s([from]), onnx.int64s([from + 1]), one]);
    const absent = emit("IsNaN", [part(0)]);
    const angle = (from: number) =>
      emit("Mul", [emit("Where", [absent, double(0), part(from)]), double(radian)]);
    const [phi, lambda] = [angle(0), angle(1)];
    const flat = emit("Cos", [phi]);
    const axis = { axis: { int: 1 } };
    const point = emit(
      "Concat",
      [
        emit("Mul", [flat, emit("Cos", [lambda])]),
        emit("Mul", [flat, emit("Sin", [lambda])]),
        emit("Sin", [phi]),
      ],
      axis,
    );
    const center = onnx.constant("float64", [3], Float64Array.from(state.center));
    const local = emit("Div", [emit("Sub", [point, center]), double(state.spread)]);
    const waves = frequencies(state).flatMap((f) => {
      const turned = emit("Mul", [local, double(f)]);
      return [emit("Sin", [turned]), emit("Cos", [turned])];
    });
    const all = emit("Concat", [local, ...waves], axis);
    const shown = emit("Where", [absent, onnx.scalar(0), emit("Cast", [all], toFloat)]);
    const missing = emit("Cast", [absent], toFloat);
    const values = state.missing > 0 ? emit("Concat", [shown, missing], axis) : shown;
    return { feeds: { values }, present: emit("Sub", [onnx.scalar(1), missing]) };
  },

  async raw(_, name, column, context) {
    const data = placesOf(column, context);
    return { [name]: { dtype: "float64", dims: [column.length, 2], data } };
  },
};

/** Places: latitude and longitude. */
export const geo: Modality<GeoOptions, GeoState> = {
  name: "geo",
  title: "Place",
  summary:
    "Latitude and longitude as a point of the sphere, with sines and cosines of several lengths.",
  cite: ["tancik2020"],
  options,
  storage: ["string", "list"],
  block: "table",
  recognise({ name, list, examples, distinct }) {
    if (list !== undefined) {
      const pairs = list.elements === "number" && list.minLength === 2 && list.maxLength === 2;
      return pairs && placeName.test(name) && examples.every(isPlaceText) ? 0.95 : 0;
    }
    return distinct > 0 && examples.length > 0 && examples.every(looksLikePlace) ? 0.96 : 0;
  },
  learn,
  network: { ...view, encoder: (_, { values }) => ({ features: values }) },
  features: view,
  target: valuesTarget({
    shape: [3],
    labels: ["towards 0° 0°", "towards 0° 90°", "towards the pole"],
    shows: "place",
    read: pointsOf,
  }),
  describe: ({ rows, missing, scales, bounds: [south, north, west, east] }) => ({
    rows,
    missing,
    scales,
    south,
    north,
    west,
    east,
  }),
  carry: {
    drift: (from, to) => [...largestDistance(from.compared, to.compared), missingDrift(from, to)],
    outputs: (from, to) => byName(namesOf(from), namesOf(to)),
  },
};

const placeName =
  /(?:^|[\s_.-])(?:geo|place|places|coord|coords|coordinate|coordinates|location|position|latlon|latlng|point)(?:$|[\s_.-])/i;

/** Whether a list, as the profile writes it, lies on the globe. */
function isPlaceText(text: string): boolean {
  const [latitude, longitude] = JSON.parse(text) as number[];
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
}

/** Points of the unit sphere, three numbers a row, NaN where there is none. */
function pointsOf(column: Column, context: EncodeContext): Float64Array {
  const places = placesOf(column, context);
  const points = new Float64Array(3 * column.length);
  for (let row = 0; row < column.length; row++) {
    points.set(pointOf(places[2 * row], places[2 * row + 1]), 3 * row);
  }
  return points;
}

function learn({ scales }: GeoOptions): Learning<GeoState> {
  const points = axes.map(() => new Moments());
  const [north, east] = [new Moments(), new Moments()];
  const compared = new Comparing();
  let rows = 0;
  return {
    add(column, context) {
      rows += column.length;
      const places = placesOf(column, context);
      for (let row = 0; row < column.length; row++) {
        const [latitude, longitude] = places.subarray(2 * row, 2 * row + 2);
        if (Number.isNaN(latitude)) continue;
        pointOf(latitude, longitude).forEach((x, i) => {
          points[i].add(x);
        });
        north.add(latitude);
        east.add(longitude);
        compared.add({ latitude, longitude });
      }
    },
    finish() {
      const seen = north.count > 0;
      const squares = points.reduce((sum, m) => sum + (seen ? m.deviation ** 2 : 0), 0);
      const spread = Math.sqrt(squares / 3);
      return {
        rows,
        missing: rows - north.count,
        scales,
        center: points.map((m) => m.mean) as [number, number, number],
        // Places within less than a millimetre are one.
        spread: spread > 1e-10 ? spread : 1,
        bounds: seen ? [north.minimum, north.maximum, east.minimum, east.maximum] : [0, 0, 0, 0],
        compared: compared.finish(),
      };
    },
  };
}
