import { concat, type Tensor } from "../../compiler/graph.ts";
import type { Choice } from "../../core/choice.ts";
import { ConfigError } from "../../core/errors.ts";
import type { Builder } from "../../nn/builder.ts";
import { xavier, zeros } from "../../nn/initializers.ts";
import type { ProximalPenalty, Regularizer, WeightLayout } from "../../regularizers/regularizer.ts";
import { regularizers } from "../../regularizers/regularizers.ts";
import type { ParameterLayout } from "../../train/parameters.ts";
import type { MatrixPenalty } from "../../train/penalty.ts";

const where = "learner.regularization.tasks";

/**
 * The weights of a head, `[width, size]`: a parameter, or the sum of one for each part where the regulariser
 * decomposes them. The first part starts as weights do, the others at 0.
 */
export function headWeight(builder: Builder, width: number, size: number, config: Choice): Tensor {
  return weightNames(chosen(config))
    .map((name, i) => builder.parameter(name, [width, size], i === 0 ? xavier : zeros))
    .reduce((sum, part) => sum.add(part));
}

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
  const row = chosen(config);
  if (!row) return;
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
  if (row.form !== "smooth") {
    // Options that do not fit the tasks are refused before anything is learned.
    const nothing = new Float64Array(layout.features * layout.outputs);
    for (const { penalty } of actingOn(row)) penalty.value(nothing, config, layout);
  } else if (builder.training) {
    const weights = [...heads.values()];
    const matrix = weights.length > 1 ? concat(weights, 1) : weights[0];
    builder.addPenalty(row.penalty(matrix, config, layout));
  }
}

/**
 * The penalties that act by proximal maps on heads: one for each network within the model that has
 * heads of its own, found by the names of their weights, and for each part of a decomposition.
 */
export function headPenalties(
  { slots }: ParameterLayout,
  tasks: readonly string[],
  config: Choice,
): MatrixPenalty[] {
  const row = chosen(config);
  if (!row || row.form === "smooth") return [];
  const [first] = weightNames(row);
  const found = tasks.flatMap((task) => {
    const last = `head.${task}.${first}`;
    return slots.flatMap(({ name }) =>
      name === last || name.endsWith(`.${last}`) ? [name.slice(0, -last.length)] : [],
    );
  });
  const scopes = [...new Set(found)];
  return scopes.flatMap((scope) =>
    actingOn(row).map(({ weight, penalty }) => {
      const heads = tasks.flatMap((name) => {
        const slot = slots.find((s) => s.name === `${scope}head.${name}.${weight}`);
        return slot ? [{ name, slot }] : [];
      });
      const layout = layoutOf(
        heads.map(({ name, slot: { shape } }) => ({ name, width: shape[0], size: shape[1] })),
      );
      return {
        parameters: heads.map(({ slot }) => slot),
        value: (w) => penalty.value(w, config, layout),
        prox: (w, step) => penalty.prox(w, step, config, layout),
      };
    }),
  );
}

function chosen(config: Choice): Regularizer | undefined {
  if (config.type === "none") return undefined;
  return regularizers[config.type as keyof typeof regularizers] as Regularizer;
}

/** Names of the parameters whose sum a head's weights are. */
function weightNames(row: Regularizer | undefined): string[] {
  return row?.form === "sum" ? row.parts.map((part) => `weight.${part.name}`) : ["weight"];
}

/** The penalties of a regulariser that is not smooth, and the name of the parameter that each acts on. */
function actingOn(
  row: Exclude<Regularizer, { form: "smooth" }>,
): readonly { readonly weight: string; readonly penalty: ProximalPenalty }[] {
  const penalties = row.form === "sum" ? row.parts.map((part) => part.penalty) : [row];
  return weightNames(row).map((weight, i) => ({ weight, penalty: penalties[i] }));
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
