/** What `class-detail.ts` shows, of rows in blocks. */
import {
  confusionClasses,
  largest,
  microCells,
  nested,
  perClass,
  reliability,
} from "./class-detail.ts";
import type { Curve, Detail } from "./detail.ts";
import { BinaryBlocks } from "./metrics/binary-blocks.ts";
import type { BinaryInput } from "./metrics/binary-rows.ts";
import type { InBlocks } from "./metrics/blocks.ts";
import { addTo, confusionMatrix } from "./metrics/confusion.ts";
import { MulticlassBlocks } from "./metrics/multiclass-blocks.ts";
import type { MulticlassInput } from "./metrics/multiclass-rows.ts";
import { MultilabelBlocks } from "./metrics/multilabel-blocks.ts";
import type { MultilabelInput } from "./metrics/multilabel-rows.ts";
import { ScoreSort } from "./metrics/score-sort.ts";
import { sweptCurves } from "./metrics/swept-curves.ts";

export function binaryBlocksDetail(
  input: InBlocks<BinaryInput>,
  classes: readonly string[],
): Detail {
  const rows = new BinaryBlocks(input);
  const { count, tallies } = rows;
  if (count === 0 || rows.problem !== undefined) return { rows: count };
  const matrix = new Float64Array(4);
  for (const { truth, predicted, weights } of rows.each())
    addTo(matrix, confusionMatrix(truth, predicted, weights, 2).matrix);
  const found = curvesOf(input, classes[1], rows.each());
  return {
    rows: count,
    confusion: nested({ classes: 2, matrix }),
    perClass: perClass(tallies, classes),
    reliability: reliability(
      rows.binned(({ probability, truth, weights }) => ({
        confidence: probability,
        correct: Uint8Array.from(truth),
        weights,
      })),
    ),
    roc: found.roc,
    pr: found.pr,
  };
}

export function multiclassBlocksDetail(
  input: InBlocks<MulticlassInput>,
  classes: readonly string[],
): Detail {
  const rows = new MulticlassBlocks(input);
  const { count, tallies } = rows;
  if (count === 0 || rows.problem !== undefined) return { rows: count };
  const matrix = new Float64Array(
    rows.classes <= confusionClasses ? rows.classes * rows.classes : 0,
  );
  let given = 0;
  for (const block of input.blocks()) given += block.truth.length;
  if (matrix.length > 0) {
    for (const { truth, predicted, weights } of rows.each())
      addTo(matrix, confusionMatrix(truth, predicted, weights, rows.classes).matrix);
  }
  const shown = largest(tallies.support);
  const micro = given * rows.classes <= microCells;
  return {
    rows: count,
    confusion: matrix.length > 0 ? nested({ classes: rows.classes, matrix }) : undefined,
    perClass: perClass(tallies, classes),
    reliability: reliability(rows.reliability()),
    ...allCurves([
      ...(micro ? [curvesOf(input, "micro average", everyClass(rows))] : []),
      ...shown.map((c) => curvesOf(input, classes[c], oneClass(rows, c))),
    ]),
  };
}

export function multilabelBlocksDetail(
  input: InBlocks<MultilabelInput>,
  labels: readonly string[],
): Detail {
  const rows = new MultilabelBlocks(input);
  const { count, tallies } = rows;
  if (count === 0 || rows.problem !== undefined) return { rows: count };
  let given = 0;
  for (const { truth } of input.blocks()) given += truth.length;
  return {
    rows: count,
    perClass: perClass(tallies, labels),
    reliability: reliability(rows.reliability()),
    ...allCurves([
      ...(given <= microCells ? [curvesOf(input, "micro average", rows.each())] : []),
      ...largest(tallies.support).map((l) => curvesOf(input, labels[l], oneLabel(rows, l))),
    ]),
  };
}

/** Rows of two classes in memory: those of one block, as far as they take part. */
interface TwoClasses {
  readonly truth: ArrayLike<number>;
  readonly probability: ArrayLike<number>;
  readonly weights: ArrayLike<number>;
}

interface Curves {
  readonly roc: Curve[];
  readonly pr: Curve[];
}

/** The curves of one class against the rest. */
function curvesOf(
  { scratch }: InBlocks<unknown>,
  name: string,
  blocks: Iterable<TwoClasses>,
): Curves {
  const scores = new ScoreSort(scratch);
  try {
    let rows = 0;
    let positives = 0;
    for (const { truth, probability, weights } of blocks) {
      rows += truth.length;
      for (let i = 0; i < truth.length; i++) {
        positives += truth[i];
        scores.add(probability[i], truth[i] === 1, weights[i]);
      }
    }
    const { roc, pr } = sweptCurves(scores);
    const facts = { name, positives, rows };
    return { roc: roc ? [{ ...facts, ...roc }] : [], pr: pr ? [{ ...facts, ...pr }] : [] };
  } finally {
    scores.close();
  }
}

function allCurves(all: readonly Curves[]): Curves {
  return { roc: all.flatMap(({ roc }) => roc), pr: all.flatMap(({ pr }) => pr) };
}

function* oneClass(rows: MulticlassBlocks, c: number): Generator<TwoClasses> {
  for (const block of rows.each()) {
    const { weights } = block;
    yield { truth: block.isClass(c), probability: block.scoresOf(c), weights };
  }
}

/** Every class of every row as a question of its own. */
function* everyClass(rows: MulticlassBlocks): Generator<TwoClasses> {
  for (let c = 0; c < rows.classes; c++) yield* oneClass(rows, c);
}

function* oneLabel(rows: MultilabelBlocks, label: number): Generator<TwoClasses> {
  for (const block of rows.each()) {
    const cells = Int32Array.from(block.label.keys()).filter((cell) => block.label[cell] === label);
    yield {
      truth: Array.from(cells, (cell) => block.truth[cell]),
      probability: Array.from(cells, (cell) => block.probability[cell]),
      weights: Array.from(cells, (cell) => block.weights[cell]),
    };
  }
}
