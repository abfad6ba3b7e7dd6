import { weightingAliases } from "../../weighting/aliases.ts";
import { type WeightingName, weightings } from "../../weighting/weightings.ts";
import { type Block, defined } from "./block.ts";

type Options = Readonly<Record<string, unknown>>;

/** Where a combiner's kind stands here: how inputs meet, or how the columns of a table do before. */
const combiners: Readonly<Record<string, { readonly key: string; readonly type: string }>> = {
  concat: { key: "fusion", type: "concat" },
  transformer: { key: "fusion", type: "transformer" },
  cross_attention: { key: "fusion", type: "crossAttention" },
  perceiver: { key: "fusion", type: "perceiver" },
  gated_fusion: { key: "fusion", type: "gated" },
  hypernetwork: { key: "fusion", type: "hypernetwork" },
  tabtransformer: { key: "table", type: "transformer" },
  ft_transformer: { key: "table", type: "transformer" },
};
/** Kinds with options of attention. */
const attending = ["transformer", "crossAttention", "perceiver"];
const activations = { relu: "relu", gelu: "gelu", silu: "silu", tanh: "tanh" } as const;

/** The network of a combiner; its regularisation and weighting stand under the trainer. */
export function learnerOf(combiner: Block, trainer: Block): Options {
  const trunk = trunkOf(combiner);
  const regularization = penaltyOf(trainer);
  const weighting = weightingOf(trainer);
  return {
    type: "neural",
    ...meetingOf(combiner),
    ...(Object.keys(trunk).length > 0 && { trunk }),
    ...defined({ weighting, regularization }),
  };
}

function meetingOf(combiner: Block): Options {
  const name = combiner.text("type") ?? "concat";
  if (!Object.hasOwn(combiners, name)) {
    combiner.leave("type", `${name} has no counterpart`);
    return {};
  }
  const { key, type } = combiners[name];
  if (!attending.includes(type)) return type === "concat" ? {} : { [key]: type };
  const size = combiner.number("hidden_size");
  const heads = combiner.number("num_heads");
  const layers = combiner.number("num_layers");
  return { [key]: { type, ...defined({ size, heads, layers }) } };
}

/** Layers behind the combiner: listed one by one, or so many of one width. */
function trunkOf(combiner: Block): Options {
  const listed = combiner.list("fc_layers");
  const count = combiner.number("num_fc_layers");
  const width = combiner.number("output_size") ?? combiner.number("fc_size");
  combiner.skip("fc_size");
  const sizes =
    listed.length > 0
      ? listed.map(
          (layer) => layer.number("output_size") ?? layer.number("fc_size") ?? width ?? 256,
        )
      : count !== undefined
        ? Array.from({ length: count }, () => width ?? 256)
        : undefined;
  return defined({
    sizes,
    activation: combiner.choice("activation", activations),
    norm: combiner.choice("norm", { batch: "batch", layer: "layer" }),
    dropout: combiner.number("dropout"),
    residual: combiner.flag("residual"),
  });
}

function penaltyOf(trainer: Block): Options | undefined {
  const amount = trainer.number("regularization_lambda");
  const type =
    trainer.choice("regularization_type", { l1: "l1", l2: "l2", l1_l2: "l1_l2" }) ?? "l2";
  if (amount === undefined || amount === 0) return undefined;
  if (type === "l1") return { l1: amount };
  return type === "l2" ? { l2: amount } : { l1: amount, l2: amount };
}

/** A method by its true name: some of Ludwig's go by names of methods that they are not. */
function weightingOf(trainer: Block): string | undefined {
  const type = trainer.block("loss_balancing").text("type");
  if (type === undefined || type === "none") return undefined;
  const bare = (name: string) => name.replace(/_/g, "").toLowerCase();
  const own = Object.keys(weightings).find((name) => bare(name) === bare(type));
  const name = own ?? (weightingAliases[type] as WeightingName | undefined);
  if (name === undefined) trainer.leave("loss_balancing", `${type} has no counterpart`);
  return name;
}
