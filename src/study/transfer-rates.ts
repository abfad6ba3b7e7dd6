import type { TransferConfig } from "../config/transfer-config.ts";
import { ConfigError, didYouMean, show } from "../core/errors.ts";
import type { Network } from "../train/network.ts";
import type { RateRules } from "../train/rates.ts";
import type { ParameterPlan } from "./transfer-parameters.ts";

/** When carried parameters of a group begin to learn, and how fast. */
export interface RatePlan {
  readonly group: string;
  /** Numbers of the group that were carried. */
  readonly carried: number;
  readonly factor: number;
  readonly frozen: number | "always";
}

/** The rules of carried parameters: depth by depth from the heads down, then what is said of groups. */
export function carriedRules(
  { groupOf, groupsFromTop = [] }: Network,
  parameters: readonly ParameterPlan[],
  { decay, gradual, freeze, learningRates }: TransferConfig,
): RateRules {
  const present = new Set(
    parameters.filter((p) => p.how !== "unused").map((p) => groupOf?.(p.name)),
  );
  const depths = groupsFromTop.filter((g) => present.has(g));
  const byDepth = <T>(of: (depth: number) => T) =>
    Object.fromEntries(depths.map((group, depth) => [group, of(depth)]));
  const rules = {
    learningRates: { ...(decay < 1 ? byDepth((d) => decay ** d) : {}), ...learningRates },
    freeze: { ...(gradual > 0 ? byDepth((d) => d * gradual) : {}), ...freeze },
  };
  checkGroups(rules, parameters, groupOf);
  return rules;
}

/** @throws ConfigError CONFIG_INVALID for rates, which a family that is not trained step by step has none of. */
export function checkNoRates(
  family: string,
  { decay, gradual, freeze, learningRates }: TransferConfig,
): void {
  const said = [
    ...(decay < 1 ? ["decay"] : []),
    ...(gradual > 0 ? ["gradual"] : []),
    ...(Object.keys(freeze).length > 0 ? ["freeze"] : []),
    ...(Object.keys(learningRates).length > 0 ? ["learningRates"] : []),
  ];
  if (said.length === 0) return;
  throw new ConfigError(
    "CONFIG_INVALID",
    `transfer: rates and freezing for networks alone; got ${said.join(", ")} beside a ${family} model`,
    { hint: "transfer.pull says how far its weights may move from those of the trained model" },
  );
}

/** @throws ConfigError CONFIG_INVALID for a pull, which networks have none of. */
export function checkNoPull(family: string, { pull }: TransferConfig): void {
  if (pull === "auto") return;
  throw new ConfigError(
    "CONFIG_INVALID",
    `transfer.pull: auto beside a ${family} model; got ${pull}`,
    { hint: "learningRates, freeze, gradual and decay say how far a network may move" },
  );
}

/** @throws ConfigError CONFIG_INVALID for a group that no parameter of the new model belongs to. */
function checkGroups(
  rules: RateRules,
  parameters: readonly ParameterPlan[],
  groupOf: Network["groupOf"],
): void {
  const names = parameters.filter((p) => p.how !== "unused").map((p) => p.name);
  const known = new Set(names.flatMap((name) => [...dotted(name), groupOf?.(name) ?? name]));
  for (const option of ["learningRates", "freeze"] as const) {
    const bad = Object.keys(rules[option]).find((name) => !known.has(name));
    if (bad === undefined) continue;
    const coarse = [...new Set(names.flatMap((n) => groupOf?.(n) ?? []))];
    const encoders = [
      ...new Set(names.filter((n) => n.startsWith("encoder.")).map((n) => dotted(n)[1])),
    ];
    const near = didYouMean(bad, [...known]);
    throw new ConfigError(
      "CONFIG_INVALID",
      `transfer.${option}: groups of parameters (${[...coarse, ...encoders].join(", ")}, or the beginning of a parameter's name); got ${show(bad)}`,
      { hint: near && `did you mean ${near}?` },
    );
  }
}

function dotted(name: string): string[] {
  return name.split(".").map((_, i, words) => words.slice(0, i + 1).join("."));
}

export function ratePlans(
  { groupOf, groupsFromTop = [] }: Network,
  parameters: readonly ParameterPlan[],
  { learningRates, freeze }: RateRules,
): RatePlan[] {
  const fine = [...Object.keys(learningRates), ...Object.keys(freeze)].filter(
    (name) => !groupsFromTop.includes(name),
  );
  return [...groupsFromTop, ...new Set(fine)].flatMap((group): RatePlan[] => {
    const inside = parameters.filter(
      ({ name, how }) =>
        how !== "unused" &&
        (groupOf?.(name) === group || name === group || name.startsWith(`${group}.`)),
    );
    if (inside.length === 0) return [];
    const carried = inside.reduce((sum, p) => sum + p.copied, 0);
    const [factor, frozen] = [learningRates[group] ?? 1, freeze[group] ?? 0];
    return [{ group, carried, factor, frozen: factor === 0 ? "always" : frozen }];
  });
}
