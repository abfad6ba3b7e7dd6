import { ConfigError, didYouMean } from "../core/errors.ts";

/** The validation score of every task after an epoch, turned so that higher is better; NaN = none. */
export type EpochScores = readonly number[];

export type SelectionRule = "meanRank" | "all" | "any" | { readonly task: number };

/** Reads a rule from the configuration. @throws ConfigError for a name that is no rule and no task. */
export function selectionRule(text: string, tasks: readonly string[]): SelectionRule {
  const task = tasks.indexOf(text);
  if (task >= 0) return { task };
  if (text === "meanRank" || text === "all" || text === "any") return text;
  const near = didYouMean(text, ["meanRank", "all", "any", ...tasks]);
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
    `training.earlyStopping.rule: meanRank, all, any or a task (${tasks.join(", ")}); got ${JSON.stringify(text)}`,
    { hint: near && `did you mean ${near}?` },
  );
}

/**
 * The best of some epochs under a rule; the earliest of equals.
 * - `meanRank`: rank the epochs on each task, take the lowest mean rank.
 * - `all`: the last epoch that improved on the best so far without any task being worse.
 * - `any`: the last epoch that set a new best on some task.
 * - a task: the epoch with its best score.
 */
export function bestEpoch(history: readonly EpochScores[], rule: SelectionRule): number {
  if (history.length === 0) return -1;
  if (typeof rule === "object") return argmax(history.map((s) => s[rule.task]));
  if (rule === "meanRank") return argmax(meanRanks(history).map((r) => -r));
  let best = 0;
  const record = [...history[0]];
  for (let e = 1; e < history.length; e++) {
    const scores = history[e];
    const better = scores.some(
      (s, i) => s > record[i] || (Number.isNaN(record[i]) && !Number.isNaN(s)),
    );
    const worse = scores.some((s, i) => s < record[i]);
    if (!better || (rule === "all" && worse)) continue;
    best = e;
    scores.forEach((s, i) => {
      if (!(s <= record[i])) record[i] = Number.isNaN(s) ? record[i] : s;
    });
  }
  return best;
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

function argmax(values: readonly number[]): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) {
    if (values[i] > values[best] || (Number.isNaN(values[best]) && !Number.isNaN(values[i])))
      best = i;
  }
  return best;
}
