/** Most tasks for which every grouping is looked at: 4,140 of them for eight. */
const mostExact = 8;

/**
 * The grouping of tasks that has most affinity inside its groups, less what it costs to keep tasks apart
 * that would help each other: correlation clustering. All groupings are tried for up to eight tasks,
 * beyond those groups are merged and tasks moved as long as it helps. Among equals fewer groups win.
 * @param affinity `[K][K]`, from one task to another, above 0 where it helps.
 * @returns groups of task numbers, each ascending, ordered by their first. @cite bansal2004
 */
export function proposeGroups(affinity: readonly (readonly number[])[]): number[][] {
  const tasks = affinity.length;
  const pair = (i: number, j: number) => affinity[i][j] + affinity[j][i];
  const group = tasks <= mostExact ? bestPartition(tasks, pair) : grownPartition(tasks, pair);
  const groups = new Map<number, number[]>();
  group.forEach((g, task) => {
    const members = groups.get(g);
    if (members) members.push(task);
    else groups.set(g, [task]);
  });
  return [...groups.values()];
}

type Pair = (i: number, j: number) => number;

/** Tries every restricted growth string: task t joins one of the groups before it or opens the next. */
function bestPartition(tasks: number, pair: Pair): number[] {
  const current = new Array<number>(tasks).fill(0);
  let best = { score: Number.NEGATIVE_INFINITY, groups: 0, of: [...current] };
  const place = (task: number, used: number, score: number): void => {
    if (task === tasks) {
      const gain = score - best.score;
      if (gain > 1e-12 || (gain > -1e-12 && used < best.groups))
        best = { score, groups: used, of: [...current] };
      return;
    }
    for (let g = 0; g <= used; g++) {
      let gain = 0;
      for (let other = 0; other < task; other++)
        if (current[other] === g) gain += pair(task, other);
      current[task] = g;
      place(task + 1, Math.max(used, g + 1), score + gain);
    }
  };
  place(0, 0, 0);
  return best.of;
}

/** Merges the two groups that gain most until none gains, then moves single tasks. */
function grownPartition(tasks: number, pair: Pair): number[] {
  const group = Array.from({ length: tasks }, (_, t) => t);
  const members = (g: number) => group.flatMap((one, t) => (one === g ? [t] : []));
  const between = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, i) => sum + b.reduce((s, j) => s + (i === j ? 0 : pair(i, j)), 0), 0);
  for (;;) {
    const ids = [...new Set(group)];
    let best: { gain: number; a: number; b: number } | undefined;
    ids.forEach((a, k) => {
      for (const b of ids.slice(k + 1)) {
        const gain = between(members(a), members(b));
        if (gain >= -1e-12 && (best === undefined || gain > best.gain)) best = { gain, a, b };
      }
    });
    if (best === undefined) break;
    const { a, b } = best;
    for (const t of members(b)) group[t] = a;
  }
  for (let moved = true, rounds = 0; moved && rounds < 100; rounds++) {
    moved = false;
    for (let t = 0; t < tasks; t++) {
      const gain = (g: number) => between([t], members(g));
      const here = gain(group[t]);
      const options = [...new Set(group), tasks + t];
      const best = options.reduce((a, b) => (gain(b) > gain(a) ? b : a));
      if (gain(best) <= here + 1e-12) continue;
      group[t] = best;
      moved = true;
    }
  }
  return group;
}
