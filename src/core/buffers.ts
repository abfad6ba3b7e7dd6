/** Buffers that are lent and given back, so that work that comes again and again leaves no garbage. */
export class BufferPool {
  private readonly free = new Map<number, ArrayBuffer[]>();

  /** A buffer of at least so many bytes, with whatever was left in it. */
  lend(bytes: number): ArrayBuffer {
    const size = 2 ** Math.ceil(Math.log2(Math.max(4096, bytes)));
    return this.free.get(size)?.pop() ?? new ArrayBuffer(size);
  }

  giveBack(buffer: ArrayBuffer): void {
    const same = this.free.get(buffer.byteLength) ?? [];
    same.push(buffer);
    this.free.set(buffer.byteLength, same);
  }
}

/** Makes typed arrays. */
export interface Room {
  int32(length: number): Int32Array;
  uint8(length: number): Uint8Array;
  float64(length: number): Float64Array;
}

/** New arrays each time. */
export const newRoom: Room = {
  int32: (length) => new Int32Array(length),
  uint8: (length) => new Uint8Array(length),
  float64: (length) => new Float64Array(length),
};

/** Arrays in lent buffers, not cleared, which hold until the next `reset`. */
export class LentRoom implements Room {
  private readonly pool: BufferPool;
  private buffers: ArrayBuffer[] = [];

  constructor(pool: BufferPool) {
    this.pool = pool;
  }

  int32(length: number): Int32Array {
    return new Int32Array(this.lend(4 * length), 0, length);
  }

  float32(length: number): Float32Array {
    return new Float32Array(this.lend(4 * length), 0, length);
  }

  uint8(length: number): Uint8Array {
    return new Uint8Array(this.lend(length), 0, length);
  }

  float64(length: number): Float64Array {
    return new Float64Array(this.lend(8 * length), 0, length);
  }

  /** Gives back what the arrays so far lie in. */
  reset(): void {
    for (const buffer of this.buffers) this.pool.giveBack(buffer);
    this.buffers = [];
  }

  /** Forgets the arrays so far, which hold until what is returned is called. */
  release(): () => void {
    const { buffers, pool } = this;
    this.buffers = [];
    return () => {
      for (const buffer of buffers) pool.giveBack(buffer);
    };
  }

  private lend(bytes: number): ArrayBuffer {
    const buffer = this.pool.lend(bytes);
    this.buffers.push(buffer);
    return buffer;
  }
}
