import { BackendError, show } from "../../core/errors.ts";
import { type NodeProto, type TensorProto, TensorProto_DataLocation } from "./generated/onnx_pb.ts";
import { type OnnxModel, plainDomain } from "./read.ts";

export interface SafetyLimits {
  /** The most nodes, those of subgraphs included. Default 100,000. */
  readonly maxNodes?: number;
}

const knownDomains: ReadonlySet<string> = new Set(["", "ai.onnx.ml", "com.microsoft"]);

/** Operators of known domains that make a runtime open files or load code that the model names. */
const refusedOperators: ReadonlySet<string> = new Set(["com.microsoft:EPContext"]);

/**
 * Refuses a model that could make a runtime read other files, run unknown code or grow without bound:
 * external data anywhere, operators outside ONNX's and the runtime's own domains, functions defined in
 * the model (they may expand exponentially), too many nodes.
 * @throws BackendError MODEL_CORRUPT that says why, naming `where`.
 */
export function checkSafe(model: OnnxModel, limits: SafetyLimits = {}, where = "model"): void {
  const { maxNodes = 100_000 } = limits;
  const { proto } = model;
  const refuse = (expected: string, got: string): never => {
    throw new BackendError("MODEL_CORRUPT", `${where}: ${expected}; got ${got}`);
  };
  if (proto.functions.length > 0) {
    refuse("operators only", `${proto.functions.length} functions defined in the model`);
  }
  for (const { domain } of proto.opsetImport) {
    if (!knownDomains.has(plainDomain(domain))) {
      refuse(`operators of ONNX or its runtime`, `the domain ${show(domain)}`);
    }
  }
  let nodes = 0;
  const visitNode = (node: NodeProto): void => {
    const domain = plainDomain(node.domain);
    if (!knownDomains.has(domain) || refusedOperators.has(`${domain}:${node.opType}`)) {
      refuse("operators of ONNX or its runtime", show(`${node.domain}:${node.opType}`));
    }
    if (++nodes > maxNodes) refuse(`at most ${maxNodes} nodes`, "more");
  };
  const visitTensor = (tensor: TensorProto): void => {
    const elsewhere = tensor.dataLocation !== TensorProto_DataLocation.DEFAULT;
    if (elsewhere || tensor.externalData.length > 0) {
      refuse("all data inside the model", `external data for tensor ${show(tensor.name)}`);
    }
  };
  // Messages are walked whichever field holds them: attributes, subgraphs, sparse tensors, the rest.
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) {
      if (typeof value[0] === "object") for (const item of value) walk(item);
    } else if (isMessage(value)) {
      if (value.$typeName === "onnx.NodeProto") visitNode(value as NodeProto);
      if (value.$typeName === "onnx.TensorProto") visitTensor(value as TensorProto);
      for (const field of Object.values(value)) walk(field);
    } else if (isOneof(value)) {
      walk(value.value);
    }
  };
  walk(proto);
}

function isMessage(value: unknown): value is { $typeName: string } {
  return typeof value === "object" && value !== null && "$typeName" in value;
}

function isOneof(value: unknown): value is { case: string; value: unknown } {
  return typeof value === "object" && value !== null && "case" in value && "value" in value;
}
