import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluateBinary } from "./binary.ts";
import { evaluateCount } from "./count.ts";
import type { Evaluation } from "./metric.ts";
import { evaluateMulticlass } from "./multiclass.ts";
import { evaluateMultilabel } from "./multilabel.ts";
import { evaluateOrdinal } from "./ordinal.ts";
import { evaluateRegression } from "./regression.ts";
import { type LabelPredictionKind, metricFacts } from "./table.ts";

/** One row of any kind: NaN for a missing label, coarse numbers so that ties are common. */
interface Row {
  readonly truth: number[];
  readonly prediction: number[];
  readonly weight: number;
}

const classes = 4;
const coarse = (least: number, most: number) =>
  fc.integer({ min: least * 4, max: most * 4 }).map((v) => v / 4);
const label = (values: fc.Arbitrary<number>) =>
  fc.oneof({ weight: 5, arbitrary: values }, { weight: 1, arbitrary: fc.constant(Number.NaN) });
const distribution = fc
  .array(fc.integer({ min: 1, max: 4 }), { minLength: classes, maxLength: classes })
  .map((parts) => parts.map((part) => part / parts.reduce((a, b) => a + b)));
const one = (values: fc.Arbitrary<number>) => values.map((v) => [v]);
const many = (values: fc.Arbitrary<number>) =>
  fc.array(values, { minLength: classes, maxLength: classes });
const bit = fc.integer({ min: 0, max: 1 });

interface Kind {
  readonly truth: fc.Arbitrary<number[]>;
  readonly prediction: fc.Arbitrary<number[]>;
  evaluate(truth: Float64Array, prediction: Float64Array, weights?: Float64Array): Evaluation;
}

const classIndex = one(label(fc.integer({ min: 0, max: classes - 1 })));

const kinds: Record<LabelPredictionKind, Kind> = {
  regression: {
    truth: one(label(coarse(-3, 3))),
    prediction: one(coarse(-3, 3)),
    evaluate: (truth, prediction, weights) => evaluateRegression({ truth, prediction, weights }),
  },
  count: {
    truth: one(label(fc.integer({ min: 0, max: 6 }))),
    prediction: one(coarse(1, 6)),
    evaluate: (truth, mean, weights) => evaluateCount({ truth, mean, weights }),
  },
  binary: {
    truth: one(label(bit)),
    prediction: one(coarse(0, 1)),
    evaluate: (truth, probability, weights) => evaluateBinary({ truth, probability, weights }),
  },
  multiclass: {
    truth: classIndex,
    prediction: distribution,
    evaluate: (truth, probabilities, weights) =>
      evaluateMulticlass({ truth, probabilities, classes, weights }),
  },
  ordinal: {
    truth: classIndex,
    prediction: distribution,
    evaluate: (truth, probabilities, weights) =>
      evaluateOrdinal({ truth, probabilities, classes, weights }),
  },
  multilabel: {
    truth: many(label(bit)),
    prediction: many(coarse(0, 1)),
    evaluate: (truth, probabilities, weights) =>
      evaluateMultilabel({ truth, probabilities, labels: classes, weights }),
  },
};

const rowsOf = (kind: Kind) =>
  fc.array(
    fc.record({
      truth: kind.truth,
      prediction: kind.prediction,
      weight: fc.integer({ min: 0, max: 3 }),
    }),
    { maxLength: 24 },
  );

function evaluate(kind: Kind, rows: readonly Row[], weights?: readonly number[]): Evaluation {
  return kind.evaluate(
    Float64Array.from(rows.flatMap((row) => row.truth)),
    Float64Array.from(rows.flatMap((row) => row.prediction)),
    weights && Float64Array.from(weights),
  );
}

function expectSame(actual: Evaluation, expected: Evaluation): void {
  for (const [name, value] of Object.entries(expected.metrics)) {
    const other = actual.metrics[name];
    if (Number.isNaN(value)) expect(other, name).toBeNaN();
    else {
      const error = Math.abs(other - value) / Math.max(1, Math.abs(value));
      expect(error, `${name}: ${other} for ${value}`).toBeLessThan(1e-9);
    }
  }
}

describe.each(Object.entries(kinds))("%s metrics", (kindName, kind) => {
  it("do not depend on the order of rows", () => {
    const shuffled = rowsOf(kind).chain((rows) =>
      fc.tuple(
        fc.constant(rows),
        fc.shuffledSubarray(rows, { minLength: rows.length, maxLength: rows.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([rows, mixed]) => {
        const weights = (list: Row[]) => list.map((row) => row.weight / 10);
        expectSame(evaluate(kind, mixed), evaluate(kind, rows));
        expectSame(evaluate(kind, mixed, weights(mixed)), evaluate(kind, rows, weights(rows)));
      }),
    );
  });

  it("take a whole weight for that many copies of a row, whatever the unit of weight", () => {
    fc.assert(
      fc.property(rowsOf(kind), (rows) => {
        const copies = rows.flatMap((row) => Array.from({ length: row.weight }, () => row));
        const weights = rows.map((row) => row.weight);
        const repeated = evaluate(kind, copies);
        expectSame(evaluate(kind, rows, weights), repeated);
        const tenths = weights.map((weight) => weight / 10);
        expectSame(evaluate(kind, rows, tenths), repeated);
      }),
    );
  });

  it("leave out rows without a label and count the others", () => {
    fc.assert(
      fc.property(rowsOf(kind), (rows) => {
        const known = rows.filter((row) => !row.truth.every(Number.isNaN));
        const result = evaluate(kind, rows);
        expect(result.rows).toBe(known.length);
        expectSame(result, evaluate(kind, known));
      }),
    );
  });

  it("give a reason for every NaN and only then, and stay in their range", () => {
    fc.assert(
      fc.property(rowsOf(kind), (rows) => {
        const result = evaluate(kind, rows);
        for (const [name, value] of Object.entries(result.metrics)) {
          expect(Number.isNaN(value), name).toBe(result.undefined[name] !== undefined);
          if (Number.isNaN(value)) continue;
          const [least, most] = metricFacts(kindName as LabelPredictionKind, name)?.range ?? [0, 0];
          expect(value, name).toBeGreaterThanOrEqual(least - 1e-12);
          expect(value, name).toBeLessThanOrEqual(most + 1e-12);
        }
      }),
    );
  });
});

describe("definitions, by brute force", () => {
  it("ROC AUC is the chance that a positive row scores above a negative one", () => {
    fc.assert(
      fc.property(rowsOf(kinds.binary), (rows) => {
        const labelled = rows.filter((row) => !Number.isNaN(row.truth[0]));
        let won = 0;
        let pairs = 0;
        for (const a of labelled.filter((row) => row.truth[0] === 1)) {
          for (const b of labelled.filter((row) => row.truth[0] === 0)) {
            pairs++;
            won += (Math.sign(a.prediction[0] - b.prediction[0]) + 1) / 2;
          }
        }
        const { rocAuc } = evaluate(kinds.binary, rows).metrics as Record<string, number>;
        if (pairs === 0) expect(rocAuc).toBeNaN();
        else expect(rocAuc).toBeCloseTo(won / pairs, 10);
      }),
    );
  });

  it("Kendall's tau-b counts pairs ordered alike and unlike", () => {
    fc.assert(
      fc.property(rowsOf(kinds.regression), (rows) => {
        const labelled = rows.filter((row) => !Number.isNaN(row.truth[0]));
        let agreement = 0;
        let apartTruth = 0;
        let apartPrediction = 0;
        labelled.forEach((a, i) => {
          for (const b of labelled.slice(0, i)) {
            const dt = Math.sign(a.truth[0] - b.truth[0]);
            const dp = Math.sign(a.prediction[0] - b.prediction[0]);
            agreement += dt * dp;
            apartTruth += Math.abs(dt);
            apartPrediction += Math.abs(dp);
          }
        });
        const { kendall } = evaluate(kinds.regression, rows).metrics as Record<string, number>;
        const expected = agreement / Math.sqrt(apartTruth * apartPrediction);
        if (Number.isNaN(expected)) expect(kendall).toBeNaN();
        else expect(kendall).toBeCloseTo(expected, 10);
      }),
    );
  });
});
