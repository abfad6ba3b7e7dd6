import { activeRanges, type OptimizerRun, type OptimizerState } from "./optimizer.ts";

/** Steps of Adam by one of its two kernels, which differ in where weight decay acts. */
export function adamRun(
  kernel: "adam" | "adamw",
  options: Readonly<Record<"beta1" | "beta2" | "epsilon" | "weightDecay", number>>,
  state: OptimizerState,
): OptimizerRun {
  const { weightDecay, beta1, beta2, epsilon } = options;
  const ranges = activeRanges(kernel, state, 2);
  return {
    step(learningRate, t) {
      for (const { weights, gradients, moments, ...r } of ranges) {
        const rates = {
          learningRate: learningRate * r.learningRate,
          weightDecay: weightDecay * r.decay,
        };
        const constants = { beta1, beta2, epsilon, t: t - r.since };
        state.kernels[kernel](
          { ...rates, ...constants },
          weights,
          gradients,
          moments[0],
          moments[1],
        );
      }
    },
  };
}
