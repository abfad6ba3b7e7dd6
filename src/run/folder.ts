import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { BackendError } from "../core/errors.ts";
import { writeAtomic } from "../train/atomic-file.ts";

/** What lies where in a run folder. */
export const runFiles = {
  config: "config.yaml",
  run: "run.json",
  history: "history.jsonl",
  metrics: "metrics.json",
  predictions: "predictions.csv",
  record: "record.json",
  report: "report.html",
  model: "model/model.onnx",
  manifest: "model/manifest.json",
  checkpoints: "checkpoints",
  cache: "cache",
} as const;

export interface FileHash {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A run folder: made empty, or opened again to resume. */
export class RunFolder {
  readonly path: string;

  /** @throws BackendError IO where the folder holds a finished run, or other files. */
  constructor(path: string, resume: boolean) {
    this.path = path;
    if (existsSync(path) && !resume) {
      const known = new Set<string>([...Object.values(runFiles).map((f) => f.split("/")[0])]);
      const names = readdirSync(path);
      if (names.length > 0) {
        const run = names.some((n) => known.has(n));
        throw new BackendError(
          "IO",
          `${path}: a new or empty folder for the run; it holds ${names.slice(0, 4).join(", ")}`,
          {
            hint: run
              ? "add --resume to continue this run, or choose another --out"
              : "choose another --out",
          },
        );
      }
    }
    try {
      mkdirSync(join(path, "model"), { recursive: true });
    } catch (cause) {
      throw new BackendError(
        "IO",
        `${path}: a folder that can be made; ${(cause as Error).message}`,
        { cause },
      );
    }
  }

  at(file: keyof typeof runFiles): string {
    return join(this.path, runFiles[file]);
  }

  write(file: keyof typeof runFiles, content: string | Uint8Array): void {
    writeAtomic(this.at(file), [typeof content === "string" ? Buffer.from(content) : content]);
  }

  writeJson(file: keyof typeof runFiles, value: unknown): void {
    this.write(file, `${JSON.stringify(value, null, 2)}\n`);
  }

  /** Frees what only an unfinished run needs. */
  sweep(): void {
    rmSync(this.at("cache"), { recursive: true, force: true });
  }
}

/** SHA-256 and size of some bytes, under a path. */
export function hashOf(path: string, bytes: Uint8Array): FileHash {
  return { path, bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
}

/**
 * Reads the model of a run folder after checking every file of its manifest.
 * @throws BackendError MODEL_CORRUPT naming the file that is missing or altered.
 */
export function readVerifiedModel(folder: string): Uint8Array {
  const manifestPath = join(folder, runFiles.manifest);
  let files: FileHash[];
  try {
    files = (JSON.parse(readFileSync(manifestPath, "utf8")) as { files: FileHash[] }).files;
    if (!Array.isArray(files)) throw new Error("no list of files");
  } catch (cause) {
    throw new BackendError(
      "MODEL_CORRUPT",
      `${manifestPath}: the manifest of a trained model; ${(cause as Error).message}`,
      {
        cause,
        hint: "is this the folder of a finished run?",
      },
    );
  }
  let model: Uint8Array | undefined;
  for (const file of files) {
    const path = join(folder, "model", file.path);
    if (file.path.includes("..") || file.path.startsWith("/")) {
      throw new BackendError(
        "MODEL_CORRUPT",
        `${manifestPath}: paths inside the model folder; got ${JSON.stringify(file.path)}`,
      );
    }
    let bytes: Uint8Array;
    try {
      bytes = readFileSync(path);
    } catch (cause) {
      throw new BackendError(
        "MODEL_CORRUPT",
        `${path}: a file that the manifest names; ${(cause as Error).message}`,
        { cause },
      );
    }
    const actual = hashOf(file.path, bytes);
    if (actual.sha256 !== file.sha256) {
      throw new BackendError(
        "MODEL_CORRUPT",
        `${path}: SHA-256 ${file.sha256.slice(0, 12)}…; got ${actual.sha256.slice(0, 12)}…`,
        {
          hint: "the file was damaged or altered since training: copy it again or train anew",
        },
      );
    }
    if (file.path === "model.onnx") model = bytes;
  }
  if (!model)
    throw new BackendError(
      "MODEL_CORRUPT",
      `${manifestPath}: an entry for model.onnx; it has none`,
    );
  return model;
}
