import type { ColumnProfile } from "./profile.ts";

/** What a column's values would make of it as labels. */
export interface LabelFacts {
  /** Cells with a label. */
  readonly labels: number;
  /** Distinct labels (of a list column, distinct elements), counted up to `distinctLimit`. */
  readonly classes: number;
  /** Distinct labels over cells with a label. */
  readonly distinctShare: number;
  /** Numbers that are all whole. */
  readonly isInteger: boolean;
  /** Booleans, or two values: 0 and 1, or two words such as yes and no. */
  readonly looksBinary: boolean;
  /** Few distinct values, each several times: words, or whole numbers that are few for their rows. */
  readonly looksCategorical: boolean;
  /** Whole numbers from 0 up, many of them small, too many distinct for classes. */
  readonly looksCount: boolean;
  /** Whole numbers in a short run such as 1 … 5: a grade. */
  readonly looksOrdinal: boolean;
  /** Lists of labels, without repeats. */
  readonly looksMultilabel: boolean;
  /** Numbers that are none of the above. */
  readonly looksContinuous: boolean;
  /** Nearly every cell its own value: identifiers, names, free text. */
  readonly looksUnique: boolean;
}

/** Most classes that words are taken for; more are taken for text. */
const mostClasses = 1000;

/** Facts by which a task kind is proposed for a column; several may hold at once. */
export function labelFacts(profile: ColumnProfile): LabelFacts {
  const { storage, distinct, distinctShare, number, list, text } = profile;
  const labels = profile.rows - profile.missing;
  const isInteger = storage === "number" && number !== undefined && number.integer;
  const two = distinct === 2 && labels > 2;
  const span = number === undefined ? 0 : number.max - number.min + 1;
  const looksBinary =
    storage === "boolean" ||
    (storage === "string" && two) ||
    (isInteger && two && number.min === 0 && number.max === 1);
  // A grade uses most of a short run of whole numbers, many times each.
  const looksOrdinal =
    isInteger && distinct >= 3 && distinct <= 10 && span <= 11 && distinctShare < 0.1;
  const words = storage === "string" && distinct <= mostClasses && distinctShare <= 0.5;
  const codes = isInteger && distinct <= 20 && distinctShare <= 0.05;
  const looksCategorical = looksBinary || (words && (text?.meanWords ?? 0) <= 8) || codes;
  const looksCount =
    isInteger &&
    number.min >= 0 &&
    !number.counter &&
    !looksBinary &&
    !looksOrdinal &&
    number.min <= 5 &&
    number.mean < 1000;
  return {
    labels,
    classes: list === undefined ? distinct : list.distinctElements,
    distinctShare,
    isInteger,
    looksBinary,
    looksCategorical,
    looksCount,
    looksOrdinal,
    looksMultilabel:
      list !== undefined &&
      (list.elements === "string" || list.elements === "number") &&
      !list.repeats &&
      list.distinctElements <= mostClasses &&
      list.minLength !== list.maxLength,
    looksContinuous: storage === "number" && !looksBinary && !looksOrdinal && !looksCount && !codes,
    looksUnique: labels > 20 && distinctShare > 0.95,
  };
}
