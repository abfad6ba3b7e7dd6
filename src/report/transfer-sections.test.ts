import { describe, expect, it } from "vitest";
import type { RunRecord, TransferRecord } from "./record.ts";
import { renderReport } from "./render.ts";

const score = (regime: string, mean: number | null) => ({
  regime,
  mean,
  low: mean && mean - 0.1,
  high: mean && mean + 0.1,
  measured: 10,
});
const curve = (from: number) =>
  [1, 2, 3].map((epoch) => ({ epoch, trainLoss: 1 / epoch, validation: from + 0.1 * epoch }));

const plan: TransferRecord = {
  source: "old <run>",
  inputs: [
    {
      name: "size",
      from: "length",
      how: "mapped",
      modality: "number",
      state: "refitted",
      why: "distance of distributions more than 0.2 beyond chance",
      drift: [{ measure: "ks", value: 0.512, noise: 0.081 }],
    },
    {
      name: "colour",
      from: "colour",
      how: "same name",
      modality: "category",
      state: "kept",
      why: "all drift is within 0.2 of chance",
      drift: [],
      vocabulary: { known: 12, added: 3, gone: 4 },
    },
  ],
  tasks: [
    {
      name: "kind",
      from: "kind",
      how: "same name",
      kind: "multiclass",
      head: "partly reused",
      outputs: { reused: 2, all: 3 },
      why: "2 of 3 classes are known",
    },
  ],
  parameters: [
    { name: "head.kind.bias", shape: [3], how: "partly copied", copied: 2, size: 3 },
    { name: "encoder.gone.missing", shape: [1], how: "unused", copied: 0, size: 1 },
  ],
  rates: [
    { group: "heads", carried: 2, factor: 1, frozen: 0 },
    { group: "sharing", carried: 640, factor: 0.4, frozen: 2 },
    { group: "encoders", carried: 90, factor: 0, frozen: "always" },
  ],
  totals: { copied: 732, all: 1000, unused: 1 },
};

const record = (transfer: TransferRecord | undefined): RunRecord => ({
  format: 1,
  run: {
    project: "p",
    name: "n",
    startedAt: "2026-01-01T00:00:00Z",
    seed: 1,
    wallSeconds: 2,
    command: "polytask transfer",
    versions: {},
  },
  config: "",
  split: { rule: "random", rows: { train: 10 } },
  inputs: [],
  tasks: [],
  transfer,
});

describe("the report of a transfer", () => {
  it("shows what was taken over, escaped", () => {
    const page = renderReport(record(plan));
    for (const text of [
      "old &lt;run>",
      "732 of 1,000 numbers (73.2 %)",
      "distributions 0.512 (chance 0.081)",
      "12 known, 3 new, 4 gone",
      "2 of 3 classes are known",
      "partly copied",
      "2 epochs",
      "always",
    ])
      expect(page, text).toContain(text);
    expect(page).toMatch(/from <bdi>length<\/bdi>/);
    expect(page).not.toContain("Transfer or from scratch");
    expect(page).not.toContain("<run>");
  });

  it("says which won, with curves of both, and copes with what was not measured", () => {
    const against = {
      regime: "transfer",
      mean: 0.2,
      low: 0.1,
      high: 0.3,
      p: 1e-5,
      adjusted: 2e-5,
      wilcoxon: 0.002,
    };
    const page = renderReport(
      record({
        ...plan,
        comparison: {
          words: ["Starting from the trained model won on kind, and lost nowhere."],
          folds: 5,
          seeds: 2,
          epochs: 3,
          rows: { used: 100, train: 68, validation: 12, heldOut: 20 },
          deltaM: 0.3,
          seconds: { scratch: 1.5, transfer: 1.4 },
          tasks: [
            {
              name: "kind",
              metric: "accuracy",
              better: "higher",
              scores: [score("scratch", 0.5), score("transfer", 0.7)],
              against: { ...against, verdict: "helps" },
              curves: { scratch: curve(0.2), transfer: curve(0.4) },
            },
            {
              name: "rare",
              metric: "auc",
              better: "higher",
              scores: [score("scratch", null), score("transfer", null)],
              against: {
                ...against,
                mean: null,
                low: null,
                high: null,
                p: null,
                adjusted: null,
                verdict: "no difference",
              },
              curves: { scratch: [], transfer: [] },
            },
          ],
          notes: ["The 20 test rows of the configuration were not looked at."],
          failures: [{ where: "transfer, seed 1, fold 2", message: "out of luck" }],
        },
      }),
    );
    for (const text of [
      "Transfer or from scratch",
      "won on kind, and lost nowhere.",
      "5 folds × 2 seeds",
      "about 68 rows to train on",
      "+0.200 (+0.100 to +0.300)",
      "&lt;0.001",
      "Validation rows",
      "out of luck",
      "were not looked at",
    ])
      expect(page, text).toContain(text);
    expect(page).not.toMatch(/NaN|undefined|null/);
  });
});
