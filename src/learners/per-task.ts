/** Options of single tasks, by name; the tasks that a declared one became (`by`) go by its name as well. */

/** What names a task. */
export interface NamedTask {
  readonly name: string;
  readonly group?: { readonly task: string };
}

/** What is said of a task: by its own name, or else by that of the task it was declared as. */
export function saidOf<Said>(
  perTask: Readonly<Record<string, Said>>,
  { name, group }: NamedTask,
): Said | undefined {
  const key = [name, group?.task].find((k) => k !== undefined && Object.hasOwn(perTask, k));
  return key === undefined ? undefined : perTask[key];
}

/** What is said of some tasks, less the rest. */
export function saidOfSome<Said>(
  perTask: Readonly<Record<string, Said>>,
  tasks: readonly NamedTask[],
): Record<string, Said> {
  const names = new Set(namesOf(tasks));
  return Object.fromEntries(Object.entries(perTask).filter(([name]) => names.has(name)));
}

/** All names that options of tasks may have. */
export function namesOf(tasks: readonly NamedTask[]): string[] {
  return [...new Set(tasks.flatMap(({ name, group }) => [...(group ? [group.task] : []), name]))];
}
