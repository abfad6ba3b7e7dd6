import { sizeOf } from "../../../core/shape.ts";
import { perChannel } from "./linear.ts";
import type { Operator } from "./node.ts";

const batchNormalization: Operator = (node) => {
  if (node.integer("training_mode", 0) === 1) {
    node.refuse("statistics of its own", "training_mode 1, which takes the batch's");
  }
  const [x, scale, shift, mean, variance] = [0, 1, 2, 3, 4].map((i) => node.tensor(i));
  const epsilon = node.float("epsilon", 1e-5);
  // The statistics stay as they are: one factor and one term a channel.
  const factor = scale.div(variance.add(epsilon).sqrt());
  const term = shift.sub(mean.mul(factor));
  return x.mul(perChannel(factor, x.rank)).add(perChannel(term, x.rank));
};

const layerNormalization: Operator = (node) => {
  if (node.outputs > 1) node.refuse("the normalised values", "their statistics too");
  const x = node.tensor(0);
  const axis = node.axis("axis", -1, x.rank);
  const size = sizeOf(x.shape.slice(axis));
  const flat = x.reshape([...x.shape.slice(0, axis), size]);
  const scale = node.tensor(1).reshape([size]);
  const shift = node.has(2) ? node.tensor(2).reshape([size]) : node.graph.zeros([size]);
  return flat.layerNorm(scale, shift, node.float("epsilon", 1e-5)).reshape(x.shape);
};

const instanceNormalization: Operator = (node) => {
  const [x, scale, shift] = [node.tensor(0), node.tensor(1), node.tensor(2)];
  const axes = x.shape.map((_, i) => i).slice(2);
  const centred = x.sub(x.mean(axes, { keepDims: true }));
  const variance = centred.square().mean(axes, { keepDims: true });
  const scaled = centred.div(variance.add(node.float("epsilon", 1e-5)).sqrt());
  return scaled.mul(perChannel(scale, x.rank)).add(perChannel(shift, x.rank));
};

const groupNormalization: Operator = (node) => {
  if (node.opset < 21)
    node.refuse("a scale a channel, as from version 21", `version ${node.opset}`);
  const [x, scale, shift] = [node.tensor(0), node.tensor(1), node.tensor(2)];
  const groups = node.integer("num_groups", 1);
  const grouped = x.reshape([x.shape[0], groups, x.size / (x.shape[0] * groups)]);
  const centred = grouped.sub(grouped.mean(2, { keepDims: true }));
  const variance = centred.square().mean(2, { keepDims: true });
  const scaled = centred.div(variance.add(node.float("epsilon", 1e-5)).sqrt()).reshape(x.shape);
  return scaled.mul(perChannel(scale, x.rank)).add(perChannel(shift, x.rank));
};

const lpNormalization: Operator = (node) => {
  const x = node.tensor(0);
  const axis = node.axis("axis", -1, x.rank);
  const keepDims = { keepDims: true };
  return node.integer("p", 2) === 1
    ? x.div(x.abs().sum(axis, keepDims))
    : x.div(x.sumSquares(axis, keepDims).sqrt());
};

/** Operators that normalise by means and deviations. */
export const normalising: Readonly<Record<string, Operator>> = {
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  InstanceNormalization: instanceNormalization,
  GroupNormalization: groupNormalization,
  LpNormalization: lpNormalization,
};
