/** The examples run and score above floors that lie well below what they reach. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import { type RunSummary, trainRun } from "../../src/run/train-run.ts";
import { root } from "./fences.ts";

describe("penguins", () => {
  let folder: string;
  let summary: RunSummary;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "polytask-penguins-"));
    const file = join(root, "examples/penguins/config.yaml");
    const { config } = parseConfig(readFileSync(file, "utf8"), { file });
    const baseDir = join(root, "examples/penguins");
    summary = await trainRun(config, { out: join(folder, "run"), baseDir });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("masks blank labels and keeps the rows", () => {
    const { species, sex, body_mass_g } = summary.tasks;
    expect(species.rows).toBe(86);
    expect(sex.rows).toBeLessThan(86);
    expect(sex.rows).toBeGreaterThan(75);
    expect(body_mass_g.rows).toBeGreaterThan(80);
  });

  test("learns all three tasks", () => {
    const { species, sex, body_mass_g } = summary.tasks;
    expect(species.metrics.accuracy).toBeGreaterThan(0.92);
    expect(sex.metrics.rocAuc).toBeGreaterThan(0.85);
    expect(body_mass_g.metrics.r2).toBeGreaterThan(0.7);
    expect(body_mass_g.metrics.rmse).toBeLessThan(0.6 * body_mass_g.baseline.rmse);
    expect(species.baseline.accuracy).toBeLessThan(0.5);
  });

  test("leaves a file equal to the trained model", () => {
    expect(summary.parity.rows).toBe(86);
    // Grams: a few units in the last place of a number of thousands.
    expect(summary.parity.maxAbsDifference).toBeLessThan(0.01);
  });
});

test("the script on rows in memory prints a score and a prediction", async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--import", "tsx", join(root, "examples/api.ts")],
    { cwd: root },
  );
  const [accuracy, order] = stdout.trim().split("\n");
  expect(Number(accuracy)).toBeGreaterThan(0.5);
  expect(order).toMatch(/^lemonade for \d\.\d: \d\.\d\d$/);
}, 120_000);
