import type { ExperimentConfig } from "../config/experiment.ts";
import { type Laborer, moduleBeside, type Trade } from "../study/pool.ts";
import { type RunSummary, trainRun } from "./train-run.ts";

/** A training run that a process can do by itself. */
export interface TrainOrder {
  readonly number: number;
  readonly config: ExperimentConfig;
  readonly out: string;
  readonly baseDir: string;
  readonly command: string | undefined;
  readonly resume: boolean;
}

/** Does training runs in one process. */
export function trainer(): Laborer<TrainOrder, RunSummary> {
  return {
    do: ({ config, number: _, ...options }) => trainRun(config, options),
    close: () => {},
  };
}

/** How training runs are done. */
export const training: Trade<TrainOrder, RunSummary> = {
  create: trainer,
  script: moduleBeside(import.meta.url, "train-process"),
};
