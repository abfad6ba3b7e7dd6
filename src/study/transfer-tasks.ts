import type { TransferConfig } from "../config/transfer-config.ts";
import type { TaskKind } from "../tasks/task.ts";
import type { LearnedTask } from "../train/learn.ts";
import type { TaskGroup } from "../train/problem.ts";

/** As much of a task as matching looks at. */
interface Matched {
  readonly name: string;
  readonly kind: Pick<TaskKind, "name">;
  readonly group?: TaskGroup;
}

/** A task of the new model, with those of the trained model that it continues. */
export interface ContinuedTask<Task extends Matched = Matched> {
  readonly item: Task;
  /** Its head starts from theirs, from the mean where they are several; anew where there is none. */
  readonly from: readonly Task[];
  /** What they are called in the trained model. */
  readonly old?: string;
  /** Its kind there, where that is another: then it starts anew. */
  readonly was?: string;
  readonly how: "same name" | "mapped" | "mean" | "new";
}

/** The name that a task was declared by: that of a value's task is the common one. */
export function declaredName({ name, group }: Matched): string {
  return group?.task ?? name;
}

/**
 * Which tasks of the trained model each new one continues: those of the same name, or of the one that is given.
 * Of tasks by the values of a column each value meets its own; a value that the trained model does not know,
 * and a task that is learned from all rows, start from the mean of all values, which is what the trained
 * model says of other rows.
 */
export function matchTasks<Task extends Matched>(
  tasks: readonly Task[],
  known: readonly Task[],
  given: TransferConfig["tasks"],
): ContinuedTask<Task>[] {
  const taken = new Set(Object.values(given));
  return tasks.map((item): ContinuedTask<Task> => {
    const declared = declaredName(item);
    const names = [item.name, declared];
    const key = names.find((name) => Object.hasOwn(given, name));
    const old = key === undefined ? undefined : given[key];
    const wanted = old === undefined ? names.filter((name) => !taken.has(name)) : [old];
    const found = wanted.map((name) => sourcesOf(item, name, known)).find((f) => f.length > 0);
    if (found === undefined) return { item, from: [], how: "new" };
    const called = found.length > 1 ? declaredName(found[0]) : found[0].name;
    if (found[0].kind.name !== item.kind.name)
      return { item, from: [], old: called, was: found[0].kind.name, how: "new" };
    const same = found[0].name === item.name || declaredName(found[0]) === declared;
    const how = found.length > 1 ? "mean" : same ? "same name" : "mapped";
    return { item, from: found, old: called, how };
  });
}

/** The known tasks behind a name: that task, that of the same value, or those of all values. */
function sourcesOf<Task extends Matched>(
  { group }: Task,
  name: string,
  known: readonly Task[],
): readonly Task[] {
  const exact = known.find((task) => task.name === name);
  if (exact) return [exact];
  const members = known.filter((task) => task.group?.task === name);
  const own = group && members.find((task) => task.group?.value === group.value);
  return own ? [own] : members;
}

/** An output of a task of the trained model. */
export interface OutputSource {
  readonly task: LearnedTask;
  readonly output: number;
}

/**
 * The outputs of the trained model whose mean each output of a task's head starts from, none for one that
 * starts anew; undefined where heads of its kind always do.
 */
export function outputSources({
  item,
  from,
}: ContinuedTask<LearnedTask>): (readonly OutputSource[])[] | undefined {
  const maps = from.map((task) => item.kind.carries?.(task.state, item.state));
  if (maps.length === 0 || maps.some((map) => map === undefined)) return undefined;
  return Array.from({ length: item.kind.outputSize(item.state) }, (_, output) =>
    maps.flatMap((map, i) => {
      const place = map?.[output] ?? -1;
      return place < 0 ? [] : [{ task: from[i], output: place }];
    }),
  );
}
