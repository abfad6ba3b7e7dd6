import { describe, expect, it } from "vitest";
import { parseConfig } from "../load.ts";
import { fromLudwig } from "./convert.ts";
import { draftFromLudwig } from "./draft.ts";

const inputs = [{ name: "x", type: "number" }];
const outputs = [{ name: "y", type: "category" }];
const convert = (more: object = {}) =>
  fromLudwig({ input_features: inputs, output_features: outputs, ...more });
const paths = ({ left }: ReturnType<typeof convert>) => left.map(({ path }) => path);

describe("a configuration of Ludwig", () => {
  it("has its own defaults of training and of the split", () => {
    expect(convert()).toEqual({
      config: {
        inputs: { x: { type: "number" } },
        tasks: { y: { type: "multiclass" } },
        split: { type: "random", fractions: { validation: 0.1, test: 0.2 } },
        learner: { type: "neural" },
        training: {
          epochs: 100,
          batchSize: 128,
          optimizer: { type: "adam", learningRate: 0.001 },
          earlyStopping: { patience: 5 },
        },
        seed: 42,
      },
      left: [],
    });
  });

  it.each([
    [{ type: "binary" }, { type: "boolean" }],
    [
      { type: "category", preprocessing: { most_common: 9 } },
      { type: "category", maxCategories: 9 },
    ],
    [
      { type: "number", preprocessing: { normalization: "log1p" } },
      { type: "number", log: true },
    ],
    [{ type: "set" }, { type: "set", separator: " " }],
    [{ type: "bag" }, { type: "set", separator: " ", pooling: "sum" }],
    [
      { type: "text", encoder: "parallel_cnn", preprocessing: { tokenizer: "space_punct" } },
      { type: "text", encoder: "cnn", tokenizer: "words" },
    ],
    [
      { type: "sequence", encoder: { type: "rnn", embedding_size: 8 } },
      { type: "text", encoder: "gru", size: 8, characters: 0 },
    ],
    [
      { type: "image", encoder: "resnet", preprocessing: { height: 32, num_channels: 1 } },
      { type: "image", encoder: "resnet", height: 32, channels: 1 },
    ],
    [{ type: "audio" }, { type: "audio" }],
    [
      { type: "timeseries", encoder: "stacked_cnn" },
      { type: "series", encoder: "cnn" },
    ],
    [{ type: "vector" }, { type: "vector" }],
    [
      { type: "date", column: "day" },
      { type: "datetime", column: "day" },
    ],
  ])("reads the input %j", (feature, own) => {
    const found = convert({ input_features: [{ name: "x", ...feature }] });
    expect(found.config.inputs).toEqual({ x: own });
    expect(found.left).toEqual([]);
  });

  it.each([
    [{ type: "number" }, { type: "regression" }],
    [
      { type: "number", loss: { type: "huber", delta: 2 } },
      { type: "regression", loss: "huber", delta: 2 },
    ],
    [{ type: "binary" }, { type: "binary" }],
    [
      { type: "category", loss: { class_weights: { a: 1, b: 2 } } },
      { type: "multiclass", classWeights: { a: 1, b: 2 } },
    ],
    [{ type: "set" }, { type: "multilabel", separator: " " }],
  ])("predicts the output %j", (feature, own) => {
    const found = convert({ output_features: [{ name: "y", ...feature }] });
    expect(found.config.tasks).toEqual({ y: own });
    expect(found.left).toEqual([]);
  });

  it("lists what has no counterpart, with its reason", () => {
    const found = convert({
      model_type: "gbm",
      hyperopt: { goal: "minimize" },
      input_features: [
        ...inputs,
        { name: "cell", type: "h3" },
        { name: "t", type: "text", encoder: "bert" },
      ],
      output_features: [
        { name: "y", type: "category", top_k: 3, loss: { class_weights: [1, 2] } },
        { name: "caption", type: "text" },
      ],
      combiner: { type: "tabnet" },
      preprocessing: { split: { type: "fixed", column: "part" } },
      trainer: { batch_size: "auto", optimizer: { type: "lion" } },
    });
    expect(paths(found)).toEqual([
      "hyperopt",
      "model_type",
      "input_features.cell.type",
      "input_features.t.encoder.type",
      "output_features.y.top_k",
      "output_features.y.loss.class_weights",
      "output_features.caption.type",
      "trainer.batch_size",
      "trainer.optimizer.type",
      "combiner.type",
      "preprocessing.split.type",
    ]);
    const why = Object.fromEntries(found.left.map((one) => [one.path, one.why]));
    expect(why["input_features.t.encoder.type"]).toBe("bert has no counterpart");
    expect(why["trainer.batch_size"]).toBe('no counterpart of "auto"');
    expect(why.hyperopt).toContain("polytask tune");
  });

  it("gives tasks their share of the loss weights, unless a method weighs them", () => {
    const output_features = [
      { name: "a", type: "number", loss: { weight: 3 } },
      { name: "b", type: "binary" },
    ];
    expect(convert({ output_features }).config.tasks).toEqual({
      a: { type: "regression", weight: 0.75 },
      b: { type: "binary", weight: 0.25 },
    });
    const found = convert({ output_features, trainer: { loss_balancing: "nash_mtl" } });
    expect(found.config.learner).toEqual({ type: "neural", weighting: "nashMtl" });
    expect(found.config.tasks).toEqual({ a: { type: "regression" }, b: { type: "binary" } });
    expect(paths(found)).toEqual(["output_features"]);
    expect(paths(convert({ trainer: { loss_balancing: { type: "pareto_mtl" } } }))).toEqual([
      "trainer.loss_balancing",
    ]);
  });

  it("makes outputs that read others depend on them", () => {
    const output_features = [
      ...outputs,
      { name: "z", type: "binary", dependencies: ["y", "gone"] },
    ];
    expect(convert({ output_features }).config.learner).toEqual({
      type: "neural",
      sharing: { type: "taskDependency", dependsOn: { z: ["y"] } },
    });
  });

  it.each([
    [{ type: "gated_fusion" }, { fusion: "gated" }],
    [
      { type: "transformer", hidden_size: 32, num_heads: 2, num_layers: 1 },
      { fusion: { type: "transformer", size: 32, heads: 2, layers: 1 } },
    ],
    [{ type: "ft_transformer" }, { table: { type: "transformer" } }],
    [{ num_fc_layers: 2, output_size: 16 }, { trunk: { sizes: [16, 16] } }],
    [
      { fc_layers: [{ output_size: 8 }, { fc_size: 4 }], activation: "tanh", norm: "batch" },
      { trunk: { sizes: [8, 4], activation: "tanh", norm: "batch" } },
    ],
  ])("combines by %j", (combiner, own) => {
    const found = convert({ combiner });
    expect(found.config.learner).toEqual({ type: "neural", ...own });
    expect(found.left).toEqual([]);
  });

  it.each([
    [
      { epochs: 7, early_stop: -1 },
      { epochs: 7, earlyStopping: { patience: 0 } },
    ],
    [
      { optimizer: { type: "sgd", momentum: 0.9 }, learning_rate: 0.1 },
      { optimizer: { type: "sgd", momentum: 0.9, learningRate: 0.1 } },
    ],
    [
      { optimizer: { type: "adamw", betas: [0.8, 0.9], eps: 1e-7 } },
      { optimizer: { type: "adamw", learningRate: 0.001, beta1: 0.8, beta2: 0.9, epsilon: 1e-7 } },
    ],
    [{ gradient_clipping: { clipvalue: 2 } }, { clip: { type: "value", maximum: 2 } }],
    [
      { learning_rate_scheduler: { decay: "cosine", warmup_fraction: 0.2 } },
      { schedule: { type: "cosine", warmup: 0.2 } },
    ],
  ])("trains by %j", (trainer, own) => {
    const found = convert({ trainer });
    expect(found.config.training).toMatchObject(own);
    expect(found.left).toEqual([]);
    expect(convert({ training: trainer }).config).toEqual(found.config);
  });

  it.each([
    [{ split: { type: "stratify", column: "y" } }, { type: "stratified", columns: ["y"] }],
    [{ split: { type: "datetime", column: "day" } }, { type: "time", column: "day" }],
    [{ split: { type: "hash", column: "user" } }, { type: "group", column: "user" }],
    [{ split_probabilities: [0.5, 0.2, 0.3] }, { fractions: { validation: 0.2, test: 0.3 } }],
  ])("splits by %j", (preprocessing, own) => {
    const found = convert({ preprocessing });
    expect(found.config.split).toMatchObject(own);
    expect(found.left).toEqual([]);
  });

  it("is refused without a task, or where its numbers are out of range", () => {
    expect(() => convert({ output_features: [{ name: "t", type: "text" }] })).toThrow(
      "output_features: an output of type number, binary, category or set; got none",
    );
    expect(() => convert({ trainer: { epochs: 0 } })).toThrow(
      "training.epochs: an integer from 1 to 100000; got 0",
    );
  });

  it("becomes a file that reads back as the same, with what was left out as comments", () => {
    const text =
      'input_features: [{ name: "a\\nb", type: number, tied: z }]\noutput_features: [{ name: y, type: binary }]\n';
    const draft = draftFromLudwig(text, "ludwig.yaml", "rows.csv");
    const { config } = parseConfig(draft.text, { file: "config.yaml" });
    expect(config.data).toEqual(expect.objectContaining({ path: "rows.csv" }));
    expect(config.inputs).toEqual({ "a\nb": expect.objectContaining({ type: "number" }) });
    expect(draft.text).toContain("# Left out:\n#   input_features.a b.tied: no counterpart\n");
    expect(draftFromLudwig(text, "ludwig.yaml").text).toContain("say where it is");
  });

  it("is told from others", () => {
    expect(() => draftFromLudwig("data: a.csv\ntasks: [y]\n", "own.yaml")).toThrow(
      "own.yaml: a configuration of Ludwig, with lists input_features and output_features; got another",
    );
    expect(() => draftFromLudwig("input_features: [\n", "broken.yaml")).toThrow(
      /^broken\.yaml:2:1/,
    );
  });
});
