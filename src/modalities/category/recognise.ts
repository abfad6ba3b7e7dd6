import type { ColumnProfile } from "../../data/profile.ts";

/** The score of a column that tells rows apart and nothing else. */
export const identifierScore = 0.1;

/**
 * Whether each row has a value of its own that says nothing by itself: a running number, or single words
 * with digits in them that do not recur.
 */
export function looksLikeIdentifier(profile: ColumnProfile): boolean {
  const present = profile.rows - profile.missing;
  if (present < 10) return false;
  if (profile.number !== undefined && profile.storage === "number") return profile.number.counter;
  if (profile.text === undefined || profile.distinctShare < 0.95) return false;
  return (
    profile.text.meanWords < 1.2 &&
    profile.examples.every((example) => /\d/.test(example)) &&
    profile.text.datetimeShare < 0.9
  );
}

/** Whether a text column's values recur as class names do. */
export function looksLikeClasses(profile: ColumnProfile): boolean {
  const { text, distinct, distinctShare } = profile;
  if (text === undefined || text.maxLength > 200 || distinct === 0) return false;
  if (distinctShare <= 0.05) return true;
  if (text.meanWords > 4) return false;
  return distinctShare <= 0.3 || (distinct <= 20 && distinctShare <= 0.7);
}

const codeName = /(?:^|[\s_.-])(?:zip|postal|postcode|plz|code|zipcode|type|class|category)$/i;

/** 0.85 for recurring words and for text that reads as numbers yet was kept as text (leading zeros). */
export function recogniseCategory(profile: ColumnProfile): number {
  if (looksLikeIdentifier(profile)) return identifierScore / 2;
  switch (profile.storage) {
    case "string": {
      const { text } = profile;
      if (text === undefined || profile.distinct === 0) return 0;
      if (text.numberShare === 1) return 0.85;
      return looksLikeClasses(profile) ? 0.85 : 0.3;
    }
    case "number": {
      const { number } = profile;
      const codes = number?.integer === true && number.min >= 0;
      return codes && codeName.test(profile.name) && profile.distinctShare < 0.9 ? 0.85 : 0.2;
    }
    case "boolean":
      return 0.3;
    default:
      return 0;
  }
}
