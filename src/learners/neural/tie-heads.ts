import { concat, type Tensor } from "../../compiler/graph.ts";
import type { Choice } from "../../core/choice.ts";
import { ConfigError } from "../../core/errors.ts";
import type { Builder } from "../../nn/builder.ts";
import type { Regularizer, WeightLayout } from "../../regularizers/regularizer.ts";
import { regularizers } from "../../regularizers/regularizers.ts";
import type { ParameterLayout } from "../../train/parameters.ts";
import type { MatrixPenalty } from "../../train/penalty.ts";

const where = "learner.regularization.tasks";

/**
 * Ties the weights of the tasks' heads, as one matrix `[width, outputs]`, by a smooth regulariser, as a term
 * of the joint loss; others act after each step, see `headPenalties`.
 * @param heads the weights of each task's head, `[width, outputs of the task]`.
 * @throws ConfigError CONFIG_INVALID for heads of several widths or a regulariser that networks cannot take.
 */
export function tieHeads(
  builder: Builder,
  heads: ReadonlyMap<string, Tensor>,
  config: Choice,
): void {
  if (config.type === "none") return;
  const row = regularizers[config.type as keyof typeof regularizers] as Regularizer;
  if (row.form === "sum") {
    throw new ConfigError(
      "CONFIG_INVALID",
      `${where}: a regulariser of the weights as they are; ${row.name} decomposes them`,
      { hint: "decompositions work on the linear family" },
    );
  }
  const sizes = [...heads].map(([name, w]) => ({ name, width: w.shape[0], size: w.shape[1] }));
  const other = sizes.find((s) => s.width !== sizes[0].width);
  if (other) {
    throw new ConfigError(
      "CONFIG_INVALID",
      `${where}: heads of one width; got ${sizes[0].width} for task ${sizes[0].name} and ${other.width} for task ${other.name}`,
      { hint: "give all towers the same last width" },
    );
  }
  const layout = layoutOf(sizes);
  if (row.form === "proximal") row.value(zeros(layout), config, layout);
  else if (builder.training) {
    const weights = [...heads.values()];
    const matrix = weights.length > 1 ? concat(weights, 1) : weights[0];
    builder.addPenalty(row.penalty(matrix, config, layout));
  }
}

/**
 * The penalties that act by proximal maps on heads: one for each network within the model that has
 * heads of its own, found by the names of their weights.
 */
export function headPenalties(
  { slots }: ParameterLayout,
  tasks: readonly string[],
  config: Choice,
): MatrixPenalty[] {
  if (config.type === "none") return [];
  const row = regularizers[config.type as keyof typeof regularizers] as Regularizer;
  if (row.form !== "proximal") return [];
  const found = tasks.flatMap((task) => {
    const last = `head.${task}.weight`;
    return slots.flatMap(({ name }) =>
      name === last || name.endsWith(`.${last}`) ? [name.slice(0, -last.length)] : [],
    );
  });
  const scopes = [...new Set(found)];
  return scopes.map((scope) => {
    const heads = tasks.flatMap((name) => {
      const slot = slots.find((s) => s.name === `${scope}head.${name}.weight`);
      return slot ? [{ name, slot }] : [];
    });
    const layout = layoutOf(
      heads.map(({ name, slot: { shape } }) => ({ name, width: shape[0], size: shape[1] })),
    );
    return {
      parameters: heads.map(({ slot }) => slot),
      value: (w) => row.value(w, config, layout),
      prox: (w, step) => row.prox(w, step, config, layout),
    };
  });
}

function layoutOf(
  heads: readonly { readonly name: string; readonly width: number; readonly size: number }[],
): WeightLayout {
  let outputs = 0;
  const tasks = heads.map(({ name, size }) => {
    outputs += size;
    return { name, start: outputs - size, size };
  });
  return { features: heads[0]?.width ?? 0, outputs, tasks };
}

function zeros({ features, outputs }: WeightLayout): Float64Array {
  return new Float64Array(features * outputs);
}
