import { describe, expect, it } from "vitest";
import { Random } from "../core/random.ts";
import { tableFromRows } from "../data/from-rows.ts";
import { heldScores } from "../tasks/scored.ts";
import type { TaskKind } from "../tasks/task.ts";
import { taskKinds } from "../tasks/tasks.ts";
import { bootstrapInterval } from "./interval.ts";

function task(kind: TaskKind, labels: readonly unknown[]) {
  const column = tableFromRows(labels.map((y) => ({ y }))).columns.get("y");
  if (!column) throw new Error("a column");
  const learning = kind.learn(kind.options.parse({}), "y");
  learning.add(column, 0);
  const state = learning.finish();
  return { task: { name: "y", kind, state }, truth: kind.truth(state, column) };
}

describe("bootstrapInterval", () => {
  it("has the width that theory gives the root of a mean of squares", () => {
    const random = Random.from(4);
    const labels = Array.from({ length: 400 }, () => random.normal());
    const { task: one, truth } = task(taskKinds.regression as TaskKind, labels);
    const value = Float32Array.from(labels, (y) => y + 0.5 * random.normal());
    const found = bootstrapInterval(one, heldScores(truth, 1, { value }), 7);
    const [low, high] = found ?? [0, 0];
    // The error of an RMSE of n normal errors is σ/√(2n).
    const expected = (2 * 1.96 * 0.5) / Math.sqrt(800);
    expect(high - low).toBeGreaterThan(0.75 * expected);
    expect(high - low).toBeLessThan(1.25 * expected);
    expect(low).toBeLessThan(0.5 + expected);
    expect(high).toBeGreaterThan(0.5 - expected);
    expect(bootstrapInterval(one, heldScores(truth, 1, { value }), 7)).toEqual(found);
    expect(bootstrapInterval(one, heldScores(truth, 1, { value }), 8)).not.toEqual(found);
  });

  it("holds the accuracy of a binomial, missing labels left out", () => {
    const random = Random.from(5);
    const labels = Array.from({ length: 300 }, (_, i) => (i % 3 === 0 ? null : i % 2 === 0));
    const { task: one, truth } = task(taskKinds.binary as TaskKind, labels);
    const probability = Float32Array.from(labels, (y) =>
      random.uniform() < 0.8 === (y === true)
        ? 0.6 + 0.3 * random.uniform()
        : 0.4 * random.uniform(),
    );
    const [low, high] = bootstrapInterval(one, heldScores(truth, 1, { probability }), 1) ?? [0, 0];
    const { rocAuc } = one.kind.evaluate(one.state, truth, { probability }).metrics;
    expect(low).toBeLessThan(rocAuc);
    expect(high).toBeGreaterThan(rocAuc);
    expect(high - low).toBeLessThan(0.2);
  });

  it("is left out where rows are few, or so many that it would take long", () => {
    const few = task(taskKinds.regression as TaskKind, [1, 2, 3, null, 5]);
    const value = new Float32Array(5);
    expect(bootstrapInterval(few.task, heldScores(few.truth, 1, { value }), 1)).toBeUndefined();
    const many = { ...few.task, kind: { ...few.task.kind, outputSize: () => 1e6 } };
    const long = Float64Array.from({ length: 400 }, (_, i) => i);
    expect(
      bootstrapInterval(many, heldScores(long, 1, { value: new Float32Array(400) }), 1),
    ).toBeUndefined();
  });
});
