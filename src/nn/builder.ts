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

/**
 * Numbers to be drawn before each step: a dropout mask is 0 with probability `rate`, else 1/(1−rate);
 * uniform draws lie in [0, 1), and their rate means nothing; beta draws are of shapes `rate`, `rate`.
 */
export interface MaskSpec {
  readonly name: string;
  readonly shape: Shape;
  readonly kind: "dropout" | "uniform" | "beta";
  readonly rate: number;
}

/** Graph inputs that a training step feeds besides batches, parameters, buffers and masks. */
export const stepInputs = {
  /** The tasks' weights λ. */
  lambda: "lambda",
  /** Share of training done, 0 to 1. */
  progress: "progress",
  /** What the batch counts among the batches of one update, for terms that do not depend on rows. */
  penaltyShare: "penaltyShare",
  /** What weights that are traced into the step are given beside the losses. */
  given: "given",
} as const;

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
  /** Scalars that a training step adds to the joint loss. */
  readonly penalties: Tensor[] = [];
  /** The features that all tasks are decided from, where a function says so. */
  readonly representations: Tensor[] = [];
  /**
   * `[B]`: what each row of a training step is of itself, where the network mixes row b with row B−1−b;
   * its loss is then mixed in the same way.
   */
  mixture: Tensor | undefined;
  private path: string[] = [];

  constructor(graph: Graph, training: boolean) {
    this.graph = graph;
    this.training = training;
  }

  /** Marks features as what all tasks are decided from, so that gradients with respect to them can be asked. */
  representation(x: Tensor): Tensor {
    const kept = x.barrier();
    this.representations.push(kept);
    return kept;
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

  /** Runs `build` outside all scopes, so that its parameters have the same names from anywhere. */
  outside<T>(build: () => T): T {
    const { path } = this;
    this.path = [];
    try {
      return build();
    } finally {
      this.path = path;
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
    this.masks.push({ name, shape: x.shape, kind: "dropout", rate });
    return x.mul(this.graph.input(name, x.shape));
  }

  /** Uniform draws in [0, 1), fresh at each step of training. Trace them only where `training` is. */
  uniform(shape: Shape): Tensor {
    const name = `uniform:${this.masks.length}`;
    this.masks.push({ name, shape, kind: "uniform", rate: 0 });
    return this.graph.input(name, shape);
  }

  /** Draws of a beta distribution with both shapes `shape`, fresh at each step of training. */
  beta(shape: number, of: Shape): Tensor {
    const name = `beta:${this.masks.length}`;
    this.masks.push({ name, shape: of, kind: "beta", rate: shape });
    return this.graph.input(name, of);
  }

  /** The share of training done, a scalar from 0 to 1. Trace it only where `training` is. */
  progress(): Tensor {
    return this.graph.input(stepInputs.progress, []);
  }

  /** Adds a scalar, a part of R(θ), to the joint loss of a training step; nothing outside training. */
  addPenalty(value: Tensor): void {
    if (this.training) this.penalties.push(value.reshape([]));
  }

  /** Rows in the opposite order: row b is row B−1−b, its partner in a mixture. */
  mirror(x: Tensor): Tensor {
    const [rows] = x.shape;
    const order = Int32Array.from({ length: rows }, (_, i) => rows - 1 - i);
    return x.gather(this.graph.constant(order, [rows], "int32"));
  }

  /** A value fed with each batch. */
  feed(name: string, shape: Shape, dtype: DType = "float32"): Tensor {
    return this.graph.input(name, shape, dtype);
  }
}
