import { ConfigError } from "../../core/errors.ts";
import type { TrainedNetwork } from "../../train/loop.ts";
import type { Network } from "../../train/network.ts";
import type { Problem } from "../../train/problem.ts";
import {
  type BlendWeights,
  type blends,
  fixedWeights,
  jointly,
  overfitToGeneralise,
  weightsFromRatios,
} from "./blends.ts";
import type { NeuralConfig } from "./config.ts";
import { neuralNetwork } from "./network.ts";
import { partsOf } from "./parts.ts";

/**
 * What the decisions of single parts and the joint one count in each task's loss; undefined where there is
 * nothing to blend. Weights by gradient blending are found by training a network of each part alone, and
 * the joint one, for some epochs from the same first weights. @cite wang2020blend
 * @throws ConfigError CONFIG_INVALID for weights of parts that there are not, or without validation rows.
 */
export async function blendWeights(
  problem: Problem,
  config: NeuralConfig,
  train: (network: Network, epochs: number) => Promise<Pick<TrainedNetwork, "history">>,
): Promise<Readonly<Record<string, BlendWeights>> | undefined> {
  const parts = partsOf(problem.inputs).map((p) => p.name);
  const { type, ...options } = config.blend;
  if (type === "none" || parts.length === 1) return undefined;
  if ((type as keyof typeof blends) === "fixed") {
    const weights = fixedWeights(options.weights as Record<string, number>, parts);
    return Object.fromEntries(problem.tasks.map((t) => [t.name, weights]));
  }
  if (!problem.validation) {
    throw new ConfigError(
      "CONFIG_INVALID",
      "learner.blend: validation rows, by which gradient blending weighs the inputs; got none",
      { hint: "give split.fractions.validation a share, or choose fixed weights" },
    );
  }
  const ratios: Record<string, Record<string, number>> = Object.fromEntries(
    problem.tasks.map((t) => [t.name, {}]),
  );
  for (const part of [...parts, jointly]) {
    const network = neuralNetwork(problem, config, part === jointly ? {} : { only: part });
    const { history } = await train(network, options.probeEpochs as number);
    for (const { name } of problem.tasks) ratios[name][part] = overfitToGeneralise(history, name);
  }
  return Object.fromEntries(
    Object.entries(ratios).map(([task, found]) => [task, weightsFromRatios(found)]),
  );
}
