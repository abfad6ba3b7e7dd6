import { ShapeError } from "../../core/errors.ts";
import { sameShape, showShape } from "../../core/shape.ts";
import { int, type OnnxEmitter, str } from "../onnx/emitter.ts";
import type { OpTable } from "../op.ts";

/** TensorProto.DataType number of uint32. */
const uint32 = 12;

/** Steps between the counters of neighbouring elements: 2³² over the golden ratio. */
const golden = 0x9e3779b9;

/** Shifts and odd factors of one round of mixing. */
const rounds = { shifts: [16, 15, 16], factors: [0x7feb352d, 0x846ca68b] } as const;

/** Mixes the 32 bits of a word. */
function mix(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> rounds.shifts[0]), rounds.factors[0]);
  h = Math.imul(h ^ (h >>> rounds.shifts[1]), rounds.factors[1]);
  return h ^ (h >>> rounds.shifts[2]);
}

/** The same hash in uint32 arithmetic of ONNX, which wraps as JavaScript's `Math.imul` does. */
function emitHash(emit: OnnxEmitter, seed: string, shape: string): string {
  const word = (value: string) => emit.node("Cast", [value], { to: int(uint32) })[0];
  const constant = (value: number) => word(emit.constant(Int32Array.of(value | 0), [], "int32"));
  const at = (i: number) =>
    word(emit.node("Gather", [seed, emit.constant(Int32Array.of(i), [], "int32")])[0]);
  const count = emit.node("ReduceProd", [shape], { keepdims: int(0) })[0];
  const scalar = (value: number) => emit.constant(BigInt64Array.of(BigInt(value)), [], "int64");
  const counters = word(emit.node("Range", [scalar(0), count, scalar(1)])[0]);
  const fold = (h: string, shift: number) =>
    emit.node("BitwiseXor", [
      h,
      emit.node("BitShift", [h, constant(shift)], { direction: str("RIGHT") })[0],
    ])[0];
  const mixed = (value: string) => {
    let h = fold(value, rounds.shifts[0]);
    h = fold(emit.node("Mul", [h, constant(rounds.factors[0])])[0], rounds.shifts[1]);
    return fold(emit.node("Mul", [h, constant(rounds.factors[1])])[0], rounds.shifts[2]);
  };
  const spread = emit.node("Mul", [counters, constant(golden)])[0];
  const first = mixed(emit.node("Add", [spread, at(0)])[0]);
  const second = mixed(emit.node("BitwiseXor", [first, at(1)])[0]);
  const high = emit.node("BitShift", [second, constant(8)], { direction: str("RIGHT") })[0];
  const float = emit.node("Cast", [high], { to: int(1) })[0];
  return emit.node("Reshape", [emit.node("Mul", [float, emit.scalar(2 ** -24)])[0], shape])[0];
}

/** Numbers hashed from a counter: the same bits on every target. */
export const random: Pick<OpTable, "hashUniform"> = {
  hashUniform: {
    summary: "Uniform in [0, 1) with 24 bits: a hash of the element's number and two seed words.",
    traits: [],
    infer: ([seed], { shape }) => {
      if (seed.dtype !== "int32" || !sameShape(seed.shape, [2])) {
        throw new ShapeError(
          "SHAPE_MISMATCH",
          `hashUniform: a seed of two int32 words; got ${seed.dtype} ${showShape(seed.shape)}`,
        );
      }
      return { shape, dtype: "float32" };
    },
    vjp: { none: "does not depend on a float" },
    onnx: (emit, [seed], node) => emitHash(emit, seed, emit.expandTarget(node)),
    js: {
      kernel: (out, [seed]) => {
        for (let i = 0; i < out.length; i++) {
          const first = mix((Math.imul(i, golden) + seed[0]) | 0);
          out[i] = (mix(first ^ seed[1]) >>> 8) * 2 ** -24;
        }
      },
    },
    samples: [
      {
        shapes: [[2]],
        params: { shape: [4, 5] },
        domains: [{ integersBelow: 1000 }],
        dtypes: ["int32"],
      },
    ],
  },
};
