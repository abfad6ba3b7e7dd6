import { linear } from "../../nn/linear.ts";
import { mlp } from "../../nn/mlp.ts";
import { missingDrift, shapeDrift } from "../carry.ts";
import { largestDistance } from "../compared.ts";
import { listsOf } from "../list-cells.ts";
import type { Modality } from "../modality.ts";
import { learnVector, type VectorOptions, type VectorState, vectorOptions } from "./state.ts";
import { vectorTarget } from "./target.ts";
import { vectorView } from "./views.ts";

/** Lists of numbers, as many in every row: descriptors, embeddings made elsewhere. */
export const vector: Modality<VectorOptions, VectorState> = {
  name: "vector",
  title: "Vector",
  summary: "A list of numbers, standardized one by one, and layers of its own.",
  cite: ["welford1962"],
  options: vectorOptions,
  storage: ["list", "string"],
  block: "own",
  recognise(profile) {
    const lists = listsOf(profile);
    if (lists?.elements !== "number" || lists.maxLength === 0) return 0;
    // A few of another length are bad cells; of as many lengths as there are, they are series.
    return lists.sameLengthShare >= 0.95 ? 0.9 : 0.1;
  },
  learn: learnVector,
  network: {
    ...vectorView,
    encoder(builder, { values }, _present, _state, { layers: sizes, activation, size, dropout }) {
      const h = mlp(builder, "layers", values, { sizes, activation, dropout });
      return { features: size > 0 ? linear(builder, "out", h, size) : h };
    },
  },
  features: vectorView,
  target: vectorTarget,
  describe: ({ rows, missing, size, normalize }) => ({ rows, missing, size, normalize }),
  carry: {
    drift: (from, to) => [
      ...shapeDrift(from.size, to.size),
      ...largestDistance(from.compared, to.compared),
      missingDrift(from, to),
    ],
  },
};
