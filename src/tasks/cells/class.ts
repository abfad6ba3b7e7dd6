import { logLossOf } from "../metrics/probability.ts";
import { absent, type Form, isKnown } from "./form.ts";

/** One of several values by cross-entropy, over that of their shares among the training cells. */
export const oneClass: Form = {
  prior: ({ mean }) => Float64Array.from(mean, Math.log),
  label: (_, __, x) => (Number.isNaN(x) ? absent : x),
  loss(raw, labels, { spread, shape: [classes] }) {
    const known = isKnown(labels).squeeze(1);
    const own = labels.maximum(0).squeeze(1).cast("int32").oneHot(classes);
    return raw.logSoftmax().mul(own).sum(1).neg().mul(known).div(spread);
  },
  link: (raw) => raw.softmax(),
  lossOf({ spread }, truth, predicted) {
    const own = truth[0];
    return Number.isNaN(own) ? 0 : logLossOf(predicted[own]) / spread;
  },
};
