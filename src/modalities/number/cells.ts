import { show } from "../../core/errors.ts";
import type { Column } from "../../data/columns.ts";
import { toNumber } from "../../data/from-rows.ts";
import type { EncodeContext } from "../modality.ts";

/** The cells as numbers, NaN where missing; a text that is not a finite number is a problem. */
export function numberCells(column: Column, context: EncodeContext): Float64Array {
  const out = new Float64Array(column.length).fill(Number.NaN);
  switch (column.storage) {
    case "number":
    case "boolean":
    case "datetime":
      for (let row = 0; row < out.length; row++) {
        if (column.valid[row] === 1) out[row] = column.values[row];
      }
      return out;
    case "string": {
      const numbers = new Map<number, number | undefined>();
      for (let row = 0; row < out.length; row++) {
        const code = column.codes[row];
        if (code < 0) continue;
        const text = column.dictionary[code];
        if (!numbers.has(code)) numbers.set(code, toNumber(text));
        const x = numbers.get(code);
        if (x !== undefined && Number.isFinite(x)) out[row] = x;
        else if (text.trim() !== "" && !Number.isNaN(x))
          context.problem(row, `a finite number; got ${show(text)}`);
      }
      return out;
    }
    default:
      for (let row = 0; row < out.length; row++) {
        if (column.values[row] !== null) context.problem(row, `a number; got ${column.storage}`);
      }
      return out;
  }
}
