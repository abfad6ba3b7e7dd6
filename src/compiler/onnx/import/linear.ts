import { sizeOf } from "../../../core/shape.ts";
import type { Tensor } from "../../graph.ts";
import type { ImportNode, Operator } from "./node.ts";

const matmul: Operator = (node) => {
  let [a, b] = [node.tensor(0), node.tensor(1)];
  const [row, column] = [a.rank === 1, b.rank === 1];
  if (row) a = a.unsqueeze(0);
  if (column) b = b.unsqueeze(1);
  // Many matrices by one: one product of their rows, so that the gradient is one product too.
  const many = a.rank > 2 && b.rank === 2;
  const lead = a.shape.slice(0, -1);
  let y = many
    ? a
        .reshape([sizeOf(lead), a.shape[a.rank - 1]])
        .matmul(b)
        .reshape([...lead, b.shape[1]])
    : a.matmul(b);
  if (column) y = y.squeeze(y.rank - 1);
  return row ? y.squeeze(y.rank - (column ? 1 : 2)) : y;
};

const gemm: Operator = (node) => {
  const flags = {
    transposeA: node.integer("transA", 0) === 1,
    transposeB: node.integer("transB", 0) === 1,
  };
  const alpha = node.float("alpha", 1);
  const beta = node.float("beta", 1);
  const y = node.tensor(0).matmul(node.tensor(1), flags);
  const scaled = alpha === 1 ? y : y.mul(alpha);
  if (!node.has(2)) return scaled;
  const bias = node.tensor(2);
  return scaled.add(beta === 1 ? bias : bias.mul(beta));
};

/** The padding of a window as ONNX says it: before each axis, then after each. */
export function paddingOf(
  node: ImportNode,
  spatial: readonly number[],
  kernel: readonly number[],
  strides: readonly number[],
  dilations: readonly number[],
): number[] {
  const auto = node.string("auto_pad", "NOTSET");
  if (auto === "NOTSET") return node.integers("pads") ?? spatial.flatMap(() => [0, 0]);
  if (auto === "VALID") return spatial.flatMap(() => [0, 0]);
  const total = spatial.map((size, i) => {
    const reach = (kernel[i] - 1) * dilations[i] + 1;
    return Math.max(0, (Math.ceil(size / strides[i]) - 1) * strides[i] + reach - size);
  });
  const less = total.map((t) => Math.floor(t / 2));
  const more = total.map((t, i) => t - less[i]);
  return auto === "SAME_UPPER" ? [...less, ...more] : [...more, ...less];
}

const convolution: Operator = (node) => {
  const [x, w] = [node.tensor(0), node.tensor(1)];
  const spatial = x.shape.slice(2);
  const strides = node.integers("strides") ?? spatial.map(() => 1);
  const dilations = node.integers("dilations") ?? spatial.map(() => 1);
  const pads = paddingOf(node, spatial, w.shape.slice(2), strides, dilations);
  const params = { strides, dilations, pads, groups: node.integer("group", 1) };
  return x.conv(w, params, node.has(2) ? node.tensor(2) : undefined);
};

const transposed: Operator = (node) => {
  const [x, w] = [node.tensor(0), node.tensor(1)];
  const spatial = x.shape.slice(2);
  const strides = node.integers("strides") ?? spatial.map(() => 1);
  const dilations = node.integers("dilations") ?? spatial.map(() => 1);
  const extra = node.integers("output_padding") ?? spatial.map(() => 0);
  if (node.string("auto_pad", "NOTSET") !== "NOTSET" || node.integers("output_shape")) {
    node.refuse("padding given as numbers", "auto_pad or output_shape");
  }
  const pads = node.integers("pads") ?? spatial.flatMap(() => [0, 0]);
  const size = spatial.map(
    (d, i) =>
      (d - 1) * strides[i] +
      (w.shape[2 + i] - 1) * dilations[i] +
      1 +
      extra[i] -
      pads[i] -
      pads[spatial.length + i],
  );
  const params = { strides, dilations, pads, groups: node.integer("group", 1) };
  const y = x.convTranspose(w, size, params);
  return node.has(2) ? y.add(perChannel(node.tensor(2), y.rank)) : y;
};

/** A vector of channels in the shape that broadcasts over `[N, C, ...]`. */
export function perChannel(vector: Tensor, rank: number): Tensor {
  return vector.reshape([1, vector.size, ...new Array<number>(rank - 2).fill(1)]);
}

/** Products and convolutions. */
export const linear: Readonly<Record<string, Operator>> = {
  MatMul: matmul,
  Gemm: gemm,
  Conv: convolution,
  ConvTranspose: transposed,
};
