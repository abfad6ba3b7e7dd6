import { elementwise } from "./elementwise.ts";
import { linear } from "./linear.ts";
import type { Operator } from "./node.ts";
import { normalising } from "./normalising.ts";
import { pooling } from "./pooling.ts";
import { reductions } from "./reductions.ts";
import { resizing } from "./resize.ts";
import { shapes } from "./shapes.ts";

/** ONNX's operators that can be read into the compiler, by name. */
export const importedOperators: ReadonlyMap<string, Operator> = new Map(
  Object.entries({
    ...elementwise,
    ...shapes,
    ...reductions,
    ...linear,
    ...pooling,
    ...normalising,
    ...resizing,
  }),
);
