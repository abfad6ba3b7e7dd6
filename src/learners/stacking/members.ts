/** The models of a stack: which inputs each sees, by which family. */
import { ConfigError, didYouMean, show } from "../../core/errors.ts";
import { type RowStore, selectEntries } from "../../data/rows.ts";
import { type ViewName, viewPrefix } from "../../modalities/views.ts";
import type { Part, Problem, ProblemInput } from "../../train/problem.ts";
import type { Family } from "../learner.ts";
import { partsOf } from "../neural/parts.ts";
import type { MemberFamilies, StackingConfig } from "./config.ts";

export interface Member {
  readonly name: string;
  /** Names of its inputs. */
  readonly inputs: readonly string[];
  readonly family: Family;
  readonly config: unknown;
}

type Inputs = readonly Pick<ProblemInput, "name" | "modality">[];

/**
 * The members that a configuration names, or those of the usual kind for the inputs.
 * @throws ConfigError CONFIG_INVALID for an input that there is not, or a family that cannot read one.
 */
export function membersOf(
  inputs: Inputs,
  { members }: Pick<StackingConfig, "members">,
  families: MemberFamilies,
): Member[] {
  const named = Object.entries(members);
  const made =
    named.length > 0
      ? named.map(([name, { inputs: seen, learner }]) => {
          const { type, ...options } = learner as { type: string };
          const family = families[type];
          const all = inputs.map((i) => i.name);
          return { name, inputs: seen ?? all, family, config: family.config.parse(options) };
        })
      : usual(inputs, families);
  for (const member of made) check(member, inputs);
  return made;
}

function usual(inputs: Inputs, families: MemberFamilies): Member[] {
  return partsOf(inputs).map(({ name, inputs: places }) => {
    const seen = places.map((i) => inputs[i]);
    const plain = seen.every(({ modality: m }) => m.block === "table" || m.name === "text");
    const family = families[plain ? "linear" : "neural"];
    return { name, inputs: seen.map((i) => i.name), family, config: family.config.parse({}) };
  });
}

function check({ name, inputs: seen, family }: Member, inputs: Inputs): void {
  const path = ["learner", "members", name, "inputs"];
  const refuse = (expected: string, got: string, hint: string | undefined) =>
    new ConfigError("CONFIG_INVALID", `${path.join(".")}: ${expected}; got ${got}`, {
      hint,
      details: { path },
    });
  const names = inputs.map((i) => i.name);
  for (const input of seen) {
    const found = inputs.find((i) => i.name === input);
    if (!found) {
      const near = didYouMean(input, names);
      throw refuse(
        `names of inputs (${names.join(", ")})`,
        show(input),
        near && `did you mean ${near}?`,
      );
    }
    const { modalities } = family.can;
    if (modalities !== "all" && !modalities.includes(found.modality.name)) {
      throw refuse(
        `inputs that the family ${family.name} can read`,
        `${input}, of type ${found.modality.name}`,
        "choose another family for this member",
      );
    }
  }
}

/** What a stack reads of each input: the views of the members that see it. */
export function viewsOfMembers(
  members: readonly Member[],
  inputs: Inputs,
): Record<string, ViewName> {
  return Object.fromEntries(
    inputs.map(({ name }) => {
      const read = new Set(
        members.filter((m) => m.inputs.includes(name)).map((m) => m.family.can.view),
      );
      const both = read.size > 1 || read.has("both");
      return [name, both ? "both" : ([...read][0] ?? "features")];
    }),
  );
}

/** An entry of a member's rows: its name in the rows of the stack, and its own. */
interface Renamed {
  readonly from: string;
  readonly to: string;
}

/** The entries that a member reads, of those that the stack has: its inputs by its view, and all labels. */
export function entriesOf(
  { inputs, family }: Member,
  tasks: Problem["tasks"],
  entries: readonly string[],
): Renamed[] {
  const prefix = viewPrefix[family.can.view as keyof typeof viewPrefix];
  const known = new Set(entries);
  const own = inputs.flatMap((input) =>
    entries.flatMap((from) => {
      if (!from.startsWith(`${input}.`)) return [];
      const feed = from.slice(input.length + 1);
      const other = Object.values(viewPrefix).some((p) => p !== prefix && feed.startsWith(p));
      if (other) return [];
      return [
        { from, to: feed.startsWith(prefix) ? `${input}.${feed.slice(prefix.length)}` : from },
      ];
    }),
  );
  const labels = tasks.flatMap(({ name }) => [`${name}.label`, `${name}.weight`]);
  return [...own, ...labels.filter((n) => known.has(n)).map((n) => ({ from: n, to: n }))];
}

/** The rows of a stack as a member reads them. */
export function memberStore(member: Member, tasks: Problem["tasks"], store: RowStore): RowStore {
  const names = store.layout.map((entry) => entry.name);
  return selectEntries(store, entriesOf(member, tasks, names));
}

/** The problem of a stack as a member has it. */
export function memberProblem(member: Member, problem: Problem): Problem {
  const { inputs, tasks, train, validation, seed } = problem;
  const part = <P extends Part | undefined>(whole: P): P =>
    whole && { ...whole, store: memberStore(member, tasks, whole.store) };
  return {
    inputs: inputs.filter((i) => member.inputs.includes(i.name)),
    tasks,
    train: part(train),
    validation: part(validation),
    seed,
  };
}
