/** Thresholds of labels: chosen on validation rows alone, kept in the model file, used by all that decides. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { load, multilabel, number, train } from "../src/index.ts";

const folder = mkdtempSync(join(tmpdir(), "thresholds-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** "rare" is likelier the larger x is, but never likely; "often" is nearly always there. */
const rows = (flipTest = false) =>
  Array.from({ length: 300 }, (_, i) => {
    const x = (i * 37) % 100;
    const part = i % 5 === 3 ? "validation" : i % 5 === 4 ? "test" : "train";
    const noise = (i * 7919) % 10;
    const labels = [x > 70 && noise < 4 ? "rare" : "", noise > 1 ? "often" : ""];
    const kept = labels.filter((label) => label !== "");
    return {
      x,
      part,
      side: i % 2 ? "left" : "right",
      labels: flipTest && part === "test" ? [] : kept,
    };
  });

type Options = Parameters<typeof multilabel>[0];

async function trained(
  options: Options,
  { data = rows(), part = "part" }: { data?: object[]; part?: string } = {},
) {
  const warnings: string[] = [];
  const model = await train({
    data: data as never,
    inputs: { x: number() },
    tasks: { labels: multilabel(options) },
    split:
      part === ""
        ? { type: "random", fractions: { validation: 0, test: 0.2 } }
        : { type: "column", column: part },
    learner: { type: "neural", trunk: { sizes: [8] } },
    training: { epochs: 8, threads: 1, optimizer: { type: "adamw", learningRate: 0.02 } },
    seed: 4,
    onEvent: (event) => {
      if (event.type === "warning") warnings.push(event.message);
    },
  } as Parameters<typeof train>[0]);
  return { model, warnings };
}

interface Said {
  readonly labels: readonly string[];
  readonly probabilities: Readonly<Record<string, number>>;
}

const asked = Array.from({ length: 100 }, (_, x) => ({ x }));

describe("thresholds", () => {
  it("chosen on validation rows lift F1 there, whatever the test labels are", {
    timeout: 120_000,
  }, async () => {
    const half = await trained({});
    const auto = await trained({ threshold: "auto" });
    const other = await trained({ threshold: "auto" }, { data: rows(true) });
    const f1 = ({ model }: typeof half, part: "validation" | "test") =>
      model.scores[part]?.labels.metrics.macroF1 ?? Number.NaN;
    expect(f1(auto, "validation")).toBeGreaterThan(f1(half, "validation") + 0.1);
    expect(f1(auto, "test")).toBeGreaterThan(f1(half, "test"));
    const said = (await auto.model.predict(asked)) as { labels: Said }[];
    expect(await other.model.predict(asked)).toEqual(said);
    const plain = (await half.model.predict(asked)) as { labels: Said }[];
    // The probabilities are those of the network; what is decided for is not.
    expect(said.map((row) => row.labels.probabilities)).toEqual(
      plain.map((row) => row.labels.probabilities),
    );
    expect(plain.some((row) => row.labels.labels.includes("rare"))).toBe(false);
    expect(said.some((row) => row.labels.labels.includes("rare"))).toBe(true);
    // The file knows them.
    const file = join(folder, "model.onnx");
    await auto.model.save(file);
    const loaded = await load(file);
    expect(await loaded.predict(asked)).toEqual(said);
    for (const { model } of [half, auto, other]) await model.dispose();
    await loaded.dispose();
  });

  it("may be given, and decide as given", { timeout: 120_000 }, async () => {
    const { model } = await trained({ threshold: 0.1 });
    for (const { labels } of (await model.predict(asked)) as { labels: Said }[]) {
      const above = Object.entries(labels.probabilities).filter(([, p]) => p > Math.fround(0.1));
      expect([...labels.labels].sort()).toEqual(above.map(([name]) => name).sort());
    }
    await model.dispose();
  });

  it("stay one half, with a warning, where there are no validation rows", {
    timeout: 120_000,
  }, async () => {
    const { model, warnings } = await trained({ threshold: "auto" }, { part: "" });
    expect(warnings.join()).toContain(
      "tasks.labels.threshold: auto is chosen on validation rows; there are none",
    );
    for (const { labels } of (await model.predict(asked)) as { labels: Said }[])
      expect(labels.labels.every((name) => labels.probabilities[name] > 0.5)).toBe(true);
    await model.dispose();
  });

  it("are the same for all tasks that one declared task becomes", {
    timeout: 120_000,
  }, async () => {
    const { model } = await trained({ threshold: "auto", by: "side" } as Options);
    const said = (await model.predict(
      asked.flatMap(({ x }) => [
        { x, side: "left" },
        { x, side: "right" },
      ]),
    )) as { labels: Said }[];
    const least = (name: string, holds: boolean) =>
      said
        .filter((row) => row.labels.labels.includes(name) === holds)
        .map((row) => row.labels.probabilities[name]);
    expect(Math.min(...least("rare", true))).toBeGreaterThan(Math.max(...least("rare", false)));
    await model.dispose();
  });

  it("outside 0 to 1 are refused", async () => {
    await expect(trained({ threshold: 1.5 })).rejects.toThrow(/tasks\.labels\.threshold/);
    await expect(trained({ threshold: "best" } as never)).rejects.toThrow(
      /tasks\.labels\.threshold/,
    );
  });
});
