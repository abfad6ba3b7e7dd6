import { z } from "zod";
import { attention } from "../compiler/compose.ts";
import { concat } from "../compiler/graph.ts";
import { absentBias } from "../nn/attention.ts";
import { linear } from "../nn/linear.ts";
import type { FeatureFusion } from "./fusion.ts";
import { conditionName, tokenOptions } from "./options.ts";
import { apart, counts } from "./parts.ts";
import { requirePart } from "./requirements.ts";

const config = z
  .strictObject({
    query: conditionName.describe(
      "Name of the input that looks at the others (`table` for the columns of a table); null takes the first.",
    ),
    tokens: tokenOptions.tokens,
    size: tokenOptions.size.default(32),
  })
  .describe("Options of the non-local gate.");

/**
 * One part's tokens, plus what they see of the other parts' by attention, side by side. The others' keys
 * and values are maps of their own. An absent one of the others is not seen; where none of them is there,
 * the tokens stay as they are. @cite wang2020
 */
export const nlGate: FeatureFusion<z.infer<typeof config>> = {
  name: "nlGate",
  title: "Non-local gate",
  summary:
    "One input's tokens plus what they see of the others by attention. Absent others are left out.",
  cite: ["wang2020"],
  config,
  form: "features",
  check: (names, { query }) => requirePart("query", names, query),
  build(builder, parts, { query, tokens, size }) {
    const { chosen, others } = apart(parts, query);
    const flat = linear(builder, `tokens.${chosen.name}`, chosen.features, tokens * size);
    const own = flat.reshape([-1, tokens, size]);
    if (others.length === 0) return flat;
    const counted = counts([...others, chosen]).slice(0, others.length);
    const cut = (name: string) =>
      concat(
        others.map((p) =>
          linear(builder, `${name}.${p.name}`, p.features, tokens * size).reshape([
            -1,
            tokens,
            size,
          ]),
        ),
        1,
      );
    const hide = concat(
      counted.flatMap((c) => new Array<typeof c>(tokens).fill(c)),
      1,
    );
    const seen = attention(own, cut("key"), cut("value"), absentBias(hide).unsqueeze(1));
    const any = counted.reduce((a, b) => a.maximum(b));
    return flat.add(seen.reshape([-1, tokens * size]).mul(any));
  },
};
