/** Predicted cells as people and programs read them. */
import type { CellTarget, ShownAs } from "../../core/cell-target.ts";

/** Names that are told of a prediction, the most probable first. */
const namesTold = 10;

/** What a model says of one cell. */
export interface CellPrediction {
  /**
   * A number, an instant as ISO 8601, numbers nested as the shape says; of words and members those with a
   * probability above 0.5; of classes the most probable.
   */
  readonly value: unknown;
  /** The most probable names, by descending probability. */
  readonly probabilities?: Readonly<Record<string, number>>;
}

/** A predicted picture: rows of pixels from 0 to 255, channels innermost, as PNG encoders take them. */
export interface PredictedPicture {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly pixels: readonly number[];
}

const readers: Partial<
  Record<ShownAs, (numbers: ArrayLike<number>, shape: readonly number[]) => unknown>
> = {
  number: (numbers) => numbers[0],
  instant: (numbers) => new Date(numbers[0]).toISOString(),
  place: toPlace,
  picture: (numbers, [height, width, channels]): PredictedPicture => ({
    height,
    width,
    channels,
    pixels: Array.from(numbers, (x) => Math.round(255 * Math.min(1, Math.max(0, x)))),
  }),
};

/** The nearest place on the globe of a point. */
function toPlace(point: ArrayLike<number>): { lat: number; lon: number } {
  const degrees = 180 / Math.PI;
  return {
    lat: Math.atan2(point[2], Math.hypot(point[0], point[1])) * degrees,
    lon: Math.atan2(point[1], point[0]) * degrees,
  };
}

function nested(numbers: ArrayLike<number>, shape: readonly number[]): unknown {
  if (shape.length <= 1) return Array.from(numbers);
  const [count, ...rest] = shape;
  const each = numbers.length / Math.max(1, count);
  return Array.from({ length: count }, (_, i) =>
    nested(
      Array.from({ length: each }, (__, k) => numbers[i * each + k]),
      rest,
    ),
  );
}

/** Names by descending probability. */
export function rankedNames(
  { labels = [] }: CellTarget,
  probabilities: ArrayLike<number>,
): { readonly name: string; readonly probability: number }[] {
  return labels
    .map((name, i) => ({ name, probability: probabilities[i] }))
    .sort((a, b) => b.probability - a.probability || (a.name < b.name ? -1 : 1));
}

export function predictedCell(target: CellTarget, numbers: ArrayLike<number>): CellPrediction {
  const { form, shape, shows } = target;
  if (form === "values") return { value: (readers[shows] ?? nested)(numbers, shape) };
  const ranked = rankedNames(target, numbers);
  return {
    value:
      form === "class"
        ? ranked[0].name
        : ranked.filter(({ probability }) => probability > 0.5).map(({ name }) => name),
    probabilities: Object.fromEntries(
      ranked.slice(0, namesTold).map(({ name, probability }) => [name, probability]),
    ),
  };
}

/** The numbers of a cell, true or predicted, in a few words. */
export function sayCell(target: CellTarget, numbers: ArrayLike<number>): string {
  const { form, shape, shows, labels = [] } = target;
  if (form === "class" && numbers.length === 1) return labels[numbers[0]] ?? "";
  if (form !== "values") {
    const ranked = rankedNames(target, numbers);
    const likely =
      form === "class" ? ranked.slice(0, 1) : ranked.filter((n) => n.probability > 0.5);
    return likely.map(({ name }) => name).join(", ") || "(none)";
  }
  const value = (readers[shows] ?? nested)(numbers, shape);
  if (shape.length >= 2) return `${shape.join(" × ")} numbers`;
  return typeof value === "string" ? value : JSON.stringify(value);
}
