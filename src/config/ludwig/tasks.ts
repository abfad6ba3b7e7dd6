import { type Block, defined } from "./block.ts";

type Options = Readonly<Record<string, unknown>>;

const numberLosses = {
  mean_squared_error: "squared",
  root_mean_squared_error: "squared",
  mean_absolute_error: "absolute",
  huber: "huber",
} as const;

/** What an output of each type is here, with the options that have a counterpart. */
const taskTypes: Readonly<Record<string, (feature: Block, loss: Block) => Options>> = {
  number(feature, loss) {
    const preprocessing = feature.block("preprocessing");
    const scaled = preprocessing.choice("normalization", { zscore: "standardize", log1p: "log" });
    return {
      type: "regression",
      ...defined({
        transform: scaled === "log" ? scaled : undefined,
        loss: loss.choice("type", numberLosses),
        delta: loss.number("delta"),
      }),
    };
  },
  binary(feature, loss) {
    loss.choice("type", { binary_weighted_cross_entropy: "" });
    const positive = feature.block("preprocessing").take("fallback_true_label");
    return { type: "binary", ...defined({ positive }) };
  },
  category(_, loss) {
    loss.choice("type", { softmax_cross_entropy: "" });
    return { type: "multiclass", ...defined({ classWeights: classWeights(loss) }) };
  },
  set(feature, loss) {
    loss.choice("type", { sigmoid_cross_entropy: "" });
    feature.block("preprocessing").choice("tokenizer", { space: "", space_punct: "" });
    return { type: "multilabel", separator: " " };
  },
};

export interface ReadTask {
  readonly options: Options;
  /** What it counts in the sum of losses; 1 where nothing is said. */
  readonly weight: number;
  /** Names of the outputs that it reads. */
  readonly dependencies: readonly string[];
}

/** A task, or undefined where no kind of task predicts its type. */
export function taskOf(feature: Block): ReadTask | undefined {
  const type = feature.text("type") ?? "";
  if (!Object.hasOwn(taskTypes, type)) {
    feature.leave("type", `no task predicts ${type === "" ? "an output without a type" : type}`);
    return undefined;
  }
  const loss = feature.block("loss");
  const options = taskTypes[type](feature, loss);
  const weight = loss.number("weight") ?? 1;
  const dependencies = feature.take("dependencies");
  return {
    options,
    weight,
    dependencies: Array.isArray(dependencies) ? dependencies.map(String) : [],
  };
}

/** Weights by class name; a list of them has no names to go by. */
function classWeights(loss: Block): unknown {
  const weights = loss.take("class_weights");
  if (!Array.isArray(weights)) return weights;
  loss.leave("class_weights", "weights here have the names of their classes: { a: 1, b: 2 }");
  return undefined;
}
