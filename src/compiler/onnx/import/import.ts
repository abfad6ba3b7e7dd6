import { BackendError, show } from "../../../core/errors.ts";
import { type Shape, sameShape, showShape, sizeOf } from "../../../core/shape.ts";
import type { Graph, Tensor } from "../../graph.ts";
import { type OnnxModel, type OnnxNodeInfo, type OnnxValueInfo, readModel } from "../read.ts";
import { dtypeOfCode, type OnnxTensor } from "../tensor-data.ts";
import { type Constant, constantOf, importedType } from "./constant.ts";
import { ImportNode, type Value } from "./node.ts";
import { importedOperators } from "./operators.ts";

/** A tensor of a model's numbers: what training may change, or a statistic that stays. */
export interface ImportedWeight {
  /** Its name in the model. */
  readonly name: string;
  readonly shape: Shape;
  /** False for means and variances of a batch normalisation. */
  readonly trainable: boolean;
  values(): Float32Array;
}

/** Operators of a model that cannot be read, with a node that has each. */
export interface UnsupportedOperator {
  readonly operator: string;
  readonly count: number;
  readonly node: string;
}

/** A model read into the compiler. */
export interface ImportedModel {
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  /** How often each operator occurs, by name. */
  readonly operators: Readonly<Record<string, number>>;
  readonly unsupported: readonly UnsupportedOperator[];
  /** Float tensors of two elements or more; smaller ones are part of the function. */
  readonly weights: readonly ImportedWeight[];
  /**
   * Traces the model on tensors of one graph: shapes are theirs, ids are int32.
   * @param weight gives each weight its tensor; asked once for each that is reached.
   * @param outputs the names of the results wanted; all by default.
   * @throws BackendError UNSUPPORTED naming every operator that cannot be read, or the node that uses
   *   one in a way that cannot; ShapeError where shapes do not fit.
   */
  trace(
    graph: Graph,
    inputs: Readonly<Record<string, Tensor>>,
    weight: (weight: ImportedWeight) => Tensor,
    outputs?: readonly string[],
  ): Record<string, Tensor>;
}

/** Operands that hold numbers which are never trained, by operator. */
const fixedOperands: Readonly<Record<string, readonly number[]>> = {
  BatchNormalization: [3, 4],
  Clip: [1, 2],
  Pad: [1, 2],
  Resize: [1, 2, 3],
  Range: [0, 1, 2],
};

/**
 * Reads the graph of an ONNX model, so that it can be traced and differentiated like any other function.
 * @throws BackendError MODEL_CORRUPT where the bytes are no model.
 */
export function importOnnx(bytes: Uint8Array, where = "model"): ImportedModel {
  const model = readModel(bytes, where);
  const { nodes } = model;
  const operators: Record<string, number> = {};
  const missing = new Map<string, { count: number; node: string }>();
  for (const node of nodes) {
    const name = qualified(node);
    operators[name] = (operators[name] ?? 0) + 1;
    if (operatorOf(node)) continue;
    const known = missing.get(name);
    if (known) known.count++;
    else missing.set(name, { count: 1, node: node.name || (node.outputs[0] ?? "") });
  }
  const unsupported = [...missing].map(([operator, facts]) => ({ operator, ...facts }));
  const weights = weightsOf(model, nodes, where);
  const stored = new Set(model.initializerNames);
  return {
    inputs: model.inputs.filter(({ name }) => !stored.has(name)),
    outputs: model.outputs,
    operators,
    unsupported,
    weights: [...weights.values()],
    trace(graph, inputs, weight, outputs = model.outputs.map(({ name }) => name)) {
      refuseUnsupported(unsupported, where);
      const values = new Map<string, Value>(Object.entries(inputs));
      const tensors = new Map<string, Tensor>();
      const read = (name: string): Value | undefined => {
        if (name === "") return undefined;
        const known = values.get(name) ?? tensors.get(name);
        if (known) return known;
        const found = weights.get(name);
        if (found) return remember(tensors, name, checked(weight(found), found));
        if (stored.has(name)) return remember(values, name, initial(model, name, where));
        throw new BackendError(
          "MODEL_CORRUPT",
          `${where}: a value ${show(name)} before it is read; got none`,
        );
      };
      const needed = reached(nodes, outputs);
      for (const node of nodes) {
        if (!needed.has(node) || isWeightNode(node, weights)) continue;
        const results = evaluate(node, node.inputs.map(read), graph, model.opsets[""] ?? 1);
        node.outputs.forEach((name, i) => {
          if (name !== "" && results[i] !== undefined) values.set(name, results[i]);
        });
      }
      const lift = new ImportNode({ ...blank, graph });
      return Object.fromEntries(outputs.map((name) => [name, lift.lift(read(name) as Value)]));
    },
  };
}

const blank = { op: "output", name: "", opset: 0, inputs: [], outputs: 0, attributes: {} };

function remember<T>(map: Map<string, T>, name: string, value: T): T {
  map.set(name, value);
  return value;
}

function evaluate(
  info: OnnxNodeInfo,
  inputs: readonly (Value | undefined)[],
  graph: Graph,
  opset: number,
): readonly Value[] {
  const node = new ImportNode({
    op: info.opType,
    name: info.name || (info.outputs[0] ?? ""),
    opset,
    graph,
    inputs,
    outputs: info.outputs.filter((name) => name !== "").length,
    attributes: info.attributes(),
  });
  const results = graph.scope(node.op, () => operatorOf(info)?.(node) ?? []);
  return Array.isArray(results) ? results : [results as Value];
}

function operatorOf(node: OnnxNodeInfo) {
  return node.domain === "" ? importedOperators.get(node.opType) : undefined;
}

const qualified = ({ domain, opType }: OnnxNodeInfo) => (domain ? `${domain}.${opType}` : opType);

function initial(model: OnnxModel, name: string, where: string): Constant {
  return constantOf(model.initializer(name), `${where}: initializer ${show(name)}`);
}

/** @throws BackendError UNSUPPORTED naming all of them. */
function refuseUnsupported(unsupported: readonly UnsupportedOperator[], where: string): void {
  if (unsupported.length === 0) return;
  const list = unsupported.map(
    ({ operator, count, node }) => `${operator} (${count}, first in node ${show(node)})`,
  );
  throw new BackendError(
    "UNSUPPORTED",
    `${where}: operators that polytask can read; got ${list.join(", ")}`,
    {
      hint: `it reads ${[...importedOperators.keys()].sort().join(", ")}`,
      details: { unsupported: unsupported.map(({ operator }) => operator) },
    },
  );
}

function checked(tensor: Tensor, { name, shape }: ImportedWeight): Tensor {
  if (sameShape(tensor.shape, shape)) return tensor;
  throw new BackendError(
    "MODEL_CORRUPT",
    `weight ${show(name)}: shape ${showShape(shape)}; got ${showShape(tensor.shape)}`,
  );
}

const isFloats = (dtype: string) => importedType(dtype) === "float32";

/** Float tensors of two elements or more, among initializers and `Constant` nodes, by name. */
function weightsOf(
  model: OnnxModel,
  nodes: readonly OnnxNodeInfo[],
  where: string,
): Map<string, ImportedWeight> {
  const fixed = new Set<string>();
  const statistics = new Set<string>();
  for (const node of nodes) {
    const into = node.opType === "BatchNormalization" ? statistics : fixed;
    for (const i of fixedOperands[node.opType] ?? []) into.add(node.inputs[i]);
  }
  const found = new Map<string, ImportedWeight>();
  const add = (name: string, shape: Shape, load: () => OnnxTensor) => {
    if (sizeOf(shape) < 2 || fixed.has(name)) return;
    found.set(name, {
      name,
      shape,
      trainable: !statistics.has(name),
      values: () => Float32Array.from(load().data as ArrayLike<number>),
    });
  };
  for (const { name, dims, dataType } of model.proto.graph?.initializer ?? []) {
    if (!isFloats(dtypeOfCode(dataType) ?? "")) continue;
    add(name, dims.map(Number), () => model.initializer(name));
  }
  for (const node of nodes) {
    if (node.opType !== "Constant" || node.domain !== "") continue;
    const { value } = node.attributes();
    if (value === undefined || !("tensor" in value) || !isFloats(value.tensor.dtype)) continue;
    const [name] = node.outputs;
    constantOf(value.tensor, `${where}: ${show(name)}`);
    add(name, value.tensor.dims, () => value.tensor);
  }
  return found;
}

/** Whether a node only holds a weight. */
function isWeightNode(node: OnnxNodeInfo, weights: ReadonlyMap<string, ImportedWeight>): boolean {
  return node.opType === "Constant" && node.domain === "" && weights.has(node.outputs[0]);
}

/** The nodes that outputs depend on. */
function reached(nodes: readonly OnnxNodeInfo[], outputs: readonly string[]): Set<OnnxNodeInfo> {
  const wanted = new Set(outputs);
  const found = new Set<OnnxNodeInfo>();
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i];
    if (!node.outputs.some((name) => wanted.has(name))) continue;
    found.add(node);
    for (const name of node.inputs) wanted.add(name);
  }
  return found;
}
