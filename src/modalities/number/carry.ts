import { byName, type Carry, kolmogorovSmirnov, missingDrift } from "../carry.ts";
import { type NumberState, numberCoding } from "./coding.ts";
import type { NumberOptions } from "./number.ts";

const namesOf = (state: NumberState) => [
  "value",
  ...state.edges.slice(1).map((_, i) => `bin ${i}`),
  ...(numberCoding.missing(state) > 0 ? ["missing"] : []),
];

/** Numbers are compared by their quantiles. */
export const carryNumber: Carry<NumberState, NumberOptions> = {
  drift(from, to) {
    const seen = (s: NumberState) => Math.max(1, s.rows - s.missing);
    const [old, now] = [from.quantiles, to.quantiles];
    const measured = old && now && old.length > 0 && now.length > 0;
    return [
      ...(measured ? [kolmogorovSmirnov(old, now, [seen(from), seen(to)])] : []),
      missingDrift(from, to),
    ];
  },
  outputs: (from, to) => byName(namesOf(from), namesOf(to)),
};
