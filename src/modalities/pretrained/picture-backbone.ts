import { ints } from "../../compiler/onnx/attributes.ts";
import { OnnxBuilder } from "../../compiler/onnx/builder.ts";
import { BackendError, show } from "../../core/errors.ts";
import type { TfjsModel, TfjsNode } from "./tfjs-model.ts";

/**
 * Converts a part of a convolutional graph of TensorFlow.js, from its input to one node, to an ONNX model:
 * `pixel_values [batch, channels, height, width]` to `last_hidden_state`, of the same layout, and its mean over
 * places, `features [batch, channels]`. Convolutions keep their padding whatever the size of the pictures.
 * @throws BackendError UNSUPPORTED naming the operators that it cannot convert, MODEL_CORRUPT where an operand
 *   is missing.
 * @cite howard2019
 */
export function pictureBackbone(model: TfjsModel, input: string, last: string): Uint8Array {
  const nodes = new Map(model.nodes.map((node) => [node.name, node]));
  const needed = reached(nodes, last, input);
  const unknown = [...new Set(needed.map(({ op }) => op))].filter((op) => !(op in converters));
  if (unknown.length > 0) {
    throw new BackendError(
      "UNSUPPORTED",
      `picture backbone: operators among ${Object.keys(converters).join(", ")}; got ${unknown.join(", ")}`,
    );
  }
  const onnx = new OnnxBuilder({ name: "picture-backbone" });
  const values = new Map<string, string>([
    [input, onnx.input("pixel_values", "float32", ["batch", 3, "height", "width"])],
  ]);
  const context: Context = { onnx, model, values };
  for (const node of needed) values.set(node.name, converters[node.op](context, node));
  onnx.node("Identity", [values.get(last) as string], { outputs: ["last_hidden_state"] });
  const channels = channelsOf(model, nodes, last);
  onnx.output("last_hidden_state", "float32", ["batch", channels, "rows", "columns"]);
  onnx.node("ReduceMean", ["last_hidden_state", onnx.int64s([2, 3])], {
    attributes: { keepdims: { int: 0 } },
    outputs: ["features"],
  });
  onnx.output("features", "float32", ["batch", channels]);
  return onnx.toBytes();
}

interface Context {
  readonly onnx: OnnxBuilder;
  readonly model: TfjsModel;
  readonly values: ReadonlyMap<string, string>;
}

type Converter = (context: Context, node: TfjsNode) => string;

const bare = (name: string) => name.replace(/:\d+$/, "");

/** Nodes that compute `last`, operands first; constants and the input are not among them. */
function reached(nodes: ReadonlyMap<string, TfjsNode>, last: string, input: string): TfjsNode[] {
  const order: TfjsNode[] = [];
  const seen = new Set<string>([input]);
  const visit = (name: string) => {
    if (seen.has(name)) return;
    seen.add(name);
    const node = nodes.get(name);
    if (!node) {
      throw new BackendError("MODEL_CORRUPT", `picture backbone: a node ${show(name)}; got none`);
    }
    if (node.op === "Const") return;
    for (const operand of node.input) visit(bare(operand));
    order.push(node);
  };
  visit(last);
  return order;
}

/** A result of an earlier node, or a constant: scalars, and one number a channel. */
function operand({ onnx, model, values }: Context, node: TfjsNode, i: number): string {
  const name = bare(node.input[i]);
  const value = values.get(name);
  if (value !== undefined) return value;
  const stored = model.weights.get(name);
  if (!stored || stored.shape.length > 1) {
    throw new BackendError(
      "MODEL_CORRUPT",
      `picture backbone: ${show(node.name)}: a number or one a channel as operand ${i + 1}; got ${stored ? `shape [${stored.shape}]` : "none"}`,
    );
  }
  return onnx.constant(
    "float32",
    stored.shape.length ? [1, stored.data.length, 1, 1] : [],
    Float32Array.from(stored.data),
  );
}

const simple =
  (type: string): Converter =>
  (context, node) =>
    context.onnx.node(
      type,
      node.input.map((_, i) => operand(context, node, i)),
    )[0];

interface List {
  readonly list?: {
    readonly i?: readonly string[];
    readonly s?: readonly (string | readonly number[])[];
  };
  readonly s?: string | readonly number[];
}

const integers = (attr: unknown) => ((attr as List)?.list?.i ?? []).map(Number);
const text = (s: string | readonly number[] = "") =>
  typeof s === "string" ? Buffer.from(s, "base64").toString() : Buffer.from(s).toString();

/** Kernels `[height, width, in, out]` of TensorFlow as `[out, in / groups, height, width]`. */
function kernel(data: ArrayLike<number>, shape: readonly number[], depthwise: boolean) {
  const [h, w, channels, last] = shape;
  const [filters, depth] = depthwise ? [channels * last, 1] : [last, channels];
  const out = new Float32Array(data.length);
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++)
      for (let c = 0; c < channels; c++)
        for (let m = 0; m < last; m++) {
          const [filter, at] = depthwise ? [c * last + m, 0] : [m, c];
          out[((filter * depth + at) * h + y) * w + x] =
            data[((y * w + x) * channels + c) * last + m];
        }
  return { data: out, shape: [filters, depth, h, w] };
}

/** A convolution, with the bias and the activation that were merged into it. */
const convolution =
  (depthwise: boolean): Converter =>
  (context, node) => {
    const { onnx, model } = context;
    const stored = model.weights.get(bare(node.input[1]));
    const layout = text((node.attr.data_format as List)?.s) || "NHWC";
    if (!stored || layout !== "NHWC") {
      throw new BackendError(
        "MODEL_CORRUPT",
        `picture backbone: ${show(node.name)}: stored kernels and NHWC; got ${layout}`,
      );
    }
    const weight = kernel(stored.data, stored.shape, depthwise);
    const name = node.name.replaceAll("/", ".");
    const inputs = [
      operand(context, node, 0),
      onnx.initializer(`${name}.weight`, "float32", weight.shape, weight.data),
    ];
    const fused = ((node.attr.fused_ops as List)?.list?.s ?? []).map(text);
    const bias = fused.includes("BiasAdd") ? model.weights.get(bare(node.input[2])) : undefined;
    if (bias) inputs.push(onnx.initializer(`${name}.bias`, "float32", bias.shape, bias.data));
    const [convolved] = onnx.node("Conv", inputs, {
      attributes: {
        strides: ints(integers(node.attr.strides).slice(1, 3)),
        dilations: ints(integers(node.attr.dilations).slice(1, 3)),
        group: { int: depthwise ? stored.shape[2] : 1 },
        auto_pad: {
          string: text((node.attr.padding as List)?.s) === "SAME" ? "SAME_UPPER" : "VALID",
        },
      },
    });
    const [activation] = fused.filter((op) => op !== "BiasAdd");
    if (activation === undefined) return convolved;
    if (activation === "Relu6") return relu6(onnx, convolved);
    if (activation !== "Relu") {
      throw new BackendError(
        "UNSUPPORTED",
        `picture backbone: ${show(node.name)}: Relu or Relu6 after it; got ${activation}`,
      );
    }
    return onnx.node("Relu", [convolved])[0];
  };

const relu6 = (onnx: OnnxBuilder, x: string) =>
  onnx.node("Clip", [x, onnx.scalar(0), onnx.scalar(6)])[0];

/** The mean over places, which become axes 2 and 3. */
const mean: Converter = (context, node) => {
  const axes = [...(context.model.weights.get(bare(node.input[1]))?.data ?? [])];
  if (axes.join() !== "1,2") {
    throw new BackendError(
      "UNSUPPORTED",
      `picture backbone: ${show(node.name)}: a mean over places; got axes ${axes}`,
    );
  }
  const { onnx } = context;
  return onnx.node("ReduceMean", [operand(context, node, 0), onnx.int64s([2, 3])])[0];
};

const converters: Readonly<Record<string, Converter>> = {
  _FusedConv2D: convolution(false),
  Conv2D: convolution(false),
  FusedDepthwiseConv2dNative: convolution(true),
  DepthwiseConv2dNative: convolution(true),
  Add: simple("Add"),
  AddV2: simple("Add"),
  Mul: simple("Mul"),
  Relu: simple("Relu"),
  Relu6: (context, node) => relu6(context.onnx, operand(context, node, 0)),
  Sigmoid: simple("Sigmoid"),
  Mean: mean,
};

/** How many channels a node has: those of the convolution it is computed from. */
function channelsOf(model: TfjsModel, nodes: ReadonlyMap<string, TfjsNode>, last: string): number {
  let node = nodes.get(last);
  while (node && !node.op.includes("Conv2")) node = nodes.get(bare(node.input[0]));
  const shape = model.weights.get(bare(node?.input[1] ?? ""))?.shape ?? [];
  return node?.op.includes("Depthwise") ? shape[2] * shape[3] : shape[3];
}
