import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { referenceKernels } from "../optim/kernels-reference.ts";
import { Arena } from "../optim/memory.ts";
import type { StepFacts, Weigher, Weighting } from "./weighting.ts";
import { type WeightingName, weightings } from "./weightings.ts";

const sets: Record<string, number[][]> = JSON.parse(
  readFileSync(new URL("fixtures/gradient-sets.json", import.meta.url), "utf8"),
);
const all = Object.keys(weightings) as WeightingName[];
const row = (name: WeightingName) => weightings[name] as Weighting;
const byGradients = all.filter((name) => row(name).needs === "gradients");
const kernels = referenceKernels;

/** A weigher with its memory, and the update it makes of gradients. */
class Trial {
  readonly weigher: Weigher;
  readonly memory: Float32Array[];

  constructor(
    name: WeightingName,
    k: number,
    p: number,
    config: object = {},
    seed = 1,
    names?: string[],
  ) {
    this.weigher = row(name).create(row(name).config.parse(config), {
      names: names ?? Array.from({ length: k }, (_, i) => `t${i}`),
      lambda: new Float64Array(k).fill(0.5),
      seed,
    });
    this.memory = Array.from({ length: row(name).memory?.(k) ?? 0 }, () => new Float32Array(p));
  }

  step(gradients: readonly Float32Array[], at = 0, losses?: ArrayLike<number>) {
    const facts = factsOf(gradients, this.memory, at, losses);
    const weights = this.weigher.weights(facts);
    const own = (this.weigher.own?.() ?? weights).slice();
    const update = new Float64Array(gradients[0].length);
    if (this.weigher.direction) {
      const out = new Float32Array(update.length);
      this.weigher.direction(facts, out);
      update.set(out);
    } else {
      gradients.forEach((g, i) => {
        for (let j = 0; j < g.length; j++) update[j] += weights[i] * g[j];
      });
    }
    this.weigher.observe?.(facts);
    this.weigher.afterStep?.(facts.losses.map((v) => 0.9 * v));
    return { weights, own, update };
  }
}

/** Facts of a step; validation gradients are the training ones in another order. */
function factsOf(
  gradients: readonly Float32Array[],
  memory: readonly Float32Array[],
  at: number,
  losses?: ArrayLike<number>,
): StepFacts {
  const known = Float64Array.from(losses ?? gradients.map((_, i) => 0.5 + 0.3 * i + 0.1 * at));
  const rows = gradients.map((g, i) => (Number.isNaN(known[i]) ? new Float32Array(g.length) : g));
  const gram = kernels.gram(rows);
  return {
    epoch: at,
    step: at,
    learningRate: 0.01,
    losses: known,
    gram,
    cross: gram,
    gradients: rows,
    memory,
    kernels,
    validation: {
      losses: known,
      cross: gram,
      gram,
      trainGram: gram,
      innerLosses: known.map((v) => 0.8 * v),
      innerRate: 0.1,
    },
  };
}

const set = (name: string) => sets[name].map((g) => Float32Array.from(g));
const dot = (x: ArrayLike<number>, y: ArrayLike<number>) =>
  Array.from(x).reduce((sum, v, i) => sum + v * y[i], 0);
const norm = (x: ArrayLike<number>) => Math.sqrt(dot(x, x));
const cosine = (x: ArrayLike<number>, y: ArrayLike<number>) => dot(x, y) / (norm(x) * norm(y));
const update = (name: WeightingName, g: Float32Array[], config: object = {}) =>
  new Trial(name, g.length, g[0].length, config).step(g).update;

describe.each(all)("%s", (name) => {
  it("gives the same bytes for the same seed, and goes on the same from a checkpoint", () => {
    const steps = [0, 1, 2, 3, 4, 5].map((at) =>
      set("eight").map((g) => g.map((v, j) => v + 0.1 * Math.sin(at + j))),
    );
    const one = new Trial(name, 8, 20, {}, 7);
    const two = new Trial(name, 8, 20, {}, 7);
    let restored: Trial | undefined;
    steps.forEach((g, at) => {
      const first = one.step(g, at);
      expect(two.step(g, at)).toEqual(first);
      if (restored) expect(restored.step(g, at)).toEqual(first);
      if (at !== 2) return;
      restored = new Trial(name, 8, 20, {}, 7);
      restored.weigher.restore(JSON.parse(JSON.stringify(one.weigher.state())));
      restored.memory.forEach((v, i) => {
        v.set(one.memory[i]);
      });
    });
  });

  it("is plain descent for a single task", () => {
    const [g] = set("single");
    const trial = new Trial(name, 1, g.length);
    for (let at = 0; at < 4; at++) {
      const { weights, update } = trial.step([g], at, [1.5]);
      if (name === "forum") continue; // its update is the validation gradients'
      expect(weights[0]).toBeGreaterThan(0);
      expect(cosine(update, g)).toBeCloseTo(1, 6);
    }
  });

  it("gives finite numbers for every set of gradients", () => {
    for (const key of Object.keys(sets)) {
      const g = set(key);
      const trial = new Trial(name, g.length, g[0].length);
      for (let at = 0; at < 3; at++) {
        const { weights, own, update } = trial.step(g, at);
        for (const v of [...weights, ...own, ...update]) expect(v, key).toSatisfy(Number.isFinite);
      }
    }
    const zero = Array.from({ length: 3 }, () => new Float32Array(5));
    const { weights } = new Trial(name, 3, 5).step(zero);
    for (const v of weights) expect(v).toSatisfy(Number.isFinite);
  });

  it("leaves absent tasks out", () => {
    const g = set("three");
    if (name !== "equal" && name !== "fixed" && row(name).needs !== "nothing") {
      const trial = new Trial(name, 3, 20);
      const { weights, own } = trial.step(g, 0, [1, Number.NaN, 2]);
      expect(weights[1]).toBe(0);
      expect(own[1]).toBe(0);
      for (const v of weights) expect(v).toSatisfy(Number.isFinite);
      const none = trial.step(g, 1, [Number.NaN, Number.NaN, Number.NaN]);
      expect([...none.weights]).toEqual([0, 0, 0]);
    }
    const trial = new Trial(name, 3, 20);
    trial.step(g, 0, [1, 1, 1]);
    trial.step(g, 1, [Number.NaN, Number.NaN, Number.NaN]);
    for (const v of trial.step(g, 2, [1, 1, 1]).weights) expect(v).toSatisfy(Number.isFinite);
  });
});

/** Methods whose result depends on the order in which tasks meet, which is drawn at random. */
const ordered = new Set<WeightingName>(["pcgrad", "gradvac"]);

describe.each(byGradients.filter((name) => !ordered.has(name)))("%s by gradients", (name) => {
  it("does not depend on the order of the tasks", () => {
    const g = set("sixteen").slice(0, 6);
    const order = [3, 0, 5, 1, 4, 2];
    const config = name === "metabalance" ? { main: "t2" } : {};
    const one = new Trial(name, 6, 20, config);
    const two = new Trial(
      name,
      6,
      20,
      config,
      1,
      order.map((i) => `t${i}`),
    );
    const losses = [0.4, 1.2, 0.7, 2, 0.9, 1.5];
    for (let at = 0; at < 3; at++) {
      const a = one.step(g, at, losses);
      const b = two.step(
        order.map((i) => g[i]),
        at,
        order.map((i) => losses[i]),
      );
      const scale = norm(a.update);
      a.update.forEach((v, j) => {
        expect(Math.abs(v - b.update[j]) / scale).toBeLessThan(1e-5);
      });
      order.forEach((i, p) => {
        expect(b.own[p]).toBeCloseTo(a.own[i], 8);
      });
    }
  });
});

describe("vectors kept between steps", () => {
  const keeping = byGradients.filter((name) => row(name).memory);

  it.each(keeping)("%s: the SIMD kernels give what plain JavaScript gives", (name) => {
    const g = set("sixteen").slice(0, 5);
    const arena = new Arena(11 * 96 + 256);
    const gradients = g.map((v, i) => {
      const view = arena.float32(`g${i}`, v.length);
      view.set(v);
      return view;
    });
    const memory = g.map((v, i) => arena.float32(`m${i}`, v.length));
    const out = arena.float32("out", 20);
    const plain = new Trial(name, 5, 20);
    const { weigher } = new Trial(name, 5, 20);
    for (let at = 0; at < 3; at++) {
      const expected = plain.step(g, at);
      const facts = { ...factsOf(g, memory, at), gradients, kernels: arena.kernels };
      const weights = weigher.weights(facts);
      weights.forEach((w, i) => {
        expect(w).toBeCloseTo(expected.weights[i], 6);
      });
      if (!weigher.direction) continue;
      weigher.direction(facts, out);
      out.forEach((v, j) => {
        expect(v).toBeCloseTo(expected.update[j], 5);
      });
    }
  });
});

/** Smallest inner product of the update with a gradient, as a cosine. */
const worst = (d: Float64Array, g: Float32Array[]) =>
  Math.min(...g.filter((v) => norm(v) > 0).map((v) => (norm(d) > 0 ? cosine(d, v) : 0)));

describe("what the papers claim", () => {
  it("pcgrad: gradients without conflict are summed", () => {
    const g = set("fourAligned");
    const d = update("pcgrad", g);
    d.forEach((v, j) => {
      expect(v).toBeCloseTo(g[0][j] + g[1][j] + g[2][j] + g[3][j], 10);
    });
  });

  it.each(["none", "l2", "loss", "loss+"])("mgda: no task gets worse (%s)", (normalization) => {
    for (const key of Object.keys(sets)) {
      const g = set(key);
      const d = update("mgda", g, { normalization });
      if (norm(d) > 1e-6 * Math.max(...g.map(norm)))
        expect(worst(d, g), key).toBeGreaterThan(-1e-7);
      for (const v of g) expect(dot(d, v), key).toBeGreaterThan(-1e-7 * norm(v) ** 2 - 1e-6);
    }
  });

  it.each(["upgrad", "dualproj"] as const)("%s: no task gets worse", (name) => {
    for (const key of Object.keys(sets)) {
      const g = set(key);
      const d = update(name, g);
      const size = Math.max(...g.map(norm));
      if (norm(d) > 1e-9 * size) expect(worst(d, g), key).toBeGreaterThan(-1e-6);
    }
  });

  it.each(["upgrad", "dualproj"] as const)("%s: without conflict the average", (name) => {
    const g = set("fourAligned");
    update(name, g).forEach((v, j) => {
      expect(v).toBeCloseTo((g[0][j] + g[1][j] + g[2][j] + g[3][j]) / 4, 10);
    });
  });

  it.each(["nashMtl", "fairgrad", "conFIG", "imtlG"] as const)(
    "%s: every task gets better where all can",
    (name) => {
      for (const key of ["two", "three", "twoConflict", "fourAligned", "eight", "sixteen"]) {
        const g = set(key);
        const d = update(name, g);
        expect(worst(d, g), `${name} ${key}`).toBeGreaterThan(0);
      }
    },
  );

  it.each(["conFIG", "imtlG"] as const)("%s: equal projections on all gradients", (name) => {
    for (const key of ["two", "twoConflict", "eight", "scales", "duplicated"]) {
      const g = set(key);
      const d = update(name, g);
      const cosines = g.map((v) => cosine(d, v));
      for (const c of cosines) expect(c, key).toBeCloseTo(cosines[0], 6);
    }
  });

  it.each(["nashMtl", "conFIG", "imtlG"] as const)(
    "%s: multiplying a task's loss does not turn the update",
    (name) => {
      const g = set("eight");
      const times = [1, 1e6, 1e-6, 3, 1e3, 0.5, 1e-3, 40].map(Math.fround);
      const d = update(name, g);
      const e = update(
        name,
        g.map((v, i) => v.map((x) => x * times[i])),
      );
      expect(cosine(d, e)).toBeCloseTo(1, 6);
    },
  );

  it.each(["logTransform", "gls", "famo", "dbMtl"] as const)(
    "%s: multiplying a task's loss does not turn the update",
    (name) => {
      const g = set("three");
      const losses = [0.5, 1, 2];
      const times = [1, 4096, 1 / 4096];
      const one = new Trial(name, 3, 20).step(g, 0, losses).update;
      const two = new Trial(name, 3, 20).step(
        g.map((v, i) => v.map((x) => x * times[i])),
        0,
        losses.map((v, i) => v * times[i]),
      ).update;
      expect(cosine(one, two)).toBeCloseTo(1, 6);
    },
  );

  it("cagrad: c = 0 is the average, and a greater c helps the worst-off task", () => {
    const g = set("twoConflict");
    const plain = update("cagrad", g, { c: 0 });
    plain.forEach((v, j) => {
      expect(v).toBeCloseTo((g[0][j] + g[1][j]) / 2, 10);
    });
    const least = [0, 0.2, 0.5, 0.9].map((c) => {
      const d = update("cagrad", g, { c, rescale: "none" });
      return Math.min(...g.map((v) => dot(v, d)));
    });
    expect(least).toEqual(least.toSorted((a, b) => a - b));
    expect(least[3]).toBeGreaterThan(least[0]);
  });

  it("mgda and fairgrad meet where their papers say: two gradients of one length are averaged", () => {
    const g = [Float32Array.of(3, 4, 0), Float32Array.of(0, 4, 3)];
    const mgda = update("mgda", g);
    [1.5, 4, 1.5].forEach((v, j) => {
      expect(mgda[j]).toBeCloseTo(v, 12);
    });
    expect(cosine(update("fairgrad", g), mgda)).toBeCloseTo(1, 12);
    expect(cosine(update("nashMtl", g), mgda)).toBeCloseTo(1, 12);
  });

  it("alignedMtl: the update has equal components along all singular directions", () => {
    const g = set("three");
    const d = update("alignedMtl", g);
    // U V' has orthonormal rows: their sum has squared length K, times the least singular value.
    const shortest = norm(d) / Math.sqrt(3);
    expect(shortest).toBeLessThanOrEqual(Math.min(...g.map(norm)));
  });
});
