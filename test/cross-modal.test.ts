/** Tasks that compare inputs, from the configuration to the model file. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { resolveConfig } from "../src/config/load.ts";
import { tableFromRows } from "../src/data/from-rows.ts";
import { cca, contrastive, multiclass, number, reconstruction, text, train } from "../src/index.ts";
import { openExperiment } from "../src/model/open-experiment.ts";
import { resolveSpecs } from "../src/model/specs.ts";

const fixture = JSON.parse(
  readFileSync(new URL("../src/tasks/fixtures/paired.json", import.meta.url), "utf8"),
) as { readonly x: number[][]; readonly y: number[][]; readonly correlations: number[] };

/** Two views of hidden numbers; every row trains, and the same rows are scored. */
const views = ["train", "test"].flatMap((part) =>
  fixture.x.map((x, i) => ({
    part,
    ...Object.fromEntries(x.map((value, k) => [`x${k}`, value])),
    ...Object.fromEntries(fixture.y[i].map((value, k) => [`y${k}`, value])),
  })),
);
const numbers = (prefix: string, count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, k) => [`${prefix}${k}`, number()]));
const inputs = { ...numbers("x", 6), ...numbers("y", 5) };
const split = { type: "column", column: "part", carve: 0 };

const words = ["sad", "happy", "red", "blue", "cat", "dog", "sun", "moon"];
/** What a row shows in numbers, its title says in words; every seventh title and ninth number is missing. */
const rows = Array.from({ length: 240 }, (_, i) => {
  const [a, b] = [i % 8, (i * 3 + Math.floor(i / 8)) % 8];
  const bad = i % 9 === 5;
  return {
    ...Object.fromEntries(
      words.map((_, k) => [`n${k}`, bad ? null : Number(k === a || k === b) + 0.01 * (i % 5)]),
    ),
    title: i % 7 === 3 ? null : `${words[a]} ${words[b]}`,
    kind: a < 4 ? "low" : "high",
  };
});
const joined = {
  data: rows,
  inputs: { ...numbers("n", 8), title: text({ minCount: 1, characters: 0 }) },
  training: {
    epochs: 12,
    batchSize: 32,
    threads: 1,
    optimizer: { type: "adamw", learningRate: 0.01 },
  },
  learner: { type: "neural", trunk: { sizes: [16] } },
  seed: 3,
} as const;
const blanks = Object.fromEntries(words.map((_, k) => [`n${k}`, null]));
const match = contrastive({ inputs: ["n*", "title"], size: 8, temperature: 0.2 });

describe("canonical correlation with affine maps", () => {
  it("reaches the closed form", { timeout: 120_000 }, async () => {
    const model = await train({
      data: views,
      inputs,
      tasks: { match: cca({ inputs: ["x*", "y*"], size: 3 }) },
      split,
      training: { epochs: 80, optimizer: { type: "lbfgs" }, threads: 1 },
    });
    const known = fixture.correlations.slice(0, 3).reduce((sum, r) => sum + r / 3, 0);
    const found = model.scores.test?.match.metrics.correlation ?? 0;
    expect(Math.abs(found - known)).toBeLessThan(2e-3);
    await model.dispose();
  });
});

describe("a model that compares inputs", () => {
  it("learns beside other tasks, finds rows, and needs one side alone", {
    timeout: 120_000,
  }, async () => {
    const model = await train({
      ...joined,
      tasks: {
        match,
        guess: reconstruction({ inputs: ["title", "n*"], size: 9, target: "cells" }),
        together: cca({ inputs: ["title", "n*"], size: 4 }),
        kind: multiclass(),
      },
      learner: { ...joined.learner, weighting: "pcgrad" },
    });
    const scores = model.scores.test;
    const chance = 5 / (scores?.match.rows ?? 1);
    // Rows with a gap on either side have no partner.
    expect(scores?.match.rows).toBeLessThan(24);
    expect(scores?.match.metrics.recallAt5Forward).toBeGreaterThan(2 * chance);
    expect(scores?.guess.metrics.explained).toBeGreaterThan(0.1);
    expect(scores?.together.metrics.correlation).toBeGreaterThan(0.4);

    const whole = rows.slice(0, 3);
    const [both] = await model.predict(whole);
    const [without] = await model.predict(whole.map((row) => ({ ...row, title: null })));
    const near = (a: readonly number[] | null, b: readonly number[] | null) =>
      a?.forEach((x, i) => {
        expect(x).toBeCloseTo((b as readonly number[])[i], 6);
      });
    near(both.match.embeddings["n*"], without.match.embeddings["n*"]);
    expect(without.match.embeddings.title).toBeNull();
    expect(without.match.similarity).toBeNaN();
    const length = Math.hypot(...(both.match.embeddings.title ?? []));
    expect(length).toBeCloseTo(1, 4);

    const found = await model.search(rows, { title: "red moon" }, { top: 12 });
    const right = found.filter(({ row }) => {
      const one = rows[row] as Record<string, unknown>;
      return (one.n2 as number) > 0.5 || (one.n7 as number) > 0.5;
    });
    expect(found).toHaveLength(12);
    expect(right.length).toBeGreaterThan(8);
    expect(found.every(({ row }) => row % 9 !== 5)).toBe(true);
    // A gallery needs only the side that is ranked.
    const titles = rows.map(({ title }) => ({ title }));
    const back = await model.search(titles, rows[0], { from: "n*", top: 1, task: "match" });
    expect(back[0].similarity).toBeGreaterThan(0.3);
    await expect(model.search(rows, { name: "x" })).rejects.toMatchObject({ code: "USAGE" });
    await expect(model.search(rows, { title: null })).rejects.toMatchObject({ code: "DATA_VALUE" });
    await expect(model.search(rows, { title: "a" }, { task: "kind" })).rejects.toMatchObject({
      code: "USAGE",
    });
    await model.dispose();
  });

  it("reads the same from the configuration with kinds filled in", {
    timeout: 120_000,
  }, async () => {
    const opened = await openExperiment(
      resolveConfig({
        inputs: joined.inputs,
        tasks: { match, kind: multiclass() },
        learner: joined.learner,
        training: joined.training,
      }),
      { rows, baseDir: "." },
    );
    // Folds read the configuration with kinds filled in again.
    const again = resolveSpecs(
      { inputs: opened.config.inputs, tasks: opened.config.tasks, reserved: [] },
      tableFromRows(rows),
    );
    expect(again.tasks.map((t) => t.options)).toEqual(opened.specs.tasks.map((t) => t.options));
    opened.close();
  });

  it("classes make rows relevant, and may be the positives", { timeout: 60_000 }, async () => {
    const model = await train({
      ...joined,
      tasks: {
        match: contrastive({
          inputs: ["n*", "title"],
          size: 4,
          relevant: "kind",
          positives: "class",
        }),
      },
    });
    const { metrics } = model.scores.test?.match ?? { metrics: {} as Record<string, number> };
    expect(metrics.map).toBeGreaterThan(0.9);
    expect(metrics.mrrForward).toBeLessThan(metrics.map);
    await model.dispose();
  });
});

describe("cells predicted from other inputs", () => {
  const said = reconstruction({ inputs: ["n*", "title"], target: "cells" });
  const back = reconstruction({ inputs: ["title", "n*"], target: "cells" });

  it("go both ways beside other tasks, under weightings that look at gradients", {
    timeout: 120_000,
  }, async () => {
    const model = await train({
      ...joined,
      tasks: { said, back, kind: multiclass() },
      learner: { ...joined.learner, weighting: "pcgrad" },
    });
    const scores = model.scores.test;
    // Only rows with both sides have an answer.
    const whole = await model.evaluate(rows);
    const both = rows.filter((row, i) => row.title !== null && i % 9 !== 5).length;
    expect(whole.said.rows).toBe(both);
    expect(whole.back.rows).toBe(both);
    expect(Object.keys(whole.said.metrics)).toEqual([
      "explained",
      "averagePrecision",
      "precisionAt5",
    ]);
    expect(Object.keys(whole.back.metrics)).toEqual(["explained", "error"]);
    expect(scores?.said.metrics.explained).toBeGreaterThan(0.3);
    expect(scores?.said.metrics.averagePrecision).toBeGreaterThan(0.8);
    expect(scores?.back.metrics.explained).toBeGreaterThan(0.2);

    const [row] = await model.predict([{ ...rows[1], title: null }]);
    const told = row.said as { value: string[]; probabilities: Record<string, number> };
    // What is predicted depends on the first side alone.
    const [again] = await model.predict([rows[1]]);
    expect(again.said).toEqual(row.said);
    const [first, second] = Object.keys(told.probabilities);
    expect([first, second].sort()).toEqual((rows[1].title as string).split(" ").sort());
    expect(Object.values(told.probabilities)).toHaveLength(words.length);
    const drawn = again.back as Record<string, { value: number }>;
    expect(Object.keys(drawn)).toEqual(words.map((_, k) => `n${k}`));
    expect(drawn.n1.value).toBeGreaterThan(drawn.n0.value);
    // Without the first side it is what the training rows had on average.
    const [blank] = await model.predict([{ title: null, kind: null, ...blanks }]);
    const known = rows.filter((r) => r.title !== null);
    for (const [name, p] of Object.entries((blank.said as typeof told).probabilities)) {
      const share = known.filter((r) => r.title?.split(" ").includes(name)).length / known.length;
      expect(Math.abs(p - share)).toBeLessThan(0.08);
    }
    await expect(model.search(rows, { title: "sad" })).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringContaining("the model has none"),
    });
    await model.dispose();
  });

  it("the same seed gives the same file", { timeout: 120_000 }, async () => {
    const again = async () => {
      const model = await train({
        ...joined,
        tasks: { said },
        training: { ...joined.training, epochs: 2 },
      });
      const [row] = await model.predict([rows[1]]);
      await model.dispose();
      return JSON.stringify(row.said);
    };
    expect(await again()).toBe(await again());
  });
});

describe("what is refused", () => {
  const attempt = (options: Record<string, unknown>) =>
    train({ ...joined, tasks: { match }, ...options } as unknown as Parameters<typeof train>[0]);

  it.each([
    [
      "an unknown input",
      { tasks: { match: contrastive({ inputs: ["n*", "titel"] }) } },
      /tasks\.match\.inputs: names of inputs .* got "titel"/,
    ],
    [
      "the same input twice",
      { tasks: { match: cca({ inputs: ["title", "title"] }) } },
      /without a common input; got title on both/,
    ],
    [
      "one side",
      { tasks: { match: { type: "contrastive", inputs: ["title"] } } },
      /tasks\.match\.inputs/,
    ],
    ["no sides", { tasks: { match: { type: "contrastive" } } }, /tasks\.match\.inputs/],
    [
      "a batch of one row",
      { training: { batchSize: 1 } },
      /training\.batchSize: 2 or more for tasks\.match/,
    ],
    ["a family without encoders", { learner: "linear" }, /tasks\.match\.type: a type with labels/],
    [
      "an unknown column of classes",
      { tasks: { match: contrastive({ inputs: ["n*", "title"], relevant: "sort" }) } },
      /tasks\.match\.relevant: a column of rows .* got "sort"/,
    ],
    [
      "a side that no row has",
      {
        data: rows.map((row) => ({ ...row, title: null })),
        inputs: { ...joined.inputs, title: text() },
      },
      /task match: training rows with both n\* and title; got none/,
    ],
    [
      "a column of labels",
      { tasks: { match: { type: "contrastive", inputs: ["n*", "title"], column: "kind" } } },
      /column/,
    ],
    [
      "classes that make rows relevant, where no rows are found",
      {
        tasks: {
          match: reconstruction({ inputs: ["n*", "title"], target: "cells", relevant: "kind" }),
        },
      },
      /tasks\.match\.relevant: no column, where cells are predicted/,
    ],
    [
      "cells that do not vary",
      {
        data: rows.map((row) => ({ ...row, title: row.title === null ? null : "same same" })),
        tasks: { match: reconstruction({ inputs: ["n*", "title"], target: "cells" }) },
      },
      /task "match": cells of title that vary; got same in every one/,
    ],
    [
      "cells without a frequent word",
      {
        data: rows.map((row, i) => ({ ...row, title: `w${i}` })),
        inputs: { ...joined.inputs, title: text({ minCount: 2 }) },
        tasks: { match: reconstruction({ inputs: ["n*", "title"], target: "cells" }) },
      },
      /cells of title that vary; got no word, member or class that is frequent enough/,
    ],
    [
      "a picture of an odd size",
      {
        tasks: {
          match: { type: "reconstruction", inputs: ["n*", "title"], target: "cells", pixels: 15 },
        },
      },
      /tasks\.match\.pixels: /,
    ],
  ])("%s", async (_, options, message) => {
    await expect(attempt(options)).rejects.toThrow(message);
  });
});
