import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { allocate, bytesPerElement, type DType, type TypedArray } from "../core/dtype.ts";
import { BackendError } from "../core/errors.ts";
import { sweepTemporary, systemMessage, writeAtomic } from "./atomic-file.ts";

/** What a checkpoint holds: facts as JSON, and named arrays. */
export interface Checkpoint {
  readonly facts: Readonly<Record<string, unknown>>;
  readonly arrays: Readonly<Record<string, TypedArray>>;
}

const magic = "POLYTASK-CKPT-1\n";
const suffix = ".ckpt";

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
    hint: "copy it again from where it came, or train anew into another folder",
  });
}

/** Reads a checkpoint back. @throws BackendError CHECKPOINT_CORRUPT for any damage, IO. */
export function readCheckpoint(path: string): Checkpoint {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new BackendError("IO", `${path}: a checkpoint to read; ${systemMessage(cause)}`, {
      cause,
    });
  }
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

  /**
   * Makes the folder and sweeps what a crash left half-written.
   * @throws BackendError IO where it cannot be made.
   */
  constructor(folder: string) {
    this.folder = folder;
    try {
      mkdirSync(folder, { recursive: true });
    } catch (cause) {
      throw new BackendError("IO", `${folder}: a folder for checkpoints; ${systemMessage(cause)}`, {
        cause,
      });
    }
    sweepTemporary(folder);
  }

  /** Names in the order of steps. */
  private list(): string[] {
    return readdirSync(this.folder)
      .filter((name) => name.startsWith("step-") && name.endsWith(suffix))
      .sort();
  }

  /**
   * Saves a checkpoint, then removes all but it and the one before. Those of later steps, which were
   * damaged or of a course given up, go too: the newest is always where training stands.
   * @throws BackendError IO; the ones saved before are untouched.
   */
  save(step: number, checkpoint: Checkpoint): string {
    const name = `step-${String(step).padStart(10, "0")}${suffix}`;
    const path = join(this.folder, name);
    writeAtomic(path, encode(checkpoint));
    const all = this.list();
    const keep = new Set(all.filter((one) => one <= name).slice(-2));
    for (const one of all) if (!keep.has(one)) unlinkSync(join(this.folder, one));
    return path;
  }

  /**
   * The newest intact checkpoint, or undefined where there is none.
   * @throws BackendError CHECKPOINT_CORRUPT where there are some and all are damaged.
   */
  newest(onDamaged: (message: string) => void): Checkpoint | undefined {
    const damaged: BackendError[] = [];
    for (const name of this.list().reverse()) {
      try {
        const found = readCheckpoint(join(this.folder, name));
        for (const { message } of damaged) onDamaged(`${message}; the one before it is used`);
        return found;
      } catch (error) {
        if (!(error instanceof BackendError)) throw error;
        damaged.push(error);
      }
    }
    if (damaged.length > 0) throw damaged[0];
    return undefined;
  }
}
