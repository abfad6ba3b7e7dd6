import { describe, expect, it } from "vitest";
import { Graph } from "../compiler/graph.ts";
import { compileJs } from "../compiler/js/run.ts";
import { Random } from "../core/random.ts";
import type { Weighting } from "./weighting.ts";
import { type WeightingName, weightings } from "./weightings.ts";

const byLosses = (Object.keys(weightings) as WeightingName[]).filter(
  (name) => weightings[name].needs === "losses",
);

describe.each(byLosses)("%s inside the training step", (name) => {
  it.each([1, 2, 5])("gives the weights that it gives outside, for %i tasks", (k) => {
    const row = weightings[name] as Weighting;
    const weigher = row.create(row.config.parse(name === "stch" ? { warmupEpochs: 1 } : {}), {
      names: Array.from({ length: k }, (_, i) => `t${i}`),
      lambda: new Float64Array(k).fill(0.5),
      seed: 1,
    });
    const traced = weigher.traced;
    if (!traced) throw new Error("no traced weights");
    const graph = new Graph();
    const weights = compileJs([
      traced.weights(
        graph.input("losses", [k]),
        graph.input("present", [k]),
        graph.input("given", [traced.size]),
      ),
    ]);
    const random = Random.from(2, name, k);
    for (let step = 0; step < 8; step++) {
      const epoch = Math.floor(step / 2);
      const losses = Float64Array.from({ length: k }, () => Math.exp(random.normal()));
      if (step % 3 === 2) losses[step % k] = Number.NaN;
      if (step === 4) losses[0] = 0;
      const given = traced.given({ epoch, step });
      expect(given).toHaveLength(traced.size);
      const present = losses.map((v) => (Number.isNaN(v) ? 0 : 1));
      const known = losses.map((v) => (Number.isNaN(v) ? 0 : v));
      const [inside] = weights.run({ losses: known, present, given });
      const outside = weigher.weights({ epoch, step, losses });
      outside.forEach((w, i) => {
        expect(Math.abs(inside[i] - w)).toBeLessThanOrEqual(1e-6 * Math.abs(w));
      });
      weigher.afterStep?.(losses.map((v) => v * random.uniform()));
    }
  });
});
