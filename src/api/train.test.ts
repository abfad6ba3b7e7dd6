import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { number, regression } from "./declare.ts";
import { load, train } from "./train.ts";

const data = Array.from({ length: 60 }, (_, i) => ({ x: (i * 7) % 31, y: ((i * 7) % 31) * 2 + 1 }));
const options = {
  data,
  inputs: { x: number() },
  tasks: { y: regression() },
  learner: { type: "neural", trunk: { sizes: [4] } },
  training: { epochs: 2, threads: 1 },
};

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "polytask-api-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

describe("train", () => {
  it("gives the same model with a run folder and without, scores and history included", async () => {
    const without = await train(options);
    const out = join(dir, "run");
    const within = await train({ ...options, out });
    expect(existsSync(join(out, "report.html"))).toBe(true);
    const again = await load(out);
    const withoutTimes = (model: { history: readonly object[] }) =>
      model.history.map((record) => ({ ...record, seconds: 0 }));
    expect(without.history).toHaveLength(2);
    expect(Object.keys(without.scores)).toEqual(["validation", "test"]);
    for (const model of [within, again]) {
      expect(withoutTimes(model)).toEqual(withoutTimes(without));
      expect(model.scores).toEqual(without.scores);
      expect(await model.predict(data.slice(0, 5))).toEqual(
        await without.predict(data.slice(0, 5)),
      );
    }
    for (const model of [without, within, again]) await model.dispose();
  });

  it("saves a model as a file that gives the same, without history", async () => {
    const model = await train(options);
    const path = join(dir, "model.onnx");
    model.save(path);
    const alone = await load(path);
    expect(await alone.predict([{ x: 4 }])).toEqual(await model.predict([{ x: 4 }]));
    expect(alone.history).toEqual([]);
    expect(alone.scores).toEqual({});
    await alone.dispose();
    await model.dispose();
  });

  it("refuses what needs a folder without one, and no rows", async () => {
    await expect(train({ ...options, memoryLimit: "64MB" })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: "train: memoryLimit together with out; got no folder",
    });
    await expect(train({ ...options, data: [] })).rejects.toMatchObject({ code: "DATA_EMPTY" });
  });

  it("stops at a signal", async () => {
    const controller = new AbortController();
    const stopped = train({
      ...options,
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === "step") controller.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({ code: "INTERRUPTED", hint: undefined });
  });
});
