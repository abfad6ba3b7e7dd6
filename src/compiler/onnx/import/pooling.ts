import type { Tensor } from "../../graph.ts";
import { paddingOf } from "./linear.ts";
import type { ImportNode, Operator } from "./node.ts";

interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly pads: readonly number[];
}

function windowOf(node: ImportNode, x: Tensor): Window {
  const spatial = x.shape.slice(2);
  const kernel = node.integers("kernel_shape") ?? [];
  const strides = node.integers("strides") ?? spatial.map(() => 1);
  const dilations = node.integers("dilations") ?? spatial.map(() => 1);
  if (dilations.some((d) => d !== 1)) node.refuse("windows without gaps", `dilations ${dilations}`);
  const pads = paddingOf(node, spatial, kernel, strides, dilations);
  if (node.integer("ceil_mode", 0) === 1) {
    // A last window that reaches over the end sees padding there.
    spatial.forEach((size, i) => {
      const rank = spatial.length;
      const room = size + pads[i] + pads[rank + i] - kernel[i];
      let windows = Math.ceil(room / strides[i]) + 1;
      // It must begin inside the input or the padding before it.
      if ((windows - 1) * strides[i] >= size + pads[i]) windows--;
      pads[rank + i] += (windows - 1) * strides[i] - room;
    });
  }
  return { kernel, strides, pads: pads.map((p) => Math.max(0, p)) };
}

const maxPool: Operator = (node) => {
  if (node.outputs > 1) node.refuse("the largest values", "their indexes too");
  const x = node.tensor(0);
  return x.maxPool(windowOf(node, x));
};

const averagePool: Operator = (node) => {
  const x = node.tensor(0);
  const window = windowOf(node, x);
  const padded = window.pads.some((p) => p > 0);
  if (!padded || node.integer("count_include_pad", 0) === 0) return x.avgPool(window);
  if (node.integer("ceil_mode", 0) === 1) {
    node.refuse("padding that is counted, or windows that reach over the end", "both");
  }
  const rank = x.rank - 2;
  const wide = x.pad([0, 0, ...window.pads.slice(0, rank)], [0, 0, ...window.pads.slice(rank)]);
  return wide.avgPool({ kernel: window.kernel, strides: window.strides });
};

const places = (x: Tensor) => x.shape.map((_, i) => i).slice(2);

/** Windows over `[N, C, ...spatial]`. */
export const pooling: Readonly<Record<string, Operator>> = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalAveragePool: (node) => node.tensor(0).mean(places(node.tensor(0)), { keepDims: true }),
  GlobalMaxPool: (node) => node.tensor(0).max(places(node.tensor(0)), { keepDims: true }),
};
