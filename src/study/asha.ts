/** Asynchronous successive halving. @cite li2020asha */

/** A trial and the rung it is to reach. */
export interface RungJob {
  readonly trial: number;
  readonly rung: number;
}

export interface AshaOptions {
  /** Trials to begin, at most. */
  readonly trials: number;
  /** Epochs of each rung, ascending; the last is all of them. */
  readonly rungs: readonly number[];
  /** Of so many in a rung one is promoted. */
  readonly eta: number;
  /** Brackets; the trials of bracket s begin at rung s. */
  readonly brackets: number;
  /** How good trials were in a rung, higher being better and NaN failed; in the order given. */
  score(trials: readonly number[], rung: number): readonly number[];
}

/**
 * Decides what a free worker does, as published: from the highest rung down, a trial among the best
 * 1/η of its rung that was not promoted yet goes one rung up; where there is none, a new trial begins at
 * the lowest. Nothing waits for a rung to fill. Once all trials have begun, none can be promoted and
 * none is at work, the best of the highest rung reached goes up until one has had all epochs, so that
 * the outcome was measured in full.
 *
 * With several brackets a new trial goes to the one that is furthest behind its share, which is
 * Hyperband's: ⌈S/(S−s)·η^(S−s−1)⌉ of bracket s, S rungs. @cite li2018hyperband
 */
export class Asha {
  private readonly options: AshaOptions;
  /** Trials with a result, by bracket and rung. */
  private readonly done: number[][][];
  private readonly promoted: Set<number>[][];
  private readonly bracketOf: number[] = [];
  private atWork = 0;

  constructor(options: AshaOptions) {
    this.options = options;
    const brackets = Math.min(options.brackets, options.rungs.length);
    this.done = Array.from({ length: brackets }, () => options.rungs.map(() => []));
    this.promoted = this.done.map((rungs) => rungs.map(() => new Set<number>()));
  }

  /** The next job, or undefined where there is none until another is done, or none at all. */
  next(): RungJob | undefined {
    const job = this.promotion() ?? this.beginning() ?? this.finish();
    if (job) this.atWork++;
    return job;
  }

  /** Tells that a job has its result. */
  finished({ trial, rung }: RungJob): void {
    this.atWork--;
    this.done[this.bracketOf[trial]][rung].push(trial);
  }

  private promotion(): RungJob | undefined {
    const { rungs, eta } = this.options;
    for (let bracket = 0; bracket < this.done.length; bracket++) {
      for (let rung = rungs.length - 2; rung >= bracket; rung--) {
        const here = this.done[bracket][rung];
        const gone = this.promoted[bracket][rung];
        const trial = this.best(here, rung, Math.floor(here.length / eta)).find(
          (t) => !gone.has(t),
        );
        if (trial === undefined) continue;
        gone.add(trial);
        return { trial, rung: rung + 1 };
      }
    }
    return undefined;
  }

  private beginning(): RungJob | undefined {
    const trial = this.bracketOf.length;
    if (trial >= this.options.trials) return undefined;
    const bracket = this.behind();
    this.bracketOf.push(bracket);
    return { trial, rung: bracket };
  }

  /** The bracket that has the fewest trials for its share. */
  private behind(): number {
    const { rungs, eta } = this.options;
    const filled = this.done.map((_, s) => {
      const left = rungs.length - s;
      const share = Math.ceil((rungs.length / left) * eta ** (left - 1));
      return (this.bracketOf.filter((b) => b === s).length + 1) / share;
    });
    return filled.indexOf(Math.min(...filled));
  }

  private finish(): RungJob | undefined {
    const top = this.options.rungs.length - 1;
    if (this.atWork > 0 || this.done.some((rungs) => rungs[top].length > 0)) return undefined;
    for (let rung = top - 1; rung >= 0; rung--) {
      const here = this.done.flatMap((rungs) => rungs[rung]);
      const trial = this.best(here, rung, here.length).find(
        (t) => !this.promoted[this.bracketOf[t]][rung].has(t),
      );
      if (trial === undefined) continue;
      this.promoted[this.bracketOf[trial]][rung].add(trial);
      return { trial, rung: rung + 1 };
    }
    return undefined;
  }

  /** The best so many of some trials in a rung, best first; those that failed are never among them. */
  private best(trials: readonly number[], rung: number, count: number): number[] {
    if (count === 0) return [];
    const scores = this.options.score(trials, rung);
    return trials
      .map((trial, i) => ({ trial, score: scores[i] }))
      .filter(({ score }) => !Number.isNaN(score))
      .sort((a, b) => b.score - a.score || a.trial - b.trial)
      .slice(0, count)
      .map(({ trial }) => trial);
  }
}

/** The epochs of each rung, ascending: all of them, a share 1/η of those, and so on, not below `least`. */
export function rungsOf(epochs: number, eta: number, least: number): number[] {
  const rungs: number[] = [];
  for (let r = epochs; r >= least && Math.ceil(r) !== rungs[0]; r /= eta)
    rungs.unshift(Math.ceil(r));
  return rungs;
}

/** The epochs to begin with for so many trials to fill all rungs up to the last. */
export function leastEpochs(epochs: number, eta: number, trials: number): number {
  let rounds = 0;
  while (eta ** (rounds + 1) <= trials) rounds++;
  return Math.max(1, epochs / eta ** rounds);
}
