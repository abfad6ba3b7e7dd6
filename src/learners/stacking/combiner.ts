/** How the raw outputs of a stack's members become those of the stack. */
import type { Tensor } from "../../compiler/graph.ts";
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

/**
 * A mean of the members' raw outputs with weights above 0 that are learned, times their sum, which makes
 * the decision surer or less sure, plus a bias. A member whose inputs are all missing in a row leaves
 * its weight to the others; where all are missing, all count. @cite breiman1996
 */
export function combinerNetwork(
  members: readonly Member[],
  tasks: readonly ProblemTask[],
  each: "task" | "output",
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
      const raw: Record<string, Tensor> = {};
      for (const task of tasks) {
        const { name } = task;
        const learn = members.filter((m) => tasksOf(m, [task]).length > 0);
        const present = learn.map((m) => there.get(m) as Tensor);
        const none = present
          .reduce((a, b) => a.maximum(b))
          .neg()
          .add(1);
        const counted = present.map((t) => t.add(none));
        const size = sizes.get(name) as number;
        const own = each === "task" ? 1 : size;
        builder.scope(name, () => {
          const weights = learn.map((m) =>
            builder
              .parameter(`weight.${m.name}`, [own], zeros)
              .add(start)
              .softplus()
              .mul(1 / learn.length),
          );
          const total = weights.reduce((a, b) => a.add(b));
          const share = weights.map((w, m) => counted[m].mul(w)).reduce((a, b) => a.add(b));
          const said = learn
            .map((m, i) => fed[saidBy(m.name, name)].mul(counted[i].mul(weights[i])))
            .reduce((a, b) => a.add(b));
          const bias = builder.parameter("bias", [size], values(new Float64Array(size)), {
            decay: false,
          });
          raw[name] = said.div(share).mul(total).add(bias);
        });
      }
      return raw;
    },
  };
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
