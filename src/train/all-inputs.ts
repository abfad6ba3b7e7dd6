/** Work on every input of a batch at once, with problems told in an order that does not depend on timing. */
import type { EncodeContext } from "../modalities/modality.ts";
import type { NumberedBatch } from "./numbered-batches.ts";

/** Takes a cell that could not be read; `row` counts from 0 in the whole table. */
export type ProblemReceiver = (input: string, row: number, message: string) => void;

/**
 * Does a work for every input at once, so that what waits for files and other threads waits together.
 * Problems are told at the end, in the order of inputs, then as each told them.
 * @throws what the first input throws that fails, after all have ended.
 */
export async function ofAllInputs<Input extends { readonly name: string }>(
  batch: NumberedBatch,
  inputs: readonly Input[],
  onProblem: ProblemReceiver | undefined,
  work: (input: Input, context: EncodeContext, index: number) => void | Promise<void>,
): Promise<void> {
  const problems: [number, string][][] = inputs.map(() => []);
  const { baseDir, origin } = batch.table;
  const results = await Promise.allSettled(
    inputs.map(async (input, i) => {
      const problem = (row: number, message: string) => problems[i].push([row, message]);
      await work(input, { baseDir, origin, firstRow: batch.first, problem }, i);
    }),
  );
  for (const [i, result] of results.entries()) {
    for (const [row, message] of problems[i])
      onProblem?.(inputs[i].name, batch.numberOf(row), message);
    if (result.status === "rejected") throw result.reason;
  }
}
