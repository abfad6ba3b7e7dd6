import { describe, expect, it } from "vitest";
import type { FitOutcome } from "../model/fit.ts";
import { heldScores } from "../tasks/scored.ts";
import { predictionsCsv } from "./predictions.ts";

/** A task whose predictions are what a test says. */
const kind = {
  judge: (_: unknown, truth: Float64Array, __: unknown, row: number) =>
    Number.isNaN(truth[row]) ? undefined : { truth: `t,${truth[row]}`, prediction: 0, loss: 0 },
  decode: (_: unknown, outputs: { label: string[] }, row: number) => ({
    label: outputs.label[row],
    probabilities: { 'say "a"': 0.25, b: 0.75 },
  }),
};

const task = "kind, odd";
const scored = (labels: readonly number[], label: readonly string[]) => ({
  scored: { [task]: heldScores(Float64Array.from(labels), 1, { label }) },
});
const outcome = {
  reported: [{ name: task, kind, state: null }],
  results: {
    validation: scored([1], ["plain"]),
    test: scored([2, Number.NaN], ['two\nlines, "quoted"', "=1+1"]),
  },
} as unknown as FitOutcome;

describe("predictionsCsv", () => {
  it("quotes what must be, leaves missing labels blank, and counts rows from 1", () => {
    const rows = {
      train: new Int32Array(0),
      validation: Int32Array.of(4),
      test: Int32Array.of(0, 9),
    };
    const text = [...predictionsCsv(outcome, rows)].join("");
    const json = '"{""say \\""a\\"""":0.25,""b"":0.75}"';
    expect(text).toBe(
      [
        'row,part,"kind, odd.truth","kind, odd.label","kind, odd.probabilities"',
        `5,validation,"t,1",plain,${json}`,
        `1,test,"t,2","two\nlines, ""quoted""",${json}`,
        `10,test,,=1+1,${json}`,
        "",
      ].join("\n"),
    );
  });

  it("is a header alone where nothing was scored", () => {
    const nothing = { ...outcome, results: {} } as unknown as FitOutcome;
    const none = new Int32Array(0);
    const rows = { train: none, validation: none, test: none };
    expect([...predictionsCsv(nothing, rows)].join("")).toBe("row,part\n");
  });
});
