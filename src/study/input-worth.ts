/** What each input is worth to each task: scores without it, with it alone, and with it broken. */
import { KeyedPermutation } from "../core/permutation.ts";
import { Random } from "../core/random.ts";
import type { RowStore } from "../data/rows.ts";
import { partsOf } from "../learners/neural/parts.ts";
import type { FitOutcome } from "../model/fit.ts";
import type { PartName } from "../model/placed-rows.ts";
import { holdsOrder } from "../train/batches.ts";
import { evaluatePart } from "../train/evaluation.ts";
import { Linker } from "../train/link.ts";
import type { ProblemTask } from "../train/problem.ts";
import { subsetPart } from "../train/subset.ts";
import { Alterations, type Change, missingCell } from "./altered-rows.ts";

/** Rows that are scored at most. */
const mostRows = 1000;
/** Players up to which every subset is scored. */
const everySubset = 5;
/** More inputs than this are not asked about. */
const mostPlayers = 24;
/** Orders of the inputs that a sampled Shapley value is the mean of, and as many reversed. */
const orders = 6;
/** Tasks that are scored at most. */
const mostTasks = 24;

/** The primary metric of each task, by name; null where it has no value. */
export type Scores = Readonly<Record<string, number | null>>;

export interface InputWorth {
  readonly part: Exclude<PartName, "train">;
  readonly rows: number;
  /** The inputs, those of a table as one where there are others. */
  readonly players: readonly string[];
  readonly tasks: readonly {
    readonly name: string;
    readonly metric: string;
    readonly better: "higher" | "lower";
  }[];
  /** Scores with some of the inputs there and the others missing in every row. */
  readonly subsets: readonly { readonly inputs: readonly string[]; readonly scores: Scores }[];
  /** What each player adds to the metric, turned so that more is better, a task. @cite shapley1953 */
  readonly shapley: Readonly<Record<string, Readonly<Record<string, number | null>>>>;
  /** Whether those are over all orders of the inputs, or some drawn at random. */
  readonly exact: boolean;
  /** Scores with one player's cells missing, or those of other rows, in a growing share of the rows. */
  readonly broken: readonly {
    readonly input: string;
    readonly how: "missing" | "swapped";
    readonly points: readonly { readonly share: number; readonly scores: Scores }[];
  }[];
}

const shares = [0, 0.1, 0.25, 0.5, 0.75, 1] as const;

/**
 * Scores a fitted model on rows with inputs missing or broken. Nothing is learned anew: this is what the
 * model that was trained makes of such rows. Undefined where there is but one input, or too many.
 */
export async function inputWorth(
  outcome: FitOutcome,
  part: Exclude<PartName, "train">,
  seed: number,
): Promise<InputWorth | undefined> {
  const rows = outcome.parts[part];
  const players = playersOf(outcome);
  const tasks = outcome.tasks.filter((t) => !t.kind.objective && t.group === undefined);
  if (!rows || players.length < 2 || players.length > mostPlayers) return undefined;
  if (tasks.length === 0 || tasks.length > mostTasks) return undefined;
  const count = Math.min(mostRows, rows.store.rows);
  const chosen = someRows(rows.store, count, seed);
  const sample = subsetPart(rows, chosen);
  const alterations = await Alterations.create(sample.store, outcome.inputs, outcome.views);
  const linker = await Linker.create(tasks);
  try {
    const score = async (changes: readonly Change[]): Promise<Scores> => {
      const changed = { ...sample, store: alterations.altered(changes) };
      const found = await evaluatePart(outcome.fitted, linker, tasks, changed);
      return Object.fromEntries(
        tasks.map(({ name, kind }) => {
          const value = found[name].metrics[kind.primary];
          return [name, Number.isFinite(value) ? value : null];
        }),
      );
    };
    const none = new Int32Array(count).fill(missingCell);
    const known = new Map<number, Scores>();
    /** Scores with the players of a bit set there. */
    const withPlayers = async (there: number): Promise<Scores> => {
      const found =
        known.get(there) ??
        (await score(
          players.flatMap(({ inputs }, p) => ((there >> p) & 1 ? [] : [{ inputs, from: none }])),
        ));
      known.set(there, found);
      return found;
    };
    const exact = players.length <= everySubset;
    const { shapley, shown } = exact
      ? await overSubsets(players.length, tasks, withPlayers)
      : await overOrders(players.length, tasks, withPlayers, seed);
    const broken: InputWorth["broken"][number][] = [];
    for (const player of players) {
      for (const how of ["missing", "swapped"] as const) {
        const points = [];
        for (const share of shares) {
          const from = breakRows(count, share, how, seed);
          const scores = share === 0 ? await withPlayers(2 ** players.length - 1) : undefined;
          points.push({
            share,
            scores: scores ?? (await score([{ inputs: player.inputs, from }])),
          });
        }
        broken.push({ input: player.name, how, points });
      }
    }
    return {
      part,
      rows: count,
      players: players.map((p) => p.name),
      tasks: tasks.map(({ name, kind }) => ({
        name,
        metric: kind.primary,
        better: kind.direction(kind.primary),
      })),
      subsets: shown.map((there) => ({
        inputs: players.filter((_, p) => (there >> p) & 1).map((p) => p.name),
        scores: known.get(there) as Scores,
      })),
      shapley: Object.fromEntries(
        tasks.map(({ name }, t) => [
          name,
          Object.fromEntries(players.map((p, i) => [p.name, shapley[t][i]])),
        ]),
      ),
      exact,
      broken,
    };
  } finally {
    await linker.dispose();
  }
}

/** Rows drawn at random, ascending. */
function someRows(store: RowStore, count: number, seed: number): Int32Array {
  if (holdsOrder(store))
    return Random.from(seed, "worth").permutation(store.rows).slice(0, count).sort();
  const order = new KeyedPermutation(store.rows, seed, "worth");
  return Int32Array.from({ length: count }, (_, i) => order.at(i)).sort();
}

interface Player {
  readonly name: string;
  readonly inputs: readonly string[];
}

/** The parts that are fused; the single inputs where those are but one part. */
function playersOf({ inputs }: FitOutcome): Player[] {
  const parts = partsOf(inputs);
  if (parts.length === 1) return inputs.map(({ name }) => ({ name, inputs: [name] }));
  return parts.map(({ name, inputs: places }) => ({
    name,
    inputs: places.map((i) => inputs[i].name),
  }));
}

/** Row numbers with a share of them missing, or each that of another row among the share. */
function breakRows(
  rows: number,
  share: number,
  how: "missing" | "swapped",
  seed: number,
): Int32Array {
  const from = Int32Array.from({ length: rows }, (_, i) => i);
  const order = Random.from(seed, "broken").permutation(rows);
  const broken = order.subarray(0, Math.round(share * rows));
  // The next one in a random order: nobody keeps its own.
  broken.forEach((row, i) => {
    from[row] = how === "missing" ? missingCell : broken[(i + 1) % broken.length];
  });
  return from;
}

interface Worths {
  /** [task][player] */
  readonly shapley: readonly (readonly (number | null)[])[];
  /** Bit sets of players that are worth showing. */
  readonly shown: readonly number[];
}

type ScoreSet = (there: number) => Promise<Scores>;

const gain = ({ kind }: ProblemTask, scores: Scores, name: string): number => {
  const value = scores[name] ?? Number.NaN;
  return kind.direction(kind.primary) === "higher" ? value : -value;
};

/** Shapley values from all subsets. */
async function overSubsets(
  players: number,
  tasks: readonly ProblemTask[],
  score: ScoreSet,
): Promise<Worths> {
  const all: Scores[] = [];
  for (let there = 0; there < 2 ** players; there++) all.push(await score(there));
  const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));
  const bits = (set: number) => [...set.toString(2)].filter((b) => b === "1").length;
  const shapley = tasks.map((task) =>
    Array.from({ length: players }, (_, p) => {
      let sum = 0;
      for (let there = 0; there < all.length; there++) {
        if ((there >> p) & 1) continue;
        const size = bits(there);
        const weight = (factorial(size) * factorial(players - size - 1)) / factorial(players);
        const added =
          gain(task, all[there | (1 << p)], task.name) - gain(task, all[there], task.name);
        sum += weight * added;
      }
      return Number.isNaN(sum) ? null : sum;
    }),
  );
  const shown = all.map((_, there) => there).sort((a, b) => bits(b) - bits(a) || a - b);
  return { shapley, shown };
}

/** Shapley values from some orders of the players, each with its reverse. */
async function overOrders(
  players: number,
  tasks: readonly ProblemTask[],
  score: ScoreSet,
  seed: number,
): Promise<Worths> {
  const sums = tasks.map(() => new Float64Array(players));
  const random = Random.from(seed, "orders");
  for (let o = 0; o < orders; o++) {
    const order = [...random.permutation(players)];
    for (const way of [order, order.toReversed()]) {
      let there = 0;
      let before = await score(0);
      for (const p of way) {
        there |= 1 << p;
        const after = await score(there);
        tasks.forEach((task, t) => {
          sums[t][p] += gain(task, after, task.name) - gain(task, before, task.name);
        });
        before = after;
      }
    }
  }
  const everyone = 2 ** players - 1;
  const singles = Array.from({ length: players }, (_, p) => 1 << p);
  const shown = [everyone, ...singles.map((one) => everyone ^ one), ...singles, 0];
  for (const there of shown) await score(there);
  const shapley = sums.map((of) =>
    Array.from(of, (sum) => (Number.isNaN(sum) ? null : sum / (2 * orders))),
  );
  return { shapley, shown };
}
