import { execFile, spawn } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { load } from "../src/api/train.ts";
import { polytask } from "../src/cli/fixtures/recording.ts";
import { resolveConfig } from "../src/config/load.ts";
import { Random } from "../src/core/random.ts";
import type { RunEvent } from "../src/run/experiment.ts";
import { trainRun } from "../src/run/train-run.ts";
import { resultsOf, streamingConfig, writeWideTable } from "./run-fixture.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "polytask-streaming-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

const limit = "48MB";

describe("a table larger than the memory given", () => {
  it("gives what the table in memory gives, bit for bit", async () => {
    const data = join(dir, "some.parquet");
    await writeWideTable(data, 20_000);
    const cached: string[][] = [];
    const train = (out: string, memoryLimit?: string, family?: string) => {
      const learner = family && { learner: family };
      const config = resolveConfig({ ...streamingConfig(data), ...learner, memoryLimit });
      return trainRun(config, {
        out: join(dir, out),
        baseDir: dir,
        onEvent(event: RunEvent) {
          if (event.type !== "epoch") return;
          const cache = join(dir, out, "cache");
          cached.push(existsSync(cache) ? readdirSync(cache).sort() : []);
        },
      });
    };
    await train("in-memory");
    expect(cached).toEqual([[], []]);
    await train("streamed", limit);
    const files = ["test", "train", "validation"].flatMap((part) => [
      `${part}.labels`,
      `${part}.rows`,
    ]);
    expect(cached.slice(2)).toEqual([files, files]);
    expect(resultsOf(join(dir, "streamed"))).toEqual(resultsOf(join(dir, "in-memory")));
    expect(readdirSync(join(dir, "streamed"))).not.toContain("cache");

    // The commands that use its model: the same files and scores within a limit.
    const used = async (...args: string[]) => {
      const [command, ...rest] = args;
      const done = await polytask(dir, command, join(dir, "streamed"), data, ...rest);
      expect([done.code, done.err]).toEqual([0, ""]);
      return done.out;
    };
    for (const ending of ["csv", "parquet"]) {
      await used("predict", "--out", join(dir, `held.${ending}`));
      await used("predict", "--out", join(dir, `limited.${ending}`), "--memory-limit", limit);
      const [held, limited] = ["held", "limited"].map((name) =>
        readFileSync(join(dir, `${name}.${ending}`)),
      );
      expect(limited.equals(held)).toBe(true);
    }
    const scores = async (...more: string[]) =>
      JSON.parse(await used("evaluate", "--json", ...more)).tasks;
    const [held, limited] = [await scores(), await scores("--memory-limit", limit)];
    expect(limited.price.rows).toBe(20_000);
    expect(limited.price.r2).toBeCloseTo(held.price.r2, 9);
    expect(limited.ok.rocAuc).toBeCloseTo(held.ok.rocAuc, 9);

    await train("linear-in-memory", undefined, "linear");
    await train("linear-streamed", limit, "linear");
    const [a, b] = ["linear-in-memory", "linear-streamed"].map((out) =>
      readFileSync(join(dir, out, "model/model.onnx")),
    );
    expect(b.equals(a)).toBe(true);
  }, 120_000);

  it("is killed and resumed without a trace, where orders and scores are not held", async () => {
    const data = join(dir, "many.csv");
    const random = Random.from(4, "many");
    const line = (i: number) => {
      const x = random.normal();
      return `${x.toFixed(3)},${"abc"[i % 3]},${(2 * x + (i % 3)).toFixed(2)},${i % 7 ? x > 0 : ""}\n`;
    };
    writeFileSync(
      data,
      `x,kind,price,ok\n${Array.from({ length: 340_000 }, (_, i) => line(i)).join("")}`,
    );
    const config = join(dir, "many.json");
    const options = {
      name: "many",
      data,
      inputs: { x: "number", kind: "category" },
      tasks: { price: "regression", ok: "binary" },
      split: { type: "random" },
      learner: { type: "neural", trunk: { sizes: [4] } },
      training: { epochs: 3, batchSize: 8192, threads: 1 },
      memoryLimit: limit,
    };
    writeFileSync(config, JSON.stringify(options));
    const child = (out: string, epochs: number) => {
      const script = fileURLToPath(new URL("./train-child.ts", import.meta.url));
      const started = spawn(process.execPath, ["--import", "tsx", script, config, out]);
      started.stdout.on("data", (data: Buffer) => {
        if (data.toString().includes(`${epochs}\n`)) started.kill("SIGKILL");
      });
      return new Promise((resolve) => started.on("close", (_, signal) => resolve(signal)));
    };
    const [whole, killed] = ["many-whole", "many-killed"].map((out) => join(dir, out));
    expect(await child(whole, 9)).toBeNull();
    expect(await child(killed, 1)).toBe("SIGKILL");
    expect(await child(killed, 9)).toBeNull();
    expect(resultsOf(killed)).toEqual(resultsOf(whole));
    expect(readdirSync(killed)).not.toContain("cache");
    const { tasks } = JSON.parse(readFileSync(join(whole, "metrics.json"), "utf8"));
    expect(tasks.price.test.rows).toBeGreaterThan(1 << 13);
    expect(tasks.price.test.metrics.r2).toBeGreaterThan(0.5);
    // What the exported file makes of the whole table, read batch by batch or held.
    const model = await load(whole);
    const evaluated = await model.evaluate(data, { memoryLimit: limit });
    const held = await model.evaluate(data);
    for (const task of ["price", "ok"]) {
      expect(evaluated[task].rows).toBe(held[task].rows);
      for (const [metric, value] of Object.entries(held[task].metrics as Record<string, number>)) {
        const alike = Number.isNaN(value) ? value : expect.closeTo(value, 9);
        expect([metric, evaluated[task].metrics[metric]]).toEqual([metric, alike]);
      }
    }
    await model.dispose();
  }, 240_000);

  it("trains on ten times the memory, which grows little with the rows", async () => {
    const script = fileURLToPath(new URL("./streaming-child.ts", import.meta.url));
    const peakOf = async (rows: number) => {
      const data = join(dir, `${rows}.parquet`);
      await writeWideTable(data, rows);
      const { size } = statSync(data);
      const out = join(dir, `run-${rows}`);
      const args = ["--import", "tsx", script, data, out, limit];
      const { stdout } = await promisify(execFile)(process.execPath, args);
      rmSync(data);
      const metrics = JSON.parse(readFileSync(join(out, "metrics.json"), "utf8"));
      expect(metrics.tasks.price.test.rows).toBe(rows / 10);
      expect(metrics.tasks.price.test.metrics.r2).toBeGreaterThan(0.5);
      return { size, peak: Number(stdout) };
    };
    const one = await peakOf(120_000);
    const four = await peakOf(480_000);
    expect(four.size).toBeGreaterThan(480e6);
    expect(four.peak - one.peak).toBeLessThan((four.size - one.size) / 3);
  }, 180_000);
});
