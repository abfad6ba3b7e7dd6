import type { Scratch } from "../data/scratch.ts";
import type { Detail } from "./detail.ts";
import type { InBlocks } from "./metrics/blocks.ts";
import type { Evaluation, Outputs, TaskKind } from "./task.ts";

/** Some consecutive rows with their labels and what a model said of them. */
export interface ScoredBlock {
  /** Number of the first of them among all. */
  readonly first: number;
  readonly rows: number;
  /** `[rows, labelWidth]`, NaN where a label is missing. */
  readonly truth: Float64Array;
  readonly outputs: Outputs;
  /** What each row counts; 1 where absent. */
  readonly weights?: Float64Array;
}

/** What metrics read of a block, or of all rows. */
export type ScoredColumns = Pick<ScoredBlock, "truth" | "outputs" | "weights"> & {
  readonly first?: number;
};

/** Rows that a model has scored for one task. */
export interface ScoredRows {
  readonly rows: number;
  /** All rows in order, in one block or several, whose arrays then hold until the next is asked for. */
  blocks(): Iterable<ScoredBlock>;
  /** Space for what has to be sorted, where the rows are too many to hold; else there is one block. */
  readonly scratch?: Scratch;
}

/** Rows in memory. */
export function heldScores(
  truth: Float64Array,
  width: number,
  outputs: Outputs,
  weights?: Float64Array,
): ScoredRows {
  const rows = width === 0 ? 0 : truth.length / width;
  return { rows, blocks: () => [{ first: 0, rows, truth, outputs, weights }] };
}

interface Judged {
  readonly kind: TaskKind;
  readonly state: unknown;
}

/** Metrics of scored rows; a kind that has no metrics in blocks is given all rows at once. */
export function evaluateScored({ kind, state }: Judged, scored: ScoredRows): Evaluation {
  const blocks = blocksOf(scored);
  if (kind.inBlocks && blocks) return kind.inBlocks.evaluate(state, blocks);
  const { truth, outputs, weights } = wholeOf(scored);
  return kind.evaluate(state, truth, outputs, weights);
}

/** What the report shows of scored rows. */
export function detailScored({ kind, state }: Judged, scored: ScoredRows): Detail {
  const blocks = blocksOf(scored);
  if (kind.inBlocks && blocks) return kind.inBlocks.detail(state, blocks);
  const { truth, outputs, weights } = wholeOf(scored);
  return kind.detail(state, truth, outputs, weights);
}

function blocksOf(scored: ScoredRows): InBlocks<ScoredBlock> | undefined {
  const { scratch } = scored;
  return scratch && { scratch, blocks: () => scored.blocks() };
}

/** All rows as one block, which takes memory for each of them. */
export function wholeOf(scored: ScoredRows): ScoredBlock {
  if (scored.scratch === undefined) {
    const [only] = scored.blocks();
    return only;
  }
  const { rows } = scored;
  let truth = new Float64Array(0);
  let weights: Float64Array | undefined;
  let outputs: Record<string, Float32Array> = {};
  for (const block of scored.blocks()) {
    const place = <T extends Float32Array | Float64Array>(all: T, part: T): T => {
      all.set(part, (part.length / block.rows) * block.first);
      return all;
    };
    const numbers = Object.entries(block.outputs) as [string, Float32Array][];
    if (block.first === 0) {
      const room = (part: ArrayLike<number>) => (part.length / block.rows) * rows;
      truth = new Float64Array(room(block.truth));
      weights = block.weights && new Float64Array(rows);
      outputs = Object.fromEntries(numbers.map(([k, part]) => [k, new Float32Array(room(part))]));
    }
    place(truth, block.truth);
    if (weights && block.weights) place(weights, block.weights);
    for (const [name, part] of numbers) place(outputs[name], part);
  }
  return { first: 0, rows, truth, outputs, ...(weights && { weights }) };
}

/** Scored blocks as what metrics of a kind take. */
export function mapBlocks<From, To>(
  { scratch, blocks }: InBlocks<From>,
  map: (block: From) => To,
): InBlocks<To> {
  function* mapped() {
    for (const block of blocks()) yield map(block);
  }
  return { scratch, blocks: mapped };
}
