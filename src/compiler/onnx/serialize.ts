import { clearField, type DescField, type Message, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { BackendError } from "../../core/errors.ts";
import {
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type TensorProto,
  TensorProtoSchema,
} from "./generated/onnx_pb.ts";

const { graph: graphField } = ModelProtoSchema.field;
const { initializer: initializerField } = GraphProtoSchema.field;
const { rawData: rawDataField } = TensorProtoSchema.field;

/** Protobuf messages end at 2 GiB. */
const byteLimit = 2 ** 31 - 1;

/**
 * Serializes a model, copying its weights once; the generic writer copies a message into every
 * message around it. Fields may stand in any order, so the weights follow the rest.
 * @throws BackendError UNSUPPORTED beyond 2 GiB.
 */
export function serializeModel(model: ModelProto): Uint8Array {
  const parts: Uint8Array[] = [toBinary(ModelProtoSchema, without(model, graphField))];
  if (model.graph !== undefined) parts.push(...framed(graphField, graphParts(model.graph)));
  const size = sizeOfParts(parts);
  if (size > byteLimit) {
    throw new BackendError(
      "UNSUPPORTED",
      `ONNX model: at most ${byteLimit} bytes in one file; got ${size}`,
    );
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function graphParts(graph: GraphProto): Uint8Array[] {
  const weights = graph.initializer.flatMap((t) => framed(initializerField, tensorParts(t)));
  return [toBinary(GraphProtoSchema, without(graph, initializerField)), ...weights];
}

function tensorParts(tensor: TensorProto): Uint8Array[] {
  const rest = toBinary(TensorProtoSchema, without(tensor, rawDataField));
  return tensor.rawData.length === 0 ? [rest] : [rest, ...framed(rawDataField, [tensor.rawData])];
}

function without<T extends Message>(message: T, field: DescField): T {
  const copy = Object.assign(Object.create(Object.getPrototypeOf(message)), message);
  clearField(copy, field);
  return copy;
}

/** A length-delimited field: its tag, its length and its content. */
function framed(field: DescField, content: readonly Uint8Array[]): Uint8Array[] {
  const writer = new BinaryWriter().tag(field.number, WireType.LengthDelimited);
  return [writer.uint32(sizeOfParts(content)).finish(), ...content];
}

function sizeOfParts(parts: readonly Uint8Array[]): number {
  return parts.reduce((size, part) => size + part.length, 0);
}
