import { makeFile } from "./cache-folder.ts";
import { node } from "./node.ts";

const magic = "PTVECTOR";
const keyBytes = 32;
const headBytes = 16;

interface Place {
  readonly file: string;
  readonly offset: number;
}

/**
 * Vectors on disk by the hash of what they were computed from. Files are only added, each whole or not at
 * all, so that several processes may share a folder; one that is damaged is left out, and its vectors are
 * computed again.
 */
export class VectorCache {
  private readonly folder: string;
  private readonly size: number;
  private readonly places = new Map<string, Place>();
  private readonly read = new Set<string>();
  private readonly handles = new Map<string, number>();

  constructor(folder: string, size: number) {
    this.folder = folder;
    this.size = size;
    this.refresh();
  }

  /** Takes in the files that were added since. */
  refresh(): void {
    let names: string[] = [];
    try {
      names = node.fs.readdirSync(this.folder).filter((name) => name.endsWith(".vectors"));
    } catch {}
    for (const name of names.sort()) {
      if (this.read.has(name)) continue;
      this.read.add(name);
      this.index(node.path.join(this.folder, name));
    }
  }

  private index(file: string): void {
    const bytes = node.fs.readFileSync(file);
    if (bytes.length < headBytes || bytes.toString("latin1", 0, 8) !== magic) return;
    const [size, count] = [bytes.readUInt32LE(8), bytes.readUInt32LE(12)];
    const start = headBytes + count * keyBytes;
    const end = start + count * size * 4;
    if (size !== this.size || bytes.length !== end + keyBytes) return;
    const sum = node.crypto.createHash("sha256").update(bytes.subarray(0, end)).digest();
    if (!sum.equals(bytes.subarray(end))) return;
    for (let i = 0; i < count; i++) {
      const key = bytes.toString(
        "latin1",
        headBytes + i * keyBytes,
        headBytes + (i + 1) * keyBytes,
      );
      this.places.set(key, { file, offset: start + i * size * 4 });
    }
  }

  has(key: string): boolean {
    return this.places.has(key);
  }

  /** Copies a vector that is there. */
  copy(key: string, into: Float32Array): void {
    const { file, offset } = this.places.get(key) as Place;
    let handle = this.handles.get(file);
    if (handle === undefined) {
      handle = node.fs.openSync(file, "r");
      this.handles.set(file, handle);
    }
    const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
    node.fs.readSync(handle, bytes, 0, bytes.length, offset);
  }

  /** Adds vectors, one after another in `vectors`. */
  add(keys: readonly string[], vectors: Float32Array): void {
    if (keys.length === 0) return;
    const head = Buffer.alloc(headBytes);
    head.write(magic, "latin1");
    head.writeUInt32LE(this.size, 8);
    head.writeUInt32LE(keys.length, 12);
    const numbers = Buffer.from(vectors.buffer, vectors.byteOffset, vectors.byteLength);
    const body = Buffer.concat([head, Buffer.from(keys.join(""), "latin1"), numbers]);
    const sum = node.crypto.createHash("sha256").update(body).digest();
    const file = node.path.join(this.folder, `${sum.toString("hex").slice(0, 32)}.vectors`);
    if (!node.fs.statSync(file, { throwIfNoEntry: false }))
      makeFile(file, Buffer.concat([body, sum]));
    this.refresh();
  }

  close(): void {
    for (const handle of this.handles.values()) node.fs.closeSync(handle);
    this.handles.clear();
  }
}

/** The key of a vector: a hash of the parts that it was computed from. */
export function vectorKey(...parts: readonly (string | Uint8Array)[]): string {
  const hash = node.crypto.createHash("sha256");
  for (const part of parts) hash.update(part).update("\0");
  return hash.digest().toString("latin1");
}
