import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { BackendError } from "../core/errors.ts";
import { systemMessage } from "../train/atomic-file.ts";
import type { FitResult, WorkSpec } from "./fit-spec.ts";
import type { Answer, WorkFailure } from "./pool.ts";

/** One line of the log. */
type Line = { readonly key: string; readonly work: WorkSpec } & Answer<FitResult>;

/** The fits of a study as they finish, a line of JSON each: what a resumed study need not do again. */
export class FitLog {
  readonly folder: string;
  private readonly file: string;
  private readonly done = new Map<string, FitResult>();
  private readonly broken = new Map<string, WorkFailure>();

  /** Opens the log of a folder; a line that was cut off while it was written is dropped. */
  constructor(folder: string) {
    this.folder = folder;
    this.file = join(folder, "fits.jsonl");
    try {
      mkdirSync(folder, { recursive: true });
      if (!existsSync(this.file)) return;
      const text = readFileSync(this.file, "utf8");
      const whole = text.slice(0, text.lastIndexOf("\n") + 1);
      if (whole !== text) writeFileSync(this.file, whole);
      for (const line of whole.split("\n")) if (line !== "") this.remember(line);
    } catch (cause) {
      throw new BackendError("IO", `${this.file}: the fits of a study; ${systemMessage(cause)}`, {
        cause,
      });
    }
  }

  private remember(line: string): void {
    const read = JSON.parse(line) as Line;
    if ("result" in read) this.done.set(read.key, read.result);
  }

  /** Where held-out predictions are kept. */
  get predictions(): string {
    return join(this.folder, "predictions");
  }

  /** Where fits that stopped early keep their checkpoints. */
  get checkpoints(): string {
    return join(this.folder, "checkpoints");
  }

  hasPredictions(key: string): boolean {
    return existsSync(join(this.predictions, key));
  }

  dropPredictions(key: string): void {
    rmSync(join(this.predictions, key), { force: true });
  }

  dropAllPredictions(): void {
    rmSync(this.predictions, { recursive: true, force: true });
  }

  result(key: string): FitResult | undefined {
    return this.done.get(key);
  }

  failure(key: string): WorkFailure | undefined {
    return this.broken.get(key);
  }

  /** @throws BackendError IO. */
  add(key: string, work: WorkSpec, answer: Answer<FitResult>): void {
    if ("result" in answer) this.done.set(key, answer.result);
    else this.broken.set(key, answer.error);
    const line: Line = { key, work, ...answer };
    try {
      appendFileSync(this.file, `${JSON.stringify(line)}\n`);
    } catch (cause) {
      throw new BackendError("IO", `${this.file}: a file to append to; ${systemMessage(cause)}`, {
        cause,
      });
    }
  }
}
