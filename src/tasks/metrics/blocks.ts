import type { Scratch } from "../../data/scratch.ts";

/** Rows that are too many to hold, a block at a time. */
export interface InBlocks<Input> {
  /** Space for what has to be sorted. */
  readonly scratch: Scratch;
  /** All blocks, in order, as often as asked. */
  blocks(): Iterable<Input>;
}

/** Rows held in memory, or in blocks. */
export type Held<Input> = Input | InBlocks<Input>;

export function isInBlocks<Input extends object>(input: Held<Input>): input is InBlocks<Input> {
  return "blocks" in input && "scratch" in input;
}
