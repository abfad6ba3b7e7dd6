import { describe, expect, test } from "vitest";
import { grad } from "../compiler/grad.ts";
import { compileJs } from "../compiler/js/run.ts";
import { ConfigError } from "../core/errors.ts";
import {
  type Example,
  type ExampleOptions,
  exampleFeeds,
  traceExample,
  valuesOf,
} from "./example.ts";
import type { FusionName } from "./fusions.ts";

type Feeds = Record<string, Float64Array>;

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const identity = (n: number) =>
  Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, digits = 10): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) expect(actual[i]).toBeCloseTo(expected[i], digits);
}

/** An example whose projections are the identity. */
function plain(name: FusionName, options: ExampleOptions): { example: Example; feeds: Feeds } {
  const example = traceExample(name, options);
  const feeds = exampleFeeds(example);
  for (const { name: key, shape } of example.builder.parameters.values()) {
    if (!key.startsWith("project.")) continue;
    feeds[key] = key.endsWith("weight") ? identity(shape[0]) : new Float64Array(shape[0]);
  }
  return { example, feeds };
}

/** Element by element over parts a, b, … of one width. */
const over = (feeds: Feeds, names: string, f: (values: readonly number[]) => number) =>
  feeds["a.features"].map((_, i) => f([...names].map((n) => feeds[`${n}.features`][i])));

describe("with identity projections", () => {
  const widths = [3, 3, 3];
  const sum = (v: readonly number[]) => v.reduce((a, b) => a + b, 0);

  test.each<[FusionName, (values: readonly number[]) => number]>([
    ["sum", sum],
    ["mean", (v) => sum(v) / v.length],
    ["max", (v) => Math.max(...v)],
    ["product", (v) => v.reduce((a, b) => a * b, 1)],
  ])("%s is that of the features, over the parts that are there", (name, f) => {
    const { example, feeds } = plain(name, { widths });
    expectClose(valuesOf(example.fused, feeds), over(feeds, "abc", f));
    feeds["b.present"].fill(0);
    // A sum counts the vector that stands for an absent part.
    const counted = name === "sum" ? "abc" : "ac";
    expectClose(valuesOf(example.fused, feeds), over(feeds, counted, f));
  });

  test("a stack without norms is the concatenation", () => {
    const { example, feeds } = plain("stack", { widths, config: { norm: false } });
    const other = traceExample("concat", { widths });
    expectClose(valuesOf(example.fused, feeds), valuesOf(other.fused, feeds));
  });

  test("an early layer without activation is a projection of the concatenation", () => {
    const config = { size: 9, activation: "none", dropout: 0 };
    const example = traceExample("early", { widths, config });
    const feeds = exampleFeeds(example);
    feeds["joint.0.linear.weight"] = identity(9);
    feeds["joint.0.linear.bias"].fill(0);
    const other = traceExample("concat", { widths });
    expectClose(valuesOf(example.fused, feeds), valuesOf(other.fused, feeds));
  });

  test("tensor fusion holds 1, each feature and all products", () => {
    const { example, feeds } = plain("tensorFusion", { widths: [2, 2], config: { size: 2 } });
    const [a, b] = ["a", "b"].map((n) => feeds[`${n}.features`]);
    const expected = Array.from({ length: 5 }, (_, r) =>
      [1, a[2 * r], a[2 * r + 1]].flatMap((x) => [x, x * b[2 * r], x * b[2 * r + 1]]),
    );
    expectClose(valuesOf(example.fused, feeds), expected.flat());
  });
});

describe("gates", () => {
  test("one part is let through whole", () => {
    const { example, feeds } = plain("gated", { widths: [3] });
    expectClose(valuesOf(example.fused, feeds), feeds["a.features"].map(Math.tanh));
  });

  test.each(["feature", "input"])("without scores, weights by %s are equal", (each) => {
    const config = { each };
    const { example, feeds } = plain("gated", { widths: [3, 3, 3], config });
    feeds["gate.weight"].fill(0);
    feeds["gate.bias"].fill(0);
    const meanOf = (names: string) =>
      over(feeds, names, (v) => v.reduce((s, x) => s + Math.tanh(x), 0) / v.length);
    expectClose(valuesOf(example.fused, feeds), meanOf("abc"));
    feeds["c.present"].fill(0);
    expectClose(valuesOf(example.fused, feeds), meanOf("ab"));
  });

  test("of a sigmoid, each lets through what it will", () => {
    const config = { gate: "sigmoid", each: "input" };
    const { example, feeds } = plain("gated", { widths: [3, 3], config });
    feeds["gate.weight"].fill(0);
    feeds["gate.bias"] = Float64Array.of(1, -2);
    const expected = over(
      feeds,
      "ab",
      ([a, b]) => sigmoid(1) * Math.tanh(a) + sigmoid(-2) * Math.tanh(b),
    );
    expectClose(valuesOf(example.fused, feeds), expected);
  });
});

describe("products of features", () => {
  test("low-rank tensor fusion of full rank is a map of the tensor fusion", () => {
    // Of two parts with m + 1 and n + 1 numbers: a term for each product, as pairs of unit factors.
    const [m, n, out] = [2, 3, 2];
    const rank = (m + 1) * (n + 1);
    const widths = [m, n];
    const example = traceExample("lowRankTensor", { widths, config: { size: out, rank } });
    const feeds = exampleFeeds(example);
    const map = exampleFeeds(example, 11)["project.b.weight"].subarray(0, rank * out);
    expect(map.length).toBe(rank * out);
    for (const [part, width] of [
      ["a", m],
      ["b", n],
    ] as const) {
      feeds[`project.${part}.weight`] = new Float64Array(width * rank * out);
      feeds[`project.${part}.bias`] = new Float64Array(rank * out);
    }
    /** The factor of [x; 1] in a term: place `width` is the 1. */
    const setFactor = (part: string, width: number, place: number, at: number, value: number) => {
      if (place === width) feeds[`project.${part}.bias`][at] = value;
      else feeds[`project.${part}.weight`][place * rank * out + at] = value;
    };
    for (let i = 0; i <= m; i++)
      for (let j = 0; j <= n; j++)
        for (let o = 0; o < out; o++) {
          const at = (i * (n + 1) + j) * out + o;
          setFactor("a", m, i, at, map[at]);
          setFactor("b", n, j, at, 1);
        }
    feeds.weights.fill(1);
    feeds.bias.fill(0);
    const [a, b] = ["a", "b"].map((p) => feeds[`${p}.features`]);
    const expected: number[] = [];
    for (let r = 0; r < 5; r++) {
      const left = [...a.subarray(r * m, (r + 1) * m), 1];
      const right = [...b.subarray(r * n, (r + 1) * n), 1];
      for (let o = 0; o < out; o++) {
        let total = 0;
        left.forEach((x, i) => {
          right.forEach((y, j) => {
            total += x * y * map[(i * (n + 1) + j) * out + o];
          });
        });
        expected.push(total);
      }
    }
    expectClose(valuesOf(example.fused, feeds), expected);
  });

  test("multiplicative interactions by matrix are the bilinear form", () => {
    const [m, n, out] = [2, 3, 2];
    const config = { size: out, form: "matrix" };
    const example = traceExample("multiplicative", { widths: [m, n], config });
    const feeds = exampleFeeds(example);
    const w = (key: string) => feeds[`with.b.${key}`];
    const expected: number[] = [];
    for (let r = 0; r < 5; r++)
      for (let o = 0; o < out; o++) {
        let total = w("shift.bias")[o];
        for (let i = 0; i < m; i++)
          total += feeds["a.features"][r * m + i] * w("shift.weight")[i * out + o];
        for (let j = 0; j < n; j++) {
          let map = w("map.bias")[j * out + o] + w("project.weight")[j * out + o];
          for (let i = 0; i < m; i++)
            map += feeds["a.features"][r * m + i] * w("map.weight")[(i * n + j) * out + o];
          total += feeds["b.features"][r * n + j] * map;
        }
        expected.push(total);
      }
    expectClose(valuesOf(example.fused, feeds), expected);
  });

  test("a modulation without condition leaves the others as they are", () => {
    const { example, feeds } = plain("film", { widths: [3, 3], config: { condition: "b" } });
    feeds["condition.a.weight"].fill(0);
    feeds["condition.a.bias"].fill(0);
    expectClose(valuesOf(example.fused, feeds), feeds["a.features"]);
    feeds["condition.a.bias"] = Float64Array.of(1, 1, 1, 0.5, 0.5, 0.5);
    expectClose(
      valuesOf(example.fused, feeds),
      feeds["a.features"].map((v) => 2 * v + 0.5),
    );
  });

  test("a hypernetwork that makes the identity doubles its input", () => {
    const { example, feeds } = plain("hypernetwork", { widths: [2, 3], config: { size: 3 } });
    feeds["project.bias"] = new Float64Array(3);
    feeds["weights.weight"].fill(0);
    feeds["weights.bias"] = identity(3);
    feeds["biases.weight"].fill(0);
    feeds["biases.bias"].fill(0);
    expectClose(
      valuesOf(example.fused, feeds),
      feeds["b.features"].map((v) => 2 * v),
    );
  });
});

describe("attention", () => {
  const token = { size: 4, tokens: 2, heads: 2, dropout: 0 };

  test("non-local gate adds the mean of others where all look alike", () => {
    const example = traceExample("nlGate", { widths: [3, 3], config: { tokens: 2, size: 4 } });
    const feeds = exampleFeeds(example);
    feeds["key.b.weight"].fill(0);
    feeds["key.b.bias"].fill(0);
    const own = valuesOf(example.fused, { ...feeds, "b.present": new Float64Array(5) });
    const [value] = [feeds["value.b.bias"]];
    feeds["value.b.weight"].fill(0);
    const expected = own.map((v, i) => v + (value[i % 4] + value[4 + (i % 4)]) / 2);
    expectClose(valuesOf(example.fused, feeds), expected);
  });

  test.each(["transformer", "perceiver", "bottleneck"] as const)(
    "%s of a row whose other part is absent is that of one part",
    (name) => {
      const two = traceExample(name, { widths: [3, 2], config: token });
      const feeds = exampleFeeds(two);
      feeds["b.present"].fill(0);
      const one = traceExample(name, { widths: [3], config: token });
      expectClose(valuesOf(two.fused, feeds), valuesOf(one.fused, feeds));
    },
  );

  test("bottlenecks are the only way between parts", () => {
    // Without what the first layer's shared tokens learn, a part's tokens never depend on another.
    const example = traceExample("bottleneck", { widths: [3, 2], config: token });
    const feeds = exampleFeeds(example);
    const moved = { ...feeds, "b.features": feeds["b.features"].map((v) => v + 1) };
    const weigh = (f: Feeds) => {
      const ownOnly = { ...f };
      for (const key of Object.keys(f))
        if (/^layer\.0\.b\..*(out)\./.test(key)) ownOnly[key] = new Float64Array(f[key].length);
      // The result of part b is silenced too.
      for (const key of ["norm.b.scale", "norm.b.shift"])
        ownOnly[key] = new Float64Array(f[key].length);
      return valuesOf(example.fused, ownOnly);
    };
    expectClose(weigh(moved), weigh(feeds));
    expect(valuesOf(example.fused, moved)).not.toEqual(valuesOf(example.fused, feeds));
  });
});

describe("product of experts", () => {
  test("one expert is drawn to the prior by its precision", () => {
    const example = traceExample("productOfExperts", { widths: [3], config: { size: 2 } });
    const feeds = exampleFeeds(example);
    feeds["project.a.weight"].fill(0);
    feeds["project.a.bias"] = Float64Array.of(1.5, -0.5, Math.log(3), Math.log(1));
    expectClose(valuesOf(example.fused, feeds).subarray(0, 2), [
      (1.5 * 3) / (3 + 1),
      (-0.5 * 1) / (1 + 1),
    ]);
    feeds["project.a.bias"] = Float64Array.of(1.5, -0.5, 10, 10);
    expectClose(valuesOf(example.fused, feeds).subarray(0, 2), [1.5, -0.5], 3);
  });

  test("draws with the spread it says, and pays the divergence from the prior", () => {
    const rows = 4000;
    const config = { size: 1, divergence: 2 };
    const options = { widths: [1, 1], config, rows, training: true };
    const example = traceExample("productOfExperts", options);
    const feeds = exampleFeeds(example);
    for (const p of ["a", "b"]) feeds[`project.${p}.weight`].fill(0);
    feeds["project.a.bias"] = Float64Array.of(1, Math.log(2));
    feeds["project.b.bias"] = Float64Array.of(-2, Math.log(5));
    const [mean, variance] = [(1 * 2 - 2 * 5) / 8, 1 / 8];
    const drawn = valuesOf(example.fused, feeds);
    const average = drawn.reduce((a, b) => a + b) / rows;
    const spread = drawn.reduce((s, v) => s + (v - average) ** 2, 0) / rows;
    // Five standard errors of a mean and of a variance.
    expect(Math.abs(average - mean)).toBeLessThan(5 * Math.sqrt(variance / rows));
    expect(Math.abs(spread - variance)).toBeLessThan(5 * variance * Math.sqrt(2 / rows));
    const divergence = 0.5 * (mean ** 2 + variance - 1 - Math.log(variance));
    expectClose(valuesOf(example.builder.penalties[0], feeds), [2 * divergence]);
  });

  test("without draws is the same in training", () => {
    const config = { size: 2, sample: false };
    const [training, evaluation] = [true, false].map((t) =>
      traceExample("productOfExperts", { config, training: t }),
    );
    expect(training.builder.masks).toEqual([]);
    const feeds = exampleFeeds(training);
    expectClose(valuesOf(training.raw, feeds), valuesOf(evaluation.raw, feeds));
  });
});

describe("decisions", () => {
  const widths = [3, 2];
  /** Raw outputs of each part's heads: a row of yes, kind ×3, much. */
  const decisionsOf = (feeds: Feeds) =>
    ["a", "b"].map((p) => {
      const x = feeds[`${p}.features`];
      const width = x.length / 5;
      return ["yes", "kind", "much"].flatMap((task) => {
        const w = feeds[`head.${p}.${task}.weight`];
        return [...feeds[`head.${p}.${task}.bias`]].map((bias, o, { length }) => {
          let total = bias;
          for (let i = 0; i < width; i++) total += x[i] * w[i * length + o];
          return total;
        });
      });
    });
  const softmax = (v: readonly number[]) => {
    const e = v.map(Math.exp);
    const sum = e.reduce((a, b) => a + b);
    return e.map((x) => x / sum);
  };

  test("averages probabilities and numbers", () => {
    const example = traceExample("lateAverage", { widths });
    const feeds = exampleFeeds(example);
    const [a, b] = decisionsOf(feeds);
    const [yes, ...rest] = valuesOf(example.raw, feeds);
    expectClose([sigmoid(yes)], [(sigmoid(a[0]) + sigmoid(b[0])) / 2]);
    const [p, q] = [softmax(a.slice(1, 4)), softmax(b.slice(1, 4))];
    expectClose(
      rest.slice(0, 3).map(Math.exp),
      p.map((x, i) => (x + q[i]) / 2),
    );
    expectClose([rest[3]], [(a[4] + b[4]) / 2]);
  });

  test("multiplies odds over the prior, and averages numbers", () => {
    const example = traceExample("lateProduct", { widths });
    const feeds = exampleFeeds(example);
    const [a, b] = decisionsOf(feeds);
    const row = valuesOf(example.raw, feeds).subarray(0, 5);
    expectClose([row[0]], [a[0] + b[0] + 0.5]);
    const prior = softmax([-1.2, -0.9, -1.6]);
    const [p, q] = [softmax(a.slice(1, 4)), softmax(b.slice(1, 4))];
    const products = p.map((x, i) => (x * q[i]) / prior[i]);
    const total = products.reduce((s, x) => s + x);
    expectClose(
      softmax([...row.subarray(1, 4)]),
      products.map((x) => x / total),
    );
    expectClose([row[4]], [(a[4] + b[4]) / 2]);
  });

  test.each(["lateAverage", "lateProduct"] as const)(
    "%s of a row with one part there is that part's",
    (name) => {
      const example = traceExample(name, { widths });
      const feeds = exampleFeeds(example);
      feeds["a.present"].fill(0);
      const [, b] = decisionsOf(feeds);
      const row = valuesOf(example.raw, feeds).subarray(0, 5);
      expectClose([row[0], row[4]], [b[0], b[4]]);
      expectClose(softmax([...row.subarray(1, 4)]), softmax(b.slice(1, 4)));
    },
  );

  test("averages stay finite where parts are sure, and so do their gradients", () => {
    const example = traceExample("lateAverage", { widths });
    const feeds = exampleFeeds(example);
    feeds["head.a.yes.bias"].fill(500);
    feeds["head.b.yes.bias"].fill(-500);
    const { builder, loss } = example;
    const bias = builder.graph.input("head.a.yes.bias", [1]);
    const [raw, gradient] = compileJs([example.raw, ...grad(loss, [bias])]).run(feeds);
    expect(Math.abs(raw[0])).toBeLessThan(20);
    expect(Number.isFinite(gradient[0])).toBe(true);
  });

  test("stacking starts as the mean of raw outputs", () => {
    const example = traceExample("lateStack", { widths });
    const feeds = exampleFeeds(example);
    for (const { name, shape, initialize } of example.builder.parameters.values()) {
      if (name.startsWith("head.")) continue;
      const start = new Float32Array(shape[0] * shape[1]);
      initialize(start, shape, undefined as never);
      feeds[name] = Float64Array.from(start);
    }
    const [a, b] = decisionsOf(feeds);
    expectClose(
      valuesOf(example.raw, feeds).subarray(0, 5),
      a.map((v, i) => (v + b[i]) / 2),
    );
  });
});

describe("options that cannot be are refused", () => {
  test.each<[string, FusionName, ExampleOptions, string]>([
    [
      "an unknown condition",
      "film",
      { config: { condition: "photo" } },
      'learner.fusion.condition: the name of an input that is fused ("a", "b"); got "photo"',
    ],
    ["an unknown query", "nlGate", { config: { query: "z" } }, "learner.fusion.query: "],
    ["another", "hypernetwork", { config: { condition: "z" } }, "learner.fusion.condition: "],
    [
      "heads that do not divide",
      "transformer",
      { config: { size: 6, heads: 4 } },
      "learner.fusion.heads: a number that divides size, 6; got 4",
    ],
    [
      "too many products",
      "tensorFusion",
      { widths: [2, 2, 2, 2], config: { size: 16 } },
      "learner.fusion.size: at most 65536 products, (size + 1)^inputs, for 4 inputs; got 83521",
    ],
    [
      "too many weights",
      "multiplicative",
      { widths: [512, 512], config: { form: "matrix" } },
      "learner.fusion.form: at most 16777216 weights of a pair of inputs; got 134217728",
    ],
  ])("%s", (_, name, options, message) => {
    expect(() => traceExample(name, options)).toThrow(ConfigError);
    expect(() => traceExample(name, options)).toThrow(message);
  });

  test("sizes out of range", () => {
    expect(() => traceExample("hypernetwork", { config: { size: 129 } })).toThrow();
    expect(() => traceExample("bottleneck", { config: { layers: 1 } })).toThrow();
  });
});
