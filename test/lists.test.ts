/** Series, vectors, sets and places from rows to predictions: families, bad cells, tables read by attention. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Random } from "../src/core/random.ts";
import {
  binary,
  geo,
  load,
  multiclass,
  number,
  regression,
  series,
  set,
  train,
  vector,
} from "../src/index.ts";

const random = Random.from(7, "lists");
const moods = ["calm", "quick", "rising"] as const;
const towns = { north: [53.5, 10], south: [48.1, 11.6] } as const;

/** Rows whose four answers are each in another input. */
const rows = Array.from({ length: 240 }, (_, i) => {
  const mood = moods[i % 3];
  const steps = 12 + random.integer(20);
  const phase = 6 * random.uniform();
  const at = (t: number) =>
    mood === "rising" ? (3 * t) / steps : Math.sin(t * (mood === "calm" ? 0.3 : 1.5) + phase);
  const tags = random.shuffle(["red", "green", "blue", "old", "new"]).slice(0, 1 + (i % 4));
  const side = random.uniform() < 0.5 ? "north" : "south";
  const descriptor = [0, 1, 2, 3].map(() => random.normal());
  return {
    pulse: Array.from({ length: steps }, (_, t) =>
      t === 5 ? null : at(t) + 0.1 * random.normal(),
    ),
    tags,
    place: towns[side].map((x) => x + 0.5 * random.normal()),
    descriptor,
    weight: 50 + 10 * random.normal(),
    mood,
    old: tags.includes("old"),
    side,
    sum: descriptor[0] - descriptor[3],
  };
});

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lists-"));
  await writeFile(join(folder, "rows.jsonl"), rows.map((row) => JSON.stringify(row)).join("\n"));
});
afterAll(() => rm(folder, { recursive: true }));

const tasks = { mood: multiclass(), old: binary(), side: multiclass(), sum: regression() };
const inputs = {
  pulse: series({ encoder: "tcn", size: 16 }),
  tags: set(),
  place: geo(),
  descriptor: vector(),
  weight: number(),
};

describe("a model of lists", () => {
  test.each([
    ["neural", { type: "neural" }, 25],
    ["a table read by attention", { type: "neural", table: "transformer" }, 15],
    ["linear", { type: "linear" }, 10],
  ])("%s learns what each input tells", async (name, learner, epochs) => {
    const out = join(folder, name.replaceAll(" ", "-"));
    await train({
      data: join(folder, "rows.jsonl"),
      inputs,
      tasks,
      learner,
      training: { epochs, batchSize: 16, optimizer: { type: "adamw", learningRate: 0.005 } },
      seed: 1,
      out,
    });
    const model = await load<typeof tasks>(out);
    try {
      const { test: scores } = model.scores;
      expect(scores?.mood.metrics.accuracy).toBeGreaterThan(0.85);
      expect(scores?.old.metrics.accuracy).toBeGreaterThan(0.85);
      expect(scores?.side.metrics.accuracy).toBeGreaterThan(0.9);
      expect(scores?.sum.metrics.r2).toBeGreaterThan(0.6);
      const [{ pulse, tags, place, descriptor, weight }] = rows;
      const [plain, written, alone] = await model.predict([
        { pulse, tags, place, descriptor, weight },
        {
          pulse,
          tags: [...tags].reverse(),
          place: { lat: place[0], lon: place[1] },
          descriptor: new Float64Array(descriptor),
          weight,
        },
        { pulse: null, tags: null, place: null, descriptor: null, weight: null },
      ]);
      expect(written).toEqual(plain);
      expect(alone).not.toEqual(plain);
    } finally {
      await model.dispose();
    }
    expect(await readFile(join(out, "report.html"), "utf8")).toContain("longest");
  });

  test("tells of cells that are none of their kind by row, or stops the run", async () => {
    const told: string[] = [];
    const bad = [
      { ...rows[0], descriptor: [1, 2] },
      { ...rows[1], place: [91, 0], pulse: [] },
    ];
    const settings = {
      inputs: { pulse: series(), tags: set(), place: geo(), descriptor: vector() },
      tasks: { mood: multiclass() },
      split: { type: "random", fractions: { validation: 0, test: 0 } },
      training: { epochs: 1 },
    };
    const data = [...rows.map(({ old, side, sum, ...row }) => row), ...bad].map((row) => ({
      pulse: row.pulse,
      tags: row.tags,
      place: row.place,
      descriptor: row.descriptor,
      mood: row.mood,
    }));
    const model = await train({
      ...settings,
      data,
      onEvent: (event) => {
        if (event.type === "warning") told.push(event.message);
      },
    });
    await model.dispose();
    for (const text of [
      "row 241: a list of 4 numbers; got 2",
      "row 242: a latitude from -90 to 90; got 91",
      "row 242: a list of numbers",
    ])
      expect(told.join("\n")).toContain(text);
    await expect(train({ ...settings, data, badCells: "error" })).rejects.toThrow("row 24");
  });
});
