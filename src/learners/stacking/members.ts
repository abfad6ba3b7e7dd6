/** The models of a stack: which inputs each sees, by which family. */
import { ConfigError, didYouMean, show } from "../../core/errors.ts";
import { type RowStore, selectEntries } from "../../data/rows.ts";
import { type ViewName, viewPrefix } from "../../modalities/views.ts";
import type { Part, Problem, ProblemInput } from "../../train/problem.ts";
import type { Family } from "../learner.ts";
import { type NamedTask, namesOf } from "../per-task.ts";
import type { MemberFamilies, StackingConfig } from "./config.ts";

export interface Member {
  readonly name: string;
  /** Names of its inputs. */
  readonly inputs: readonly string[];
  /** Names of the tasks that it learns, or of those that they were declared as; undefined for all. */
  readonly tasks?: readonly string[];
  /** How many fits of it there are. */
  readonly copies: number;
  readonly family: Family;
  readonly config: unknown;
}

/** The tasks that a member learns. */
export function tasksOf<Task extends NamedTask>(
  { tasks: own }: Pick<Member, "tasks">,
  tasks: readonly Task[],
): Task[] {
  return tasks.filter((task) => own?.some((name) => namesOf([task]).includes(name)) ?? true);
}

type Inputs = readonly Pick<ProblemInput, "name" | "modality">[];

/**
 * The members that a configuration names, or those of the usual kind for the inputs and so many training rows.
 * @throws ConfigError CONFIG_INVALID for an input that there is not, or a family that cannot read one.
 */
export function membersOf(
  inputs: Inputs,
  { members }: Pick<StackingConfig, "members">,
  families: MemberFamilies,
  rows = 0,
): Member[] {
  const named = Object.entries(members);
  const made =
    named.length > 0
      ? named.map(([name, { inputs: seen, tasks, copies, learner }]) => {
          const { type, ...options } = learner as { type: string };
          const family = families[type];
          const all = inputs.map((i) => i.name);
          const config = family.config.parse(options);
          return { name, inputs: seen ?? all, tasks, copies, family, config };
        })
      : usual(inputs, families, rows);
  for (const member of made) check(member, inputs);
  return made;
}

/** Strengths of the usual linear member, as `select.l2` has them: each task gets its own of them. */
const strengths = [1, 0.3, 0.1, 0.03, 0.01, 3e-3, 1e-3, 3e-4, 1e-4];

/** What a network beside linear models needs: to be small and to forget much. */
const small = { trunk: { sizes: [128], dropout: 0.3 } };

/** Copies of a network where rows are so few that it differs from seed to seed, and what few is. */
const steadied = { copies: 3, rows: 2000 };

/**
 * A linear model and a network of what is told in words, numbers and names, and a network of each other input, which could
 * drown them in a network of all.
 */
function usual(inputs: Inputs, families: MemberFamilies, rows: number): Member[] {
  const isPlain = ({ modality: m }: Inputs[number]) => m.block === "table" || m.name === "text";
  const plain = inputs.filter(isPlain);
  const member = (
    name: string,
    of: Inputs,
    family: Family,
    options: object,
    copies = 1,
  ): Member => ({
    name,
    inputs: of.map((i) => i.name),
    copies,
    family,
    config: family.config.parse(options),
  });
  const select = { l2: strengths, folds: 3 };
  const copies = rows <= steadied.rows ? steadied.copies : 1;
  const ofPlain =
    plain.length === 0
      ? []
      : [
          member("linear", plain, families.linear, { select }),
          member("network", plain, families.neural, small, copies),
        ];
  const others = inputs.filter((input) => !isPlain(input));
  const memberNames = new Set(ofPlain.map((m) => m.name));
  return [
    ...ofPlain,
    ...others.map((i) =>
      member(memberNames.has(i.name) ? `${i.name}:input` : i.name, [i], families.neural, small),
    ),
  ];
}

/** @throws ConfigError CONFIG_INVALID for a task that there is not, or that no member learns. */
export function checkTasks(members: readonly Member[], tasks: readonly NamedTask[]): void {
  const names = namesOf(tasks);
  for (const { name, tasks: own = [] } of members) {
    for (const task of own) {
      if (names.includes(task)) continue;
      const path = ["learner", "members", name, "tasks"];
      const near = didYouMean(task, names);
      throw new ConfigError(
        "CONFIG_INVALID",
        `${path.join(".")}: names of tasks (${names.join(", ")}); got ${show(task)}`,
        { hint: near && `did you mean ${near}?`, details: { path } },
      );
    }
  }
  const left = tasks.find((task) => members.every((m) => tasksOf(m, [task]).length === 0));
  if (left === undefined) return;
  throw new ConfigError(
    "CONFIG_INVALID",
    `learner.members: a member for each task; none learns ${left.name}`,
    {
      hint: "name it under the `tasks` of a member, or add a member without `tasks`",
      details: { path: ["learner", "members"] },
    },
  );
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

/** The entries that a member reads, of those that the stack has: its inputs by its view, and labels of its tasks. */
export function entriesOf(
  { inputs, family, tasks: learned }: Member,
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
  const labels = tasksOf({ tasks: learned }, tasks).flatMap(({ name }) => [
    `${name}.label`,
    `${name}.weight`,
  ]);
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
    tasks: tasksOf(member, tasks),
    train: part(train),
    validation: part(validation),
    seed,
  };
}
