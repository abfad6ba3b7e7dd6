import { normalizeAxis, sizeOf } from "../../../core/shape.ts";
import { concat, type Tensor } from "../../graph.ts";
import {
  type Constant,
  constantOf,
  cut,
  integers,
  join,
  permute,
  stretch,
  take,
} from "./constant.ts";
import { type ImportNode, isTensor, type Operator, type Value } from "./node.ts";

const sameElements = (x: Constant, shape: readonly number[]): Constant => ({ ...x, shape });

/** The same elements under another shape. */
function reshaped(x: Value, shape: readonly number[]): Value {
  return isTensor(x) ? x.reshape(shape) : sameElements(x, shape);
}

const constant: Operator = (node) => {
  const stored = node.stored("value");
  if (stored) return constantOf(stored, "Constant");
  const list = node.integers("value_ints");
  if (list) return integers(list);
  const floats = node.floats("value_floats");
  if (floats) {
    return { dtype: "float32", shape: [floats.length], data: Float64Array.from(floats) };
  }
  const whole = node.integer("value_int", Number.NaN);
  if (!Number.isNaN(whole)) return { ...integers([whole]), shape: [] };
  const float = node.float("value_float", Number.NaN);
  if (Number.isNaN(float)) node.refuse("a constant of numbers", "another kind");
  return { dtype: "float32", shape: [], data: Float64Array.of(float) };
};

const reshape: Operator = (node) => {
  const x = node.value(0);
  const target = node.integers("shape") ?? node.numbers(1) ?? [];
  const keep = node.integer("allowzero", 0) === 0;
  const shape = target.map((d, i) => (d === 0 && keep ? x.shape[i] : d));
  const at = shape.indexOf(-1);
  if (at >= 0) {
    const rest = shape.reduce((product, d, i) => (i === at ? product : product * d), 1);
    shape[at] = rest === 0 ? 0 : sizeOf(x.shape) / rest;
  }
  if (sizeOf(shape) !== sizeOf(x.shape)) {
    node.refuse(`${sizeOf(x.shape)} elements`, `a shape [${target}]`);
  }
  return reshaped(x, shape);
};

const unsqueeze: Operator = (node) => {
  const x = node.value(0);
  const given = node.integers("axes") ?? node.numbers(1) ?? [];
  const rank = x.shape.length + given.length;
  const axes = new Set(given.map((a) => normalizeAxis(a, rank, "Unsqueeze")));
  const sizes = [...x.shape];
  return reshaped(
    x,
    Array.from({ length: rank }, (_, i) => (axes.has(i) ? 1 : (sizes.shift() as number))),
  );
};

const squeeze: Operator = (node) => {
  const x = node.value(0);
  const axes = node.axes(1, x.shape.length);
  return reshaped(
    x,
    x.shape.filter((d, i) => (axes ? !axes.includes(i) : d !== 1)),
  );
};

const transpose: Operator = (node) => {
  const x = node.value(0);
  const order = node.integers("perm") ?? x.shape.map((_, i) => x.shape.length - 1 - i);
  return isTensor(x) ? x.transpose(order) : permute(x, order);
};

const concatenate: Operator = (node) => {
  const parts = node.inputs.map((_, i) => node.value(i));
  const axis = node.axis("axis", 0, parts[0].shape.length);
  const known = node.constants();
  return known
    ? join(known, axis)
    : concat(
        parts.map((p) => node.lift(p)),
        axis,
      );
};

/** Where a slice along one axis starts, and how many elements it has, as ONNX clamps them. */
function span(size: number, from: number, to: number, step: number): [number, number] {
  const wrap = (i: number) => (i < 0 ? i + size : i);
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const clamp = (i: number) => Math.max(low, Math.min(high, wrap(i)));
  const start = step > 0 ? clamp(from) : Math.max(0, clamp(from));
  // A negative step's end may be "before the first", which wrapping would turn around.
  const end = step < 0 && to < -size ? -1 : clamp(to);
  return [start, Math.max(0, Math.ceil((end - start) / step))];
}

const slice: Operator = (node) => {
  const x = node.value(0);
  const from = node.integers("starts") ?? node.numbers(1) ?? [];
  const to = node.integers("ends") ?? node.numbers(2) ?? [];
  const axes = node.axes(3, x.shape.length) ?? from.map((_, i) => i);
  const by = node.numbers(4) ?? from.map(() => 1);
  const starts = x.shape.map(() => 0);
  const counts = [...x.shape];
  const steps = x.shape.map(() => 1);
  axes.forEach((axis, i) => {
    [starts[axis], counts[axis]] = span(x.shape[axis], from[i], to[i], by[i]);
    steps[axis] = by[i];
  });
  if (!isTensor(x)) return cut(x, starts, counts, steps);
  if (steps.some((s) => s < 0)) return backwards(node, x, starts, counts, steps);
  return node.graph.apply("slice", [x], {
    starts,
    ends: starts.map((s, i) => (counts[i] === 0 ? s : s + (counts[i] - 1) * steps[i] + 1)),
    steps,
  });
};

/** A slice with a negative step: elements by their index, an axis at a time. */
function backwards(
  node: ImportNode,
  x: Tensor,
  starts: readonly number[],
  counts: readonly number[],
  steps: readonly number[],
): Tensor {
  return x.shape.reduce((t, size, axis) => {
    if (starts[axis] === 0 && counts[axis] === size && steps[axis] === 1) return t;
    const index = Array.from({ length: counts[axis] }, (_, i) => starts[axis] + i * steps[axis]);
    return gatherAlong(t, node.graph.constant(index, undefined, "int32"), axis);
  }, x);
}

/** Elements by index along an axis, `[...before, axis, ...after] → [...before, ...index, ...after]`. */
function gatherAlong(x: Tensor, index: Tensor, axis: number): Tensor {
  if (axis === 0) return x.gather(index);
  const all = x.shape.map((_, i) => i);
  const front = [axis, ...all.filter((i) => i !== axis)];
  const picked = x.transpose(front).gather(index);
  const k = index.rank;
  const order = [
    ...all.slice(0, axis).map((i) => i + k),
    ...Array.from({ length: k }, (_, i) => i),
    ...all.slice(axis + 1).map((i) => i + k - 1),
  ];
  return picked.transpose(order);
}

const gather: Operator = (node) => {
  const [x, index] = [node.value(0), node.value(1)];
  const axis = node.axis("axis", 0, x.shape.length);
  if (!isTensor(x) && !isTensor(index)) return take(x, index, axis);
  if (isTensor(index)) return gatherAlong(node.lift(x), asIndex(index), axis);
  const table = node.lift(x);
  // One index that is known is a slice, which needs no search.
  if (index.data.length === 1) {
    const at = index.data[0] < 0 ? index.data[0] + table.shape[axis] : index.data[0];
    const row = table.slice(axis, at, at + 1);
    return row.reshape([
      ...table.shape.slice(0, axis),
      ...index.shape,
      ...table.shape.slice(axis + 1),
    ]);
  }
  const ids = index.data.map((i) => (i < 0 ? i + table.shape[axis] : i));
  return gatherAlong(table, node.lift({ ...index, data: ids }), axis);
};

const asIndex = (t: Tensor) => (t.dtype === "int32" ? t : t.cast("int32"));

const split: Operator = (node) => {
  const x = node.value(0);
  const axis = node.axis("axis", 0, x.shape.length);
  const size = x.shape[axis];
  const parts = node.integer("num_outputs", node.outputs);
  const each = Math.ceil(size / parts);
  const even = Array.from({ length: parts }, (_, i) => Math.min(each, size - i * each));
  const sizes = node.integers("split") ?? node.numbers(1) ?? even;
  let at = 0;
  return sizes.map((length) => {
    const from = at;
    at += length;
    if (isTensor(x)) return x.slice(axis, from, at);
    const starts = x.shape.map((_, i) => (i === axis ? from : 0));
    const counts = x.shape.map((d, i) => (i === axis ? length : d));
    return cut(
      x,
      starts,
      counts,
      x.shape.map(() => 1),
    );
  });
};

const expand: Operator = (node) => {
  const x = node.value(0);
  const target = [...node.constant(1).data];
  const rank = Math.max(target.length, x.shape.length);
  const at = (list: readonly number[], i: number) => list[i - rank + list.length] ?? 1;
  const shape = Array.from({ length: rank }, (_, i) => {
    const [have, want] = [at(x.shape, i), at(target, i)];
    return want === 1 || want === -1 ? have : want;
  });
  return isTensor(x) ? x.expand(shape) : stretch(x, shape);
};

const tile: Operator = (node) => {
  const x = node.tensor(0);
  const repeats = [...node.constant(1).data];
  const apart = x.shape.flatMap((d) => [1, d]);
  const wide = x.shape.flatMap((d, i) => [repeats[i], d]);
  const whole = x.shape.map((d, i) => d * repeats[i]);
  return x.reshape(apart).expand(wide).reshape(whole);
};

const pad: Operator = (node) => {
  const x = node.tensor(0);
  const mode = node.string("mode", "constant");
  if (mode !== "constant") node.refuse("padding with a constant", mode);
  const pads = node.integers("pads") ?? node.numbers(1) ?? [];
  const value = node.opset < 11 ? node.float("value", 0) : (node.numbers(2)?.[0] ?? 0);
  const given = node.axes(3, x.rank) ?? x.shape.map((_, i) => i);
  const before = x.shape.map(() => 0);
  const after = x.shape.map(() => 0);
  given.forEach((axis, i) => {
    before[axis] = pads[i];
    after[axis] = pads[given.length + i];
  });
  const starts = before.map((b) => Math.max(0, -b));
  const ends = x.shape.map((d, i) => d - Math.max(0, -after[i]));
  const kept = node.graph.apply("slice", [x], { starts, ends, steps: starts.map(() => 1) });
  const positive = (list: readonly number[]) => list.map((p) => Math.max(0, p));
  const shifted = value === 0 ? kept : kept.sub(value);
  const wide = shifted.pad(positive(before), positive(after));
  return value === 0 ? wide : wide.add(value);
};

const depthToSpace: Operator = (node) => {
  const [n, c, h, w] = node.tensor(0).shape;
  const b = node.integer("blocksize", 1);
  const depth = c / (b * b);
  const [shape, order] =
    node.string("mode", "DCR") === "DCR"
      ? [
          [n, b, b, depth, h, w],
          [0, 3, 4, 1, 5, 2],
        ]
      : [
          [n, depth, b, b, h, w],
          [0, 1, 4, 2, 5, 3],
        ];
  return node
    .tensor(0)
    .reshape(shape)
    .transpose(order)
    .reshape([n, depth, h * b, w * b]);
};

const spaceToDepth: Operator = (node) => {
  const [n, c, h, w] = node.tensor(0).shape;
  const b = node.integer("blocksize", 1);
  const apart = node.tensor(0).reshape([n, c, h / b, b, w / b, b]);
  return apart.transpose([0, 3, 5, 1, 2, 4]).reshape([n, c * b * b, h / b, w / b]);
};

/** Operators that know or change shapes, and move elements. */
export const shapes: Readonly<Record<string, Operator>> = {
  Constant: constant,
  Shape: (node) => {
    const { shape } = node.value(0);
    const end = node.integer("end", shape.length);
    return integers(shape.slice(node.integer("start", 0), end));
  },
  Size: (node) => ({ ...integers([sizeOf(node.value(0).shape)]), shape: [] }),
  ConstantOfShape: (node) => {
    const stored = node.stored("value");
    const value = stored ? constantOf(stored, "ConstantOfShape") : undefined;
    const shape = [...node.constant(0).data];
    const data = new Float64Array(sizeOf(shape)).fill(value?.data[0] ?? 0);
    return { dtype: value?.dtype ?? "float32", shape, data };
  },
  Range: (node) => {
    const [start, limit, delta] = [0, 1, 2].map((i) => node.constant(i).data[0]);
    const length = Math.max(0, Math.ceil((limit - start) / delta));
    const data = Float64Array.from({ length }, (_, i) => start + i * delta);
    return { dtype: node.constant(0).dtype, shape: [length], data };
  },
  Reshape: reshape,
  Flatten: (node) => {
    const x = node.value(0);
    const at = node.integer("axis", 1);
    const axis = at < 0 ? at + x.shape.length : at;
    return reshaped(x, [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))]);
  },
  Unsqueeze: unsqueeze,
  Squeeze: squeeze,
  Transpose: transpose,
  Concat: concatenate,
  Slice: slice,
  Gather: gather,
  GatherElements: (node) => {
    const x = node.tensor(0);
    return x.takeAlong(asIndex(node.tensor(1)), node.axis("axis", 0, x.rank));
  },
  Split: split,
  Expand: expand,
  Tile: tile,
  Pad: pad,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
};
