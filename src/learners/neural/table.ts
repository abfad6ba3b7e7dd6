/** How the columns of a table become one part: the contract of a way, and every way by name. */
import { z } from "zod";
import { concat, type Tensor } from "../../compiler/graph.ts";
import { ConfigError } from "../../core/errors.ts";
import { learnedTokens } from "../../fusion/attention.ts";
import type { Part } from "../../fusion/fusion.ts";
import { layerCount, tokenOptions } from "../../fusion/options.ts";
import { attentionLayer } from "../../nn/attention.ts";
import type { Builder, Initializer } from "../../nn/builder.ts";
import { layerNorm } from "../../nn/layer-norm.ts";
import { linear } from "../../nn/linear.ts";

/** A way; columns that are missing reach it as their learned vectors. */
export interface Columns<Config = unknown> {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly cite?: readonly string[];
  readonly config: z.ZodType<Config>;
  /** @throws ConfigError CONFIG_INVALID for options that do not fit one another. */
  check?(config: Config): void;
  /** Traces the part's features, and the vectors behind them where there are any; checks the options. */
  build(builder: Builder, columns: readonly Part[], config: Config): Omit<Part, "name" | "present">;
}

const joining = z.strictObject({}).describe("Nothing to choose.");

const side: Columns<z.infer<typeof joining>> = {
  name: "concat",
  title: "Columns side by side",
  summary: "The numbers of all columns side by side.",
  config: joining,
  build: (_, columns) => ({
    features: concat(
      columns.map((c) => c.features),
      1,
    ),
  }),
};

const attending = z
  .strictObject({
    size: tokenOptions.size,
    heads: tokenOptions.heads,
    layers: layerCount(1, 2),
    dropout: tokenOptions.dropout,
  })
  .describe("Options of the feature-tokenizer transformer.");

/**
 * Each column becomes a token by an affine map of its own; layers of self-attention over the tokens and a class token
 * follow, whose last state is the features. The tokens' last states are the part's vectors. The first layer keeps its
 * normalisation, and the feed-forward layers are GELU's, where the paper has neither. @cite gorishniy2021
 */
const transformer: Columns<z.infer<typeof attending>> = {
  name: "transformer",
  title: "Feature-tokenizer transformer",
  summary:
    "Every column is a token; self-attention relates them, and a class token collects the result.",
  cite: ["gorishniy2021"],
  config: attending,
  check({ size, heads }) {
    if (size % heads === 0) return;
    throw new ConfigError(
      "CONFIG_INVALID",
      `learner.table.heads: a number that divides size, ${size}; got ${heads}`,
      { details: { path: ["learner", "table", "heads"] } },
    );
  },
  build(builder, columns, { size, heads, layers, dropout }) {
    transformer.check?.({ size, heads, layers, dropout });
    const rows = columns[0].features.shape[0];
    const start = tokenStart(size);
    const tokens = columns.map(({ name, features }) =>
      linear(builder, `tokens.${name}`, features, size, {
        initializer: start,
        biasInitializer: start,
      }).unsqueeze(1),
    );
    let x: Tensor = concat([learnedTokens(builder, "class", rows, 1, size), ...tokens], 1);
    for (let l = 0; l < layers; l++) {
      x = attentionLayer(builder, `layer.${l}`, x, { heads, dropout });
    }
    const last = layerNorm(builder, "norm", x);
    const present = columns.map((c) => c.present).reduce((a, b) => a.maximum(b));
    return {
      features: last.slice(1, 0, 1).squeeze(1),
      sequence: {
        values: last.slice(1, 1, columns.length + 1),
        mask: present.expand([rows, columns.length]),
      },
    };
  },
};

/** Uniform within ±1/√size, so that biases tell the columns apart from the start. @cite gorishniy2021 */
function tokenStart(size: number): Initializer {
  const bound = 1 / Math.sqrt(size);
  return (out, _, random) => {
    for (let i = 0; i < out.length; i++) out[i] = bound * (2 * random.uniform() - 1);
  };
}

/** Every way, by name. */
export const tables = { concat: side, transformer } as const satisfies Record<string, Columns>;
