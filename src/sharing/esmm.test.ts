import { describe, expect, test } from "vitest";
import { esmm } from "./esmm.ts";
import { exampleFeeds, exampleTasks, rawOf, renamed, traceExample } from "./example.ts";

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

describe("ESMM", () => {
  const config = { chain: ["a", "c", "b"] };

  test("predicts products of probabilities along its chain", () => {
    const example = traceExample("esmm", { tasks: 4, config });
    const feeds = exampleFeeds(example);
    const probabilities = rawOf(example, feeds).map((r) => r.map(sigmoid));
    // A trunk a task, whose heads tell the conditional probabilities.
    let own = feeds;
    for (const t of ["a", "b", "c", "d"]) own = renamed(own, `trunk.${t}.`, `column.${t}.`);
    const [a, b, c, d] = rawOf(traceExample("soft", { tasks: 4 }), own).map((r) => r.map(sigmoid));
    const products = [a, a.map((p, i) => p * c[i] * b[i]), a.map((p, i) => p * c[i]), d];
    probabilities.forEach((values, task) => {
      values.forEach((p, row) => {
        expect(p).toBeCloseTo(products[task][row], 12);
      });
    });
  });

  test("keeps its digits where probabilities are near 0 or 1", () => {
    const example = traceExample("esmm", { rows: 1 });
    const feeds = exampleFeeds(example, { rows: 1 });
    const at = (a: number, b: number) => {
      for (const [t, value] of [
        ["a", a],
        ["b", b],
      ] as const) {
        feeds[`head.${t}.weight`].fill(0);
        feeds[`head.${t}.bias`].fill(value);
      }
      return rawOf(example, feeds)[1][0];
    };
    expect(at(60, 3)).toBeCloseTo(3, 12);
    expect(at(800, 800)).toBeCloseTo(800 - Math.log(2), 9);
    expect(at(-800, -800)).toBeCloseTo(-1600, 9);
  });

  test("starts conditional heads so that the products are the tasks' priors", () => {
    const logit = (p: number) => Math.log(p / (1 - p));
    const priors = { a: [logit(0.2)], b: [logit(0.01)], c: [logit(0.05)], d: [0.3] };
    const of = (list: number[]) => Float64Array.from(list);
    const started = esmm.priors?.(
      { a: of(priors.a), b: of(priors.b), c: of(priors.c), d: of(priors.d) },
      exampleTasks(4),
      esmm.config.parse(config),
    );
    expect(sigmoid(started?.c[0] ?? 0)).toBeCloseTo(0.25, 12);
    expect(sigmoid(started?.b[0] ?? 0)).toBeCloseTo(0.2, 12);
    expect([started?.a[0], started?.d[0]]).toEqual([priors.a[0], 0.3]);
  });

  test("takes binary tasks only, where their kinds are known", () => {
    const named = (kind: string) => [
      { name: "a", kind: "binary" },
      { name: "b", kind },
    ];
    const check = (kind: string, chain: string[]) =>
      esmm.check?.(named(kind), esmm.config.parse({ chain }));
    expect(() => check("regression", [])).toThrow(
      'learner.sharing.chain: binary tasks; got "b" of kind regression',
    );
    expect(() => check("auto", [])).not.toThrow();
    expect(() => check("regression", ["a"])).not.toThrow();
  });
});
