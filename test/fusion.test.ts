import { describe, expect, it } from "vitest";
import { binary, number, text } from "../src/api/declare.ts";
import { train } from "../src/api/train.ts";
import { Random } from "../src/core/random.ts";
import { type FusionName, fusions } from "../src/fusion/fusions.ts";

/**
 * A number and a word. Either answer needs both: `apart` is whether their signs differ, which no sum of
 * what each says can tell, and `above` whether their sum is high.
 */
function example(count: number) {
  const random = Random.from(5, "fusion");
  const words = ["awful", "bad", "good", "great"];
  return Array.from({ length: count }, () => {
    const x = random.normal();
    const word = random.integer(4);
    const y = (word - 1.5) / 1.5;
    return { x, note: words[word], apart: x * y < 0, above: x + y + 0.2 * random.normal() > 0.3 };
  });
}

const rows = example(300);

type Task = "apart" | "above";

/** The log loss of each task over all rows. */
async function lossesOf(
  learner: unknown,
  inputs: Readonly<Record<string, unknown>> = { x: number(), note: text() },
  seed = 3,
) {
  const model = await train({
    data: rows,
    inputs: inputs as { x: ReturnType<typeof number> },
    tasks: { apart: binary(), above: binary() },
    learner: learner as { type: "neural" },
    split: { fractions: { train: 0.7, validation: 0.3, test: 0 } },
    training: {
      epochs: 15,
      batchSize: 30,
      optimizer: { type: "adamw", learningRate: 0.02 },
      threads: 1,
    },
    seed,
  });
  const { apart, above } = await model.evaluate(rows);
  return { model, apart: apart.metrics.logLoss, above: above.metrics.logLoss };
}

const neural = (fusion: unknown, sizes: readonly number[] = [16]) => ({
  type: "neural",
  fusion,
  trunk: { sizes, dropout: 0 },
});

/** Options that make the larger fusions quick here. */
const small = { tokens: 2, size: 16, heads: 2, dropout: 0 };
const options: Partial<Record<FusionName, object>> = {
  crossAttention: small,
  transformer: { ...small, layers: 1 },
  bottleneck: small,
  perceiver: { ...small, latents: 4 },
  productOfExperts: { size: 8 },
};

describe("every fusion learns what takes both inputs", async () => {
  const alone = [
    await lossesOf(neural("concat"), { x: number() }),
    await lossesOf(neural("concat"), { note: text() }),
  ];
  const best = (task: Task) => Math.min(...alone.map((losses) => losses[task]));

  it.each(Object.keys(fusions) as FusionName[])("%s", async (type) => {
    const losses = await lossesOf(neural({ type, ...options[type] }));
    // An average of probabilities is never surer than the surest of them.
    expect(losses.above).toBeLessThan((type === "lateAverage" ? 0.9 : 0.75) * best("above"));
    if (fusions[type].form === "features") expect(losses.apart).toBeLessThan(0.4 * best("apart"));
    else expect(losses.apart).toBeGreaterThan(0.9 * best("apart"));
  });

  it.each(["product", "multiplicative", "tensorFusion", "lowRankTensor", "film", "hypernetwork"])(
    "%s multiplies by itself, where a sum cannot",
    async (type) => {
      const losses = await lossesOf(neural({ type }, []));
      expect(losses.apart).toBeLessThan(0.7 * best("apart"));
    },
  );

  it("and a sum indeed cannot", async () => {
    const losses = await lossesOf(neural("sum", []));
    expect(losses.apart).toBeGreaterThan(0.9 * best("apart"));
  });
});

it("modality dropout makes a model that does better with one input alone", async () => {
  const without = async (modalityDropout: number) => {
    const { model } = await lossesOf({ ...neural("concat"), modalityDropout });
    const { above } = await model.evaluate(rows.map((row) => ({ ...row, x: null })));
    return above.metrics.logLoss;
  };
  expect(await without(0.5)).toBeLessThan(0.9 * (await without(0)));
});

it("draws are the same for the same seed", async () => {
  const learner = { ...neural({ type: "productOfExperts", size: 4 }), modalityDropout: 0.3 };
  const [first, second, other] = await Promise.all(
    [3, 3, 4].map((s) => lossesOf(learner, undefined, s)),
  );
  const heads = await Promise.all(
    [first, second, other].map(({ model }) => model.predict(rows.slice(0, 5))),
  );
  expect(heads[1]).toEqual(heads[0]);
  expect(heads[2]).not.toEqual(heads[0]);
});

it("an unknown condition is refused before any row is read", async () => {
  await expect(lossesOf(neural({ type: "film", condition: "photo" }))).rejects.toThrow(
    /learner\.fusion\.condition: .*\("table", "note"\); got "photo"/,
  );
});
