import { BackendError, show } from "../../core/errors.ts";
import { sizeOf } from "../../core/shape.ts";
import { node } from "./node.ts";

/** A node of a TensorFlow.js graph model. */
export interface TfjsNode {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
  readonly attr: Readonly<Record<string, unknown>>;
}

/** A stored tensor, quantised ones restored to float32. */
export interface TfjsWeight {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

export interface TfjsModel {
  readonly nodes: readonly TfjsNode[];
  readonly weights: ReadonlyMap<string, TfjsWeight>;
  /** Who made the model, as its file says; empty where it does not. */
  readonly generatedBy: string;
}

interface StoredWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: {
    readonly dtype: string;
    readonly min?: number;
    readonly scale?: number;
  };
}

const bytesOf: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  float16: 2,
  uint16: 2,
  uint8: 1,
  bool: 1,
};

/**
 * Reads a graph model of TensorFlow.js: `model.json` and the files of weights beside it.
 * @throws BackendError MODEL_CORRUPT where it is none, or its weights do not fit.
 */
export function readTfjsModel(path: string): TfjsModel {
  const parsed = JSON.parse(node.fs.readFileSync(path, "utf8"));
  const nodes = parsed?.modelTopology?.node;
  if (!Array.isArray(nodes) || !Array.isArray(parsed.weightsManifest)) {
    throw corrupt(path, "a graph model of TensorFlow.js", "another file");
  }
  const weights = new Map<string, TfjsWeight>();
  for (const group of parsed.weightsManifest) {
    const files = group.paths.map((file: string) =>
      node.fs.readFileSync(node.path.join(node.path.dirname(path), file)),
    );
    const bytes = Buffer.concat(files);
    let at = 0;
    for (const stored of group.weights as StoredWeight[]) {
      const type = stored.quantization?.dtype ?? stored.dtype;
      const length = sizeOf(stored.shape) * (bytesOf[type] ?? Number.NaN);
      if (!(at + length <= bytes.length)) {
        throw corrupt(path, `${length} bytes of ${type} for ${show(stored.name)}`, "fewer");
      }
      const data = numbers(bytes.subarray(at, at + length), type, stored);
      weights.set(stored.name, { shape: stored.shape, data });
      at += length;
    }
    if (at !== bytes.length) throw corrupt(path, `${at} bytes of weights`, `${bytes.length}`);
  }
  return {
    nodes: nodes.map((node) => ({ input: [], attr: {}, ...node })),
    weights,
    generatedBy: String(parsed.generatedBy ?? ""),
  };
}

function numbers(bytes: Uint8Array, type: string, stored: StoredWeight): Float32Array | Int32Array {
  // A copy, so that its memory is aligned.
  const { buffer } = new Uint8Array(bytes);
  const { min = 0, scale = 1 } = stored.quantization ?? {};
  switch (type) {
    case "int32":
      return new Int32Array(buffer);
    case "float32":
      return new Float32Array(buffer);
    case "float16":
      return Float32Array.from(new Uint16Array(buffer), halfToFloat);
    case "uint16":
      return Float32Array.from(new Uint16Array(buffer), (x) => x * scale + min);
    default:
      return Float32Array.from(new Uint8Array(buffer), (x) => x * scale + min);
  }
}

/** The number that 16 bits of IEEE 754 stand for. */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function corrupt(path: string, expected: string, got: string): BackendError {
  return new BackendError("MODEL_CORRUPT", `${path}: ${expected}; got ${got}`);
}
