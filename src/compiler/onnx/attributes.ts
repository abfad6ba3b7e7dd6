import { create } from "@bufbuild/protobuf";
import { getTextEncoding } from "@bufbuild/protobuf/wire";
import { CompileError, show } from "../../core/errors.ts";
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
} from "./generated/onnx_pb.ts";
import {
  checkTensor,
  type OnnxDType,
  type OnnxTensor,
  packTensor,
  type TensorData,
  unpackTensor,
} from "./tensor-data.ts";

/** A node attribute. JavaScript has one number type and ONNX two, so the kind is always said. */
export type Attribute =
  | { readonly int: number | bigint }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly (number | bigint)[] }
  | { readonly floats: readonly number[] }
  | { readonly strings: readonly string[] }
  | { readonly tensor: OnnxTensor };

/** An integer attribute. */
export function int(value: number | bigint): Attribute {
  return { int: value };
}

/** A float attribute; ONNX keeps 32 bits of it. */
export function float(value: number): Attribute {
  return { float: value };
}

/** A string attribute. */
export function str(value: string): Attribute {
  return { string: value };
}

/** An attribute that is a list of integers. */
export function ints(values: readonly (number | bigint)[]): Attribute {
  return { ints: values };
}

/** An attribute that is a list of floats; ONNX keeps 32 bits of each. */
export function floats(values: readonly number[]): Attribute {
  return { floats: values };
}

/** An attribute that is a list of strings. */
export function strs(values: readonly string[]): Attribute {
  return { strings: values };
}

/** A tensor attribute. */
export function tensor(dtype: OnnxDType, dims: readonly number[], data: TensorData): Attribute {
  return { tensor: { dtype, dims, data } };
}

/**
 * The message that stores an attribute.
 * @throws CompileError where an integer is not exact; ShapeError where a tensor does not fit its dims.
 */
export function packAttribute(name: string, attribute: Attribute): AttributeProto {
  const proto = create(AttributeProtoSchema, { name });
  const { encodeUtf8 } = getTextEncoding();
  if ("int" in attribute) {
    proto.type = AttributeType.INT;
    proto.i = toInt(attribute.int, name);
  } else if ("float" in attribute) {
    proto.type = AttributeType.FLOAT;
    proto.f = Math.fround(attribute.float);
  } else if ("string" in attribute) {
    proto.type = AttributeType.STRING;
    proto.s = encodeUtf8(attribute.string);
  } else if ("ints" in attribute) {
    proto.type = AttributeType.INTS;
    proto.ints = attribute.ints.map((value) => toInt(value, name));
  } else if ("floats" in attribute) {
    proto.type = AttributeType.FLOATS;
    proto.floats = attribute.floats.map(Math.fround);
  } else if ("strings" in attribute) {
    proto.type = AttributeType.STRINGS;
    proto.strings = attribute.strings.map(encodeUtf8);
  } else {
    checkTensor(attribute.tensor, `attribute ${show(name)}`);
    proto.type = AttributeType.TENSOR;
    proto.t = packTensor("", attribute.tensor);
  }
  return proto;
}

/** The attribute a message stores, or undefined for kinds the builder does not write (subgraphs, …). */
export function unpackAttribute(proto: AttributeProto, where: string): Attribute | undefined {
  const { decodeUtf8 } = getTextEncoding();
  switch (proto.type) {
    case AttributeType.INT:
      return { int: proto.i };
    case AttributeType.FLOAT:
      return { float: proto.f };
    case AttributeType.STRING:
      return { string: decodeUtf8(proto.s) };
    case AttributeType.INTS:
      return { ints: proto.ints };
    case AttributeType.FLOATS:
      return { floats: proto.floats };
    case AttributeType.STRINGS:
      return { strings: proto.strings.map((s) => decodeUtf8(s)) };
    case AttributeType.TENSOR:
      return proto.t && { tensor: unpackTensor(proto.t, where) };
    default:
      return undefined;
  }
}

function toInt(value: number | bigint, name: string): bigint {
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw new CompileError(`attribute ${show(name)}: an exact integer; got ${show(value)}`);
  }
  return BigInt.asIntN(64, BigInt(value));
}
