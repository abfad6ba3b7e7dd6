import { BackendError, show } from "../core/errors.ts";
import { createKernels, type Kernels } from "./kernels.ts";
import { createMemory, type WasmMemory } from "./webassembly.ts";

const constructors = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array };

type ArenaDType = keyof typeof constructors;
type ArenaView = Float32Array | Int32Array | Uint8Array;

/** A named part of an arena. */
export interface ArenaRegion {
  readonly name: string;
  readonly dtype: ArenaDType;
  /** In elements. */
  readonly length: number;
}

const alignment = 16;

/**
 * One WebAssembly memory, allocated at its final size and cut into named, 16-byte-aligned views, so
 * that the kernels update parameters, gradients and moments where the engine reads them.
 */
export class Arena {
  readonly memory: WasmMemory;
  readonly kernels: Kernels;
  /** Bytes that regions may take. */
  readonly capacity: number;
  private used = 0;
  private readonly views = new Map<string, ArenaView>();

  /**
   * @param size bytes to provide, or the regions to allocate at once.
   * @throws BackendError BACKEND when the platform cannot provide the memory.
   */
  constructor(size: number | readonly ArenaRegion[]) {
    this.capacity = typeof size === "number" ? aligned(size) : Arena.bytesFor(size);
    this.memory = createMemory(this.capacity);
    this.kernels = createKernels(this.memory);
    if (typeof size === "number") return;
    for (const { name, dtype, length } of size) this.allocate(name, dtype, length);
  }

  /** Bytes that regions take, alignment included. */
  static bytesFor(regions: readonly ArenaRegion[]): number {
    let bytes = 0;
    for (const { dtype, length } of regions) {
      bytes += aligned(length * constructors[dtype].BYTES_PER_ELEMENT);
    }
    return bytes;
  }

  /** Bytes left. */
  get free(): number {
    return this.capacity - this.used;
  }

  /**
   * Allocates a zeroed float32 region, or, without a length, finds the one of that name.
   * @throws BackendError BACKEND when the arena is full or the name is taken or unknown.
   */
  float32(name: string, length?: number): Float32Array<ArrayBuffer> {
    return this.view(name, "float32", length) as Float32Array<ArrayBuffer>;
  }

  /** As `float32`, for int32. */
  int32(name: string, length?: number): Int32Array<ArrayBuffer> {
    return this.view(name, "int32", length) as Int32Array<ArrayBuffer>;
  }

  /** As `float32`, for uint8. */
  uint8(name: string, length?: number): Uint8Array<ArrayBuffer> {
    return this.view(name, "uint8", length) as Uint8Array<ArrayBuffer>;
  }

  /**
   * The byte address of a view in the memory.
   * @throws BackendError BACKEND when the view is of another buffer.
   */
  offsetOf(view: ArenaView): number {
    if (view.buffer !== this.memory.buffer) {
      throw new BackendError("BACKEND", "arena: a view of this arena; got one of another buffer");
    }
    return view.byteOffset;
  }

  private view(name: string, dtype: ArenaDType, length: number | undefined): ArenaView {
    if (length !== undefined) return this.allocate(name, dtype, length);
    const found = this.views.get(name);
    if (found instanceof constructors[dtype]) return found;
    throw new BackendError(
      "BACKEND",
      `arena: a ${dtype} region named ${show(name)}; ${found ? "it has another type" : "there is none"}`,
    );
  }

  private allocate(name: string, dtype: ArenaDType, length: number): ArenaView {
    if (!Number.isInteger(length) || length < 0) {
      throw new BackendError("BACKEND", `arena: a length for ${show(name)}; got ${length}`);
    }
    if (this.views.has(name)) {
      throw new BackendError("BACKEND", `arena: a new name for a region; ${show(name)} is taken`);
    }
    const Constructor = constructors[dtype];
    const bytes = aligned(length * Constructor.BYTES_PER_ELEMENT);
    if (bytes > this.free) {
      throw new BackendError(
        "BACKEND",
        `arena: ${bytes} bytes for ${show(name)}; ${this.free} of ${this.capacity} are free`,
        { hint: "an arena never grows: plan every region when it is made" },
      );
    }
    const view = new Constructor(this.memory.buffer, this.used, length);
    this.used += bytes;
    this.views.set(name, view);
    return view;
  }
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}
