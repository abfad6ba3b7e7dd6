import type { TransferConfig } from "../config/transfer-config.ts";
import type { Drift } from "../modalities/carry.ts";
import type { LearnedInput, LearnedTask } from "../train/learn.ts";
import type { WarmStart } from "../train/parameters.ts";
import type { RateRules } from "../train/rates.ts";
import { mappingOf } from "./transfer-mapping.ts";
import {
  type CarriedParameters,
  type ContinuedInput,
  carryParameters,
  type ParameterPlan,
} from "./transfer-parameters.ts";
import {
  carriedRules,
  checkNoPull,
  checkNoRates,
  type RatePlan,
  ratePlans,
} from "./transfer-rates.ts";
import type { LearnerOptions, TransferSource } from "./transfer-source.ts";
import { type ContinuedTask, declaredName, matchTasks, outputSources } from "./transfer-tasks.ts";
import { carryWeights, type FeatureCounts } from "./transfer-weights.ts";
import { traceReads } from "./weight-reads.ts";

/** What becomes of an input. */
export interface InputPlan {
  readonly name: string;
  /** Its name in the trained model. */
  readonly from?: string;
  readonly how: "same name" | "mapped" | "new" | "dropped";
  readonly modality: string;
  /** Whether means and vocabulary are the trained model's, or learned from the new rows. */
  readonly state: "kept" | "refitted" | "learned" | "unused";
  readonly why: string;
  readonly drift: readonly Drift[];
  readonly vocabulary?: { readonly known: number; readonly added: number; readonly gone: number };
  /** Features whose weights were carried, that are new, and that are gone, where features have weights. */
  readonly features?: FeatureCounts;
}

/** What becomes of a task. */
export interface TaskPlan {
  readonly name: string;
  readonly from?: string;
  /** `mean` where it starts from the mean of the tasks of all values of a column. */
  readonly how: "same name" | "mapped" | "mean" | "new" | "dropped";
  readonly kind: string;
  readonly head: "reused" | "partly reused" | "fresh" | "unused";
  /** Outputs of the head that keep their meaning, and all. */
  readonly outputs: { readonly reused: number; readonly all: number };
  readonly why: string;
}

/** All that a transfer takes over; plain data. */
export interface TransferPlan {
  readonly inputs: readonly InputPlan[];
  readonly tasks: readonly TaskPlan[];
  readonly parameters: readonly ParameterPlan[];
  readonly rates: readonly RatePlan[];
  /** Numbers of the new model that were copied, and all; numbers of the trained model that found no use. */
  readonly totals: { readonly copied: number; readonly all: number; readonly unused: number };
}

/** What a fit needs of a plan. */
export interface PlannedStart {
  readonly plan: TransferPlan;
  readonly inputs: LearnedInput[];
  readonly tasks: LearnedTask[];
  readonly warmStart: WarmStart;
  readonly carriedRates: RateRules;
  readonly pull: TransferConfig["pull"];
}

/**
 * Decides what a fit takes over from a trained model, given what was learned from its own training rows.
 * @param learner the options of the new model.
 */
export function planTransfer(
  source: TransferSource,
  learned: { readonly inputs: readonly LearnedInput[]; readonly tasks: readonly LearnedTask[] },
  learner: LearnerOptions,
  config: TransferConfig,
): PlannedStart {
  const mapping = mappingOf(learned, source, {
    ...config,
    inputs: only(config.inputs, (name) => learned.inputs.some((i) => i.name === name)),
    tasks: only(config.tasks, (name) =>
      learned.tasks.some((t) => t.name === name || t.group?.task === name),
    ),
  });
  const decided = learned.inputs.map((input) => decideInput(input, source, mapping, config));
  const tasks = matchTasks(learned.tasks, source.tasks, config.tasks);
  const inputs = decided.map((d) => d.item);
  const carried = carry(source, learner, decided, tasks, config);
  const { plan: parameters, warmStart, carriedRates } = carried;
  const continued = new Set(decided.flatMap((d) => d.from?.name ?? []));
  // A value that the new rows lack is gone, though it counts in the mean that new values start from.
  const current = new Set(
    tasks
      .filter(({ how, item }) => how !== "mean" || item.group === undefined)
      .flatMap((t) => t.from.map(({ name }) => name)),
  );
  const sum = (of: (p: ParameterPlan) => number) => parameters.reduce((s, p) => s + of(p), 0);
  return {
    plan: {
      inputs: [
        ...decided.map((d) => ({ ...d.plan, features: carried.features?.get(d.item.name) })),
        ...source.inputs
          .filter((i) => !continued.has(i.name))
          .map(
            ({ name, modality }): InputPlan => ({
              name,
              how: "dropped",
              modality: modality.name,
              state: "unused",
              why: "the new table has no such input",
              drift: [],
            }),
          ),
      ],
      tasks: [
        ...tasks.map(taskPlan),
        ...source.tasks
          .filter((t) => !current.has(t.name))
          .map(
            ({ name, kind, state, group }): TaskPlan => ({
              name,
              how: "dropped",
              kind: kind.name,
              head: "unused",
              outputs: { reused: 0, all: kind.outputSize(state) },
              why:
                group && tasks.some((t) => t.item.group && t.old?.startsWith(group.task))
                  ? `the new training rows have no ${group.by} ${group.value}`
                  : "the new model has no such task",
            }),
          ),
      ],
      parameters,
      rates: carried.rates,
      totals: {
        copied: sum((p) => p.copied),
        all: sum((p) => (p.how === "unused" ? 0 : p.size)),
        unused: sum((p) => (p.how === "unused" ? p.size : 0)),
      },
    },
    inputs,
    tasks: [...learned.tasks],
    warmStart,
    carriedRates,
    pull: config.pull,
  };
}

/** The values that the new model's parameters start from, by layer or by feature. */
function carry(
  source: TransferSource,
  { type: _, ...options }: LearnerOptions,
  decided: readonly ContinuedInput[],
  tasks: readonly ContinuedTask<LearnedTask>[],
  config: TransferConfig,
): CarriedParameters & {
  readonly features?: ReadonlyMap<string, FeatureCounts>;
  readonly carriedRates: RateRules;
  readonly rates: readonly RatePlan[];
} {
  const { family } = source;
  const problem = { inputs: decided.map((d) => d.item), tasks: tasks.map((t) => t.item) };
  const parsed = family.config.parse(options);
  const { trace, weights } = source;
  if (weights && family.weights) {
    checkNoRates(family.name, config);
    const carried = carryWeights(
      { ...source, weights },
      family.weights(problem, parsed),
      decided,
      tasks,
    );
    return { ...carried, carriedRates: { learningRates: {}, freeze: {} }, rates: [] };
  }
  if (trace === undefined || family.network === undefined)
    throw new Error(`${family.name}: weights or a network, as transfer needs; got neither`);
  checkNoPull(family.name, config);
  const network = family.network(problem, parsed);
  const names = problem.inputs.map((i) => i.name);
  const carried = carryParameters({ ...source, trace }, traceReads(network, names), decided, tasks);
  const carriedRates = carriedRules(network, carried.plan, config);
  return { ...carried, carriedRates, rates: ratePlans(network, carried.plan, carriedRates) };
}

/** Entries of those that are there: a task may be impossible to learn in a fold. */
function only(
  map: Readonly<Record<string, string>>,
  isThere: (name: string) => boolean,
): Record<string, string> {
  return Object.fromEntries(Object.entries(map).filter(([name]) => isThere(name)));
}

interface DecidedInput extends ContinuedInput {
  readonly plan: InputPlan;
}

/** Whether an input continues one of the trained model, and with whose state. */
function decideInput(
  input: LearnedInput,
  source: TransferSource,
  mapping: ReadonlyMap<string, string>,
  config: TransferConfig,
): DecidedInput {
  const { name, modality } = input;
  const old = source.inputs.find((i) => i.name === mapping.get(name));
  const base = { name, modality: modality.name };
  if (old === undefined || old.modality.name !== modality.name) {
    const why = old
      ? `${old.name} was ${old.modality.name} in the trained model`
      : "the trained model has no such input";
    return {
      item: input,
      from: undefined,
      plan: { ...base, how: "new", state: "learned", why, drift: [] },
    };
  }
  const { carry } = modality;
  const drift = carry?.drift(old.state, input.state) ?? [];
  const [refit, why] = refits(old, input, drift, config);
  const refitted = carry?.refit?.(old.state, input.state) ?? input.state;
  const state = refit ? refitted : old.state;
  return {
    item: { ...input, state },
    from: old,
    plan: {
      ...base,
      from: old.name,
      how: old.name === name ? "same name" : "mapped",
      state: refit ? "refitted" : "kept",
      why,
      drift,
      vocabulary: carry?.vocabulary?.(old.state, input.state),
    },
  };
}

/** Whether a state is learned anew, and why. */
function refits(
  old: LearnedInput,
  input: LearnedInput,
  drift: readonly Drift[],
  { states, drift: threshold }: TransferConfig,
): readonly [boolean, string] {
  const differing = differingOptions(old, input);
  if (differing.length > 0) return [true, `other options: ${differing.join(", ")}`];
  if (states !== "auto") return [states === "refit", `asked for by transfer.states: ${states}`];
  if (old.modality.carry === undefined) return [false, "no drift is measured for its type"];
  const worst = [...drift].sort((a, b) => b.value - b.noise - (a.value - a.noise))[0];
  if (worst === undefined) return [false, "nothing to compare"];
  const beyond = worst.value - worst.noise > threshold;
  if (!beyond) return [false, `all drift is within ${threshold} of chance`];
  return [true, `${driftWords[worst.measure]} more than ${threshold} beyond chance`];
}

/** What a measure is called in sentences and tables. */
export const driftWords: Readonly<Record<Drift["measure"], string>> = {
  ks: "distance of distributions",
  totalVariation: "distance of frequencies",
  unknown: "share of unknown values",
  brightness: "difference of brightness",
  shape: "another count of numbers",
  missing: "difference in missing cells",
};

/** Options that differ in what they make of cells; those set to keep the encoder's width do not. */
function differingOptions(old: LearnedInput, input: LearnedInput): string[] {
  const { modality, options: before, state } = old;
  const pinned = (modality.carry?.options?.(state, before) ?? before) as Record<string, unknown>;
  const now = input.options as Record<string, unknown>;
  return Object.keys(now).filter((key) => JSON.stringify(now[key]) !== JSON.stringify(pinned[key]));
}

function taskPlan(task: ContinuedTask<LearnedTask>): TaskPlan {
  const { item, from, old, was, how } = task;
  const { name, kind, state, group } = item;
  const all = kind.outputSize(state);
  if (from.length === 0) {
    const why = was
      ? `${old} was ${was} in the trained model`
      : "the trained model has no such task";
    return { name, how: "new", kind: kind.name, head: "fresh", outputs: { reused: 0, all }, why };
  }
  const map = outputSources(task);
  const reused = map ? map.filter((sources) => sources.length > 0).length : 0;
  const before = kind.outputSize(from[0].state);
  const whose = group && from[0].group ? `${group.by} ${group.value} is new: ` : "";
  const why =
    map === undefined
      ? `heads of kind ${kind.name} start anew`
      : how === "mean" && reused > 0
        ? `${whose}the mean of the ${from.length} tasks of ${declaredName(from[0])}`
        : reused === all
          ? reused === before
            ? "the same outputs"
            : `all ${all} outputs are among the ${before} of the trained model`
          : reused === 0
            ? "other classes"
            : `${reused} of ${all} classes are known`;
  return {
    name,
    from: old,
    how,
    kind: kind.name,
    head: reused === 0 ? "fresh" : reused === all ? "reused" : "partly reused",
    outputs: { reused, all },
    why,
  };
}
