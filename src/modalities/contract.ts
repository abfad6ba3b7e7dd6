/** Checks that every modality must pass, for tests of ours and of those that add one. */
import { OnnxBuilder } from "../compiler/onnx/builder.ts";
import { createSession } from "../compiler/onnx/session/session.ts";
import { allocate, type TypedArray } from "../core/dtype.ts";
import { sizeOf } from "../core/shape.ts";
import { type Column, take } from "../data/columns.ts";
import type { EncodeContext, Modality, View } from "./modality.ts";

/** Feeds by name, with presence as `present`. */
export type Encoded = Readonly<Record<string, TypedArray>>;

/** A context for cells that all can be read: a problem is an error. */
export const strictContext: EncodeContext = {
  baseDir: undefined,
  origin: "cells",
  firstRow: 0,
  problem(row, message) {
    throw new Error(`row ${row}: ${message}`);
  },
};

/** What a modality learns from columns, one chunk after another, as it comes back from JSON. */
export async function learnState<Options, State>(
  modality: Modality<Options, State>,
  options: unknown,
  chunks: readonly Column[],
  context = strictContext,
): Promise<State> {
  const learning = modality.learn(modality.options.parse(options), "input");
  for (const chunk of chunks) await learning.add(chunk, context);
  return JSON.parse(JSON.stringify(learning.finish())) as State;
}

/** Encodes into arrays that hold noise, so that a place left unwritten shows. */
export async function encodeColumn<State>(
  view: View<State>,
  state: State,
  column: Column,
  context = strictContext,
): Promise<Encoded> {
  const feeds = view.feeds(state);
  const out = feeds.map((feed) => {
    const array = allocate(feed.dtype, column.length * sizeOf(feed.shape));
    return (array as Float32Array).fill(77) as TypedArray;
  });
  const present = new Float32Array(column.length).fill(77);
  await view.encode(state, column, out, present, context);
  return { ...Object.fromEntries(feeds.map((feed, i) => [feed.name, out[i]])), present };
}

/** The same through an ONNX model that holds nothing but the view's boundary. */
export async function encodeByOnnx<State>(
  view: View<State>,
  state: State,
  column: Column,
  context = strictContext,
): Promise<Encoded> {
  const onnx = new OnnxBuilder();
  const boundary = view.boundary(state, "cell", onnx, "rows");
  const outputs = new Map<string, string>();
  const expose = (
    name: string,
    value: string,
    dtype: "float32" | "int32" | "uint8",
    shape: readonly number[],
  ) => {
    const [output] = onnx.node("Identity", [value]);
    onnx.output(output, dtype, ["rows", ...shape]);
    outputs.set(output, name);
  };
  for (const feed of view.feeds(state)) {
    expose(feed.name, boundary.feeds[feed.name], feed.dtype, feed.shape);
  }
  expose("present", boundary.present, "float32", [1]);
  const session = await createSession(onnx.toBytes(), { threads: 1 });
  try {
    const results = await session.run(await view.raw(state, "cell", column, context));
    return Object.fromEntries(
      Object.entries(results).map(([output, { data }]) => [
        outputs.get(output) as string,
        data as TypedArray,
      ]),
    );
  } finally {
    await session.dispose();
  }
}

/** The greatest difference of two encodings, relative for numbers beyond 1; infinite where shapes differ. */
export function encodingDifference(a: Encoded, b: Encoded): number {
  let worst = 0;
  for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const [x, y] = [a[name], b[name]];
    if (x === undefined || y === undefined || x.length !== y.length)
      return Number.POSITIVE_INFINITY;
    for (let i = 0; i < x.length; i++) {
      const [p, q] = [Number(x[i]), Number(y[i])];
      const difference = Math.abs(p - q) / Math.max(1, Math.abs(p));
      if (!(difference <= worst)) worst = difference;
    }
  }
  return worst;
}

/**
 * Learns from a column and checks both views: chunks do not matter, encoding equals the ONNX boundary to
 * `tolerance`, a row encodes alone as among others, missing training cells are what `present` says.
 * @throws Error that says which of these failed.
 */
export async function checkModality<Options, State>(
  modality: Modality<Options, State>,
  options: unknown,
  column: Column,
  settings: { readonly tolerance?: number; readonly context?: EncodeContext } = {},
): Promise<State> {
  const { tolerance = 0, context = strictContext } = settings;
  const state = await learnState(modality, options, [column], context);
  const cut = Math.floor(column.length / 3);
  const rows = Array.from({ length: column.length }, (_, row) => row);
  const chunks = [take(column, rows.slice(0, cut)), take(column, rows.slice(cut))];
  const again = await learnState(modality, options, chunks, context);
  if (JSON.stringify(again) !== JSON.stringify(state)) {
    throw new Error(`${modality.name}: the same state from chunks; got another`);
  }
  for (const view of [modality.network, modality.features]) {
    const encoded = await encodeColumn(view, state, column, context);
    const difference = encodingDifference(
      encoded,
      await encodeByOnnx(view, state, column, context),
    );
    if (!(difference <= tolerance)) {
      throw new Error(`${modality.name}: ONNX within ${tolerance} of encode; got ${difference}`);
    }
    if (column.length === 0) continue;
    const last = column.length - 1;
    const alone = await encodeColumn(view, state, take(column, [last]), context);
    const tail = Object.fromEntries(
      Object.entries(encoded).map(([name, data]) => [name, data.slice(-alone[name].length)]),
    );
    if (encodingDifference(alone, tail) !== 0) {
      throw new Error(`${modality.name}: a row encoded alone as among others; got another`);
    }
  }
  return state;
}
