import { describe, expect, it } from "vitest";
import type { ComparisonRecord, RunRecord, TuningRecord } from "./record.ts";
import { renderReport } from "./render.ts";

const cost = { fits: 2, parameters: 1200, seconds: 3, memoryBytes: 2e8 };
const score = (regime: string, mean: number) => ({
  regime,
  mean,
  low: mean - 0.1,
  high: mean + 0.1,
  measured: 10,
});

const comparison: ComparisonRecord = {
  folds: 5,
  seeds: 2,
  rows: { used: 900, test: 100, train: 640, validation: 80, heldOut: 180 },
  regimes: [
    { name: "independent", title: "Independent", summary: "One model a task.", cost },
    { name: "multiTask", title: "Multi-task", summary: "One model.", deltaM: 0.04, cost },
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

function page(found: Pick<RunRecord, "comparison" | "tuning">): string {
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
});
