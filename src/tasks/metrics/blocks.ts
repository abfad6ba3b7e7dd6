import { LentRoom, type Room } from "../../core/buffers.ts";
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

/** What is made of each block, in arrays that hold until the next one. */
export function* eachIn<Input, Made>(
  { scratch, blocks }: InBlocks<Input>,
  make: (block: Input, room: Room) => Made,
): Generator<Made> {
  const room = new LentRoom(scratch.buffers);
  try {
    for (const block of blocks()) {
      yield make(block, room);
      room.reset();
    }
  } finally {
    room.reset();
  }
}
