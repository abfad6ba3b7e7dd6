/** Lists and places that are written as JSON, or given as objects. */

/**
 * The list that a text holds as JSON, such as `[1, 2]`; undefined where it holds none. NaN, which JSON lacks, is read
 * as null, and infinities as such, as other programs write them.
 */
export function parseList(text: string): readonly unknown[] | undefined {
  if (!/^\s*\[/.test(text)) return undefined;
  const plain = /[nN]a[nN]|Infinity/.test(text) && !text.includes('"');
  try {
    const json = plain ? text.replace(/\bnan\b/gi, "null").replace(/\bInfinity\b/g, "1e999") : text;
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const names = [
  ["lat", "latitude"],
  ["lon", "lng", "long", "longitude"],
] as const;

/** Latitude and longitude of an object that has both, by their usual names; undefined of anything else. */
export function placeOf(value: unknown): readonly [unknown, unknown] | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value).map(([key, x]) => [key.toLowerCase(), x] as const);
  const found = names.map((some) => entries.find(([key]) => some.some((name) => name === key)));
  const [latitude, longitude] = found;
  return latitude && longitude ? [latitude[1], longitude[1]] : undefined;
}
