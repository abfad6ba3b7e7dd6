import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { taskTable } from "../study/fixtures/tables.ts";
import { polytask as polytaskIn } from "./fixtures/recording.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "polytask-study-"));
  writeFileSync(join(dir, "rows.csv"), taskTable("apart", { rows: 60, inputs: 3, tasks: 2 }));
  writeFileSync(
    join(dir, "config.yaml"),
    `data: rows.csv
tasks: { y1: regression, y2: regression }
learner: { type: neural, trunk: { sizes: [2], dropout: 0 } }
training: { epochs: 2, batchSize: 32, threads: 1 }
`,
  );
});
afterAll(() => rmSync(dir, { recursive: true }));

const polytask = (...args: string[]) => polytaskIn(dir, ...args);

describe("polytask compare", () => {
  const args = ["compare", "config.yaml", "--folds", "2", "--seeds", "1", "--jobs", "0"];

  it("prints the JSON that it promises, and leaves a report", async () => {
    const { code, out } = await polytask(...args, "--out", "a", "--json");
    expect(code).toBe(0);
    const found = JSON.parse(out);
    expect(Object.keys(found.tasks)).toEqual(["y1", "y2"]);
    expect(found.tasks.y1).toMatchObject({
      metric: "rmse",
      better: "lower",
      regimes: {
        independent: {
          mean: expect.any(Number),
          low: expect.any(Number),
          high: expect.any(Number),
        },
        multiTask: { mean: expect.any(Number) },
      },
      verdict: expect.stringMatching(/^(helps|no difference|hurts)$/),
      p: expect.any(Number),
    });
    expect(found.deltaM).toEqual(expect.any(Number));
    expect(found.groups.flat().sort()).toEqual(["y1", "y2"]);
    expect(readFileSync(join(dir, "a", "report.html"), "utf8")).toContain("Together or apart");
    expect(JSON.parse(readFileSync(join(dir, "a", "comparison.json"), "utf8"))).toEqual(found);
  }, 60_000);

  it("prints a table and what to do, and does not write over a comparison", async () => {
    const first = await polytask(...args, "--out", "b", "--regimes", "joint");
    expect(first.code).toBe(0);
    expect(first.out).toMatch(/task\s+metric\s+independent\s+multiTask\s+joint\s+verdict\s+p/);
    expect(first.out).toContain("Learning the 2 tasks together");
    const second = await polytask(...args, "--out", "b");
    expect(second.code).toBe(74);
    expect(second.err).toContain("add --resume to go on with this study");
    const again = await polytask(...args, "--out", "b", "--regimes", "joint", "--resume");
    expect(again.out).toBe(first.out);
  }, 60_000);

  it("says what is wrong with its flags", async () => {
    expect((await polytask(...args)).err).toContain("polytask compare: --out DIR; got nothing");
    const regimes = await polytask(...args, "--out", "c", "--regimes", "alone");
    expect(regimes.code).toBe(64);
    expect(regimes.err).toContain("--regimes: names among independent, multiTask");
    const folds = await polytask("compare", "config.yaml", "--out", "c", "--folds", "1");
    expect(folds.code).toBe(65);
    expect(folds.err).toContain("--folds: compare.folds: an integer from 2 to 1000; got 1");
  });
});

describe("polytask tune", () => {
  const args = ["tune", "config.yaml", "--folds", "2", "--jobs", "0"];

  it("searches values and trains what it chose", async () => {
    const { code, out } = await polytask(
      ...args,
      "--out",
      "t",
      "--method",
      "grid",
      "--param",
      "training.optimizer.learningRate=0.05,0.1",
    );
    expect(code).toBe(0);
    expect(out).toMatch(/training\.optimizer\.learningRate\s+improvement\s+±/);
    expect(existsSync(join(dir, "t", "model", "model", "model.onnx"))).toBe(true);
    expect(readFileSync(join(dir, "t", "config.yaml"), "utf8")).toMatch(
      /learningRate: 0\.(05|1)\n/,
    );
  }, 60_000);

  it("searches weights, and prints JSON", async () => {
    const { code, out } = await polytask(
      ...args,
      "--out",
      "w",
      "--weights",
      "--trials",
      "3",
      "--no-refit",
      "--json",
    );
    expect(code).toBe(0);
    const found = JSON.parse(out);
    expect(found.of).toBe("weights");
    expect(found.chosen.y1 + found.chosen.y2).toBeCloseTo(1, 9);
    expect(existsSync(join(dir, "w", "model"))).toBe(false);
  }, 60_000);

  it("wants to know what to search over", async () => {
    const neither = await polytask(...args, "--out", "n");
    expect(neither.err).toContain(
      "polytask tune: either --weights or --param, or tune.space in the configuration; got neither",
    );
    const method = await polytask(...args, "--out", "n", "--param", "a=1,2", "--method", "x");
    expect(method.err).toContain("--method: tune.method: one of random, grid, tpe");
  });
});
