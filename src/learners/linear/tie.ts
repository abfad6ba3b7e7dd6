import { grad } from "../../compiler/grad.ts";
import { Graph } from "../../compiler/graph.ts";
import { compileProgram } from "../../compiler/onnx/program.ts";
import { createSession } from "../../compiler/onnx/session/session.ts";
import type { Choice } from "../../core/choice.ts";
import { ConfigError } from "../../core/errors.ts";
import type { ProximalPenalty, Regularizer, WeightLayout } from "../../regularizers/regularizer.ts";
import { regularizers } from "../../regularizers/regularizers.ts";
import type { Strength } from "./solve.ts";

/** A regulariser as solvers take it: a traced value and gradient, or proximal maps. */
export interface Tie {
  readonly smooth?: (w: Float64Array, gradient: Float64Array) => Promise<number>;
  /** Proximal maps of the matrices whose sum is W; one where W is not decomposed. */
  readonly parts?: readonly {
    readonly name: string;
    prox(w: Float64Array, step: number): void;
    value(w: Float64Array): number;
  }[];
  dispose(): Promise<void>;
}

/**
 * Prepares the chosen regulariser for the weight matrix of all tasks.
 * @throws ConfigError CONFIG_INVALID where two penalties would need one proximal map, or for options that
 *   do not fit the tasks.
 */
export async function tieOf(
  config: Choice,
  layout: WeightLayout,
  strengths: readonly Strength[],
): Promise<Tie> {
  const row = regularizers[config.type as keyof typeof regularizers] as Regularizer;
  if (row.form === "smooth") {
    const graph = new Graph();
    const dims = [layout.features, layout.outputs];
    const w = graph.input("w", dims);
    const value = row.penalty(w, config, layout);
    const [gradient] = grad(value, [w]);
    const program = compileProgram({ value, gradient }, { target: "export", float: "float64" });
    const session = await createSession(program.bytes, { threads: 1 });
    return {
      async smooth(weights, into) {
        const found = await session.run({ w: { dtype: "float64", dims, data: weights } });
        const slope = found["gradient:out"].data as Float64Array;
        for (let i = 0; i < slope.length; i++) into[i] += slope[i];
        return (found["value:out"].data as Float64Array)[0];
      },
      dispose: () => session.dispose(),
    };
  }
  if (strengths.some((s) => s.l1 > 0)) {
    throw new ConfigError(
      "CONFIG_INVALID",
      `linear: penalty.l1 of 0 beside regularizer ${config.type}; got one above 0`,
      { hint: "both need a proximal map, and there is one for each alone only" },
    );
  }
  const bind = (name: string, penalty: ProximalPenalty) => ({
    name,
    prox: (w: Float64Array, step: number) => penalty.prox(w, step, config, layout),
    value: (w: Float64Array) => penalty.value(w, config, layout),
  });
  const parts =
    row.form === "sum" ? row.parts.map((p) => bind(p.name, p.penalty)) : [bind(row.name, row)];
  // Options that do not fit the tasks are found before any pass over the rows.
  for (const part of parts) part.value(new Float64Array(layout.features * layout.outputs));
  return { parts, async dispose() {} };
}
