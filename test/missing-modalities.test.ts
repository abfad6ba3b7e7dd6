/** Rows in which every input is missing, under every fusion. */
import { describe, expect, it } from "vitest";
import { binary, image, number, regression, text } from "../src/api/declare.ts";
import { train } from "../src/api/train.ts";
import { Random } from "../src/core/random.ts";
import { type FusionName, fusions } from "../src/fusion/fusions.ts";
import { discPicture } from "../src/report/fixtures/picture.ts";

const random = Random.from(6, "missing");

/** Two pictures, which say nothing. */
const pictures = [0, 1].map(
  () => new Uint8Array(Buffer.from(discPicture(random).replace(/^.*,/, ""), "base64")),
);

/** One row in four has no input at all; its labels are drawn like those of the others. */
const rows = Array.from({ length: 320 }, (_, i) => {
  const x = random.normal();
  const word = random.integer(2);
  const there = i % 4 !== 0;
  return {
    x: there ? x : null,
    note: there ? ["bad", "good"][word] : null,
    photo: there ? pictures[i % 2] : null,
    high: x + 2 * word > 0.4,
    price: 10 + x + 3 * word,
  };
});
const nothing = { x: null, note: null, photo: null };
const share = rows.filter((row) => row.high).length / rows.length;
const prices = rows.map((row) => row.price);
const mean = prices.reduce((sum, y) => sum + y, 0) / rows.length;
const deviation = Math.sqrt(prices.reduce((sum, y) => sum + (y - mean) ** 2, 0) / rows.length);

/** Options that make the larger fusions quick here. */
const small = { tokens: 2, size: 8, heads: 2, dropout: 0 };
const options: Partial<Record<FusionName, object>> = {
  crossAttention: small,
  transformer: { ...small, layers: 1 },
  bottleneck: small,
  perceiver: { ...small, latents: 4 },
  productOfExperts: { size: 8 },
};

describe("a row without any input", () => {
  it.each(Object.keys(fusions) as FusionName[])(
    "is predicted near the prior by %s, and leaves other rows as they are",
    async (type) => {
      const model = await train({
        data: rows,
        inputs: {
          x: number(),
          note: text({ buckets: 32, size: 4 }),
          photo: image({ height: 4, width: 4, filters: [2], size: 4 }),
        },
        tasks: { high: binary(), price: regression() },
        learner: { type: "neural", fusion: { type, ...options[type] }, trunk: { sizes: [8] } },
        split: { fractions: { train: 1, validation: 0, test: 0 } },
        training: {
          epochs: 12,
          batchSize: 32,
          optimizer: { type: "adamw", learningRate: 0.02 },
          threads: 1,
        },
        seed: 2,
      });
      try {
        const some = rows.slice(1, 4);
        const [empty] = await model.predict([nothing]);
        expect(Math.abs(empty.high.probability - share)).toBeLessThan(0.2);
        expect(Math.abs(empty.price.value - mean)).toBeLessThan(0.6 * deviation);
        const alone = await model.predict(some);
        const beside = await model.predict([nothing, ...some, nothing]);
        expect(beside.slice(1, 4)).toEqual(alone);
        expect(beside[0]).toEqual(empty);
        expect(beside[4]).toEqual(empty);
        // What the inputs say is not lost on the way: rows that have them differ from the prior.
        const [low, high] = await model.predict([
          { ...some[0], x: -2, note: "bad" },
          { ...some[0], x: 2, note: "good" },
        ]);
        expect(high.price.value - low.price.value).toBeGreaterThan(deviation);
      } finally {
        await model.dispose();
      }
    },
  );
});
