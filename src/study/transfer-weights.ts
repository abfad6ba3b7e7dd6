import type { NamedWeights } from "../learners/named-weights.ts";
import type { LearnedTask } from "../train/learn.ts";
import type { WarmValue } from "../train/parameters.ts";
import {
  type CarriedParameters,
  type ContinuedInput,
  gather,
  type ParameterPlan,
  planOf,
  unusedPlan,
} from "./transfer-parameters.ts";
import type { TransferSource } from "./transfer-source.ts";
import { type ContinuedTask, outputSources } from "./transfer-tasks.ts";

/** Features of an input whose weights were carried, that are new, and that the new model lacks. */
export interface FeatureCounts {
  readonly known: number;
  readonly added: number;
  readonly gone: number;
}

/**
 * Finds the values that weights of features by outputs start from: those of the same features of the same
 * inputs, and of the same outputs of the same tasks.
 * @returns besides them, counts of features by input.
 */
export function carryWeights(
  source: TransferSource & { readonly weights: readonly NamedWeights[] },
  weights: readonly NamedWeights[],
  inputs: readonly ContinuedInput[],
  tasks: readonly ContinuedTask<LearnedTask>[],
): CarriedParameters & { readonly features: ReadonlyMap<string, FeatureCounts> } {
  const starts = new Map<string, number>();
  let total = 0;
  for (const { name, kind, state } of source.tasks) {
    starts.set(name, total);
    total += kind.outputSize(state);
  }
  const columns = tasks.flatMap((task) => {
    const { kind, state } = task.item;
    const found = outputSources(task) ?? Array.from({ length: kind.outputSize(state) }, () => []);
    return found.map((sources) =>
      sources.map(({ task: { name }, output }) => (starts.get(name) ?? 0) + output),
    );
  });
  const warmStart = new Map<string, WarmValue>();
  const features = new Map<string, FeatureCounts>();
  const used = new Set<string>();
  const plan: ParameterPlan[] = [];
  for (const parameter of weights) {
    const { name, shape, input } = parameter;
    const from = inputs.find(({ item }) => item.name === input)?.from?.name;
    const old = source.weights.find((one) =>
      input === undefined
        ? one.input === undefined
        : one.input !== undefined && one.input === from && one.feed === parameter.feed,
    );
    const rows = rowsOf(parameter, old);
    if (input !== undefined) count(features, input, rows, old);
    const known = old && source.values.get(old.name);
    const found =
      old && known
        ? {
            ...gather(shape, (row, column) =>
              rows[row] < 0 ? [] : columns[column].map((c) => known.values[rows[row] * total + c]),
            ),
            from: [old.name],
          }
        : undefined;
    plan.push(planOf(name, shape, found));
    if (found === undefined || found.copied === 0) continue;
    used.add(found.from[0]);
    warmStart.set(name, found.value);
  }
  for (const { name, shape } of source.weights)
    if (!used.has(name)) plan.push(unusedPlan(name, shape));
  return { plan, warmStart, features };
}

/** Where the rows of a parameter come from, −1 for features that are new; a name that comes again is another one. */
function rowsOf(now: NamedWeights, old: NamedWeights | undefined): Int32Array {
  if (now.input === undefined) return Int32Array.of(0);
  const places = new Map<string, number[]>();
  for (const [row, name] of (old?.input === undefined ? [] : old.features).entries())
    places.set(name, [...(places.get(name) ?? []), row]);
  return Int32Array.from(now.features, (name) => places.get(name)?.shift() ?? -1);
}

function count(
  features: Map<string, FeatureCounts>,
  input: string,
  rows: Int32Array,
  old: NamedWeights | undefined,
): void {
  const before = features.get(input) ?? { known: 0, added: 0, gone: 0 };
  const known = rows.reduce((sum, row) => sum + (row >= 0 ? 1 : 0), 0);
  const all = old?.input === undefined ? 0 : old.features.length;
  features.set(input, {
    known: before.known + known,
    added: before.added + rows.length - known,
    gone: before.gone + all - known,
  });
}
