import type { HalvingConfig } from "../config/tune-config.ts";
import { ConfigError } from "../core/errors.ts";
import { Asha, leastEpochs, type RungJob, rungsOf } from "./asha.ts";
import { workThrough } from "./pool.ts";
import { fitting } from "./run-work.ts";
import type { Tried } from "./samplers/sampler.ts";
import { SearchCourse } from "./search-course.ts";
import type { Trial, TrialOrder } from "./trials.ts";
import type { Candidate, Search } from "./tune.ts";

/** Trials of one number of epochs that a sampler learns from; with fewer it looks at fewer epochs. */
const enoughToLearn = 10;

/** A point as far as it got. */
export interface Staged {
  readonly candidate: Candidate;
  readonly trial: Trial | undefined;
  readonly epochs: number;
}

/** Rounds of fewer and fewer points with more and more epochs; a round waits for all of its points. */
export async function halvedInRounds(
  search: Search,
  { eta }: Extract<HalvingConfig, { type: "synchronous" }>,
): Promise<Staged[]> {
  const points = search.propose([], search.count).map((point) => search.candidate(point));
  const rungs = rungsOf(search.epochs, eta, leastEpochs(search.epochs, eta, points.length));
  const found = points
    .filter(({ config }) => config === undefined)
    .map((candidate): Staged => ({ candidate, trial: undefined, epochs: rungs[0] }));
  let alive = points.filter(({ config }) => config !== undefined);
  const numbers = new Map(points.map((candidate, i) => [candidate, i]));
  for (const epochs of rungs) {
    const staged = alive.map((candidate): Staged & { trial: Trial } => ({
      candidate,
      trial: search.trial(candidate, numbers.get(candidate) ?? 0, epochs) as Trial,
      epochs,
    }));
    const trials = staged.map(({ trial }) => trial);
    await search.trials.work(trials);
    const scores = search.trials.scores(trials);
    const best = staged
      .map((one, i) => ({ one, mean: scores[i].mean }))
      .filter(({ mean }) => !Number.isNaN(mean))
      .sort((a, b) => b.mean - a.mean);
    const count = epochs === search.epochs ? 0 : Math.max(1, Math.ceil(best.length / eta));
    const kept = new Set(best.slice(0, count).map(({ one }) => one));
    found.push(...staged.filter((one) => !kept.has(one)));
    alive = alive.filter((_, i) => kept.has(staged[i]));
    if (alive.length === 0) break;
  }
  return found;
}

/**
 * Asynchronous successive halving over the pool: a job is a trial up to a rung, one fit a fold, and free
 * processes take the fits of the job at hand before another begins.
 */
export async function halvedAsync(
  search: Search,
  { eta, minEpochs, brackets }: Extract<HalvingConfig, { type: "asha" }>,
  folder: string,
): Promise<Staged[]> {
  const least = minEpochs ?? leastEpochs(search.epochs, eta, search.count);
  if (least > search.epochs) {
    throw new ConfigError(
      "CONFIG_INVALID",
      `tune.halving.minEpochs: at most training.epochs, ${search.epochs}; got ${least}`,
    );
  }
  const run = new AsyncHalving(search, rungsOf(search.epochs, eta, least), eta, brackets, folder);
  return run.run();
}

class AsyncHalving {
  private readonly search: Search;
  private readonly rungs: readonly number[];
  private readonly asha: Asha;
  private readonly course: SearchCourse;
  private readonly candidates: Candidate[] = [];
  /** Rungs that a trial has a result of, the last being the highest. */
  private readonly reached = new Map<number, number[]>();
  private readonly queue: TrialOrder[] = [];
  /** Jobs at work, with the keys of their fits that are not done. */
  private readonly atWork = new Map<
    string,
    { readonly job: RungJob; readonly open: Set<string> }
  >();
  private fits = 0;
  private done = 0;

  constructor(
    search: Search,
    rungs: readonly number[],
    eta: number,
    brackets: number,
    folder: string,
  ) {
    this.search = search;
    this.rungs = rungs;
    this.course = new SearchCourse(folder);
    this.asha = new Asha({
      trials: search.count,
      rungs,
      eta,
      brackets,
      score: (trials, rung) => this.scores(trials, rung),
    });
  }

  async run(): Promise<Staged[]> {
    const { search } = this;
    const { options } = search;
    await workThrough({ next: () => this.next() }, fitting, options, (order, answer) => {
      search.trials.take(order, answer);
      for (const { open } of this.atWork.values()) open.delete(order.key);
      this.done++;
      this.settle();
      options.onEvent?.({ type: "fit", done: this.done, fits: this.fits, regime: order.name });
    });
    return this.candidates.map((candidate, t) => {
      const rung = Math.max(...(this.reached.get(t) ?? [0]));
      return { candidate, trial: this.trialOf(t, rung), epochs: this.rungs[rung] };
    });
  }

  private next(): TrialOrder | undefined {
    this.settle();
    while (this.queue.length === 0) {
      // A recorded end comes before anything else may begin.
      if (this.course.ahead?.step === "end") return undefined;
      const job = this.asha.next();
      if (job === undefined) return undefined;
      this.begin(job);
      this.settle();
    }
    return this.queue.shift();
  }

  private begin(job: RungJob): void {
    const { search } = this;
    if (this.candidates[job.trial] === undefined) {
      const [point] = search.propose(this.tried(), 1);
      this.candidates[job.trial] = search.candidate(point);
    }
    const { point } = this.candidates[job.trial];
    this.course.take({ step: "begin", ...job, point });
    const trial = this.trialOf(job.trial, job.rung);
    const orders = trial ? search.trials.missing(trial) : [];
    // A point that was drawn twice is fitted once.
    const asked = new Set([...this.atWork.values()].flatMap(({ open }) => [...open]));
    const fresh = orders.filter(({ key }) => !asked.has(key));
    this.fits += fresh.length;
    this.queue.push(...fresh);
    this.atWork.set(`${job.trial}/${job.rung}`, {
      job,
      open: new Set(orders.map(({ key }) => key)),
    });
  }

  /** Ends jobs whose fits are done: in the recorded order, then as they come. */
  private settle(): void {
    for (;;) {
      const { ahead } = this.course;
      if (ahead?.step === "begin") return;
      const found = ahead
        ? this.atWork.get(`${ahead.trial}/${ahead.rung}`)
        : [...this.atWork.values()].find(({ open }) => open.size === 0);
      if (ahead && found === undefined) this.course.take({ step: "end", trial: -1, rung: -1 });
      if (found === undefined || found.open.size > 0) return;
      const { job } = found;
      this.atWork.delete(`${job.trial}/${job.rung}`);
      this.course.take({ step: "end", ...job });
      this.reached.set(job.trial, [...(this.reached.get(job.trial) ?? []), job.rung]);
      this.asha.finished(job);
    }
  }

  private trialOf(trial: number, rung: number): Trial | undefined {
    return this.search.trial(this.candidates[trial], trial, this.rungs[rung]);
  }

  private scores(trials: readonly number[], rung: number): number[] {
    const known = trials.flatMap((t) => this.trialOf(t, rung) ?? []);
    const scores = this.search.trials.scores(known);
    let next = 0;
    return trials.map((t) => (this.candidates[t].config ? scores[next++].mean : Number.NaN));
  }

  /**
   * What a sampler learns from: every point that was begun, those with a score that have had the most
   * epochs that enough of them had. @cite falkner2018
   */
  private tried(): Tried[] {
    const at = (rung: number) =>
      [...this.reached].filter(([, rungs]) => rungs.includes(rung)).map(([t]) => t);
    let rung = this.rungs.length - 1;
    while (rung > 0 && at(rung).length < enoughToLearn) rung--;
    const measured = at(rung);
    const scores = this.scores(measured, rung);
    return this.candidates.map(({ point }, t) => {
      const found = measured.indexOf(t);
      return { point, score: found < 0 ? Number.NaN : scores[found] };
    });
  }
}
