/** From scores of models to the front among them. */
import type { FrontRecord, Measure } from "../report/record.ts";
import { dominates, hypervolume } from "../weighting/pareto.ts";

/** A task with what the constant prediction scores on its validation rows. */
export interface FrontTask {
  readonly name: string;
  readonly metric: string;
  readonly better: "higher" | "lower";
  readonly reference: number;
}

/** A model with its scores, in the order of the tasks. */
export interface PlacedModel {
  readonly number: number;
  readonly folder: string;
  readonly preference: readonly number[];
  readonly validation: readonly Measure[];
  readonly test: readonly Measure[] | undefined;
}

/**
 * Which models no other beats on all tasks, the volume between them and the baseline, and which of them
 * gains the most: the product of its gains over the baseline, whose order does not depend on the tasks'
 * units; of equal ones that of the more even preference.
 * Where no model beats the baseline on every task, the main one is that of the most even preference.
 * Models without a score on some task are not placed.
 */
export function frontOf(
  tasks: readonly FrontTask[],
  models: readonly PlacedModel[],
): Omit<FrontRecord, "failures"> {
  const sign = tasks.map(({ better }) => (better === "higher" ? -1 : 1));
  const placed = models.filter(({ validation }) => validation.every((v) => v !== null));
  const costs = placed.map(({ validation }) => validation.map((v, i) => sign[i] * (v as number)));
  const reference = tasks.map((task, i) => sign[i] * task.reference);
  const best = new Set(
    placed
      .filter((_, i) => !costs.some((other) => dominates(other, costs[i])))
      .map(({ number }) => number),
  );
  const volumes = new Map(
    placed.map(({ number }, i) => [number, hypervolume([costs[i]], reference)]),
  );
  const total = hypervolume(costs, reference);
  const single = Math.max(0, ...volumes.values());
  const unevenness = ({ preference }: PlacedModel) =>
    preference.reduce((sum, p) => sum + Math.abs(p - 1 / preference.length), 0);
  const even = [...models].sort((a, b) => unevenness(a) - unevenness(b))[0];
  const knee = placed
    .filter(({ number }) => best.has(number) && (volumes.get(number) as number) > 0)
    .sort(
      (a, b) =>
        (volumes.get(b.number) as number) - (volumes.get(a.number) as number) ||
        unevenness(a) - unevenness(b),
    )[0];
  return {
    tasks,
    models: models.map((model) => ({
      ...model,
      dominated: !best.has(model.number),
      volume: volumes.get(model.number) ?? null,
    })),
    hypervolume: total,
    share: single > 0 ? total / single : null,
    main: (knee ?? even).number,
  };
}
