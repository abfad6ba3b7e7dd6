import type { ErrorCode } from "../core/errors.ts";

/** What the process ends with, and when. */
export const exitCodes = {
  done: 0,
  /** The command line was not understood. */
  usage: 64,
  /** The data, the configuration, or a file made from them is at fault. */
  data: 65,
  /** polytask is at fault. */
  software: 70,
  /** A file could not be read or written. */
  io: 74,
  /** The machine could not do it now; trying again may help. */
  temporary: 75,
  interrupted: 130,
} as const;

/** The exit code of every error code. */
export const exitCodeOf: Readonly<Record<ErrorCode, number>> = {
  USAGE: exitCodes.usage,
  CONFIG_SYNTAX: exitCodes.data,
  CONFIG_INVALID: exitCodes.data,
  DATA_NOT_FOUND: exitCodes.data,
  DATA_FORMAT: exitCodes.data,
  DATA_SCHEMA: exitCodes.data,
  DATA_VALUE: exitCodes.data,
  DATA_EMPTY: exitCodes.data,
  TASK_INVALID: exitCodes.data,
  SPLIT_INVALID: exitCodes.data,
  SHAPE_MISMATCH: exitCodes.software,
  DTYPE_MISMATCH: exitCodes.software,
  COMPILE: exitCodes.software,
  UNSUPPORTED: exitCodes.data,
  BACKEND: exitCodes.temporary,
  NON_FINITE: exitCodes.data,
  CHECKPOINT_CORRUPT: exitCodes.data,
  MODEL_CORRUPT: exitCodes.data,
  MODEL_PARITY: exitCodes.software,
  IO: exitCodes.io,
  INTERRUPTED: exitCodes.interrupted,
};
