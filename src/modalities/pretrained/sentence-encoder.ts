import { OnnxBuilder } from "../../compiler/onnx/builder.ts";
import { dtypeCode } from "../../compiler/onnx/tensor-data.ts";
import { BackendError, show } from "../../core/errors.ts";
import type { TfjsModel, TfjsWeight } from "./tfjs-model.ts";

/** Tokens a text is cut to: the model was trained on no more. */
export const sentenceTokens = 128;

const root = "module_apply_default/Encoder_en/KonaTransformer/Encode/";

/**
 * Builds the Universal Sentence Encoder (lite) as an ONNX model of padded texts: int64 `input_ids` and
 * `attention_mask [batch, sequence]` to `last_hidden_state [batch, sequence, 512]` and unit vectors
 * `sentence_embedding [batch, 512]`. The original takes a list of tokens with their places, and gathers and
 * scatters them between layers; of padded texts the same function is two plain transformer layers.
 * @throws BackendError MODEL_CORRUPT where a weight is missing.
 * @cite cer2018
 */
export function sentenceEncoder(model: TfjsModel): Uint8Array {
  const onnx = new OnnxBuilder({ name: "sentence-encoder" });
  const weight = (name: string): TfjsWeight => {
    const found = model.weights.get(name);
    if (found) return found;
    throw new BackendError("MODEL_CORRUPT", `sentence encoder: a weight ${show(name)}; got none`);
  };
  const store = (name: string, from: string, dims?: readonly number[]) => {
    const { shape, data } = weight(from);
    return onnx.initializer(name, "float32", dims ?? shape, data);
  };
  const op = (type: string, inputs: readonly string[], attributes = {}) =>
    onnx.node(type, inputs, { attributes })[0];
  const number = (value: number) => onnx.scalar(value);
  const float = { to: { int: dtypeCode("float32") } };
  const dense = (x: string, name: string, kernel: string, bias: string, dims?: readonly number[]) =>
    op("Add", [
      op("MatMul", [x, store(`${name}.weight`, kernel, dims)]),
      store(`${name}.bias`, bias),
    ]);
  const norm = (x: string, name: string, from: string) =>
    op(
      "LayerNormalization",
      [
        x,
        store(`${name}.scale`, `${from}layer_norm_scale/ConcatPartitions/concat`),
        store(`${name}.bias`, `${from}layer_norm_bias/ConcatPartitions/concat`),
      ],
      {
        epsilon: { float: 1e-6 },
      },
    );

  const ids = onnx.input("input_ids", "int64", ["batch", "sequence"]);
  const mask = op("Cast", [onnx.input("attention_mask", "int64", ["batch", "sequence"])], float);
  const shape = op("Shape", [ids]);
  const length = op("Gather", [shape, onnx.constant("int64", [], BigInt64Array.of(1n))]);
  const there = op("Unsqueeze", [mask, onnx.int64s([2])]);
  const embedded = op("Gather", [store("embedding.weight", "module/Embeddings_en"), ids]);

  // Places as sines and cosines; the embedding counts twice, as it does in the original.
  const int64 = (value: bigint) => onnx.constant("int64", [], BigInt64Array.of(value));
  const places = op("Cast", [op("Range", [int64(0n), length, int64(1n)])], float);
  const {
    data: frequencies,
    shape: [, half],
  } = weight(`${root}TransformerStack/Layer_0/AddTimingSignal/TimingSignal/ExpandDims_1`);
  const angles = op("Mul", [
    op("Unsqueeze", [places, onnx.int64s([1])]),
    onnx.constant("float32", [1, half], frequencies),
  ]);
  const signal = op("Concat", [op("Sin", [angles]), op("Cos", [angles])], { axis: { int: 1 } });
  let x = op("Mul", [op("Add", [op("Mul", [embedded, number(2)]), signal]), there]);

  const absent = op("Sub", [number(1), mask]);
  const bias = op("Unsqueeze", [op("Mul", [absent, number(-1e9)]), onnx.int64s([1, 2])]);
  for (const layer of [0, 1]) {
    const from = `${root}Layer_${layer}/TransformerLayer/`;
    const kernels = `module/Encoder_en/KonaTransformer/Encode/Layer_${layer}/TransformerLayer/MultiheadAttention/`;
    const stack = `${root}TransformerStack/Layer_${layer}/TransformerLayer/`;
    const name = `layer${layer}`;
    const normed = norm(x, `${name}.attention.norm`, `${from}layer_prepostprocess/layer_norm/`);
    const kernel = `${kernels}qkv_transform_single/kernel/part_0`;
    const [, , size, wide] = weight(kernel).shape;
    const qkv = dense(
      normed,
      `${name}.attention.qkv`,
      kernel,
      `${from}MultiheadAttention/qkv_transform_single/bias/ConcatPartitions/concat`,
      [size, wide],
    );
    const [heads, width] = [4, wide / 12];
    const apart = op("Reshape", [qkv, onnx.int64s([0, 0, 3, heads, width])]);
    const turned = op("Transpose", [apart], { perm: { ints: [2, 0, 3, 1, 4] } });
    const parts = onnx.node("Split", [turned], {
      attributes: { axis: { int: 0 }, num_outputs: { int: 3 } },
      outputs: 3,
    });
    const [q, k, v] = parts.map((part) => op("Squeeze", [part, onnx.int64s([0])]));
    const scale = number(weight(`${stack}MultiheadAttention/mul/y`).data[0]);
    const keys = op("Transpose", [k], { perm: { ints: [0, 1, 3, 2] } });
    const scores = op("Add", [op("MatMul", [op("Mul", [q, scale]), keys]), bias]);
    const mixed = op("MatMul", [op("Softmax", [scores], { axis: { int: -1 } }), v]);
    const joined = op("Reshape", [
      op("Transpose", [mixed], { perm: { ints: [0, 2, 1, 3] } }),
      onnx.int64s([0, 0, heads * width]),
    ]);
    const out = `${kernels}output_transform_single/kernel/part_0`;
    const attended = dense(
      joined,
      `${name}.attention.out`,
      out,
      `${from}MultiheadAttention/output_transform_single/bias/ConcatPartitions/concat`,
      weight(out).shape.slice(2),
    );
    // The first layer widens the sum that its results are added to.
    const carried =
      layer === 0
        ? dense(
            x,
            `${name}.widen`,
            `${from}dense/kernel/ConcatPartitions/concat`,
            `${from}dense/bias/ConcatPartitions/concat`,
          )
        : x;
    const middle = op("Add", [attended, carried]);
    const inner = norm(middle, `${name}.feed.norm`, `${from}FFN/layer_prepostprocess/layer_norm/`);
    const up = op("Relu", [
      dense(
        inner,
        `${name}.feed.up`,
        `${stack}FFN/conv1/Tensordot/Reshape_1`,
        `${from}FFN/conv1/bias/ConcatPartitions/concat`,
      ),
    ]);
    const down = dense(
      up,
      `${name}.feed.down`,
      `${stack}FFN/conv2/Tensordot/Reshape_1`,
      `${from}FFN/conv2/bias/ConcatPartitions/concat`,
    );
    x = op("Add", [down, middle]);
  }
  onnx.node("Mul", [x, there], { outputs: ["last_hidden_state"] });
  onnx.output("last_hidden_state", "float32", ["batch", "sequence", 512]);
  const total = op("ReduceSum", ["last_hidden_state", onnx.int64s([1])], { keepdims: { int: 0 } });
  const count = op("Max", [op("ReduceSum", [mask, onnx.int64s([1])]), number(1)]);
  const hidden = "module/Encoder_en/hidden_layers/tanh_layer_0/";
  const said = op("Tanh", [
    dense(op("Div", [total, count]), "pooler", `${hidden}weights`, `${hidden}bias`),
  ]);
  const squares = op("ReduceSumSquare", [said, onnx.int64s([1])]);
  const norms = op("Sqrt", [op("Max", [squares, number(1e-12)])]);
  onnx.node("Div", [said, norms], { outputs: ["sentence_embedding"] });
  onnx.output("sentence_embedding", "float32", ["batch", 512]);
  return onnx.toBytes();
}
