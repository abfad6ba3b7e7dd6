import { describe, expect, it } from "vitest";
import type { ComparisonRecord, FrontRecord, RunRecord, TuningRecord } from "./record.ts";
import { renderReport } from "./render.ts";

const cost = { fits: 2, parameters: 1200, seconds: 3, memoryBytes: 2e8 };
const score = (regime: string, mean: number) => ({
  regime,
  mean,
  low: mean - 0.1,
  high: mean + 0.1,
  measured: 10,
});

const overall = { mean: 0.04, low: 0.01, high: 0.07, p: 0.03, verdict: "helps" } as const;

const comparison: ComparisonRecord = {
  folds: 5,
  seeds: 2,
  rows: { used: 900, test: 100, train: 640, validation: 80, heldOut: 180 },
  regimes: [
    { name: "independent", title: "Independent", summary: "One model a task.", cost },
    { name: "multiTask", title: "Multi-task", summary: "One model.", deltaM: 0.04, overall, cost },
  ],
  tasks: [
    {
      name: "price <b>",
      metric: "rmse",
      better: "lower",
      scores: [score("independent", 2.5), score("multiTask", 2.25)],
      against: [
        {
          regime: "multiTask",
          mean: 0.25,
          low: 0.1,
          high: 0.4,
          p: 0.004,
          adjusted: 0.008,
          wilcoxon: 0.002,
          verdict: "helps",
        },
      ],
    },
    {
      name: "rare",
      metric: "auc",
      better: "higher",
      scores: [{ regime: "independent", mean: null, low: null, high: null, measured: 0 }],
      against: [],
    },
  ],
  advice: ["Learning the 2 tasks together helps price.", "Train all tasks."],
  groups: [["price <b>", "rare"]],
  gradients: {
    tasks: ["price <b>", "rare"],
    cosine: [
      [1, -0.3],
      [-0.3, 1],
    ],
    conflicts: [
      [0, 0.7],
      [0.7, 0],
    ],
    affinity: [
      [0.01, -0.002],
      [null, 0.02],
    ],
    help: [
      [1, -0.2],
      [null, 1],
    ],
    course: [
      { epoch: 1, cosine: 0.1, conflicts: 0.4 },
      { epoch: 9, cosine: -0.4, conflicts: null },
    ],
  },
  notes: ["The 100 test rows of the configuration were not looked at."],
  failures: [{ where: "multiTask, seed 1, fold 2", message: "fit: it ended with code 3" }],
};

function page(found: Pick<RunRecord, "comparison" | "tuning" | "front">): string {
  const html = renderReport({
    format: 1,
    run: {
      project: "prices",
      name: "study",
      startedAt: "2026-03-01T09:30:00Z",
      seed: 1,
      wallSeconds: 60,
      command: "polytask compare config.yaml",
      versions: { polytask: "0.1.0" },
    },
    config: "",
    split: { rule: "5 folds", rows: { train: 640, test: 100 } },
    inputs: [],
    tasks: [],
    ...found,
  });
  return html.replace(/<style>[\s\S]*?<\/style>|<script>[\s\S]*?<\/script>/g, "");
}

const words = (html: string) => html.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");

describe("the report of a comparison", () => {
  const html = page({ comparison });

  it("says what to do, and the verdict on every task", () => {
    const said = words(html);
    expect(said).toContain("Learning the 2 tasks together helps price. Train all tasks.");
    expect(said).toMatch(/price &lt;b> rmse ↓ 2\.500 2\.250 ▲ ▲ helps 0\.0080?/);
    expect(said).toContain("not measured");
    expect(said).toMatch(/all tasks Δm ↑ – \+4 % ▲ ▲ helps 0\.030?/);
    expect(html).toMatch(/title="95 % interval \+1\s% to \+7\s%"/);
    expect(said).toContain("The 100 test rows of the configuration were not looked at.");
    expect(said).toContain("fit: it ended with code 3");
  });

  it("draws scores, gradients and costs", () => {
    const sections = [...html.matchAll(/<section class="section" id="([^"]*)"/g)].map((m) => m[1]);
    expect(sections).toEqual(["together", "affinity", "costs", "reproduce"]);
    expect(html.match(/class="dot"/g)?.length).toBeGreaterThanOrEqual(2);
    expect(html).toContain("in conflict in 70.0 % of batches");
    expect(words(html)).toContain("+4 %");
  });

  it("never writes NaN, undefined, null or raw names", () => {
    expect(words(html)).not.toMatch(/\bNaN\b|\bundefined\b|\bnull\b|\[object/);
    expect(html).not.toContain("price <b>");
  });
});

describe("the report of a comparison of many tasks", () => {
  const verdicts = ["helps", "no difference", "no difference", "hurts"] as const;
  const tasks = Array.from({ length: 40 }, (_, i): ComparisonRecord["tasks"][number] => ({
    name: `score.${i + 1}`,
    metric: "rmse",
    better: "lower",
    scores: [score("independent", 10), score("multiTask", 12 - i / 10)],
    against: [
      {
        regime: "multiTask",
        mean: i / 10 - 2,
        low: -3,
        high: 3,
        p: 0.1,
        adjusted: 1,
        wilcoxon: 0.2,
        verdict: verdicts[i % 4],
      },
    ],
  }));
  const [independent, multiTask] = comparison.regimes;
  const overall = { mean: 0.02, low: 0.01, high: 0.03, p: 0.004 };
  const html = page({
    comparison: {
      ...comparison,
      tasks,
      regimes: [independent, { ...multiTask, overall }],
      gradients: undefined,
      groups: undefined,
      failures: Array.from({ length: 20 }, (_, i) => ({ where: `fit ${i}`, message: "it ended" })),
    },
  });
  const said = words(html);

  it("counts verdicts and judges all at once, in the place of a chart a task", () => {
    // Gains are (i − 20) / 100: 19 tasks above 0, the median between −1 and 0 %.
    expect(said).toMatch(
      /Multi-task 10 20 10 19 of 40 −0\.50? % \+2 % \(\+1 % to \+3 %\), p 0\.0040?/,
    );
    expect(html).not.toContain('class="dot"');
    expect(html.match(/class="bar"/g)?.length).toBeGreaterThan(8);
    expect(said).toContain("… and 8 more fits that gave no result.");
    expect(said).not.toMatch(/\bNaN\b|\bundefined\b|\bnull\b|\[object/);
  });

  it("shows the ends of the order, and every task in a table", () => {
    const [most, rest] = said.split("The 10 that gain least");
    expect(most).toMatch(/gain most .* score\.40 rmse ↓ 10\.00 → 8\.100 \+19 % score\.39/);
    expect(rest).toMatch(/gain score\.1 rmse ↓ 10\.00 → 12\.00 −20 % score\.2/);
    expect(said).toContain("All 40 tasks");
    for (const { name } of tasks) expect(html).toContain(`<bdi>${name}</bdi>`);
  });
});

describe("what models of a comparison were tuned to", () => {
  it("has the budget, and by model how often each value was chosen", () => {
    const html = page({
      comparison: {
        ...comparison,
        tuning: {
          trials: 8,
          parameters: [
            { path: "training.optimizer.learningRate", range: "log 0.001 to 0.1", own: "0.01" },
            { path: "learner.trunk.activation", range: "relu, tanh", own: "relu" },
          ],
          models: [
            {
              regime: "Multi-task",
              tasks: ["price <b>", "rare"],
              folds: 4,
              asItIs: 1,
              values: [
                ["0.01", "0.02", "0.04", "0.08"],
                ["relu", "tanh", "tanh", "tanh"],
              ],
            },
          ],
        },
      },
    });
    const said = words(html);
    expect(html).toContain('id="budget"');
    expect(said).toContain("was fitted 8 times in every fold");
    expect(said).toContain("7 points drawn at random");
    expect(said).toContain("learner.trunk.activation relu, tanh");
    expect(said).toMatch(
      /Multi-task price &lt;b> \+ rare 1 of 4 0\.030? \(0\.010? to 0\.080?\) tanh 3×, relu 1×/,
    );
    expect(said).toContain("Every model of every regime chose among the same 8 points");
    expect(said).not.toContain("none was tuned on its own");
  });
});

describe("the report of a front", () => {
  const task = (name: string, better: "higher" | "lower", reference: number) => ({
    name,
    metric: better === "higher" ? "auc" : "rmse",
    better,
    reference,
  });
  const model = (
    number: number,
    preference: number[],
    validation: (number | null)[],
    dominated = false,
  ) => ({
    number,
    folder: `front/${number}`,
    preference,
    validation,
    test: validation,
    dominated,
    volume: dominated ? null : 0.1,
  });
  const front: FrontRecord = {
    tasks: [task("price", "lower", 3), task("rare <i>", "higher", 0.5)],
    models: [
      model(1, [0.2, 0.8], [2.5, 0.9]),
      model(2, [0.5, 0.5], [2, 0.8]),
      model(3, [0.8, 0.2], [2.1, null], true),
    ],
    hypervolume: 0.35,
    share: 1.166,
    main: 2,
    failures: [{ model: 4, message: "loss: a number; it became NaN" }],
  };

  it("says which models are on it, and draws two tasks as a plane", () => {
    const html = page({ front });
    const said = words(html);
    expect(html).toContain('id="front"');
    expect(said).toContain("2 of 3 models with different preferences are on the front");
    expect(said).toContain("This run's model is number 2 ");
    expect(said).toContain("All together dominate 1.17 times the volume");
    expect(said).toMatch(/2 0\.50? 0\.50? 2\.000 0\.800?0? 2\.000 0\.800?0? this run/);
    expect(said).toContain("model 4 loss: a number; it became NaN");
    expect(said).toContain("Two tasks against each other");
    expect(said.replace("became NaN", "")).not.toMatch(/\bNaN\b|\bundefined\b|\bnull\b/);
    expect(html).not.toContain("rare <i>");
  });

  it("shows gains of more than two tasks as shares, and a front of one model", () => {
    const html = page({
      front: {
        ...front,
        tasks: [...front.tasks, task("third", "lower", 1)],
        models: [
          model(1, [0.2, 0.6, 0.2], [2.5, 0.9, 0.5]),
          model(2, [0.2, 0.2, 0.6], [2.75, 0.7, 0.75], true),
        ],
        share: 1,
        main: 1,
        failures: [],
      },
    });
    const said = words(html);
    expect(said).toContain("Of 2 models with different preferences, one is at least as good");
    expect(said).toContain("The others add nothing to its volume: one model is enough here.");
    expect(said).toContain("Gains over the baseline");
    expect(said).toContain("50.0 % model 2, third rmse 0.750");
    expect(said.match(/ 50\.0 % model 2/g)?.length).toBe(3);
  });
});

describe("the report of a search", () => {
  const weights: TuningRecord = {
    of: "weights",
    objective: "deltaM",
    unit: "share",
    folds: 5,
    seeds: 1,
    parameters: ["price", "rare"],
    points: [
      { values: [0.5, 0.5], mean: 0, error: 0 },
      { values: [0.3, 0.7], mean: 0.03, error: 0.01 },
      { values: [0.1, 0.9], mean: 0.035, error: 0.02 },
    ],
    chosen: 1,
    best: 2,
    words: ["The weights price 0.3, rare 0.7 do better."],
  };

  it("draws the curve of two tasks' weights with what was chosen", () => {
    const html = page({ tuning: weights });
    expect(words(html)).toContain("The weights price 0.3, rare 0.7 do better.");
    expect(html).toContain("λ of price");
    expect(words(html)).toMatch(/0\.300 0\.700 3 % 1 % chosen/);
  });

  it("lists values, and why some could not be tried", () => {
    const html = page({
      tuning: {
        ...weights,
        of: "values",
        parameters: ["training.epochs"],
        points: [
          { values: ["20"], mean: 0.1, error: 0.02, epochs: 20 },
          { values: ["-1"], mean: null, error: null, failure: "a number above 0; got -1" },
        ],
        chosen: 0,
        best: undefined,
      },
    });
    expect(words(html)).toContain("a number above 0; got -1");
    expect(words(html)).not.toMatch(/\bNaN\b|\bundefined\b|\bnull\b/);
  });

  it("says how many epochs a search that halves gave each point", () => {
    const html = page({
      tuning: {
        ...weights,
        of: "values",
        objective: "meanRank",
        unit: "ranks",
        parameters: ["training.batchSize"],
        points: [
          { values: ["32"], mean: 1.5, error: 0.5, epochs: 9 },
          { values: ["64"], mean: 2.5, error: 0.25, epochs: 3 },
          { values: ["0"], mean: null, error: null, epochs: undefined, failure: "an integer" },
        ],
        chosen: 0,
        best: undefined,
      },
    });
    const said = words(html);
    expect(said).toMatch(/32 1\.50? 0\.50?0? 9 chosen/);
    expect(said).toMatch(/64 2\.50? 0\.250? 3 /);
    expect(said).toContain("among all that had as many epochs");
    expect(said).not.toMatch(/\bNaN\b|\bundefined\b|\bnull\b/);
  });

  it("tells what outer folds say of the whole choice", () => {
    const task = { name: "price", metric: "rmse", better: "lower" as const };
    const html = page({
      tuning: {
        ...weights,
        nested: {
          outer: 3,
          seeds: 2,
          mean: -0.01,
          low: -0.05,
          high: 0.03,
          p: 0.4,
          tasks: [
            {
              ...task,
              equal: 2,
              chosen: 2.1,
              mean: -0.1,
              low: -0.3,
              high: 0.1,
              adjusted: 0.8,
              verdict: "no difference",
            },
            {
              ...task,
              name: "rare",
              equal: null,
              chosen: null,
              mean: null,
              low: null,
              high: null,
              adjusted: null,
              verdict: "no difference",
            },
          ],
          chosen: [
            [0.5, 0.5],
            [0.3, 0.7],
            [0.3, 0.7],
          ],
        },
      },
    });
    const said = words(html);
    expect(said).toContain(
      "On 3 outer folds × 2, whose held-out rows chose nothing: −1 % over equal",
    );
    expect(said).toContain("Chosen there: price 0.5");
    expect(said).toMatch(/price rmse ↓ 2\.000 2\.100 .* no difference 0\.80?/);
    expect(said).not.toMatch(/\bNaN\b|\bundefined\b|\bnull\b/);
  });

  it("sums up the weights of many tasks", () => {
    const names = Array.from({ length: 30 }, (_, i) => `score.${i + 1}`);
    const html = page({
      tuning: {
        ...weights,
        parameters: names,
        points: [
          { values: names.map(() => 1 / 30), mean: 0, error: 0 },
          { values: names.map((_, i) => (i + 1) / 465), mean: 0.03, error: 0.01 },
        ],
        chosen: 1,
        best: 1,
      },
    });
    const said = words(html);
    expect(said).toMatch(
      /score\.30 0\.065, score\.29 0\.062, score\.28 0\.060, …, score\.1 0\.0022/,
    );
    expect(said).toMatch(/all 0\.033/);
    expect(html.match(/<th /g)?.length).toBe(4);
  });
});
