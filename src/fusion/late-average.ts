import { z } from "zod";
import { stack } from "../compiler/compose.ts";
import { concat, type Tensor } from "../compiler/graph.ts";
import { absentBias } from "../nn/attention.ts";
import type { DecisionFusion } from "./fusion.ts";
import { counts } from "./parts.ts";

const config = z.strictObject({}).describe("No options.");

/** Averages the posteriors, or the numbers, that each part's own network gives. @cite kittler1998 */
export const lateAverage: DecisionFusion<z.infer<typeof config>> = {
  name: "lateAverage",
  title: "Late averaging",
  summary:
    "A network for each input; their probabilities, or numbers, are averaged. Absent inputs are left out.",
  cite: ["kittler1998"],
  config,
  form: "decisions",
  combine(_, decisions, { posterior }) {
    const counted = counts(decisions);
    if (posterior === undefined) {
      const total = decisions.map((d, i) => d.raw.mul(counted[i])).reduce((a, b) => a.add(b));
      return total.div(counted.reduce((a, b) => a.add(b)));
    }
    // log Σ p over the parts that count; what they are divided by cancels.
    const hide = absentBias(concat(counted, 1)).unsqueeze(2);
    const logSum = (logs: readonly Tensor[]) => stack(logs, 1).add(hide).logSumExp(1);
    if (posterior === "softmax") {
      const count = counted.reduce((a, b) => a.add(b));
      return logSum(decisions.map((d) => d.raw.logSoftmax())).sub(count.log());
    }
    return logSum(decisions.map((d) => d.raw.neg().softplus().neg())).sub(
      logSum(decisions.map((d) => d.raw.softplus().neg())),
    );
  },
};
