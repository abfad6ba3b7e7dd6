import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { BackendError, type ErrorCode, PolytaskError } from "../core/errors.ts";
import type { FitResult } from "./fit-spec.ts";
import { Worker, type WorkOrder } from "./run-work.ts";

/** Why a fit gave no result. */
export interface WorkFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
}

/** What comes back for an order. */
export type Answer = { readonly result: FitResult } | { readonly error: WorkFailure };

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
export async function workThrough(
  orders: readonly WorkOrder[],
  options: PoolOptions,
  take: (order: WorkOrder, answer: Answer) => void,
): Promise<void> {
  const queue = [...orders];
  const { jobs, signal } = options;
  const interrupted = () =>
    new BackendError("INTERRUPTED", "study: to run to its end; it was interrupted", {
      hint: "the fits that were done are kept: add --resume to go on",
    });
  if (jobs === 0) {
    const worker = new Worker();
    try {
      for (const order of queue) {
        if (signal?.aborted) throw interrupted();
        take(order, await here(worker, order));
      }
    } finally {
      worker.close();
    }
    return;
  }
  const lanes = Array.from({ length: Math.min(jobs, queue.length) }, async () => {
    const child = new Child(options);
    try {
      for (let order = queue.shift(); order && !signal?.aborted; order = queue.shift())
        await child.ask(order).then((answer) => {
          // What the signal ended has not failed.
          if (!signal?.aborted) take(order, answer);
        });
    } finally {
      child.end();
    }
  });
  await Promise.all(lanes);
  if (signal?.aborted) throw interrupted();
}

async function here(worker: Worker, order: WorkOrder): Promise<Answer> {
  try {
    return { result: await worker.do(order) };
  } catch (error) {
    if (!(error instanceof PolytaskError)) throw error;
    return { error: { code: error.code, message: error.message, hint: error.hint } };
  }
}

/** One lane: a child process, started again after it died. */
class Child {
  private readonly options: PoolOptions;
  private process: ChildProcess | undefined;
  private said = "";

  constructor(options: PoolOptions) {
    this.options = options;
  }

  ask(order: WorkOrder): Promise<Answer> {
    const child = this.start();
    const { signal } = this.options;
    return new Promise((resolve) => {
      const stop = () => child.kill("SIGKILL");
      const settle = (answer: Answer) => {
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
    const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
    const script = fileURLToPath(new URL(`./worker-process.${extension}`, import.meta.url));
    const { execArgv } = this.options;
    const child = fork(script, {
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
