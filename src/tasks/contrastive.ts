import { z } from "zod";
import type { Tensor } from "../compiler/graph.ts";
import { values } from "../nn/initializers.ts";
import { linear } from "../nn/linear.ts";
import { mlp } from "../nn/mlp.ts";
import { metricDirection } from "./metric-direction.ts";
import { evaluateRetrieval } from "./metrics/retrieval.ts";
import { neighbours } from "./neighbours.ts";
import { numbersOf } from "./outputs.ts";
import {
  halfOf,
  isThere,
  learnPaired,
  needsClasses,
  type PairedPrediction,
  type PairedState,
  pairedMembers,
  pairedOptions,
  retrievalDetail,
  retrievalInput,
  sidesOf,
} from "./paired.ts";
import type { TaskKind } from "./task.ts";

const options = z
  .strictObject({
    ...pairedOptions,
    loss: z
      .enum(["infoNCE", "sigmoid"])
      .default("infoNCE")
      .describe(
        "infoNCE: which of the batch's other sides belongs to a row, both ways; sigmoid: for each pair of a batch, whether it belongs together.",
      ),
    positives: z
      .enum(["row", "class"])
      .default("row")
      .describe(
        "What belongs together: the two sides of a row, or also those of rows of the same class of `relevant`.",
      ),
    temperature: z
      .number()
      .min(0.001)
      .max(10)
      .default(0.07)
      .describe("What cosines are divided by at the start; it is learned, and at least 0.01."),
  })
  .describe("Two inputs whose vectors are alike where they belong together.");

export type ContrastiveOptions = z.infer<typeof options>;

export interface ContrastiveState extends PairedState {
  readonly loss: ContrastiveOptions["loss"];
  readonly positives: ContrastiveOptions["positives"];
}

/** Cosines are multiplied by no more than this. */
const mostScale = 100;
/** Where the sigmoid starts: most pairs of a batch do not belong together. */
const startBias = -10;

const sizeOf = ({ size, loss }: ContrastiveState) => 2 * size + (loss === "sigmoid" ? 1 : 0);

/**
 * Vectors of two sides on the unit sphere: those of a row are drawn together, those of different rows of
 * a batch pushed apart. Rows that lack a side take no part, not even as the others' negatives.
 */
export const contrastive: TaskKind<ContrastiveOptions, ContrastiveState, PairedPrediction> = {
  ...pairedMembers,
  name: "contrastive",
  title: "Contrastive alignment",
  summary:
    "Vectors of two inputs that are alike where they belong to the same row, told apart from the rest of the batch.",
  cite: ["oord2018", "radford2021", "zhai2023", "khosla2020"],
  options,
  learn(given, task) {
    const learning = learnPaired(given, task);
    if (given.positives === "class") needsClasses(task, "positives", given);
    const { loss, positives } = given;
    return { ...learning, finish: () => ({ ...learning.finish(), loss, positives }) };
  },
  outputSize: sizeOf,
  objective: {
    sides: sidesOf,
    column: ({ relevant }) => relevant,
    comparesRows: true,
    build(builder, sides, state, { layers, size, dropout, temperature }) {
      const start = [Math.log(1 / temperature)];
      const scale = builder.parameter("scale", [1], values(start), { decay: false });
      const grown = scale.minimum(Math.log(mostScale)).exp();
      const vectors = sides.map(({ features, present }, i) => {
        const h = mlp(builder, `side.${i}`, builder.dropout(features, dropout), {
          sizes: layers,
          dropout,
        });
        return unit(linear(builder, `vector.${i}`, h, size)).mul(present);
      });
      const parts = [vectors[0].mul(grown), vectors[1]];
      if (state.loss === "sigmoid") {
        const bias = builder.parameter("bias", [1], values([startBias]), { decay: false });
        parts.push(sides[0].present.mul(0).add(bias));
      }
      return builder.graph.apply("concat", parts, { axis: 1 });
    },
  },
  loss(raw, labels, state) {
    const [first, second] = [halfOf(raw, state, 0), halfOf(raw, state, 1)];
    const there = isThere(first).mul(isThere(second));
    const same = together(labels, there, state);
    const alike = first.matmul(second, { transposeB: true });
    if (state.loss === "infoNCE") {
      return towards(alike, there, same)
        .add(towards(alike.transpose(), there, same))
        .mul(0.5);
    }
    const margin = alike.add(raw.slice(1, 2 * state.size, 2 * state.size + 1));
    const wrong = margin.mul(same.mul(-2).add(1)).softplus();
    const both = there.mul(there.transpose());
    return wrong.add(wrong.transpose()).mul(both).sum(1).mul(0.5);
  },
  link(raw, state) {
    const [first, second] = state.sides;
    const scaled = halfOf(raw, state, 0);
    const linked: Record<string, Tensor> = {
      [first]: unit(scaled),
      [second]: unit(halfOf(raw, state, 1)),
      [scaleName]: scaled.sumSquares(1, { keepDims: true }).sqrt(),
    };
    if (state.loss === "sigmoid") linked[biasName] = raw.slice(1, 2 * state.size);
    return linked;
  },
  // Two equal vectors for all rows: whatever is asked for stands anywhere.
  prior(state) {
    const prior = new Float64Array(sizeOf(state));
    prior[0] = 1;
    prior[state.size] = 1;
    return prior;
  },
  primary: "map",
  direction: (metric) => metricDirection("contrastive", metric),
  evaluate: (state, truth, outputs, weights) =>
    evaluateRetrieval(retrievalInput(state, truth, outputs, weights)),
  detail: retrievalDetail,
  judge(state, truth, outputs, row) {
    const near = neighbours(state, truth, outputs, row);
    if (!near) return undefined;
    const scale = outputs[scaleName] ? numbersOf(outputs, scaleName)[row] : 1;
    const bias = outputs[biasName] ? numbersOf(outputs, biasName)[row] : 0;
    const belongs = near.rows.map(
      (r) => r === row || (state.positives === "class" && truth[r] > 0 && truth[r] === truth[row]),
    );
    const [there, back] = [near.forward, near.backward].map((cosines) =>
      state.loss === "infoNCE"
        ? crossEntropy(cosines, scale, belongs)
        : logistic(cosines, scale, bias, belongs),
    );
    return { truth: 1, prediction: near.rank, loss: (there + back) / 2 };
  },
};

/** Results that the model has beside its outputs, for the loss of held-out rows. */
const scaleName = "/scale";
const biasName = "/bias";

/** Rows of unit length; a row of zeros stays one. */
function unit(x: Tensor): Tensor {
  return x.div(x.sumSquares(1, { keepDims: true }).add(1e-12).sqrt());
}

/** `[B, B]`: 1 where the sides of two rows belong together, both being there. */
function together(labels: Tensor, there: Tensor, { positives }: ContrastiveState): Tensor {
  const [rows] = there.shape;
  const identity = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) identity[i * rows + i] = 1;
  const own = there.graph.constant(identity, [rows, rows]);
  const both = there.mul(there.transpose());
  if (positives === "row") return own.mul(both);
  const alike = labels.eq(labels.transpose()).cast("float32").mul(labels.gt(0).cast("float32"));
  return own.maximum(alike).mul(both);
}

/** Cross-entropy of each row's candidates against those that belong to it, `[B]`. */
function towards(alike: Tensor, there: Tensor, same: Tensor): Tensor {
  // Candidates that are not there are as unlikely as can be.
  const masked = alike.add(there.transpose().sub(1).mul(1e6));
  const wanted = same.mul(alike).sum(1).div(same.sum(1).maximum(1));
  return masked.logSumExp(1).sub(wanted).mul(there.squeeze(1));
}

function crossEntropy(
  cosines: readonly number[],
  scale: number,
  belongs: readonly boolean[],
): number {
  const most = Math.max(...cosines);
  let sum = 0;
  let wanted = 0;
  let count = 0;
  cosines.forEach((cosine, i) => {
    sum += Math.exp(scale * (cosine - most));
    if (!belongs[i]) return;
    wanted += scale * cosine;
    count++;
  });
  return Math.log(sum) + scale * most - wanted / count;
}

function logistic(
  cosines: readonly number[],
  scale: number,
  bias: number,
  belongs: readonly boolean[],
): number {
  return cosines.reduce(
    (sum, cosine, i) => sum + Math.log1p(Math.exp((belongs[i] ? -1 : 1) * (scale * cosine + bias))),
    0,
  );
}
