import { createHash } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { allocate, bytesPerElement, type DType, type TypedArray } from "../core/dtype.ts";
import { BackendError } from "../core/errors.ts";

/** What a checkpoint holds: facts as JSON, and named arrays. */
export interface Checkpoint {
  readonly facts: Readonly<Record<string, unknown>>;
  readonly arrays: Readonly<Record<string, TypedArray>>;
}

const magic = "POLYTASK-CKPT-1\n";
const suffix = ".ckpt";

/** Writes a file so that a crash at any moment leaves the old content or the new, never a mixture. */
export function writeAtomic(path: string, parts: readonly Uint8Array[]): void {
  const temporary = `${path}.tmp`;
  try {
    const file = openSync(temporary, "w");
    try {
      for (const part of parts)
        for (let at = 0; at < part.length; ) at += writeSync(file, part, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
    const folder = openSync(join(path, ".."), "r");
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  } catch (cause) {
    throw new BackendError(
      "IO",
      `${path}: a file that can be written; ${(cause as Error).message}`,
      {
        cause,
        hint: "free some space or choose another folder; what was saved before is untouched",
      },
    );
  }
}

/** The bytes of a checkpoint: a magic line, SHA-256 of the rest, a JSON header, the arrays. */
function encode(checkpoint: Checkpoint): Uint8Array[] {
  const entries = Object.entries(checkpoint.arrays);
  const header = Buffer.from(
    JSON.stringify({
      facts: checkpoint.facts,
      arrays: entries.map(([name, a]) => ({ name, dtype: dtypeOf(a), length: a.length })),
    }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const body = [
    length,
    header,
    ...entries.map(([, a]) => new Uint8Array(a.buffer, a.byteOffset, a.byteLength)),
  ];
  const hash = createHash("sha256");
  for (const part of body) hash.update(part);
  return [Buffer.from(magic), hash.digest(), ...body];
}

function dtypeOf(array: TypedArray): DType {
  if (array instanceof Float32Array) return "float32";
  if (array instanceof Float64Array) return "float64";
  if (array instanceof Int32Array) return "int32";
  return array instanceof Uint8Array ? "uint8" : "int64";
}

function corrupt(path: string, what: string): BackendError {
  return new BackendError("CHECKPOINT_CORRUPT", `${path}: an intact checkpoint; ${what}`, {
    hint: "delete the file to continue from the one before it, or train anew without --resume",
  });
}

/** Reads a checkpoint back. @throws BackendError CHECKPOINT_CORRUPT for any damage. */
export function readCheckpoint(path: string): Checkpoint {
  const bytes = readFileSync(path);
  const start = magic.length + 32;
  if (bytes.length < start + 8 || bytes.toString("latin1", 0, magic.length) !== magic)
    throw corrupt(path, "it is not one, or is cut short");
  const body = bytes.subarray(start);
  const digest = createHash("sha256").update(body).digest();
  if (!digest.equals(bytes.subarray(magic.length, start)))
    throw corrupt(path, "its checksum does not match");
  const headerLength = Number(body.readBigUInt64LE(0));
  const header = JSON.parse(body.toString("utf8", 8, 8 + headerLength)) as {
    facts: Record<string, unknown>;
    arrays: { name: string; dtype: DType; length: number }[];
  };
  const arrays: Record<string, TypedArray> = {};
  let at = 8 + headerLength;
  for (const { name, dtype, length } of header.arrays) {
    const array = allocate(dtype, length);
    const size = length * bytesPerElement[dtype];
    new Uint8Array(array.buffer).set(body.subarray(at, at + size));
    arrays[name] = array;
    at += size;
  }
  return { facts: header.facts, arrays };
}

/** Checkpoints of one run in a folder; the newest two are kept. */
export class CheckpointFolder {
  private readonly folder: string;

  /** Makes the folder and sweeps what a crash left half-written. */
  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(folder))
      if (name.endsWith(".tmp")) unlinkSync(join(folder, name));
  }

  private list(): string[] {
    return readdirSync(this.folder)
      .filter((name) => name.startsWith("step-") && name.endsWith(suffix))
      .sort();
  }

  save(step: number, checkpoint: Checkpoint): string {
    const path = join(this.folder, `step-${String(step).padStart(10, "0")}${suffix}`);
    writeAtomic(path, encode(checkpoint));
    for (const name of this.list().slice(0, -2)) unlinkSync(join(this.folder, name));
    return path;
  }

  /**
   * The newest intact checkpoint, or undefined where there is none.
   * @throws BackendError CHECKPOINT_CORRUPT where there are some and all are damaged.
   */
  newest(onDamaged: (message: string) => void): Checkpoint | undefined {
    let last: unknown;
    for (const name of this.list().reverse()) {
      try {
        return readCheckpoint(join(this.folder, name));
      } catch (error) {
        last = error;
        onDamaged((error as Error).message);
      }
    }
    if (last) throw last;
    return undefined;
  }
}
