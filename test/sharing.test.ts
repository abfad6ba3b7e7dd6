import { describe, expect, it } from "vitest";
import { binary, number } from "../src/api/declare.ts";
import { train } from "../src/api/train.ts";
import { Random } from "../src/core/random.ts";
import { type SharingName, sharings } from "../src/sharing/sharings.ts";

/** Clicks that need both inputs at once, and purchases that only clicks can lead to. */
function example(count: number) {
  const random = Random.from(11, "sharing");
  return Array.from({ length: count }, () => {
    const [x, y, z] = [random.normal(), random.normal(), random.normal()];
    const click = x * y + 0.3 * random.normal() > -0.3;
    const purchase = click && x * y + z + 0.3 * random.normal() > 0.3;
    return { x, y, z, click, purchase };
  });
}

const rows = example(400);

/** Every sharing, with options where the defaults would do nothing here, and variants. */
const cases: readonly { readonly type: SharingName; readonly [option: string]: unknown }[] = [
  ...(Object.keys(sharings) as SharingName[]).map((type) =>
    type === "taskDependency" ? { type, dependsOn: { purchase: ["click"] } } : { type },
  ),
  { type: "soft", distance: "trace", strength: 0.05 },
  { type: "dselectK", gate: "task", experts: 3 },
  { type: "esmm", sharedTrunk: true },
];

function learn(
  learner: { readonly type: string; readonly [option: string]: unknown },
  seed = 3,
  optimizer: Readonly<Record<string, unknown>> = { type: "adamw", learningRate: 0.02 },
) {
  return train({
    data: rows,
    inputs: { x: number(), y: number(), z: number() },
    tasks: { click: binary(), purchase: binary() },
    learner,
    split: { fractions: { train: 0.7, validation: 0.15, test: 0.15 } },
    training: { epochs: 25, batchSize: 35, optimizer },
    seed,
  });
}

const withSharing = (sharing: unknown) => ({
  type: "neural",
  sharing,
  trunk: { sizes: [16, 8], dropout: 0 },
});

describe("every sharing learns more than the baseline", async () => {
  const truth = rows.slice(0, 100);
  const lossOf = async (model: Awaited<ReturnType<typeof learn>>) => {
    const { click, purchase } = await model.evaluate(rows);
    return [click.metrics.logLoss, purchase.metrics.logLoss];
  };
  const baseline = await lossOf(await learn({ type: "baseline" }));

  it.each(cases.map((sharing) => [JSON.stringify(sharing), sharing] as const))(
    "%s",
    async (_, sharing) => {
      const model = await learn(withSharing(sharing));
      const losses = await lossOf(model);
      losses.forEach((loss, i) => {
        expect(loss).toBeLessThan(0.75 * baseline[i]);
      });
      if (sharing.type !== "esmm") return;
      const predictions = await model.predict(truth);
      for (const { click, purchase } of predictions)
        expect(purchase.probability).toBeLessThanOrEqual(click.probability + 1e-6);
    },
  );
});

it("random choices of branches are the same for the same seed", async () => {
  const runs = [3, 3, 4].map((seed) => learn(withSharing("LTB"), seed));
  const [first, second, other] = await Promise.all(
    runs.map(async (run) => (await run).predict(rows.slice(0, 20))),
  );
  expect(second).toEqual(first);
  expect(other).not.toEqual(first);
});

it("L-BFGS takes penalties, and refuses choices that it would see change", async () => {
  const model = await learn(withSharing("soft"), 3, { type: "lbfgs" });
  const losses = model.history.map((record) => record.loss);
  expect(losses.every((loss, i) => i === 0 || loss <= losses[i - 1])).toBe(true);
  await expect(learn(withSharing("LTB"), 3, { type: "lbfgs" })).rejects.toThrow(
    "learner: no random draws with the optimizer lbfgs",
  );
});

it("a cycle of dependencies is refused where it is written", async () => {
  const dependsOn = { click: ["purchase"], purchase: ["click"] };
  await expect(learn(withSharing({ type: "taskDependency", dependsOn }))).rejects.toThrow(
    /learner\.sharing\.dependsOn: .*the cycle click → purchase → click/,
  );
});

it("a penalty counts once, in however many batches the rows are summed", async () => {
  // The loss of the first full-batch step is that of the first weights, which the seed decides.
  const firstLoss = async (count: number, strength: number) => {
    const model = await train({
      data: example(count),
      inputs: { x: number(), y: number(), z: number() },
      tasks: { click: binary(), purchase: binary() },
      learner: withSharing({ type: "soft", strength }),
      split: { fractions: { train: 1, validation: 0, test: 0 } },
      training: { epochs: 1, optimizer: { type: "gd" } },
      seed: 3,
    });
    return model.history[0].loss;
  };
  const [none, some, noneOfMany, someOfMany] = [
    await firstLoss(200, 0),
    await firstLoss(200, 0.1),
    await firstLoss(4500, 0),
    await firstLoss(4500, 0.1),
  ];
  expect(some - none).toBeGreaterThan(0.1);
  expect(someOfMany - noneOfMany).toBeCloseTo(some - none, 4);
});
