import { cnn } from "./cnn.ts";
import { gru } from "./gru.ts";
import { none } from "./none.ts";
import type { SequenceEncoder } from "./sequence-encoder.ts";
import { tcn } from "./tcn.ts";
import { transformer } from "./transformer.ts";

/** Every sequence encoder, by name. */
export const sequenceEncoders = {
  none,
  cnn,
  tcn,
  gru,
  transformer,
} as const satisfies Record<string, SequenceEncoder>;
