import { logLossOf } from "../metrics/probability.ts";
import { absent, type Form, isKnown } from "./form.ts";

/** Any number of names, each by logistic loss; a cell's loss is their sum over that of their shares among the training cells. */
export const members: Form = {
  prior: ({ mean }) => Float64Array.from(mean, (p) => Math.log(p / (1 - p))),
  label: (_, __, x) => (Number.isNaN(x) ? absent : x),
  loss(raw, labels, { spread }) {
    const known = isKnown(labels);
    const each = raw.softplus().sub(raw.mul(labels.maximum(0)));
    return each.mul(known).sum(1).div(spread);
  },
  link: (raw) => raw.sigmoid(),
  lossOf({ spread }, truth, predicted) {
    let sum = 0;
    for (let i = 0; i < truth.length; i++) {
      if (!Number.isNaN(truth[i]))
        sum += logLossOf(truth[i] === 1 ? predicted[i] : 1 - predicted[i]);
    }
    return sum / spread;
  },
};
