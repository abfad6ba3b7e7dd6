/** The table of benches: one question each, in a file of its own that prints one JSON line. */
import type { BenchResult } from "./result.ts";

export interface Bench {
  /** Name of the results file. */
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  /** Folder of the data set that it needs, beside the repository; it is skipped without. */
  readonly data?: string;
  /** Arguments for a run that only shows that it still runs. */
  readonly toy: readonly string[];
  /** Turns what the file prints into a result, where that is something else. */
  readonly read?: (printed: never) => BenchResult;
}

interface Csv {
  readonly question: string;
  readonly rows: number;
  readonly milliseconds: Readonly<Record<"scan" | "stream" | "polytask", number>>;
  readonly ratioToScan: number;
}

function readCsv({ question, rows, milliseconds, ratioToScan }: Csv): BenchResult {
  return {
    question,
    value: "ratio to DuckDB's scan",
    rows: [
      {
        what: `${rows} rows × 7 columns`,
        unit: "ms",
        ours: Math.round(milliseconds.polytask),
        other: Math.round(milliseconds.scan),
        value: Number(ratioToScan.toPrecision(3)),
        target: 3,
        details: { stream: Math.round(milliseconds.stream) },
      },
    ],
  };
}

const toyTraining = ["--models", "mlp128", "--rounds", "1", "--seconds", "0.05"];

export const benches: readonly Bench[] = [
  { name: "train-1-thread", file: "train-pairs.ts", args: ["--rounds", "5"], toy: toyTraining },
  {
    name: "train-2-threads",
    file: "train-pairs.ts",
    args: ["--threads", "2", "--rounds", "3"],
    toy: ["--threads", "2", ...toyTraining],
  },
  { name: "emoji-data-path", file: "emoji-data-path.ts", args: [], toy: ["1"] },
  { name: "predict-overhead", file: "predict-overhead.ts", args: [], toy: ["20"] },
  { name: "audio-decode", file: "audio-decode.ts", args: [], toy: ["2", "1"] },
  { name: "image-decode", file: "image-decode.ts", args: [], toy: ["4", "1"] },
  { name: "decode-overlap", file: "decode-overlap.ts", args: [], toy: ["40", "1"] },
  { name: "data-csv", file: "data-csv.ts", args: [], toy: ["1000", "1"], read: readCsv },
  {
    name: "task-gradients",
    file: "task-gradients.ts",
    args: ["--rounds", "3"],
    toy: ["--rounds", "1", "--seconds", "0.05", "--counts", "2", "--methods", "none"],
  },
  {
    name: "adult",
    file: "adult.ts",
    data: "adult-census",
    args: [],
    toy: ["--seeds", "1", "--rows", "500", "--epochs", "1"],
  },
  {
    name: "targets",
    file: "targets.ts",
    data: "mtr-andro",
    args: [],
    toy: ["--tables", "slump", "--folds", "2"],
  },
  {
    name: "school",
    file: "school.ts",
    data: "school",
    args: ["--json"],
    toy: ["--json", "--splits", "1", "--methods", "single-task ridge"],
  },
  { name: "streaming-memory", file: "streaming-memory.ts", args: [], toy: ["200", "1"] },
];
