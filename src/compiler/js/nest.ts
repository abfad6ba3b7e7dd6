import type { Shape } from "../../core/shape.ts";

/** An array in a loop nest: its variable, and the elements to move for one step along each axis. */
export interface Access {
  readonly array: string;
  readonly strides: readonly number[];
}

/** An access whose element is loaded into a local before it is used. */
export interface Read extends Access {
  readonly local: string;
}

/** What a nest does beside its innermost statements. */
interface Around {
  /** Statements run before and after the loops inside those that `out` needs. */
  readonly before: string;
  readonly after: string;
  readonly out: Access;
}

/** Loops over a shape; neighbouring axes that every array walks as one are one loop. */
export class Nest {
  private readonly sizes: number[] = [];
  private readonly strides = new Map<Access, number[]>();
  private readonly reads: readonly Read[];
  private readonly accesses: readonly Access[];

  constructor(shape: Shape, reads: readonly Read[], out?: Access) {
    this.reads = reads;
    this.accesses = out ? [...reads, out] : reads;
    for (const access of this.accesses) this.strides.set(access, []);
    shape.forEach((size, axis) => {
      if (size !== 1) this.addAxis(size, axis);
    });
  }

  /** Whether every loop that `out` does not need lies inside those that it needs. */
  reducesInside(out: Access): boolean {
    return this.stridesOf(out)
      .slice(0, this.depthOf(out))
      .every((s) => s !== 0);
  }

  /** The index expression of an access, inside the loops that it needs. */
  position(access: Access): string {
    const terms = this.stridesOf(access).flatMap((stride, axis) => {
      if (stride === 0) return [];
      return [stride === 1 ? `i${axis}` : `i${axis}*${stride}`];
    });
    return terms.join("+") || "0";
  }

  /** The source of the loops, as one block. */
  render(body: readonly string[], around?: Around): string {
    const opening: string[] = [];
    const closing: string[] = [];
    for (let depth = 0; depth <= this.sizes.length; depth++) {
      if (around && this.depthOf(around.out) === depth) {
        opening.push(around.before);
        closing.unshift(around.after);
      }
      for (const read of this.reads) {
        if (this.depthOf(read) === depth) {
          opening.push(`const ${read.local}=${read.array}[${this.position(read)}];`);
        }
      }
      if (depth === this.sizes.length) break;
      opening.push(`for(let i${depth}=0;i${depth}<${this.sizes[depth]};i${depth}++){`);
      closing.unshift("}");
    }
    return `{${opening.join("")}${body.join("")}${closing.join("")}}`;
  }

  private addAxis(size: number, axis: number): void {
    const last = this.sizes.length - 1;
    const merges =
      last >= 0 && this.accesses.every((a) => this.stridesOf(a)[last] === a.strides[axis] * size);
    if (merges) this.sizes[last] *= size;
    else this.sizes.push(size);
    for (const access of this.accesses) {
      const own = this.stridesOf(access);
      if (merges) own[last] = access.strides[axis];
      else own.push(access.strides[axis]);
    }
  }

  private stridesOf(access: Access): number[] {
    return this.strides.get(access) as number[];
  }

  /** Number of loops outside which an access does not change. */
  private depthOf(access: Access): number {
    return this.stridesOf(access).findLastIndex((s) => s !== 0) + 1;
  }
}
