import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { BackendError } from "../core/errors.ts";
import { sweepTemporary, systemMessage, writeAtomic } from "../train/atomic-file.ts";
import { requireOwnFolder } from "./own-folder.ts";

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
  transfer: "transfer.json",
  comparison: "comparison",
  front: "front",
  frontScores: "front.json",
} as const;

export interface FileHash {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A run folder: made empty, or opened again to resume. */
export class RunFolder {
  readonly path: string;
  /** Folders that this run made, outermost first. */
  private readonly made: string[] = [];

  /**
   * Makes the folder, or opens that of an unfinished run.
   * @throws BackendError IO where it holds other files, or a run that is not to be resumed.
   */
  constructor(path: string, resume: boolean) {
    this.path = path;
    try {
      checkContent(path, resume);
      for (const folder of [path, join(path, "model")]) {
        const first = mkdirSync(folder, { recursive: true });
        if (first !== undefined) this.made.push(first, ...(first === folder ? [] : [folder]));
        sweepTemporary(folder);
      }
    } catch (cause) {
      if (cause instanceof BackendError) throw cause;
      throw new BackendError("IO", `${path}: a folder for the run; ${systemMessage(cause)}`, {
        cause,
      });
    }
  }

  /** The key of the finished run in the folder, where there is one. */
  finishedKey(): string | undefined {
    if (!existsSync(this.at("run"))) return undefined;
    try {
      return String((JSON.parse(readFileSync(this.at("run"), "utf8")) as RunFacts).runKey);
    } catch {
      return undefined;
    }
  }

  at(file: keyof typeof runFiles): string {
    return join(this.path, runFiles[file]);
  }

  write(file: keyof typeof runFiles, content: string | Uint8Array): void {
    writeAtomic(this.at(file), [typeof content === "string" ? Buffer.from(content) : content]);
  }

  /** Writes a text as its pieces come, none of them held. */
  writePieces(file: keyof typeof runFiles, pieces: Iterable<string>): void {
    writeAtomic(this.at(file), encoded(pieces));
  }

  writeJson(file: keyof typeof runFiles, value: unknown): void {
    this.write(file, `${JSON.stringify(value, null, 2)}\n`);
  }

  /** Frees what only a run at work needs; of a run that left nothing, the folders it made go too. */
  close(): void {
    rmSync(this.at("cache"), { recursive: true, force: true });
    for (const folder of [this.at("checkpoints"), ...this.made.toReversed()]) {
      try {
        rmdirSync(folder);
      } catch {
        // It holds files, which are kept.
      }
    }
  }
}

interface RunFacts {
  readonly runKey: string;
}

/** @throws BackendError IO for a folder that this run may not write into. */
function checkContent(path: string, resume: boolean): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isDirectory())
    throw new BackendError("IO", `${path}: a folder for the run; it is a file`);
  const names = readdirSync(path);
  const known = new Set(Object.values(runFiles).map((file) => file.split("/")[0]));
  const begun = names.some((name) => known.has(name));
  requireOwnFolder(path, names, "run", { begun, resume });
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
      `${manifestPath}: the manifest of a trained model; ${systemMessage(cause)}`,
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
        `${path}: a file that the manifest names; ${systemMessage(cause)}`,
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

/** Pieces as bytes, each in the place of the one before. */
function* encoded(pieces: Iterable<string>): Generator<Uint8Array> {
  let buffer = Buffer.alloc(0);
  for (const piece of pieces) {
    const length = Buffer.byteLength(piece);
    if (length > buffer.length) buffer = Buffer.alloc(2 * length);
    buffer.write(piece);
    yield buffer.subarray(0, length);
  }
}
