import { describe, expect, test } from "vitest";
import { checkGradient } from "../compiler/check.ts";
import { grad } from "../compiler/grad.ts";
import { compileJs } from "../compiler/js/run.ts";
import { OnnxBuilder } from "../compiler/onnx/builder.ts";
import { emitTensors } from "../compiler/onnx/emit.ts";
import { createSession } from "../compiler/onnx/session/session.ts";
import { Random } from "../core/random.ts";
import { references } from "../core/references.ts";
import { sizeOf } from "../core/shape.ts";
import { type Example, type ExampleOptions, exampleFeeds, rawOf, traceExample } from "./example.ts";
import type { Sharing } from "./sharing.ts";
import { type SharingName, sharingAliases, sharings } from "./sharings.ts";

const [D, H1, H2] = [5, 6, 4];
const affine = (inputs: number, outputs: number) => inputs * outputs + outputs;
const trunk = (inputs = D) => affine(inputs, H1) + affine(H1, H2);

interface Setting {
  readonly config?: (tasks: number) => ExampleOptions["config"];
  /** Parameters without heads, and what a head reads where that is not the last layer. */
  readonly parameters: (tasks: number) => number;
  readonly widths?: (tasks: number) => readonly number[];
  /** Whether a training step differs from evaluation. */
  readonly random?: true;
}

const gates = (inputs: number, experts: number) => (experts > 1 ? inputs * experts : 0);
const chosen = (children: number, parents: number) => (parents > 1 ? children * parents : 0);

const settings: Readonly<Record<SharingName, Setting>> = {
  hard: { parameters: () => trunk() },
  soft: { parameters: (k) => k * trunk() },
  crossStitch: { parameters: (k) => k * trunk() + (k > 1 ? 2 * k * k : 0) },
  sluice: {
    config: () => ({ subspaces: 2 }),
    parameters: (k) => k * trunk() + 2 * (2 * k) ** 2,
  },
  mmoe: { config: () => ({ experts: 3 }), parameters: (k) => 3 * trunk() + k * D * 3 },
  cgc: {
    config: () => ({ taskExperts: 1, sharedExperts: 2 }),
    parameters: (k) => (k + 2) * trunk() + k * gates(D, 3),
  },
  ple: {
    config: () => ({ levels: 2, taskExperts: 2, sharedExperts: 1 }),
    parameters: (k) =>
      (2 * k + 1) * (trunk() + trunk(H2)) + k * (gates(D, 3) + gates(H2, 3)) + gates(D, 2 * k + 1),
  },
  dselectK: {
    config: () => ({ experts: 3, select: 2 }),
    parameters: (k) => 3 * trunk() + k * (D * 2 * 2 + D * 2),
  },
  mtan: {
    config: () => ({ reduction: 2 }),
    parameters: (k) =>
      trunk() +
      k * (affine(D, 3) + affine(3, H1) + affine(2 * H1, 2) + affine(2, H2)) +
      affine(H1, H1),
  },
  learningToBranch: {
    config: () => ({ branches: 3 }),
    parameters: (k) => 3 * trunk() + chosen(3, 3) + chosen(k, 3),
    random: true,
  },
  esmm: { parameters: (k) => k * trunk() },
  aitm: { parameters: (k) => k * trunk() + (k - 1) * (affine(H2, H2) + 3 * H2 * H2) },
  taskDependency: {
    config: (k) => ({ dependsOn: k > 1 ? { b: ["a"] } : {}, stopGradient: false }),
    parameters: () => trunk(),
    widths: (k) => Array.from({ length: k }, (_, i) => (i === 1 ? H2 + 1 : H2)),
  },
};

const count = ({ builder }: Example) =>
  [...builder.parameters.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0);

describe.each(Object.keys(sharings) as SharingName[])("sharing %s", (name) => {
  const sharing: Sharing = sharings[name];
  const { config, parameters, widths, random } = settings[name];
  const trace = (tasks: number, options: ExampleOptions = {}) =>
    traceExample(name, { tasks, config: config?.(tasks), ...options });

  test("names itself, its papers and every option", () => {
    expect(sharing.name).toBe(name);
    for (const key of sharing.cite ?? []) expect(Object.keys(references)).toContain(key);
    expect(sharing.config.parse({})).toBeTypeOf("object");
    expect(() => sharing.config.parse({ nonsense: 1 })).toThrow();
  });

  test.each([1, 2, 3, 4])("of %i tasks has the shapes and parameters it says", (tasks) => {
    for (const training of [true, false]) {
      const example = trace(tasks, { training });
      const expected = widths?.(tasks) ?? new Array(tasks).fill(H2);
      expect(example.representations.map((r) => r.shape)).toEqual(expected.map((w) => [6, w]));
      expect(Object.values(example.raw).map((r) => r.shape)).toEqual(expected.map(() => [6, 1]));
      const heads = expected.reduce((sum, w) => sum + affine(w, 1), 0);
      expect(count(example)).toBe(parameters(tasks) + heads);
    }
  });

  test.each([1, 2, 3, 4])("of %i tasks leaves no parameter without a gradient", (tasks) => {
    const example = trace(tasks, { training: true });
    const { builder, loss } = example;
    const specs = [...builder.parameters.values()];
    const inputs = specs.map((s) => builder.graph.input(s.name, s.shape));
    const gradients = compileJs(grad(loss, inputs)).run(exampleFeeds(example));
    const dead = specs.filter((_, i) => gradients[i].every((g) => Math.abs(g) < 1e-9));
    expect(dead.map((s) => s.name)).toEqual([]);
  });

  test("has the gradient that differences estimate", () => {
    const example = trace(2, { training: true, trunk: [4, 2], rows: 3 });
    const { builder, loss } = example;
    const inputs = [...builder.parameters.values()].map((s) =>
      builder.graph.input(s.name, s.shape),
    );
    const feeds = exampleFeeds(example, { rows: 3 });
    expect(checkGradient(loss, inputs, feeds, Random.from(1)).relative).toBeLessThan(1e-6);
  });

  test("computes the same in training and evaluation unless it draws", () => {
    const [training, evaluation] = [true, false].map((t) => trace(3, { training: t }));
    expect(evaluation.builder.masks).toEqual([]);
    expect(evaluation.builder.penalties).toEqual([]);
    const names = ({ builder }: Example) => [...builder.parameters.keys()].sort();
    expect(names(evaluation)).toEqual(names(training));
    const same = rawOf(training).every((v, i) =>
      v.every((x, j) => Math.abs(x - rawOf(evaluation)[i][j]) < 1e-12),
    );
    expect(same).toBe(random !== true);
    expect(training.builder.masks.length > 0).toBe(random === true);
  });

  test("exports with any number of rows", async () => {
    const rows = { here: 5, there: 7 };
    const [here, there] = [rows.here, rows.there].map((r) => trace(3, { rows: r }));
    const onnx = new OnnxBuilder({ name: "sharing" });
    const feeds = exampleFeeds(here, { rows: 3 });
    const inputs: Record<string, string> = { x: onnx.input("x", "float32", ["rows", D]) };
    for (const { name: p, shape } of here.builder.parameters.values())
      inputs[p] = onnx.initializer(p, "float32", shape, Float32Array.from(feeds[p]));
    const outputs = emitTensors(onnx, Object.values(here.raw), {
      target: "export",
      inputs,
      twin: Object.values(there.raw),
      rows: { ...rows, input: "x" },
    });
    outputs.forEach((value, i) => {
      onnx.node("Identity", [value], { outputs: [`raw/${i}`] });
      onnx.output(`raw/${i}`, "float32", ["rows", 1]);
    });
    const session = await createSession(onnx.toBytes(), { threads: 1 });
    try {
      const data = Float32Array.from(feeds.x);
      const got = await session.run({ x: { dtype: "float32", dims: [3, D], data } });
      const expected = rawOf(trace(3, { rows: 3 }), { ...feeds, x: Float64Array.from(data) });
      expected.forEach((values, i) => {
        const found = got[`raw/${i}`];
        expect(found.dims).toEqual([3, 1]);
        values.forEach((v, j) => {
          expect((found.data as Float32Array)[j]).toBeCloseTo(v, 5);
        });
      });
    } finally {
      await session.dispose();
    }
  });
});

test("spellings of other libraries name sharings", () => {
  for (const name of Object.values(sharingAliases)) expect(Object.keys(sharings)).toContain(name);
  const libmtl = ["HPS", "Cross_stitch", "MMoE", "MTAN", "CGC", "PLE", "LTB", "DSelect_k"];
  expect(Object.keys(sharingAliases)).toEqual(expect.arrayContaining(libmtl));
});
