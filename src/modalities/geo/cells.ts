import { show } from "../../core/errors.ts";
import type { Column } from "../../data/columns.ts";
import { toNumber } from "../../data/from-rows.ts";
import { parseList, placeOf } from "../../data/list-text.ts";
import { textAt } from "../list-cells.ts";
import type { EncodeContext } from "../modality.ts";

const numeral = "[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?";
const pair = new RegExp(`^\\s*\\(?\\s*(${numeral})(?:\\s*[,;]\\s*|\\s+)(${numeral})\\s*\\)?\\s*$`);
const expected = "latitude and longitude in degrees, such as 48.2, 16.37";

/**
 * Latitudes and longitudes in degrees, two numbers a row, NaN where they are missing. A cell that is no place on
 * the globe is told as a problem.
 */
export function placesOf(column: Column, context: EncodeContext): Float64Array {
  const out = new Float64Array(2 * column.length).fill(Number.NaN);
  for (let row = 0; row < column.length; row++) {
    const cell = column.storage === "list" ? column.values[row] : textAt(column, row);
    if (cell === null) continue;
    const numbers = readPlace(cell);
    if (numbers === undefined) {
      context.problem(row, `${expected}; got ${show(cell)}`);
      continue;
    }
    const [latitude, longitude] = numbers;
    if (Number.isNaN(latitude) && Number.isNaN(longitude)) continue;
    if (!(Math.abs(latitude) <= 90)) {
      context.problem(row, `a latitude from -90 to 90; got ${latitude} in ${show(cell)}`);
    } else if (!(Math.abs(longitude) <= 180)) {
      context.problem(row, `a longitude from -180 to 180; got ${longitude} in ${show(cell)}`);
    } else out.set(numbers, 2 * row);
  }
  return out;
}

/** Two numbers of a cell, NaN for what is missing; undefined where it has not two. */
function readPlace(cell: readonly unknown[] | string): [number, number] | undefined {
  const items = typeof cell === "string" ? itemsOf(cell) : cell;
  if (items?.length !== 2) return undefined;
  const [latitude, longitude] = items.map((item) =>
    item === null || item === undefined ? Number.NaN : toDegrees(item),
  );
  if (latitude === undefined || longitude === undefined) return undefined;
  return [latitude, longitude];
}

function toDegrees(item: unknown): number | undefined {
  return typeof item === "boolean" ? undefined : toNumber(item);
}

function itemsOf(text: string): readonly unknown[] | undefined {
  const match = pair.exec(text);
  if (match) return [match[1], match[2]];
  if (!/^\s*\{/.test(text)) return parseList(text);
  try {
    return placeOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Whether a text is surely a place: two numbers, one with decimals, that lie on the globe, or an object of both. */
export function looksLikePlace(text: string): boolean {
  if (!/^\s*\{/.test(text) && !(pair.test(text) && /\d\.\d/.test(text))) return false;
  const place = readPlace(text);
  return place !== undefined && Math.abs(place[0]) <= 90 && Math.abs(place[1]) <= 180;
}
