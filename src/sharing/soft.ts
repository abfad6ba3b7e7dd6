import { z } from "zod";
import { stack } from "../compiler/compose.ts";
import { concat, type Tensor } from "../compiler/graph.ts";
import { requireLayers } from "./requirements.ts";
import type { Sharing } from "./sharing.ts";
import { traceNorm } from "./trace-norm.ts";
import { type TracedParameter, traced } from "./traced.ts";

const config = z
  .strictObject({
    distance: z
      .enum(["l2", "trace"])
      .default("l2")
      .describe(
        "`l2`: ½Σ‖θ_t − θ̄‖², which pulls the tasks' trunks to their mean; `trace`: the trace norm of each weight with the tasks as rows, which makes them span few directions.",
      ),
    strength: z
      .number()
      .min(0)
      .max(1e6)
      .default(0.01)
      .describe("Weight of the distance in the joint loss; 0 separates the tasks."),
  })
  .describe("Options of soft sharing.");

/** ½ Σ_t ‖θ_t − θ̄‖² over corresponding parameters. */
function squaredDistance(columns: readonly (readonly TracedParameter[])[]): Tensor {
  return columns[0]
    .map((_, i) => {
      const all = stack(columns.map((c) => c[i].tensor));
      return all.sub(all.mean(0, { keepDims: true })).sumSquares();
    })
    .reduce((a, b) => a.add(b))
    .mul(0.5);
}

/** The trace norms of corresponding weights, a row a task. */
function taskTraceNorm(columns: readonly (readonly TracedParameter[])[]): Tensor {
  return traceNorm(
    columns[0].flatMap(({ spec }, i) =>
      spec.decay
        ? [
            concat(
              columns.map((c) => c[i].tensor.reshape([1, -1])),
              0,
            ),
          ]
        : [],
    ),
  );
}

/** A trunk a task, kept near one another by a penalty. @cite duong2015 yang2017 */
export const soft: Sharing<z.infer<typeof config>> = {
  name: "soft",
  title: "Soft parameter sharing",
  summary: "A trunk a task; a penalty on the distance between them ties the tasks.",
  cite: ["duong2015", "yang2017"],
  config,
  build(builder, x, tasks, blocks, { distance, strength }) {
    requireLayers(blocks, "soft");
    const columns = tasks.map(({ name }) =>
      traced(builder, () => blocks.trunk(`column.${name}`, x)),
    );
    // Tasks that see other inputs ask for the same trunks again, which are penalised already.
    const fresh = columns[0].parameters.length > 0;
    if (builder.training && fresh && tasks.length > 1 && strength > 0) {
      const measure = distance === "l2" ? squaredDistance : taskTraceNorm;
      builder.addPenalty(measure(columns.map((c) => c.parameters)).mul(strength));
    }
    return tasks.map(({ name }, i) => blocks.tower(name, columns[i].result));
  },
};
