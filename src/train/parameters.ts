import { Random } from "../core/random.ts";
import { type Shape, sameShape, sizeOf } from "../core/shape.ts";
import type { ParameterSpec } from "../nn/builder.ts";
import type { ParameterGroup } from "../optim/optimizer.ts";

/** Where a parameter lies in the flat vector. */
export interface ParameterSlot {
  readonly name: string;
  readonly shape: Shape;
  readonly start: number;
  readonly size: number;
  readonly decay: boolean;
}

/** The flat layout of a model's parameters: one range each, in the order they were traced. */
export interface ParameterLayout {
  readonly slots: readonly ParameterSlot[];
  /** Floats in all, padding included. */
  readonly length: number;
  /** Floats at the start that hold the parameters asked to come first. */
  readonly shared: number;
  /** Whether the vector has no gaps and is fed whole: cheaper for small models. */
  readonly packed: boolean;
}

/** Below so many floats, feeding one vector and splitting it inside costs less than many tensors. */
const packLimit = 32_768;

/**
 * Lays parameters out, each on a 16-byte boundary unless the model is small.
 * @param first names of the parameters that come first.
 */
export function layoutParameters(
  specs: Iterable<ParameterSpec>,
  first?: ReadonlySet<string>,
): ParameterLayout {
  const all = [...specs];
  const list = first
    ? [...all.filter((s) => first.has(s.name)), ...all.filter((s) => !first.has(s.name))]
    : all;
  const packed = list.reduce((sum, s) => sum + sizeOf(s.shape), 0) < packLimit;
  let start = 0;
  let shared = 0;
  const slots = list.map(({ name, shape, decay }) => {
    const slot = { name, shape, start, size: sizeOf(shape), decay };
    start += packed ? slot.size : Math.ceil(slot.size / 4) * 4;
    if (first?.has(name)) shared = start;
    return slot;
  });
  return { slots, length: start, shared, packed };
}

/** Draws initial values; each parameter has a stream of its own, named after it. */
export function initializeParameters(
  specs: ReadonlyMap<string, ParameterSpec>,
  layout: ParameterLayout,
  weights: Float32Array,
  seed: number,
): void {
  for (const slot of layout.slots) {
    const spec = specs.get(slot.name);
    spec?.initialize(
      weights.subarray(slot.start, slot.start + slot.size),
      slot.shape,
      Random.from(seed, "parameter", slot.name),
    );
  }
}

/** Values that a parameter or buffer starts from. */
export interface WarmValue {
  readonly shape: readonly number[];
  readonly values: Float32Array;
  /** 1 where the value is to be taken, 0 where the drawn one stays; all are taken where it is left out. */
  readonly taken?: Uint8Array;
}

/** Fitted values by the name of the parameter or buffer, from which another fit may start. */
export type WarmStart = ReadonlyMap<string, WarmValue>;

/** The parameters of a flat vector and the buffers by name; the values are copies. */
export function parametersByName(
  layout: ParameterLayout,
  weights: Float32Array,
  buffers: ReadonlyMap<string, Float32Array> = new Map(),
): WarmStart {
  const parameters = layout.slots.map(
    ({ name, shape, start, size }) =>
      [name, { shape, values: weights.slice(start, start + size) }] as const,
  );
  const carried = [...buffers].map(
    ([name, values]) => [name, { shape: [values.length], values: values.slice() }] as const,
  );
  return new Map([...parameters, ...carried]);
}

/**
 * Copies the values of parameters and buffers with the same name and shape.
 * @returns which floats of each parameter were taken.
 */
export function takeWarmStart(
  warm: WarmStart,
  layout: ParameterLayout,
  weights: Float32Array,
  buffers: ReadonlyMap<string, Float32Array> = new Map(),
): Map<string, Uint8Array | "all"> {
  const found = new Map<string, Uint8Array | "all">();
  for (const { name, shape, start } of layout.slots) {
    const known = warm.get(name);
    if (known === undefined || !sameShape(known.shape, shape)) continue;
    const { values, taken } = known;
    if (taken) for (let i = 0; i < values.length; i++) if (taken[i]) weights[start + i] = values[i];
    if (!taken) weights.set(values, start);
    found.set(name, taken ?? "all");
  }
  for (const [name, values] of buffers) {
    const known = warm.get(name);
    if (known?.values.length === values.length) values.set(known.values);
  }
  return found;
}

/** Groups for the optimizer: neighbours with the same rules form one. */
export function parameterGroups(layout: ParameterLayout): ParameterGroup[] {
  const groups: { start: number; end: number; weightDecay: boolean }[] = [];
  for (const slot of layout.slots) {
    const last = groups.at(-1);
    const end = slot.start + slot.size;
    if (last && last.weightDecay === slot.decay) last.end = end;
    else groups.push({ start: slot.start, end, weightDecay: slot.decay });
  }
  return groups;
}
