import { expect, it } from "vitest";
import { compileJs } from "../../compiler/js/run.ts";
import { Random } from "../../core/random.ts";
import { sizeOf } from "../../core/shape.ts";
import { trainingConfig } from "../../train/config.ts";
import { traceTraining } from "../../train/network.ts";
import { exampleProblem } from "../example.ts";
import { neuralConfig } from "./config.ts";
import { neuralNetwork } from "./network.ts";
import { neural } from "./neural.ts";

const problem = await exampleProblem(neural.can, { rows: 90, missingLabels: 0.2 });
const rows = 4;

/** Losses of one step, with given shares of each row. */
function lossesOf(mixup: number, shares: readonly number[]) {
  const config = neuralConfig.parse({ mixup, trunk: { sizes: [5], dropout: 0 } });
  const { builder, outputs } = traceTraining(neuralNetwork(problem, config), rows);
  const store = problem.train.store;
  const feeds: Record<string, Float64Array> = {};
  const arrays = store.layout.map(({ dtype, width }) =>
    dtype === "int32" ? new Int32Array(rows * width) : new Float32Array(rows * width),
  );
  store.gather([0, 1, 2, 3], 0, rows, arrays);
  store.layout.forEach(({ name }, i) => {
    feeds[name] = Float64Array.from(arrays[i]);
  });
  for (const spec of builder.parameters.values()) {
    const random = Random.from(3, spec.name);
    feeds[spec.name] = Float64Array.from(
      { length: sizeOf(spec.shape) },
      () => 0.3 * random.normal(),
    );
  }
  for (const { name, kind } of builder.masks) {
    expect(kind).toBe("beta");
    feeds[name] = Float64Array.from(shares);
  }
  feeds.lambda = new Float64Array(problem.tasks.length).fill(1 / problem.tasks.length);
  const [losses] = compileJs([outputs.losses]).run(feeds);
  return [...losses];
}

it("with whole rows is the plain step, and with rows replaced the step of those", () => {
  const plain = lossesOf(0, []);
  lossesOf(0.4, [1, 1, 1, 1]).forEach((loss, i) => {
    expect(loss).toBeCloseTo(plain[i], 12);
  });
  // Every row is wholly its partner: the same rows in another order.
  lossesOf(0.4, [0, 0, 0, 0]).forEach((loss, i) => {
    expect(loss).toBeCloseTo(plain[i], 12);
  });
  expect(lossesOf(0.4, [0.5, 0.2, 0.2, 0.5])[0]).not.toBeCloseTo(plain[0], 3);
});

it("trains the same way twice, and predicts plain rows", async () => {
  const training = trainingConfig.parse({ epochs: 8, batchSize: 16, threads: 1 });
  const learned = async (mixup: number) => {
    const fitted = await neural.fit(problem, neuralConfig.parse({ mixup }), { training });
    const { last } = { last: fitted.history?.at(-1)?.tasks.sold.validation };
    const raw = await fitted.predict(problem.train.store, Int32Array.of(0, 5));
    fitted.dispose();
    return { raw, last };
  };
  const [a, b, plain] = [await learned(0.4), await learned(0.4), await learned(0)];
  expect(a.raw).toEqual(b.raw);
  expect(a.raw).not.toEqual(plain.raw);
  expect(a.last?.rocAuc).toBeGreaterThan(0.7);
});
