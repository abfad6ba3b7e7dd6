import { describe, expect, it } from "vitest";
import { exampleProblem } from "../learners/example.ts";
import { neural } from "../learners/neural/neural.ts";
import { trainingConfig } from "./config.ts";
import type { EpochRecord } from "./events.ts";

/** The history of a smooth network on the made-up example. */
async function historyOf(training: object, regularization = {}): Promise<readonly EpochRecord[]> {
  const problem = await exampleProblem(neural.can);
  const activation = "tanh";
  const config = neural.config.parse({
    trunk: { sizes: [8], dropout: 0, activation },
    regularization,
  });
  // The text's embedding alone has most of the parameters.
  const inputs = problem.inputs.filter(({ modality }) => modality.name !== "text");
  const smooth = { ...problem, inputs, validation: undefined };
  const fitted = await neural.fit(smooth, config, {
    training: trainingConfig.parse({ threads: 1, ...training }),
  });
  const { history = [] } = fitted;
  fitted.dispose();
  return history;
}

describe("L-BFGS", () => {
  it("lowers the loss further than gradient steps over as many epochs", async () => {
    const epochs = 25;
    const solved = await historyOf({ epochs, optimizer: { type: "lbfgs" } });
    const rates = [0.003, 0.03, 0.3];
    const stepped = await Promise.all(
      rates.map((learningRate) => historyOf({ epochs, optimizer: { type: "gd", learningRate } })),
    );
    for (let e = 1; e < solved.length; e++) {
      expect(solved[e].loss).toBeLessThanOrEqual(solved[e - 1].loss * (1 + 1e-6));
    }
    const best = Math.min(...stepped.map((history) => history[epochs - 1].loss));
    expect(solved[solved.length - 1].loss).toBeLessThan(0.9 * best);
  });

  it("sees the penalty, and says why it ends early", async () => {
    const free = await historyOf({ epochs: 15, optimizer: { type: "lbfgs" } });
    const held = await historyOf({ epochs: 15, optimizer: { type: "lbfgs" } }, { l2: 1 });
    const taskLoss = (h: readonly EpochRecord[]) =>
      Object.values(h[h.length - 1].tasks).reduce((sum, t) => sum + t.loss, 0);
    expect(taskLoss(held)).toBeGreaterThan(taskLoss(free));
    const loose = await historyOf({ epochs: 50, optimizer: { type: "lbfgs", tolerance: 0.5 } });
    expect(loose.length).toBeLessThan(50);
  });
});
