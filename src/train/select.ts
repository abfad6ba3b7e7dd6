import { ConfigError, didYouMean } from "../core/errors.ts";

/** The validation score of every task after an epoch, turned so that higher is better; NaN = none. */
export type EpochScores = readonly number[];

export type SelectionRule =
  | "meanRank"
  | "all"
  | "any"
  | { readonly task: number }
  /** A task that was declared as one and became one a value, by its name. */
  | { readonly declared: string };

/**
 * Reads a rule from the configuration.
 * @param declared names of tasks that became one for each value of a column.
 * @throws ConfigError for a name that is no rule and no task.
 */
export function selectionRule(
  text: string,
  tasks: readonly string[],
  declared: readonly string[] = [],
): SelectionRule {
  const task = tasks.indexOf(text);
  if (task >= 0) return { task };
  if (declared.includes(text)) return { declared: text };
  if (text === "meanRank" || text === "all" || text === "any") return text;
  const near = didYouMean(text, ["meanRank", "all", "any", ...declared, ...tasks]);
  if (text === "test") {
    throw new ConfigError(
      "CONFIG_INVALID",
      'training.earlyStopping.rule: a rule on validation rows; got "test"',
      {
        hint: "test rows never choose a model; use meanRank, all, any or a task",
      },
    );
  }
  throw new ConfigError(
    "CONFIG_INVALID",
    `training.earlyStopping.rule: meanRank, all, any or a task (${listed([...declared, ...tasks])}); got ${JSON.stringify(text)}`,
    { hint: near && `did you mean ${near}?` },
  );
}

/**
 * Whether the last epoch is better than all before it under a rule; of equals the earliest is.
 * - `meanRank`: rank all epochs so far on each task; the last has the lowest mean rank.
 * - `all`: it improves on the record of some task and falls short of none; records are those of the
 *   epochs that were best before.
 * - `any`: it sets a new record on some task.
 * - a task: it has the task's best score; of one that became several, over the rows of them all, which is then
 *   the only score of an epoch.
 */
export function isBestSoFar(history: readonly EpochScores[], rule: SelectionRule): boolean {
  const last = history.length - 1;
  if (last <= 0) return last === 0;
  if (typeof rule === "object") return isTop(history.map((s) => s["task" in rule ? rule.task : 0]));
  if (rule === "meanRank") return isTop(meanRanks(history).map((rank) => -rank));
  const record = [...history[0]];
  let best = 0;
  for (let e = 1; e <= last; e++) {
    const scores = history[e];
    const better = scores.some((score, i) => isAbove(score, record[i]));
    const worse = scores.some((score, i) => isAbove(record[i], score));
    if (!better || (rule === "all" && worse)) continue;
    best = e;
    for (const [i, score] of scores.entries()) if (isAbove(score, record[i])) record[i] = score;
  }
  return best === last;
}

/** The rule for some of the tasks: where it names others alone, epochs are chosen by `meanRank`. */
export function ruleAmong(
  rule: string,
  tasks: readonly NamedTask[],
  all: readonly NamedTask[],
): string {
  const names = (list: readonly NamedTask[]) => list.flatMap((t) => [t.name, t.group?.task]);
  return names(all).includes(rule) && !names(tasks).includes(rule) ? "meanRank" : rule;
}

/** As much of a task as rules name. */
interface NamedTask {
  readonly name: string;
  readonly group?: { readonly task: string };
}

/** Names in words, the first of many. */
function listed(names: readonly string[]): string {
  return names.length > 12 ? `${names.slice(0, 8).join(", ")}, …` : names.join(", ");
}

/** Whether a score beats another; any beats NaN. */
function isAbove(score: number, other: number): boolean {
  return score > other || (Number.isNaN(other) && !Number.isNaN(score));
}

/** Whether the last of some scores beats all others. */
function isTop(scores: readonly number[]): boolean {
  const last = scores.length - 1;
  return scores.every((score, i) => i === last || isAbove(scores[last], score));
}

/** Mean over tasks of each epoch's rank (1 is best, ties share their mean, NaN ranks last). */
export function meanRanks(history: readonly EpochScores[]): number[] {
  const total = new Array<number>(history.length).fill(0);
  const tasks = history[0].length;
  for (let t = 0; t < tasks; t++) {
    const value = (e: number) => (Number.isNaN(history[e][t]) ? -Infinity : history[e][t]);
    const order = history.map((_, e) => e).sort((a, b) => value(b) - value(a) || a - b);
    for (let i = 0; i < order.length; ) {
      let j = i;
      while (j + 1 < order.length && value(order[j + 1]) === value(order[i])) j++;
      for (let k = i; k <= j; k++) total[order[k]] += (i + j) / 2 + 1;
      i = j + 1;
    }
  }
  return total.map((sum) => sum / tasks);
}
