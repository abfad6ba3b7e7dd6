import type { OpTable } from "./op.ts";
import { algebra } from "./ops/algebra.ts";
import { compare } from "./ops/compare.ts";
import { convolution } from "./ops/convolution.ts";
import { elementwise } from "./ops/elementwise.ts";
import { indexing } from "./ops/indexing.ts";
import { linear } from "./ops/linear.ts";
import { movement } from "./ops/movement.ts";
import { normalising } from "./ops/normalising.ts";
import { pooling } from "./ops/pooling.ts";
import { random } from "./ops/random.ts";
import { reduce } from "./ops/reduce.ts";
import { scan } from "./ops/scan.ts";
import { source } from "./ops/source.ts";

/** All primitives, one row each. */
export const ops: OpTable = {
  ...source,
  ...elementwise,
  ...compare,
  ...reduce,
  ...movement,
  ...indexing,
  ...linear,
  ...convolution,
  ...pooling,
  ...normalising,
  ...random,
  ...algebra,
  ...scan,
};
