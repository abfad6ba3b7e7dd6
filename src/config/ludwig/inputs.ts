import { type Block, defined } from "./block.ts";

type Options = Readonly<Record<string, unknown>>;

/** Encoders of sequences. */
const sequenceEncoders: Readonly<Record<string, string>> = {
  embed: "bag",
  parallel_cnn: "cnn",
  stacked_cnn: "cnn",
  stacked_parallel_cnn: "cnn",
  rnn: "gru",
  cnnrnn: "gru",
  transformer: "transformer",
};
const tokenizers: Readonly<Record<string, string>> = {
  space: "words",
  space_punct: "words",
  english_tokenize: "words",
  characters: "characters",
};

/** What an input of each type is here, with the options that have a counterpart. */
const inputTypes: Readonly<Record<string, (feature: Block) => Options>> = {
  number(feature) {
    const preprocessing = feature.block("preprocessing");
    const scaled = preprocessing.choice("normalization", {
      zscore: "standard",
      log1p: "log",
      iq: "robust",
    });
    skipDefaults(feature, preprocessing);
    return {
      type: "number",
      ...defined({
        log: scaled === "log" || undefined,
        normalize: scaled === "robust" ? scaled : undefined,
      }),
    };
  },
  binary(feature) {
    skipDefaults(feature, feature.block("preprocessing"));
    return { type: "boolean" };
  },
  category(feature) {
    const preprocessing = feature.block("preprocessing");
    const encoder = feature.block("encoder");
    encoder.skip("type");
    skipMissing(preprocessing);
    return {
      type: "category",
      ...defined({
        maxCategories: preprocessing.number("most_common"),
        size: encoder.number("embedding_size"),
      }),
    };
  },
  set: (feature) => members(feature, "mean"),
  bag: (feature) => members(feature, "sum"),
  text: (feature) => tokens(feature),
  sequence: (feature) => ({ ...tokens(feature), characters: 0 }),
  image(feature) {
    const preprocessing = feature.block("preprocessing");
    const encoder = feature.block("encoder");
    skipMissing(preprocessing);
    return {
      type: "image",
      ...defined({
        height: preprocessing.number("height"),
        width: preprocessing.number("width"),
        channels: preprocessing.number("num_channels"),
        encoder: encoder.choice("type", { stacked_cnn: "cnn", resnet: "resnet" }),
        dropout: encoder.number("dropout"),
      }),
    };
  },
  audio: (feature) => frames(feature, "audio"),
  timeseries: (feature) => frames(feature, "series"),
  vector(feature) {
    skipDefaults(feature, feature.block("preprocessing"));
    return { type: "vector" };
  },
  date(feature) {
    skipDefaults(feature, feature.block("preprocessing"));
    return { type: "datetime" };
  },
};

/** An input, or undefined where no modality reads its type. */
export function inputOf(feature: Block): Options | undefined {
  const type = feature.text("type") ?? "";
  if (!Object.hasOwn(inputTypes, type)) {
    feature.leave("type", `no modality reads ${type === "" ? "an input without a type" : type}`);
    return undefined;
  }
  return inputTypes[type](feature);
}

/** Missing cells need no strategy: a model knows that they are missing. */
function skipMissing(preprocessing: Block): void {
  preprocessing.skip("missing_value_strategy", "fill_value", "computed_fill_value");
}

/** Encoders of plain numbers pass them on or map them, as every input's features are here. */
function skipDefaults(feature: Block, preprocessing: Block): void {
  skipMissing(preprocessing);
  feature.block("encoder").choice("type", { passthrough: "", dense: "" });
}

function members(feature: Block, pooling: string): Options {
  const preprocessing = feature.block("preprocessing");
  feature.block("encoder").choice("type", { embed: "" });
  preprocessing.choice("tokenizer", { space: "", space_punct: "" });
  skipMissing(preprocessing);
  return {
    type: "set",
    separator: " ",
    ...(pooling === "sum" && { pooling }),
    ...defined({ maxMembers: preprocessing.number("most_common") }),
  };
}

function tokens(feature: Block): Options {
  const preprocessing = feature.block("preprocessing");
  const encoder = feature.block("encoder");
  skipMissing(preprocessing);
  return {
    type: "text",
    ...defined({
      encoder: encoder.choice("type", sequenceEncoders),
      size: encoder.number("embedding_size"),
      dropout: encoder.number("dropout"),
      tokenizer: preprocessing.choice("tokenizer", tokenizers),
      lowercase: preprocessing.flag("lowercase"),
      maxTokens: preprocessing.number("max_sequence_length"),
      vocabulary: preprocessing.number("most_common"),
    }),
  };
}

function frames(feature: Block, type: string): Options {
  const encoder = feature.block("encoder");
  skipMissing(feature.block("preprocessing"));
  const { embed: _, ...inOrder } = sequenceEncoders;
  return {
    type,
    ...defined({ encoder: encoder.choice("type", inOrder), dropout: encoder.number("dropout") }),
  };
}
