import { fromBinary } from "@bufbuild/protobuf";
import { BackendError, show } from "../../core/errors.ts";
import { type Attribute, unpackAttribute } from "./attributes.ts";
import type { OnnxDims } from "./builder.ts";
import {
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  type ValueInfoProto,
} from "./generated/onnx_pb.ts";
import { codeName, dtypeOfCode, type OnnxTensor, unpackTensor } from "./tensor-data.ts";

/** A graph input or output; a size that is not known is a word, or "" where the model names none. */
export interface OnnxValueInfo {
  readonly name: string;
  /** An `OnnxDType`, or ONNX's own word for a type that polytask does not use. */
  readonly dtype: string;
  /** Undefined where the model does not even give the number of axes. */
  readonly dims: OnnxDims | undefined;
}

export interface OnnxNodeInfo {
  readonly opType: string;
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Attributes of the kinds that the builder writes. @throws as `OnnxModel.initializer`. */
  attributes(): Readonly<Record<string, Attribute>>;
}

/** What a model file says, with large data left where it is until asked for. */
export interface OnnxModel {
  readonly irVersion: number;
  /** Version by domain; "" is ONNX's own. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly producer: string;
  /** Inputs that a caller may feed, those with a default included. */
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  readonly nodes: readonly OnnxNodeInfo[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly initializerNames: readonly string[];
  /**
   * The data of an initializer; numbers may be views of the model's bytes.
   * @throws BackendError MODEL_CORRUPT where there is none of that name or its data does not fit its
   * shape, UNSUPPORTED where polytask does not use its element type.
   */
  initializer(name: string): OnnxTensor;
  /** The whole message. */
  readonly proto: ModelProto;
}

/**
 * Reads the bytes of an ONNX model.
 * @throws BackendError MODEL_CORRUPT where they are not one, naming `where`.
 */
export function readModel(bytes: Uint8Array, where = "model"): OnnxModel {
  const proto = decode(bytes, where);
  const graph = proto.graph as GraphProto;
  const initializers = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  return {
    irVersion: Number(proto.irVersion),
    opsets: Object.fromEntries(
      proto.opsetImport.map(({ domain, version }) => [plainDomain(domain), Number(version)]),
    ),
    producer: proto.producerName,
    inputs: graph.input.map(valueInfo),
    outputs: graph.output.map(valueInfo),
    nodes: graph.node.map((node) => nodeInfo(node, where)),
    metadata: Object.fromEntries(proto.metadataProps.map(({ key, value }) => [key, value])),
    initializerNames: [...initializers.keys()],
    initializer(name) {
      const tensor = initializers.get(name);
      if (tensor === undefined) {
        const message = `${where}: an initializer ${show(name)}; got a model without it`;
        throw new BackendError("MODEL_CORRUPT", message);
      }
      return unpackTensor(tensor, `${where}: initializer ${show(name)}`);
    },
    proto,
  };
}

/** ONNX's own operators have two spellings of their domain. */
export function plainDomain(domain: string): string {
  return domain === "ai.onnx" ? "" : domain;
}

function decode(bytes: Uint8Array, where: string): ModelProto {
  let proto: ModelProto | undefined;
  let cause: unknown;
  try {
    proto = fromBinary(ModelProtoSchema, bytes);
  } catch (error) {
    cause = error;
  }
  if (proto?.graph === undefined || proto.irVersion <= 0n || proto.opsetImport.length === 0) {
    throw new BackendError(
      "MODEL_CORRUPT",
      `${where}: the bytes of an ONNX model; got ${bytes.length} bytes that are not one`,
      { cause },
    );
  }
  return proto;
}

function nodeInfo(node: NodeProto, where: string): OnnxNodeInfo {
  return {
    opType: node.opType,
    domain: plainDomain(node.domain),
    name: node.name,
    inputs: node.input,
    outputs: node.output,
    attributes() {
      const attributes: Record<string, Attribute> = {};
      for (const proto of node.attribute) {
        const place = `${where}: ${node.opType} ${show(node.name)} ${proto.name}`;
        const attribute = unpackAttribute(proto, place);
        if (attribute !== undefined) attributes[proto.name] = attribute;
      }
      return attributes;
    },
  };
}

function valueInfo(info: ValueInfoProto): OnnxValueInfo {
  const type = info.type?.value;
  if (type?.case !== "tensorType") {
    return { name: info.name, dtype: type?.case?.replace("Type", "") ?? "none", dims: undefined };
  }
  const { elemType, shape } = type.value;
  return {
    name: info.name,
    dtype: dtypeOfCode(elemType) ?? codeName(elemType),
    dims: shape?.dim.map(({ value }) =>
      value.case === "dimValue" ? Number(value.value) : (value.value ?? ""),
    ),
  };
}
