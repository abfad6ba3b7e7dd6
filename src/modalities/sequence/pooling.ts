/** How the vectors of a row become one. */
import { concat, type Tensor } from "../../compiler/graph.ts";
import { absentBias } from "../../nn/attention.ts";
import type { Builder } from "../../nn/builder.ts";
import { linear } from "../../nn/linear.ts";
import type { Sequence } from "../../nn/sequence.ts";

type Pool = (builder: Builder, sequence: Sequence, fromEnd: number) => Tensor;

/** `[B, T]` weights times `[B, T, D]` vectors: `[B, D]`. */
function weighed(weights: Tensor, values: Tensor): Tensor {
  return weights.unsqueeze(1).matmul(values).squeeze(1);
}

/** 1 where a row has a place, `[B, 1]`. */
function filled(mask: Tensor): Tensor {
  return mask.max(1, { keepDims: true });
}

/** 1 at each row's last place, or at its first. */
function end(mask: Tensor, first: boolean): Tensor {
  const steps = mask.shape[1];
  const order = Float64Array.from({ length: steps }, (_, t) => (first ? steps - t : t + 1));
  const rank = mask.mul(mask.graph.constant(order));
  return rank
    .eq(rank.max(1, { keepDims: true }))
    .cast(mask.dtype)
    .mul(mask);
}

/** Ways of pooling `[B, T, D]` to `[B, D]`; a row without any vector becomes zeros. */
export const poolings = {
  mean: (_, { values, mask }) =>
    weighed(mask.div(mask.sum(1, { keepDims: true }).maximum(1)), values),
  max: (_, { values, mask }) => values.add(absentBias(mask).unsqueeze(2)).max(1).mul(filled(mask)),
  /** A learned score says what each vector counts. @cite yang2016 */
  attention(builder, { values, mask }) {
    const seen = linear(builder, "look", values, values.shape[2]).tanh();
    const scores = linear(builder, "score", seen, 1, { bias: false }).squeeze(2);
    return weighed(scores.add(absentBias(mask)).softmax().mul(mask), values);
  },
  /** Numbers made from the end of the sequence are taken at its first place. */
  last(_, { values, mask }, fromEnd) {
    const width = values.shape[2];
    const last = weighed(
      end(mask, false),
      fromEnd > 0 ? values.slice(2, 0, width - fromEnd) : values,
    );
    if (fromEnd === 0) return last;
    return concat([last, weighed(end(mask, true), values.slice(2, width - fromEnd))], 1);
  },
} as const satisfies Record<string, Pool>;

export type PoolingName = keyof typeof poolings;

/** The largest values of each `count` places in turn, of those that are there. */
export function maxOverWindows({ values, mask }: Sequence, count: number): Sequence {
  if (count === 1) return { values, mask };
  const [, steps, width] = values.shape;
  const windows = Math.ceil(steps / count);
  const more = windows * count - steps;
  const there = mask.pad([0, 0], [0, more]).reshape([-1, windows, count]);
  const padded = values.pad([0, 0, 0], [0, more, 0]).reshape([-1, windows, count, width]);
  const largest = padded.add(absentBias(there).unsqueeze(3)).max(2);
  const any = there.max(2);
  return { values: largest.mul(any.unsqueeze(2)), mask: any };
}
