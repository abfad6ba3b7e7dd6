import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { BackendError, type ErrorCode, PolytaskError } from "../core/errors.ts";

/** Why a fit gave no result. */
export interface WorkFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
}

/** What comes back for an order. */
export type Answer<Result> = { readonly result: Result } | { readonly error: WorkFailure };

/** What does orders, one after another. */
export interface Laborer<Order, Result> {
  /** @throws PolytaskError. */
  do(order: Order): Promise<Result>;
  close(): void;
}

/** How orders of a kind are done: in this process, or in a child of it. */
export interface Trade<Order, Result> {
  create(): Laborer<Order, Result>;
  /** Module of the child process, which serves them. */
  readonly script: URL;
}

/** Orders that are made while others are at work. */
export interface Orders<Order> {
  /** The next; undefined where there is none until another answer is in, or none at all. */
  next(): Order | undefined;
}

export interface PoolOptions {
  /** Child processes at work at once; 0 works in this process. */
  readonly jobs: number;
  readonly signal?: AbortSignal;
  /** Arguments of Node for the children; those of this process by default. */
  readonly execArgv?: readonly string[];
}

/**
 * Does orders in child processes, one at a time each. A fit that fails, or a child that dies, gives
 * an answer like any other, and the rest goes on.
 * @throws BackendError INTERRUPTED after `signal`; what was answered before is kept by whoever took it.
 */
export async function workThrough<Order extends object, Result>(
  orders: readonly Order[] | Orders<Order>,
  trade: Trade<NoInfer<Order>, Result>,
  options: PoolOptions,
  take: (order: Order, answer: Answer<Result>) => void,
): Promise<void> {
  const list = "next" in orders ? undefined : [...orders];
  const source = "next" in orders ? orders : { next: () => list?.shift() };
  const { jobs, signal } = options;
  const interrupted = () =>
    new BackendError("INTERRUPTED", "study: to run to its end; it was interrupted", {
      hint: "the fits that were done are kept: add --resume to go on",
    });
  if (jobs === 0) {
    const laborer = trade.create();
    try {
      for (let order = source.next(); order; order = source.next()) {
        if (signal?.aborted) throw interrupted();
        take(order, await here(laborer, order));
      }
    } finally {
      laborer.close();
    }
    return;
  }
  let atWork = 0;
  let waiting: (() => void)[] = [];
  const wake = () => {
    const all = waiting;
    waiting = [];
    for (const one of all) one();
  };
  const lane = async () => {
    const child = new Child<Order, Result>(trade.script, options);
    try {
      while (!signal?.aborted) {
        const order = source.next();
        if (order === undefined) {
          if (atWork === 0) break;
          await new Promise<void>((resolve) => waiting.push(resolve));
          continue;
        }
        atWork++;
        const answer = await child.ask(order).finally(() => atWork--);
        // What the signal ended has not failed.
        if (!signal?.aborted) take(order, answer);
        wake();
      }
    } finally {
      child.end();
      wake();
    }
  };
  const count = list ? Math.min(jobs, list.length) : jobs;
  await Promise.all(Array.from({ length: count }, lane));
  if (signal?.aborted) throw interrupted();
}

async function here<Order, Result>(
  laborer: Laborer<Order, Result>,
  order: Order,
): Promise<Answer<Result>> {
  try {
    return { result: await laborer.do(order) };
  } catch (error) {
    if (!(error instanceof PolytaskError)) throw error;
    return { error: { code: error.code, message: error.message, hint: error.hint } };
  }
}

/** The module beside another, in whichever form this one is. */
export function moduleBeside(url: string, name: string): URL {
  return new URL(`./${name}.${url.endsWith(".ts") ? "ts" : "js"}`, url);
}

/** One lane: a child process, started again after it died. */
class Child<Order extends object, Result> {
  private readonly script: URL;
  private readonly options: PoolOptions;
  private process: ChildProcess | undefined;
  private said = "";

  constructor(script: URL, options: PoolOptions) {
    this.script = script;
    this.options = options;
  }

  ask(order: Order): Promise<Answer<Result>> {
    const child = this.start();
    const { signal } = this.options;
    return new Promise((resolve) => {
      const stop = () => child.kill("SIGKILL");
      const settle = (answer: Answer<Result>) => {
        child.off("message", settle);
        child.off("close", died);
        signal?.removeEventListener("abort", stop);
        resolve(answer);
      };
      const died = (code: number | null, killed: string | null) => {
        this.process = undefined;
        const how = killed === null ? `ended with code ${code}` : `was ended by ${killed}`;
        const last = this.said.trim().split("\n").at(-1);
        const message = `fit: a process that lives to answer; it ${how}${last ? `: ${last.slice(0, 300)}` : ""}`;
        settle({ error: { code: "BACKEND", message } });
      };
      child.on("message", settle);
      child.once("close", died);
      signal?.addEventListener("abort", stop, { once: true });
      // A child that is gone cannot be told; that it closes is the answer.
      child.send(order, () => {});
    });
  }

  private start(): ChildProcess {
    if (this.process) return this.process;
    const { execArgv } = this.options;
    const child = fork(fileURLToPath(this.script), {
      execArgv: execArgv ? [...execArgv] : undefined,
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.said = "";
    child.stderr?.on("data", (data: Buffer) => {
      this.said = (this.said + data.toString()).slice(-4000);
    });
    child.on("error", (error) => {
      this.said += error.message;
    });
    this.process = child;
    return child;
  }

  end(): void {
    this.process?.kill("SIGKILL");
    this.process = undefined;
  }
}
