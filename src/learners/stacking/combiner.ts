/** How the raw outputs of a stack's members become those of the stack. */
import { concat, type Tensor } from "../../compiler/graph.ts";
import { memoryRowStore, type RowStore, selectEntries } from "../../data/rows.ts";
import { values, zeros } from "../../nn/initializers.ts";
import type { Network } from "../../train/network.ts";
import type { ProblemTask } from "../../train/problem.ts";
import { type Member, tasksOf } from "./members.ts";

/** The name of what a member says of a task, in rows and feeds. */
export function saidBy(member: string, task: string): string {
  return `said:${member}:${task}`;
}

/** softplus⁻¹(1): where the weights begin. */
const start = Math.log(Math.E - 1);

/** How the members of a stack are joined. */
export interface Joining {
  readonly weights: "task" | "output";
  /** Weight of ½Σθ² on what is learned. */
  readonly l2: number;
  /** Weight of ½Σw² on the correction of a task by what is said of others; a task without it has no correction. */
  readonly across: Readonly<Record<string, number>>;
}

/** The tasks that may correct a task: all their members see is seen by one of its own. */
export function correctingTasks(
  task: ProblemTask,
  tasks: readonly ProblemTask[],
  members: readonly Member[],
): ProblemTask[] {
  const seenBy = (one: ProblemTask) =>
    members.flatMap((m) => (tasksOf(m, [one]).length > 0 ? m.inputs : []));
  const own = new Set(seenBy(task));
  return tasks.filter((other) => other !== task && seenBy(other).every((input) => own.has(input)));
}

/**
 * A mean of the members' raw outputs with weights above 0 that are learned, times their sum, which makes
 * the decision surer or less sure, plus a bias, plus a linear map of what the members say of other tasks (their plain mean, as
 * probabilities where there are classes). A member whose inputs are all missing in a row leaves its weight to the others;
 * where all are missing, all count. @cite breiman1996, breiman1997
 */
export function combinerNetwork(
  members: readonly Member[],
  tasks: readonly ProblemTask[],
  { weights: each, l2, across }: Joining,
): Network {
  const inputs = [...new Set(members.flatMap((m) => m.inputs))];
  const sizes = new Map(tasks.map((t) => [t.name, t.kind.outputSize(t.state)]));
  const feed = (name: string, size: number) => ({ name, dtype: "float32" as const, shape: [size] });
  return {
    feeds: [
      ...members.flatMap((m) =>
        tasksOf(m, tasks).map((t) => feed(saidBy(m.name, t.name), sizes.get(t.name) as number)),
      ),
      ...inputs.map((input) => feed(`${input}.present`, 1)),
    ],
    tasks,
    forward(builder, fed) {
      const there = new Map(
        members.map((m) => [
          m,
          m.inputs.map((input) => fed[`${input}.present`]).reduce((a, b) => a.maximum(b)),
        ]),
      );
      const ofTask = new Map(
        tasks.map((task) => {
          const learn = members.filter((m) => tasksOf(m, [task]).length > 0);
          const present = learn.map((m) => there.get(m) as Tensor);
          const none = present
            .reduce((a, b) => a.maximum(b))
            .neg()
            .add(1);
          const said = learn.map((m) => fed[saidBy(m.name, task.name)]);
          return [task, { learn, counted: present.map((t) => t.add(none)), said }];
        }),
      );
      const opinion = ({ kind }: ProblemTask, { counted, said }: Spoken): Tensor => {
        const mean = meanOf(said, counted);
        if (kind.posterior === undefined) return mean;
        return kind.posterior === "softmax" ? mean.softmax() : mean.sigmoid();
      };
      const raw: Record<string, Tensor> = {};
      for (const task of tasks) {
        const { name } = task;
        const { learn, counted, said } = ofTask.get(task) as Spoken;
        const size = sizes.get(name) as number;
        const own = each === "task" ? 1 : size;
        builder.scope(name, () => {
          const weights = learn.map((m) =>
            builder
              .parameter(`weight.${m.name}`, [own], zeros, { decay: l2 > 0 })
              .add(start)
              .softplus()
              .mul(1 / learn.length),
          );
          const total = weights.reduce((a, b) => a.add(b));
          const bias = builder.parameter("bias", [size], values(new Float64Array(size)), {
            decay: false,
          });
          const shares = weights.map((w, m) => counted[m].mul(w));
          raw[name] = meanOf(said, shares).mul(total).add(bias);
          if (across[name] === undefined) return;
          const others = correctingTasks(task, tasks, members);
          const opinions = others.map((other) => opinion(other, ofTask.get(other) as Spoken));
          const features = opinions.length > 1 ? concat(opinions, 1) : opinions[0];
          const map = builder.parameter("across", [features.shape[1], size], zeros);
          // One penalty holds for all parameters: the scale makes it the strength asked for.
          raw[name] = raw[name].add(
            features.mul(Math.sqrt(penaltyOf(l2) / across[name])).matmul(map),
          );
        });
      }
      return raw;
    },
  };
}

/** The penalty that the combiner's parameters are trained under. */
export function penaltyOf(l2: number): number {
  return l2 > 0 ? l2 : 1e-3;
}

/** What members say of a task, and where each of them counts, `[B, 1]`. */
interface Spoken {
  readonly learn: readonly Member[];
  readonly said: readonly Tensor[];
  readonly counted: readonly Tensor[];
}

function meanOf(said: readonly Tensor[], shares: readonly Tensor[]): Tensor {
  const sum = said.map((s, m) => s.mul(shares[m])).reduce((a, b) => a.add(b));
  return sum.div(shares.reduce((a, b) => a.add(b)));
}

/** Raw outputs a member and task, each `[rows, size]`. */
export type Said = ReadonlyMap<string, Readonly<Record<string, Float32Array>>>;

/** Rows of what members said, with where the inputs are there, and labels where the store has them. */
export function combinerRows(
  members: readonly Member[],
  tasks: readonly ProblemTask[],
  store: RowStore,
  rows: Int32Array,
  said: Said,
): RowStore {
  const inputs = [...new Set(members.flatMap((m) => m.inputs))].map((input) => `${input}.present`);
  const labels = tasks.flatMap(({ name }) => [`${name}.label`, `${name}.weight`]);
  const kept = store.layout.filter(({ name }) => inputs.includes(name) || labels.includes(name));
  const copied = kept.map(({ width }) => new Float32Array(rows.length * width));
  const same = kept.map(({ name }) => ({ from: name, to: name }));
  selectEntries(store, same).gather(rows, 0, rows.length, copied);
  const entries = [
    ...members.flatMap((m) =>
      tasksOf(m, tasks).map(({ name, kind, state }) => ({
        field: {
          name: saidBy(m.name, name),
          dtype: "float32" as const,
          width: kind.outputSize(state),
        },
        values: said.get(m.name)?.[name] as Float32Array,
      })),
    ),
    ...kept.map((field, i) => ({ field, values: copied[i] })),
  ];
  return memoryRowStore(
    entries.map((e) => e.field),
    rows.length,
    entries.map((e) => e.values),
  );
}
