import { grad } from "../../compiler/grad.ts";
import { Graph } from "../../compiler/graph.ts";
import { compileProgram } from "../../compiler/onnx/program.ts";
import { createSession } from "../../compiler/onnx/session/session.ts";
import { ConfigError } from "../../core/errors.ts";
import type { Penalty } from "../../optim/prox.ts";
import type { Regularizer } from "../../regularizers/regularizer.ts";
import { regularizers } from "../../regularizers/regularizers.ts";
import type { Choice } from "../choice.ts";
import type { Design } from "./design.ts";
import type { Strength } from "./solve.ts";

/** A regulariser as solvers take it: a traced value and gradient, or a proximal map. */
export interface Tie {
  readonly smooth?: (w: Float64Array, gradient: Float64Array) => Promise<number>;
  readonly penalty?: Penalty;
  dispose(): Promise<void>;
}

/**
 * Prepares the chosen regulariser for the matrix `[features, outputs]` of all tasks.
 * @throws ConfigError CONFIG_INVALID where two penalties would need one proximal map.
 */
export async function tieOf(
  config: Choice,
  { features, outputs }: Design,
  strengths: readonly Strength[],
): Promise<Tie> {
  const row = regularizers[config.type as keyof typeof regularizers] as Regularizer<unknown>;
  if (row.smooth) {
    const graph = new Graph();
    const w = graph.input("w", [features, outputs]);
    const value = row.penalty([w], config);
    const [gradient] = grad(value, [w]);
    const program = compileProgram({ value, gradient }, { target: "export", float: "float64" });
    const session = await createSession(program.bytes, { threads: 1 });
    return {
      async smooth(weights, into) {
        const dims = [features, outputs];
        const found = await session.run({ w: { dtype: "float64", dims, data: weights } });
        const slope = found["gradient:out"].data as Float64Array;
        for (let i = 0; i < slope.length; i++) into[i] += slope[i];
        return (found["value:out"].data as Float64Array)[0];
      },
      dispose: () => session.dispose(),
    };
  }
  const { prox } = row;
  if (prox === undefined || strengths.some((s) => s.l1 > 0)) {
    throw new ConfigError(
      "CONFIG_INVALID",
      `linear: penalty.l1 of 0 beside regularizer ${config.type}; got one above 0`,
      { hint: "both need a proximal map, and there is one for each alone only" },
    );
  }
  const size = features * outputs;
  return {
    penalty: {
      // Solvers compare smooth parts only; the penalty's own value is not needed.
      value: () => 0,
      prox: (x, step) => prox(x.subarray(0, size), [features, outputs], step, config),
    },
    async dispose() {},
  };
}
