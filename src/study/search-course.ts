import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BackendError } from "../core/errors.ts";
import { systemMessage } from "../train/atomic-file.ts";
import type { RungJob } from "./asha.ts";
import type { Point } from "./search-space.ts";

/** A step of an asynchronous search: a job that began, or one that ended. */
export type SearchStep =
  | ({ readonly step: "begin"; readonly point: Point } & RungJob)
  | ({ readonly step: "end" } & RungJob);

/**
 * The order in which jobs of an asynchronous search began and ended, a line of JSON each. What is tried
 * and promoted depends on it, so a search that is resumed, or begun in a folder that holds the file, first
 * takes the same steps again.
 */
export class SearchCourse {
  private readonly file: string;
  private readonly recorded: SearchStep[] = [];

  /** Opens the course of a folder; a line that was cut off while it was written is dropped. */
  constructor(folder: string) {
    this.file = join(folder, "search.jsonl");
    if (!existsSync(this.file)) return;
    const text = readFileSync(this.file, "utf8");
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    if (whole !== text) writeFileSync(this.file, whole);
    for (const line of whole.split("\n"))
      if (line !== "") this.recorded.push(JSON.parse(line) as SearchStep);
  }

  /** The next recorded step; undefined where the course is at its end and goes on. */
  get ahead(): SearchStep | undefined {
    return this.recorded[0];
  }

  /**
   * Takes a step: the recorded one again, or a new one, which is written down.
   * @throws BackendError CHECKPOINT_CORRUPT where another is recorded; IO.
   */
  take(step: SearchStep): void {
    const known = this.recorded.shift();
    if (known) {
      if (JSON.stringify(known) === JSON.stringify(step)) return;
      throw new BackendError(
        "CHECKPOINT_CORRUPT",
        `${this.file}: the course of this search; it has ${JSON.stringify(known)} where ${JSON.stringify(step)} comes`,
        { hint: "data, configuration or options differ: search in a new folder" },
      );
    }
    try {
      appendFileSync(this.file, `${JSON.stringify(step)}\n`);
    } catch (cause) {
      throw new BackendError("IO", `${this.file}: a file to append to; ${systemMessage(cause)}`, {
        cause,
      });
    }
  }
}
