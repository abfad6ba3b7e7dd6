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
  /** All rows in order, in one block or several; read anew each time where they are in a file. */
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
  const blocks = [...scored.blocks()];
  if (blocks.length === 1) return blocks[0];
  const join = <T extends Float64Array | Float32Array>(parts: readonly T[], empty: T): T => {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const whole = new (empty.constructor as new (length: number) => T)(length);
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  };
  const names = Object.keys(blocks[0]?.outputs ?? {});
  const weights = blocks.flatMap((b) => b.weights ?? []);
  return {
    first: 0,
    rows: scored.rows,
    truth: join(
      blocks.map((b) => b.truth),
      new Float64Array(0),
    ),
    outputs: Object.fromEntries(
      names.map((name) => [
        name,
        join(
          blocks.map((b) => b.outputs[name] as Float32Array),
          new Float32Array(0),
        ),
      ]),
    ),
    ...(weights.length > 0 && { weights: join(weights, new Float64Array(0)) }),
  };
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
