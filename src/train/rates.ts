/** Which parameters learn how fast, and from which epoch on. */
import { ConfigError, didYouMean, show } from "../core/errors.ts";
import type { ParameterGroup } from "../optim/optimizer.ts";
import type { ParameterLayout, ParameterSlot } from "./parameters.ts";

/** Rates by group: the key is a group of the network, or the beginning of parameters' names up to a dot. */
export interface RateRules {
  /** Multiplies the learning rate; 0 holds the parameters as they are. */
  readonly learningRates: Readonly<Record<string, number>>;
  /** Epochs for which the parameters are held as they are, from the start, or always. */
  readonly freeze: Readonly<Record<string, number | "always">>;
}

/** The rules less those of the heads and towers of some tasks, which are not learned. */
export function withoutTasks(rules: RateRules, tasks: readonly string[]): RateRules {
  const gone = (name: string) =>
    tasks.some((task) =>
      ["head", "tower"].some((part) => `.${name}.`.includes(`.${part}.${task}.`)),
    );
  const kept = <T>(of: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(of).filter(([name]) => !gone(name)));
  return { learningRates: kept(rules.learningRates), freeze: kept(rules.freeze) };
}

/** The coarse group that a parameter belongs to, such as `encoders`, where the network has such. */
export type GroupOf = (parameter: string) => string | undefined;

export interface RateParts {
  readonly layout: ParameterLayout;
  readonly groupOf: GroupOf | undefined;
  /** Rules for all parameters. */
  readonly rules: RateRules;
  /** Rules for what came from another fit, where some did. */
  readonly carried?: RateRules;
  /** By parameter: which floats came from another fit, 1 each, or all of them. */
  readonly taken?: ReadonlyMap<string, Uint8Array | "all">;
}

interface Piece extends Rule {
  readonly start: number;
  readonly end: number;
  readonly decay: boolean;
}

/** What holds for a range: its factor and the epochs for which it is frozen. */
interface Rule {
  readonly factor: number;
  readonly frozen: number;
}

/** A parameter is cut into at most so many ranges; one that alternates more often learns as if nothing came. */
const mostRanges = 256;

/** The ranges of a flat vector with learning rates of their own, epoch by epoch. */
export class Rates {
  private readonly pieces: readonly Piece[];

  /** @throws ConfigError CONFIG_INVALID for a name that no parameter goes by. */
  constructor(parts: RateParts) {
    const { layout, groupOf, rules, carried, taken } = parts;
    checkNames(layout, groupOf, rules, "training");
    this.pieces = layout.slots.flatMap((slot) => {
      const names = namesOf(slot.name, groupOf);
      const base = ruleFor(names, rules);
      const came = carried && taken?.get(slot.name);
      const plain = { ...base, decay: slot.decay };
      if (came === undefined || !carried)
        return [{ ...plain, start: slot.start, end: slot.start + slot.size }];
      const both = combine(base, ruleFor(names, carried));
      return runsOf(slot, came).map((run) => ({
        ...(run.came ? { ...both, decay: slot.decay } : plain),
        start: run.start,
        end: run.end,
      }));
    });
  }

  /** Whether some range is frozen for a while, or learns at a rate of its own. */
  get varied(): boolean {
    return this.pieces.some((p) => p.factor !== 1 || p.frozen > 0);
  }

  /** Whether an epoch, counted from 0, has other groups than the one before. */
  changesAt(epoch: number): boolean {
    return epoch > 0 && this.pieces.some((p) => p.frozen === epoch);
  }

  /** Groups for the optimizer in an epoch, from 0: neighbours with the same rules form one. */
  groups(epoch: number, stepsPerEpoch: number): ParameterGroup[] {
    const groups: {
      start: number;
      end: number;
      weightDecay: boolean;
      learningRate: number;
      frozen: boolean;
      since: number;
    }[] = [];
    for (const { start, end, decay, factor, frozen: until } of this.pieces) {
      const frozen = factor === 0 || until > epoch;
      const since = frozen ? 0 : until * stepsPerEpoch;
      const last = groups.at(-1);
      if (
        last &&
        last.weightDecay === decay &&
        last.learningRate === factor &&
        last.frozen === frozen &&
        last.since === since
      ) {
        last.end = end;
      } else groups.push({ start, end, weightDecay: decay, learningRate: factor, frozen, since });
    }
    return groups;
  }

  /** The factor that all of some parameters have in an epoch, 0 where frozen; undefined where they differ. */
  common(parameters: readonly ParameterSlot[], epoch: number): number | undefined {
    const inside = this.pieces.filter((p) =>
      parameters.some((s) => p.start >= s.start && p.end <= s.start + s.size),
    );
    const factors = new Set(inside.map((p) => (p.frozen > epoch ? 0 : p.factor)));
    const [factor] = factors;
    return factors.size === 1 ? factor : undefined;
  }
}

/** Names that rules may use for a parameter, from the coarsest to the finest. */
function namesOf(name: string, groupOf: GroupOf | undefined): string[] {
  const group = groupOf?.(name);
  const prefixes = [...name.matchAll(/\./g)].map(({ index }) => name.slice(0, index));
  return [...(group === undefined ? [] : [group]), ...prefixes, name];
}

function ruleFor(names: readonly string[], { learningRates, freeze }: RateRules): Rule {
  const finest = <T>(of: Readonly<Record<string, T>>): T | undefined => {
    const name = names.findLast((n) => Object.hasOwn(of, n));
    return name === undefined ? undefined : of[name];
  };
  const until = finest(freeze) ?? 0;
  return {
    factor: finest(learningRates) ?? 1,
    frozen: until === "always" ? Number.POSITIVE_INFINITY : until,
  };
}

function combine(a: Rule, b: Rule): Rule {
  return { factor: a.factor * b.factor, frozen: Math.max(a.frozen, b.frozen) };
}

function runsOf(
  { start, size }: ParameterSlot,
  came: Uint8Array | "all",
): { readonly start: number; readonly end: number; readonly came: boolean }[] {
  if (came === "all") return [{ start, end: start + size, came: true }];
  const runs: { start: number; end: number; came: boolean }[] = [];
  for (let i = 0; i < size; i++) {
    const here = came[i] === 1;
    const last = runs.at(-1);
    if (last?.came === here) last.end = start + i + 1;
    else runs.push({ start: start + i, end: start + i + 1, came: here });
    if (runs.length > mostRanges) return [{ start, end: start + size, came: false }];
  }
  return runs;
}

/** @throws ConfigError CONFIG_INVALID for a name that no parameter goes by. */
function checkNames(
  { slots }: ParameterLayout,
  groupOf: GroupOf | undefined,
  rules: RateRules,
  where: string,
): void {
  const asked = (["learningRates", "freeze"] as const).flatMap((option) =>
    Object.keys(rules[option]).map((name) => ({ option, name })),
  );
  if (asked.length === 0) return;
  const known = new Set(slots.flatMap(({ name }) => namesOf(name, groupOf)));
  const bad = asked.find(({ name }) => !known.has(name));
  if (bad === undefined) return;
  const shown = groupNames(slots, groupOf);
  const near = didYouMean(bad.name, [...known]);
  throw new ConfigError(
    "CONFIG_INVALID",
    `${where}.${bad.option}: groups of parameters (${shown.join(", ")}, or the beginning of a parameter's name); got ${show(bad.name)}`,
    { hint: near && `did you mean ${near}?` },
  );
}

/** The groups to name in messages: coarse ones, then the first two words of names. */
function groupNames(
  slots: readonly Pick<ParameterSlot, "name">[],
  groupOf: GroupOf | undefined,
): string[] {
  const coarse = new Set(slots.flatMap(({ name }) => groupOf?.(name) ?? []));
  const fine = new Set(slots.map(({ name }) => name.split(".").slice(0, 2).join(".")));
  const list = [...coarse, ...fine];
  return list.length > 16 ? [...list.slice(0, 16), "…"] : list;
}
