import { describe, expect, test } from "vitest";
import { grad } from "../compiler/grad.ts";
import { Graph } from "../compiler/graph.ts";
import { compileJs } from "../compiler/js/run.ts";
import {
  type Example,
  type ExampleOptions,
  exampleFeeds,
  rawOf,
  renamed,
  traceExample,
} from "./example.ts";
import type { SharingName } from "./sharings.ts";
import { dependencyOrder } from "./task-dependency.ts";
import { traceNorm } from "./trace-norm.ts";

type Feeds = Record<string, Float64Array>;

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

function expectEqual(actual: readonly Float64Array[], expected: readonly Float64Array[]): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((values, i) => {
    values.forEach((v, j) => {
      expect(v).toBeCloseTo(expected[i][j], 10);
    });
  });
}

/** Raw outputs of both sharings, the second's fed with the first's parameters under its own names. */
function compare(
  first: [SharingName, ExampleOptions],
  second: [SharingName, ExampleOptions],
  ...names: [string, string][]
): void {
  const a = traceExample(...first);
  const feeds = exampleFeeds(a);
  const other = names.reduce((f, [from, to]) => renamed(f, from, to), feeds);
  expectEqual(rawOf(traceExample(...second), other), rawOf(a, feeds));
}

/** Σ of the penalties of a training trace. */
function penaltyOf({ builder }: Example, feeds: Feeds): number {
  return compileJs([builder.penalties.reduce((a, b) => a.add(b))]).run(feeds)[0][0];
}

describe("sharings become one another", () => {
  test("MMoE with one expert is hard sharing", () => {
    compare(["mmoe", { config: { experts: 1 } }], ["hard", {}], ["expert.0", "trunk"]);
  });

  test("CGC without shared experts and with one a task is a trunk a task", () => {
    const config = { taskExperts: 1, sharedExperts: 0 };
    const names = ["a", "b"].map((t): [string, string] => [`own.${t}.0`, `column.${t}`]);
    compare(["cgc", { config }], ["soft", {}], ...names);
  });

  test("PLE with one level is CGC", () => {
    compare(["ple", { config: { levels: 1 } }], ["cgc", {}], ["level.0.", ""]);
  });

  test("cross-stitch that starts as the identity is a trunk a task", () => {
    const example = traceExample("crossStitch", { tasks: 3, config: { self: 1 } });
    const feeds = exampleFeeds(example);
    for (const l of [0, 1]) {
      example.builder.parameters.get(`stitch.${l}`);
      feeds[`stitch.${l}`] = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
    }
    expectEqual(rawOf(example, feeds), rawOf(traceExample("soft", { tasks: 3 }), feeds));
    const first = new Float32Array(9);
    example.builder.parameters.get("stitch.1")?.initialize(first, [3, 3], undefined as never);
    expect([...first]).toEqual([...feeds["stitch.1"]]);
  });

  test("cross-stitch of equal weights gives all tasks one representation", () => {
    const example = traceExample("crossStitch", {});
    const feeds = exampleFeeds(example);
    feeds["stitch.0"] = feeds["stitch.1"] = Float64Array.of(0.5, 0.5, 0.5, 0.5);
    const [a, b] = compileJs(example.representations).run(feeds);
    expectEqual([a], [b]);
  });

  test("a sluice that reads its last layer, unmixed, is a trunk a task", () => {
    const trunk = [4, 4];
    const example = traceExample("sluice", { trunk });
    const feeds = exampleFeeds(example);
    for (const l of [0, 1])
      feeds[`stitch.${l}`] = Float64Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 1 : 0));
    for (const t of ["a", "b"]) feeds[`layers.${t}`] = Float64Array.of(0, 1);
    expectEqual(rawOf(example, feeds), rawOf(traceExample("soft", { trunk }), feeds));
  });

  test("an attention that lets everything through is hard sharing", () => {
    const example = traceExample("mtan");
    const feeds = exampleFeeds(example);
    for (const t of ["a", "b"]) feeds[`attention.1.${t}.out.bias`].fill(1e3);
    expectEqual(rawOf(example, feeds), rawOf(traceExample("hard"), feeds));
  });

  test("dependencies on nothing are hard sharing", () => {
    compare(["taskDependency", {}], ["hard", {}]);
  });
});

describe("soft sharing", () => {
  const parameters = (example: Example, feeds: Feeds, task: string) =>
    [...example.builder.parameters.keys()]
      .filter((n) => n.startsWith(`column.${task}.`))
      .map((n) => feeds[n]);

  test("adds half the squared distances to the mean", () => {
    const example = traceExample("soft", { tasks: 3, training: true, config: { strength: 2 } });
    const feeds = exampleFeeds(example);
    const columns = ["a", "b", "c"].map((t) => parameters(example, feeds, t));
    let expected = 0;
    columns[0].forEach((first, p) => {
      for (let i = 0; i < first.length; i++) {
        const mean = columns.reduce((sum, c) => sum + c[p][i], 0) / 3;
        for (const c of columns) expected += (c[p][i] - mean) ** 2;
      }
    });
    expect(penaltyOf(example, feeds)).toBeCloseTo(expected, 8);
  });

  test("adds the trace norm, which for two tasks has a closed form", () => {
    const config = { distance: "trace", strength: 1 };
    const example = traceExample("soft", { training: true, config });
    const feeds = exampleFeeds(example);
    let expected = 0;
    for (const l of [0, 1]) {
      const [a, b] = ["a", "b"].map((t) => feeds[`column.${t}.${l}.linear.weight`]);
      const dot = (u: Float64Array, v: Float64Array) => u.reduce((s, x, i) => s + x * v[i], 0);
      // (σ₁ + σ₂)² = tr A + 2 √det A
      const determinant = dot(a, a) * dot(b, b) - dot(a, b) ** 2;
      expected += Math.sqrt(dot(a, a) + dot(b, b) + 2 * Math.sqrt(determinant));
    }
    expect(penaltyOf(example, feeds) / expected).toBeCloseTo(1, 3);
  });

  test.each([
    ["equal rows", [1, 2, 3, 1, 2, 3], Math.sqrt(28)],
    ["orthogonal rows", [3, 0, 0, 0, 4, 0], 7],
    ["one row of zeros", [3, 0, 4, 0, 0, 0], 5],
  ])("takes the trace norm of %s", (_, numbers, expected) => {
    const graph = new Graph();
    const w = graph.input("w", [2, 3]);
    const norm = traceNorm([w]);
    const [[value], gradient] = compileJs([norm, grad(norm, [w])[0]]).run({ w: numbers });
    expect(value / expected).toBeGreaterThan(1);
    expect(value / expected).toBeLessThan(1.005);
    // ⟨∇, W⟩ is the norm itself, as the norm grows with its argument.
    const inner = gradient.reduce((sum, g, i) => sum + g * numbers[i], 0);
    expect(inner / expected).toBeCloseTo(1, 2);
  });

  test("adds nothing for one task, and nothing outside training", () => {
    expect(traceExample("soft", { tasks: 1, training: true }).builder.penalties).toEqual([]);
    expect(traceExample("soft", { tasks: 2 }).builder.penalties).toEqual([]);
  });
});

describe("DSelect-k", () => {
  /** The shares of experts, read off constant experts. */
  const weightsOf = (experts: number, select: number, scale: number) => {
    const config = { experts, select };
    const example = traceExample("dselectK", { tasks: 1, config, trunk: [experts] });
    const feeds = exampleFeeds(example);
    for (let e = 0; e < experts; e++) {
      feeds[`expert.${e}.0.linear.weight`].fill(0);
      const bias = feeds[`expert.${e}.0.linear.bias`];
      // tanh(atanh ½) makes expert e answer ½ in place e alone.
      bias.fill(0);
      bias[e] = Math.atanh(0.5);
    }
    for (const key of Object.keys(feeds).filter((k) => k.includes("gate.a.bits")))
      feeds[key] = feeds[key].map((v) => v * scale);
    const [shares] = compileJs(example.representations).run(feeds);
    return Array.from({ length: 6 }, (_, row) =>
      Array.from(shares.subarray(row * experts, (row + 1) * experts), (v) => 2 * v),
    );
  };

  test.each([
    [4, 2],
    [5, 2],
    [7, 3],
    [8, 1],
  ])("of %i experts selects at most %i once its bits are decided", (experts, select) => {
    for (const row of weightsOf(experts, select, 1e4)) {
      expect(row.filter((w) => w > 1e-9).length).toBeLessThanOrEqual(select);
      expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
    }
    for (const row of weightsOf(experts, select, 0.01)) {
      expect(row.filter((w) => w > 1e-9).length).toBe(experts);
      expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
    }
  });

  test("may choose once for a task", () => {
    const config = { experts: 3, select: 2, gate: "task" };
    const example = traceExample("dselectK", { config });
    const feeds = exampleFeeds(example);
    const bits = [..."ab"].map((t) => feeds[`gate.${t}.bits`]);
    // The first bit counts 1 and the second 2: experts 2 and 1, and 0 and 3, which stands for 0.
    bits[0].set([-1, 1, 1, -1]);
    bits[1].set([-1, -1, 1, 1]);
    feeds["gate.a.shares"] = Float64Array.of(0, Math.log(3));
    const experts = [0, 1, 2].map((e) => {
      const own = renamed(feeds, `expert.${e}.`, "trunk.");
      return compileJs(traceExample("hard", { tasks: 1 }).representations).run(own)[0];
    });
    const [a, b] = compileJs(example.representations).run(feeds);
    const expected = experts[1].map((v, i) => 0.75 * v + 0.25 * experts[2][i]);
    expectEqual([a, b], [expected, experts[0]]);
  });

  test("pays for undecided bits only", () => {
    const config = { experts: 4, select: 1, gate: "task", entropy: 1 };
    const example = traceExample("dselectK", { tasks: 1, training: true, config });
    const feeds = exampleFeeds(example);
    feeds["gate.a.bits"] = Float64Array.of(0, 0);
    expect(penaltyOf(example, feeds)).toBeCloseTo(Math.log(4), 9);
    feeds["gate.a.bits"] = Float64Array.of(-9, 9);
    expect(penaltyOf(example, feeds)).toBeCloseTo(0, 9);
  });
});

describe("learning to branch", () => {
  test("takes the likeliest branches outside training", () => {
    const example = traceExample("learningToBranch", { config: { branches: 2 } });
    const feeds = exampleFeeds(example);
    feeds["choice.1"] = Float64Array.of(0, 1, 0, 1);
    feeds["choice.tasks"] = Float64Array.of(2, 1, 0, 3);
    const [a, b] = rawOf(example, feeds);
    const hard = traceExample("hard");
    // Both branches of layer 1 read branch 1 of layer 0; task a takes branch 0, task b branch 1.
    for (const [task, branch, found] of [
      ["a", 0, a],
      ["b", 1, b],
    ] as const) {
      const own = renamed(
        renamed(feeds, "branch.1.0.", "trunk.0."),
        `branch.${branch}.1.`,
        "trunk.1.",
      );
      const expected = compileJs([hard.raw[task]]).run(own);
      expectEqual([found], expected);
    }
  });

  test("draws Gumbel noise that cools as training goes on", () => {
    const config = { branches: 2, temperature: { start: 4, end: 0.25 } };
    const example = traceExample("learningToBranch", {
      training: true,
      config,
      tasks: 1,
      trunk: [3],
    });
    const feeds = exampleFeeds(example);
    const [noise] = example.builder.masks;
    const [u, v] = [0.3, 0.8];
    feeds[noise.name] = Float64Array.of(u, v);
    feeds["choice.tasks"] = Float64Array.of(0.5, -0.5);
    const gumbel = (p: number) => -Math.log(-Math.log(p));
    const branches = [0, 1].map((b) => {
      const own = renamed(feeds, `branch.${b}.`, "trunk.");
      return compileJs(traceExample("hard", { tasks: 1, trunk: [3] }).representations).run(own)[0];
    });
    for (const [progress, temperature] of [
      [0, 4],
      [0.5, 1],
      [1, 0.25],
    ]) {
      feeds.progress = Float64Array.of(progress);
      const share = sigmoid((0.5 + gumbel(u) - (-0.5 + gumbel(v))) / temperature);
      const expected = branches[0].map((x, i) => share * x + (1 - share) * branches[1][i]);
      expectEqual(compileJs(example.representations).run(feeds), [expected]);
    }
  });
});

describe("AITM", () => {
  test("leaves the first of its chain, and tasks outside of it, alone", () => {
    const example = traceExample("aitm", { tasks: 3, config: { chain: ["b", "a"] } });
    const feeds = exampleFeeds(example);
    let own = feeds;
    for (const t of ["a", "b", "c"]) own = renamed(own, `trunk.${t}.`, `column.${t}.`);
    const [a, b, c] = rawOf(example, feeds);
    const alone = rawOf(traceExample("soft", { tasks: 3 }), own);
    expectEqual([b, c], [alone[1], alone[2]]);
    expect(Math.abs(a[0] - alone[0][0])).toBeGreaterThan(1e-6);
  });

  test("pays where a task is likelier than the one before it", () => {
    const config = { calibration: 0.5 };
    const example = traceExample("aitm", { training: true, config });
    const feeds = exampleFeeds(example);
    const [a, b] = rawOf(example, feeds).map((r) => r.map(sigmoid));
    const excess = b.map((p, i) => Math.max(0, p - a[i]));
    expect(excess.some((e) => e > 0)).toBe(true);
    const mean = excess.reduce((s, e) => s + e, 0) / excess.length;
    expect(penaltyOf(example, feeds)).toBeCloseTo(0.5 * mean, 10);
  });
});

describe("task dependency", () => {
  const dependsOn = { a: ["b"] };

  test("feeds probabilities to the tower", () => {
    const example = traceExample("taskDependency", { config: { dependsOn } });
    const feeds = exampleFeeds(example);
    const [representation, b] = compileJs([example.representations[0], example.raw.b]).run(feeds);
    for (let row = 0; row < 6; row++)
      expect(representation[row * 5 + 4]).toBeCloseTo(sigmoid(b[row]), 12);
  });

  test.each([true, false])("with stopGradient %s passes gradients on or not", (stopGradient) => {
    const config = { dependsOn, stopGradient };
    const { builder, raw, ...rest } = traceExample("taskDependency", { config, training: true });
    const bias = builder.graph.input("head.b.bias", [1]);
    const feeds = exampleFeeds({ builder, raw, ...rest });
    const [gradient] = compileJs(grad(raw.a.sum(), [bias])).run(feeds);
    expect(gradient[0] === 0).toBe(stopGradient);
  });

  test("orders tasks and names what is wrong", () => {
    const tasks = ["a", "b", "c"].map((name) => ({ name, kind: "binary" }));
    const order = (d: Record<string, string[]>) => dependencyOrder(tasks, d).map((t) => t.name);
    expect(order({})).toEqual(["a", "b", "c"]);
    expect(order({ a: ["c"], c: ["b", "b"] })).toEqual(["b", "c", "a"]);
    expect(() => order({ a: ["b"], b: ["c"], c: ["b"] })).toThrow(
      "learner.sharing.dependsOn: tasks that do not wait for one another; got the cycle b → c → b",
    );
    expect(() => order({ a: ["a"] })).toThrow("the cycle a → a");
    expect(() => order({ a: ["x"] })).toThrow('names of tasks ("a", "b", "c"); got "x"');
    expect(() => order({ toString: ["a"] })).toThrow('got "toString"');
  });
});
