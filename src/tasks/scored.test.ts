import { describe, expect, it } from "vitest";
import { Random } from "../core/random.ts";
import { tableFromRows } from "../data/from-rows.ts";
import type { Detail } from "./detail.ts";
import { MemoryScratch } from "./metrics/fixtures/scratch.ts";
import { detailScored, evaluateScored, heldScores, type ScoredRows } from "./scored.ts";
import type { Evaluation, Outputs, TaskKind } from "./task.ts";
import { taskKinds } from "./tasks.ts";

const rows = 800;
const random = Random.from(5, "scored");
const missing = (i: number) => i % 9 === 0;

interface Example {
  readonly labels: readonly unknown[];
  outputs(): Record<string, Float32Array>;
}

const numbers = (width: number, draw: () => number) =>
  Float32Array.from({ length: rows * width }, draw);
function shares(classes: number): Float32Array {
  const all = numbers(classes, () => random.uniform() ** 3);
  for (let row = 0; row < rows; row++) {
    const own = all.subarray(row * classes, (row + 1) * classes);
    const sum = own.reduce((a, b) => a + b, 0);
    own.forEach((x, c) => {
      own[c] = x / sum;
    });
  }
  return all;
}

const examples: Record<string, Example> = {
  regression: {
    labels: Array.from({ length: rows }, () => Math.round(4 * random.normal())),
    outputs: () => ({ value: numbers(1, () => random.normal()) }),
  },
  count: {
    labels: Array.from({ length: rows }, () => random.integer(6)),
    outputs: () => ({ value: numbers(1, () => 0.1 + 3 * random.uniform()) }),
  },
  binary: {
    labels: Array.from({ length: rows }, () => random.integer(3) === 0),
    // Rounded, so that scores are tied.
    outputs: () => ({ probability: numbers(1, () => random.integer(40) / 40) }),
  },
  multiclass: {
    labels: Array.from({ length: rows }, () => "abcdefghi"[random.integer(9)]),
    outputs: () => ({ probabilities: shares(9) }),
  },
  ordinal: {
    labels: Array.from({ length: rows }, () => 1 + random.integer(4)),
    outputs: () => ({ probabilities: shares(4), value: numbers(1, () => random.uniform()) }),
  },
  multilabel: {
    labels: Array.from({ length: rows }, () =>
      ["x", "y", "z"].filter(() => random.uniform() < 0.4),
    ),
    outputs: () => ({ probabilities: numbers(3, () => random.uniform()) }),
  },
};

/** The same rows in blocks of 90. */
function inBlocks(scored: ScoredRows, scratch: MemoryScratch): ScoredRows {
  const [{ truth, outputs, weights }] = scored.blocks();
  const part = <T extends { readonly length: number; slice(a: number, b: number): T }>(
    all: T,
    first: number,
  ) => all.slice((all.length / rows) * first, (all.length / rows) * (first + 90));
  return {
    rows,
    scratch,
    *blocks() {
      for (let first = 0; first < rows; first += 90) {
        yield {
          first,
          rows: Math.min(90, rows - first),
          truth: part(truth, first),
          outputs: Object.fromEntries(
            Object.entries(outputs).map(([k, v]) => [k, part(v as Float32Array, first)]),
          ) as Outputs,
          ...(weights && { weights: part(weights, first) }),
        };
      }
    },
  };
}

/** Numbers to nine digits; a scatter is of other rows where it is a sample. */
function rounded(detail: Detail): unknown {
  return JSON.parse(
    JSON.stringify(detail, (_, x) => (typeof x === "number" ? Number(x.toPrecision(9)) : x)),
  );
}

function expectAlike(found: Evaluation["metrics"], expected: Evaluation["metrics"]): void {
  for (const [metric, value] of Object.entries(expected)) {
    const alike = Number.isNaN(value) ? value : expect.closeTo(value, 9);
    expect([metric, found[metric]]).toEqual([metric, alike]);
  }
}

describe.each(Object.entries(examples))("%s in blocks", (name, { labels, outputs }) => {
  const kind = taskKinds[name as keyof typeof taskKinds] as TaskKind;
  const table = tableFromRows(labels.map((y, i) => ({ y: missing(i) ? null : y })));
  const column = table.columns.get("y");
  const learning = kind.learn(kind.options.parse({}), "y");
  if (column) learning.add(column, 0);
  const state = learning.finish();
  const truth = column ? kind.truth(state, column) : new Float64Array(0);
  const weights = Float64Array.from(truth.subarray(0, rows), () => random.integer(4) / 2);

  it.each([
    ["", undefined],
    [", weighted", weights],
  ])("has the metrics and details of rows in memory%s", (_, given) => {
    const held = heldScores(truth, kind.labelWidth(state), outputs(), given);
    const scratch = new MemoryScratch(50);
    const blocks = inBlocks(held, scratch);
    const task = { kind, state };
    const [a, b] = [evaluateScored(task, held), evaluateScored(task, blocks)];
    expect(b.rows).toBe(a.rows);
    expect(b.undefined).toEqual(a.undefined);
    expectAlike(b.metrics, a.metrics);
    expect(rounded(detailScored(task, blocks))).toEqual(rounded(detailScored(task, held)));
    expect(scratch.opened).toBeGreaterThan(0);
    expect(scratch.left).toBe(0);
  });

  it("names the row of a prediction that is no number", () => {
    const broken = outputs();
    const [first] = Object.values(broken);
    first[700 * (first.length / rows)] = Number.NaN;
    const held = heldScores(truth, kind.labelWidth(state), broken);
    const task = { kind, state };
    const reasons = evaluateScored(task, held).undefined;
    expect(Object.values(reasons).join()).toContain("row 701");
    expect(evaluateScored(task, inBlocks(held, new MemoryScratch())).undefined).toEqual(reasons);
  });
});

it("counts classes that were not learned as mistakes", () => {
  const kind = taskKinds.multiclass as TaskKind;
  const state = { task: "y", source: "string", classes: ["a", "b"], counts: [1, 1] };
  const truth = Float64Array.from({ length: rows }, (_, i) => i % 3);
  const held = heldScores(truth, 1, { probabilities: shares(2) });
  const blocks = inBlocks(held, new MemoryScratch(50));
  const [a, b] = [held, blocks].map((scored) => evaluateScored({ kind, state }, scored));
  expect(b.unknown).toBe(a.unknown);
  expect(b.unknown).toBeGreaterThan(200);
  expectAlike(b.metrics, a.metrics);
});

it("gives kinds without metrics in blocks all rows", () => {
  const { inBlocks: _, ...kind } = taskKinds.regression as TaskKind;
  const { labels, outputs } = examples.regression;
  const held = heldScores(
    Float64Array.from(labels as number[]),
    1,
    outputs(),
    new Float64Array(rows).fill(1),
  );
  const state = {};
  const blocks = inBlocks(held, new MemoryScratch());
  expect(evaluateScored({ kind, state }, blocks)).toEqual(evaluateScored({ kind, state }, held));
});
