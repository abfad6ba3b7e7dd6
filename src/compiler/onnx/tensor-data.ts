import { create } from "@bufbuild/protobuf";
import { getTextEncoding } from "@bufbuild/protobuf/wire";
import { bytesPerElement, type DType, type TypedArray } from "../../core/dtype.ts";
import { BackendError, ShapeError, show } from "../../core/errors.ts";
import { showShape, sizeOf } from "../../core/shape.ts";
import { type TensorProto, TensorProto_DataType, TensorProtoSchema } from "./generated/onnx_pb.ts";

/** Element types of the tensors that go in and out of ONNX models. */
export type OnnxDType = DType | "string";

/** Elements in row-major order. A `bool` is a byte, 0 or 1. */
export type TensorData = TypedArray | string[];

export interface OnnxTensor {
  readonly dtype: OnnxDType;
  readonly dims: readonly number[];
  readonly data: TensorData;
}

const arrayTypes = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const satisfies Record<DType, unknown>;

const codes: Readonly<Record<OnnxDType, TensorProto_DataType>> = {
  float32: TensorProto_DataType.FLOAT,
  float64: TensorProto_DataType.DOUBLE,
  int32: TensorProto_DataType.INT32,
  int64: TensorProto_DataType.INT64,
  uint8: TensorProto_DataType.UINT8,
  bool: TensorProto_DataType.BOOL,
  string: TensorProto_DataType.STRING,
};

const dtypes = new Map<number, OnnxDType>(
  Object.entries(codes).map(([dtype, code]) => [code, dtype as OnnxDType]),
);

/** The ONNX code of an element type: the value of `Cast`'s attribute `to`. */
export function dtypeCode(dtype: OnnxDType): number {
  return codes[dtype];
}

/** The element type that an ONNX code stands for, or undefined for those that polytask does not use. */
export function dtypeOfCode(code: number): OnnxDType | undefined {
  return dtypes.get(code);
}

/** The name ONNX gives a code, for messages. */
export function codeName(code: number): string {
  return TensorProto_DataType[code]?.toLowerCase() ?? `type ${code}`;
}

/**
 * Checks that data has the array type of its element type and as many elements as its dims say.
 * @throws ShapeError DTYPE_MISMATCH or SHAPE_MISMATCH, naming `where`.
 */
export function checkTensor(tensor: OnnxTensor, where: string): void {
  const { dtype, dims, data } = tensor;
  const fits =
    dtype === "string" ? isStrings(data) : data instanceof (arrayTypes[dtype] ?? Promise);
  if (!fits) {
    const wanted = dtype === "string" ? "an array of strings" : arrayTypes[dtype]?.name;
    throw new ShapeError(
      "DTYPE_MISMATCH",
      wanted === undefined
        ? `${where}: an element type among ${Object.keys(codes).join(", ")}; got ${show(dtype)}`
        : `${where}: ${wanted} for ${dtype} elements; got ${typeName(data)}`,
    );
  }
  for (const d of dims) {
    if (!Number.isSafeInteger(d) || d < 0) {
      throw new ShapeError("SHAPE_MISMATCH", `${where}: sizes from 0 up; got ${showShape(dims)}`);
    }
  }
  if (data.length !== sizeOf(dims)) {
    throw new ShapeError(
      "SHAPE_MISMATCH",
      `${where}: ${sizeOf(dims)} elements for shape ${showShape(dims)}; got ${data.length}`,
    );
  }
}

/** Packs a tensor; typed data is viewed, not copied, until the message is serialized. */
export function packTensor(name: string, tensor: OnnxTensor): TensorProto {
  const proto = create(TensorProtoSchema, {
    name,
    dataType: codes[tensor.dtype],
    dims: tensor.dims.map(BigInt),
  });
  if (isStrings(tensor.data)) proto.stringData = tensor.data.map(getTextEncoding().encodeUtf8);
  else proto.rawData = bytesOf(tensor.data);
  return proto;
}

/**
 * Unpacks a tensor, whichever of ONNX's fields holds it.
 * @throws BackendError UNSUPPORTED for element types that polytask does not use, MODEL_CORRUPT where
 * the data does not fit the shape or lies in another file.
 */
export function unpackTensor(proto: TensorProto, where: string): OnnxTensor {
  const dtype = dtypes.get(proto.dataType);
  if (dtype === undefined) {
    throw new BackendError(
      "UNSUPPORTED",
      `${where}: elements of ${[...dtypes.values()].join(", ")}; got ${codeName(proto.dataType)}`,
    );
  }
  if (proto.externalData.length > 0 || proto.dataLocation !== 0) {
    throw new BackendError("MODEL_CORRUPT", `${where}: data inside the model; got external data`);
  }
  const dims = proto.dims.map(Number);
  const size = sizeOf(dims);
  const raw = proto.rawData;
  const stored =
    dtype !== "string" && raw.length > 0 ? viewBytes(dtype, raw) : storedElements(dtype, proto);
  if (stored?.length !== size || dims.some((d) => d < 0)) {
    throw new BackendError(
      "MODEL_CORRUPT",
      `${where}: ${size} ${dtype} elements for shape ${showShape(dims)}; got ${
        stored ? stored.length : `${raw.length} bytes`
      }`,
    );
  }
  return { dtype, dims, data: stored };
}

/** The bytes of a typed array, as a view. ONNX is little-endian, as is every platform of the runtime. */
export function bytesOf(data: TypedArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

export function isStrings(data: TensorData): data is string[] {
  return Array.isArray(data);
}

function viewBytes(dtype: DType, raw: Uint8Array): TypedArray | undefined {
  const width = bytesPerElement[dtype];
  if (raw.length % width !== 0) return undefined;
  // Not `slice`, which for Node's Buffer is a view.
  const aligned = raw.byteOffset % width === 0 ? raw : new Uint8Array(raw);
  return new arrayTypes[dtype](
    aligned.buffer as ArrayBuffer,
    aligned.byteOffset,
    raw.length / width,
  );
}

function storedElements(dtype: OnnxDType, proto: TensorProto): TensorData {
  switch (dtype) {
    case "string":
      return proto.stringData.map((bytes) => getTextEncoding().decodeUtf8(bytes));
    case "float32":
      return Float32Array.from(proto.floatData);
    case "float64":
      return Float64Array.from(proto.doubleData);
    case "int64":
      return BigInt64Array.from(proto.int64Data);
    default:
      return arrayTypes[dtype].from(proto.int32Data);
  }
}

function typeName(data: unknown): string {
  return Array.isArray(data) ? "an array" : (Object(data).constructor?.name ?? typeof data);
}
