import type { Graph, Tensor } from "../compiler/graph.ts";
import type { DType } from "../core/dtype.ts";
import { ShapeError } from "../core/errors.ts";
import type { Random } from "../core/random.ts";
import { type Shape, sameShape, showShape } from "../core/shape.ts";

/** Fills a freshly allocated parameter. */
export type Initializer = (out: Float32Array, shape: Shape, random: Random) => void;

export interface ParameterSpec {
  readonly name: string;
  readonly shape: Shape;
  readonly initialize: Initializer;
  /** Whether L1/L2 penalties and weight decay apply (biases and norms: no). */
  readonly decay: boolean;
}

/** A value that training carries along without a gradient, such as a running mean. */
export interface BufferSpec {
  readonly name: string;
  readonly shape: Shape;
  readonly initial: number;
}

/** A dropout mask to be filled before each step: 0 with probability `rate`, else 1/(1−rate). */
export interface MaskSpec {
  readonly name: string;
  readonly shape: Shape;
  readonly rate: number;
}

/**
 * What a layer uses while it is traced: parameters by name, buffers, dropout masks, and whether the
 * trace is for training. Tracing the same layers again (for evaluation, for export, with another
 * number of rows) finds the same parameters by name.
 */
export class Builder {
  readonly graph: Graph;
  readonly training: boolean;
  readonly parameters = new Map<string, ParameterSpec>();
  readonly buffers = new Map<string, BufferSpec>();
  readonly masks: MaskSpec[] = [];
  /** New values of buffers, computed by a training step. */
  readonly updates = new Map<string, Tensor>();
  private readonly path: string[] = [];

  constructor(graph: Graph, training: boolean) {
    this.graph = graph;
    this.training = training;
  }

  /** Runs `build` with a layer name pushed: parameters inside are called `name.…`. */
  scope<T>(name: string, build: () => T): T {
    this.path.push(name);
    try {
      return this.graph.scope(name, build);
    } finally {
      this.path.pop();
    }
  }

  private qualified(name: string): string {
    return [...this.path, name].join(".");
  }

  /** A trainable tensor. Asking again for a name gives the same tensor: that is how layers share. */
  parameter(
    name: string,
    shape: Shape,
    initialize: Initializer,
    options: { readonly decay?: boolean } = {},
  ): Tensor {
    const full = this.qualified(name);
    const known = this.parameters.get(full);
    if (known && !sameShape(known.shape, shape)) {
      throw new ShapeError(
        "SHAPE_MISMATCH",
        `parameter ${full}: one shape; asked for ${showShape(known.shape)} and ${showShape(shape)}`,
      );
    }
    if (!known)
      this.parameters.set(full, {
        name: full,
        shape: [...shape],
        initialize,
        decay: options.decay ?? true,
      });
    return this.graph.input(full, shape);
  }

  /** A carried value; `update` sets what it becomes after a training step. */
  buffer(
    name: string,
    shape: Shape,
    initial: number,
  ): { readonly value: Tensor; update(next: Tensor): void } {
    const full = this.qualified(name);
    this.buffers.set(full, { name: full, shape: [...shape], initial });
    return { value: this.graph.input(full, shape), update: (next) => this.updates.set(full, next) };
  }

  /** Multiplies by a fresh dropout mask; the value itself outside training or at rate 0. */
  dropout(x: Tensor, rate: number): Tensor {
    if (!this.training || rate <= 0) return x;
    const name = `dropout:${this.masks.length}`;
    this.masks.push({ name, shape: x.shape, rate });
    return x.mul(this.graph.input(name, x.shape));
  }

  /** A value fed with each batch. */
  feed(name: string, shape: Shape, dtype: DType = "float32"): Tensor {
    return this.graph.input(name, shape, dtype);
  }
}
