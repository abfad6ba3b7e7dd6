import type { CellTarget } from "../../core/cell-target.ts";
import { absent, type Form, isKnown } from "./form.ts";

/** Deviations within which values are held while training, so that one cell does not outweigh the rest. */
const clip = 10;

/** Numbers by squared error, each divided by its scale; a cell's loss is the mean over the numbers that are there. */
export const values: Form = {
  prior: ({ mean }) => new Float64Array(mean.length),
  label({ mean, scale }, i, x) {
    return Number.isNaN(x) ? absent : Math.min(Math.max((x - mean[i]) / scale[i], -clip), clip);
  },
  loss(raw, labels) {
    const known = isKnown(labels);
    const errors = raw.sub(labels.maximum(-clip)).mul(known).square().sum(1);
    return errors.div(known.sum(1).maximum(1));
  },
  link(raw, { mean, scale }) {
    const row = (of: readonly number[]) => raw.graph.constant([...of], [1, of.length]);
    return raw.mul(row(scale)).add(row(mean));
  },
  lossOf({ scale }: CellTarget, truth, predicted) {
    let [sum, known] = [0, 0];
    for (let i = 0; i < truth.length; i++) {
      if (Number.isNaN(truth[i])) continue;
      sum += ((truth[i] - predicted[i]) / scale[i]) ** 2;
      known++;
    }
    return known > 0 ? sum / known : 0;
  },
};
