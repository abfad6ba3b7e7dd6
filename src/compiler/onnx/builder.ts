import { create } from "@bufbuild/protobuf";
import { allocate, type DType, type TypedArray } from "../../core/dtype.ts";
import { CompileError, show } from "../../core/errors.ts";
import { type Attribute, packAttribute } from "./attributes.ts";
import {
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type OperatorSetIdProto,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "./generated/onnx_pb.ts";
import { serializeModel } from "./serialize.ts";
import {
  bytesOf,
  checkTensor,
  dtypeCode,
  isStrings,
  type OnnxDType,
  packTensor,
  type TensorData,
} from "./tensor-data.ts";

/** Operator sets other than ONNX's own, which is "". */
export type OnnxDomain = "" | "ai.onnx.ml" | "com.microsoft";

/** The sizes of a value's axes; a word stands for a size known only at run time. */
export type OnnxDims = readonly (number | string)[];

export interface OnnxBuilderOptions {
  /** The name of the graph. Default "polytask". */
  readonly name?: string;
  /** The version of ONNX's own operators, 13 to 25. Default 20. */
  readonly opset?: number;
  /** The version of the `ai.onnx.ml` operators, declared where one is used. Default 3. */
  readonly mlOpset?: number;
}

export interface OnnxNodeOptions {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** How many results the node has, or their names; "" leaves one out. Default 1. */
  readonly outputs?: number | readonly string[];
  readonly domain?: OnnxDomain;
  /** Default: the name of the first result. */
  readonly name?: string;
}

/** The oldest model format that has each operator set, from the version table of the specification. */
const irVersions: readonly (readonly [opset: number, ir: number])[] = [
  [13, 7],
  [15, 8],
  [19, 9],
  [21, 10],
  [23, 11],
  [24, 12],
  [25, 13],
];

/** Elements beyond which a constant is not compared with the others. */
const sharedLimit = 1024;

/**
 * Builds an ONNX model node by node; a value must exist before a node takes it, so that the graph is
 * in topological order by construction.
 */
export class OnnxBuilder {
  readonly opset: number;
  private readonly mlOpset: number;
  private readonly name: string;
  private readonly irVersion: number;
  private readonly names = new Set<string>();
  private readonly reserved = new Set<string>([""]);
  private readonly counters = new Map<string, number>();
  private readonly constants = new Map<string, string>();
  private readonly inputs = new Map<string, ValueInfoProto>();
  private readonly outputs = new Map<string, ValueInfoProto>();
  private readonly initializers = new Map<string, TensorProto>();
  private readonly nodes: NodeProto[] = [];
  private readonly domains = new Set<OnnxDomain>([""]);
  private readonly properties = new Map<string, string>();

  /** @throws CompileError for an operator set outside 13 to 25. */
  constructor(options: OnnxBuilderOptions = {}) {
    this.opset = options.opset ?? 20;
    this.mlOpset = options.mlOpset ?? 3;
    this.name = options.name ?? "polytask";
    const ir = irVersions.findLast(([opset]) => opset <= this.opset)?.[1];
    if (ir === undefined || this.opset > 25 || !Number.isInteger(this.opset)) {
      throw new CompileError(`ONNX builder: an operator set from 13 to 25; got ${this.opset}`);
    }
    this.irVersion = ir;
  }

  get nodeCount(): number {
    return this.nodes.length;
  }

  /** Declares a graph input. With an initializer of the same name it is optional, and that the default. */
  input(name: string, dtype: OnnxDType, dims: OnnxDims): string {
    if (!this.initializers.has(name) || this.inputs.has(name)) this.define(name);
    this.inputs.set(name, valueInfo(name, dtype, dims));
    return name;
  }

  /** Declares a graph output: a value that some node, input or initializer defines by the end. */
  output(name: string, dtype: OnnxDType, dims: OnnxDims): void {
    if (this.outputs.has(name)) throw taken("output", name);
    this.outputs.set(name, valueInfo(name, dtype, dims));
  }

  /**
   * Adds a named tensor. Its data is not copied before `toBytes`.
   * @throws ShapeError where the data does not fit the dims or the dtype.
   */
  initializer(name: string, dtype: OnnxDType, dims: readonly number[], data: TensorData): string {
    if (!this.inputs.has(name) || this.initializers.has(name)) this.define(name);
    const tensor = { dtype, dims, data };
    checkTensor(tensor, `initializer ${show(name)}`);
    this.initializers.set(name, packTensor(name, tensor));
    return name;
  }

  /**
   * Adds a node and returns the names of its results.
   * @throws CompileError where an operand is not defined or a result's name is taken.
   */
  node(opType: string, inputs: readonly string[], options: OnnxNodeOptions = {}): string[] {
    for (const input of inputs) {
      if (input !== "" && !this.names.has(input)) {
        throw new CompileError(`${opType}: operands defined before the node; got ${show(input)}`);
      }
    }
    const { attributes = {}, domain = "" } = options;
    const outputs = this.results(opType, options.outputs ?? 1);
    this.domains.add(domain);
    this.nodes.push(
      create(NodeProtoSchema, {
        opType,
        domain,
        name: options.name ?? outputs.find((output) => output !== "") ?? "",
        input: [...inputs],
        output: [...outputs],
        attribute: Object.entries(attributes).map(([name, value]) => packAttribute(name, value)),
      }),
    );
    return outputs;
  }

  /** A name that no value has and that is not given out again, beginning with `prefix`. */
  fresh(prefix: string): string {
    let count = this.counters.get(prefix) ?? 0;
    let name = prefix;
    while (this.names.has(name) || this.outputs.has(name) || this.reserved.has(name)) {
      name = `${prefix}_${++count}`;
    }
    this.counters.set(prefix, count);
    this.reserved.add(name);
    return name;
  }

  /** The name of a constant tensor; small constants equal to the bit share one initializer. */
  constant(dtype: OnnxDType, dims: readonly number[], data: TensorData): string {
    if (data.length > sharedLimit) {
      return this.initializer(this.fresh("const"), dtype, dims, copyOf(data));
    }
    const key = isStrings(data)
      ? JSON.stringify([dtype, dims, data])
      : `${dtype}[${dims}]${bytesOf(data).join()}`;
    const known = this.constants.get(key);
    if (known !== undefined) return known;
    const name = this.initializer(this.fresh("const"), dtype, dims, copyOf(data));
    this.constants.set(key, name);
    return name;
  }

  /** A one-dimensional int64 constant: axes, shapes, starts and ends. */
  int64s(values: readonly (number | bigint)[]): string {
    return this.constant("int64", [values.length], BigInt64Array.from(values, BigInt));
  }

  /** A scalar constant. */
  scalar(value: number, dtype: Exclude<DType, "int64"> = "float32"): string {
    const data = allocate(dtype, 1) as Exclude<TypedArray, BigInt64Array>;
    data[0] = value;
    return this.constant(dtype, [], data);
  }

  /** Sets a metadata property of the model; a later value replaces an earlier one. */
  metadata(key: string, value: string): void {
    this.properties.set(key, value);
  }

  /**
   * Serializes the model. The same calls give the same bytes.
   * @throws CompileError where an output is not defined; BackendError UNSUPPORTED beyond 2 GiB.
   */
  toBytes(): Uint8Array {
    return serializeModel(this.toModel());
  }

  private toModel(): ModelProto {
    for (const name of this.outputs.keys()) {
      if (!this.names.has(name)) {
        throw new CompileError(`ONNX output ${show(name)}: a value of that name; got none`);
      }
    }
    return create(ModelProtoSchema, {
      irVersion: BigInt(this.irVersion),
      producerName: "polytask",
      opsetImport: [...this.domains].map((domain) => this.operatorSet(domain)),
      metadataProps: [...this.properties].map(([key, value]) =>
        create(StringStringEntryProtoSchema, { key, value }),
      ),
      graph: create(GraphProtoSchema, {
        name: this.name,
        node: this.nodes,
        input: [...this.inputs.values()],
        output: [...this.outputs.values()],
        initializer: [...this.initializers.values()],
      }),
    });
  }

  private operatorSet(domain: OnnxDomain): OperatorSetIdProto {
    const versions = { "": this.opset, "ai.onnx.ml": this.mlOpset, "com.microsoft": 1 };
    return create(OperatorSetIdProtoSchema, { domain, version: BigInt(versions[domain]) });
  }

  private results(opType: string, outputs: number | readonly string[]): string[] {
    if (typeof outputs !== "number") {
      for (const output of outputs) if (output !== "") this.define(output);
      return [...outputs];
    }
    return Array.from({ length: outputs }, () => {
      const name = this.fresh(opType);
      this.define(name);
      return name;
    });
  }

  private define(name: string): void {
    if (this.names.has(name) || name === "") throw taken("value", name);
    this.names.add(name);
  }
}

function valueInfo(name: string, dtype: OnnxDType, dims: OnnxDims): ValueInfoProto {
  const dim = dims.map((size) =>
    typeof size === "number"
      ? { value: { case: "dimValue" as const, value: BigInt(size) } }
      : { value: { case: "dimParam" as const, value: size } },
  );
  const tensorType = { elemType: dtypeCode(dtype), shape: { dim } };
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: "tensorType", value: tensorType } },
  });
}

/** Not `slice`, which for Node's Buffer is a view. */
function copyOf(data: TensorData): TensorData {
  if (isStrings(data)) return [...data];
  const bytes = new Uint8Array(bytesOf(data));
  const Copy = data.constructor as new (buffer: ArrayBuffer) => TypedArray;
  return data instanceof Uint8Array ? bytes : new Copy(bytes.buffer);
}

function taken(what: string, name: string): CompileError {
  return new CompileError(`ONNX ${what}: a name of its own; got ${show(name)} again`);
}
