/** True and predicted cells as pages show them. */
import sharp from "sharp";
import type { CellTarget, ShownAs } from "../core/cell-target.ts";
import type { PredictedCell } from "../report/record.ts";
import { rankedNames, sayCell } from "../tasks/cells/predicted.ts";

/** Longer side of a drawn cell in pixels. */
const side = 128;
/** Names that are shown, the most probable first. */
const namesShown = 8;

type Draw = (
  target: CellTarget,
  numbers: ArrayLike<number>,
  truth: ArrayLike<number> | undefined,
) => Promise<PredictedCell>;

const drawn: Partial<Record<ShownAs, Draw>> = {
  names: async (target, numbers, truth) => ({
    type: "names",
    names: namesOf(target, numbers, truth),
  }),
  picture: async ({ shape: [height, width, channels] }, numbers) => {
    const pixels = Uint8Array.from(numbers, (x) => Math.round(255 * Math.min(1, Math.max(0, x))));
    return { type: "image", src: await enlarged(pixels, width, height, channels as 1 | 3) };
  },
  sound: async (target, numbers) => {
    const [time, bands] = target.shape;
    // Two deviations around the mean of all, so that pictures can be compared.
    const center = target.mean.reduce((a, b) => a + b, 0) / target.mean.length;
    const spread = 2 * spreadOf(target);
    const pixels = new Uint8Array(time * bands * 3);
    for (let t = 0; t < time; t++) {
      for (let b = 0; b < bands; b++) {
        const z = (numbers[t * bands + b] - center) / spread;
        const strength = Math.min(1, Math.max(0, 0.5 + z / 2));
        const at = 3 * ((bands - 1 - b) * time + t);
        pixels.set([255 - 228 * strength, 255 - 203 * strength, 255 - 165 * strength], at);
      }
    }
    return { type: "image", src: await enlarged(pixels, time, bands, 3) };
  },
  series: async (target, numbers, truth) => ({
    type: "image",
    src: await lines(target, numbers, truth),
  }),
};

/**
 * A cell, true or predicted.
 * @param truth the cell itself beside a prediction: names that it has are marked, its lines are drawn below.
 */
export function drawCell(
  target: CellTarget,
  numbers: ArrayLike<number>,
  truth?: ArrayLike<number>,
): Promise<PredictedCell> {
  const draw = drawn[target.shows];
  return draw
    ? draw(target, numbers, truth)
    : Promise.resolve({ type: "text", text: sayCell(target, numbers) });
}

function namesOf(
  target: CellTarget,
  numbers: ArrayLike<number>,
  truth: ArrayLike<number> | undefined,
) {
  const { labels = [], form } = target;
  const has = (name: string) => {
    const at = labels.indexOf(name);
    return form === "class" ? truth?.[0] === at : truth?.[at] === 1;
  };
  return rankedNames(target, numbers)
    .slice(0, namesShown)
    .map(({ name, probability }) => ({ name, probability, right: has(name) }));
}

/** Deviation of the numbers of all cells: between elements and within each. */
function spreadOf({ mean, scale }: CellTarget): number {
  const center = mean.reduce((a, b) => a + b, 0) / mean.length;
  const squares = mean.reduce((sum, m, i) => sum + (m - center) ** 2 + scale[i] ** 2, 0);
  return Math.sqrt(squares / mean.length) || 1;
}

/** A PNG as a data URI whose pixels can be seen one by one. */
async function enlarged(
  pixels: Uint8Array,
  width: number,
  height: number,
  channels: 1 | 3,
): Promise<string> {
  const factor = Math.max(1, Math.round(side / Math.max(width, height)));
  const png = await sharp(pixels, { raw: { width, height, channels } })
    .resize({ width: width * factor, height: height * factor, kernel: "nearest", fit: "fill" })
    .png()
    .toBuffer();
  return `data:image/png;base64,${png.toString("base64")}`;
}

const colours = ["#1b3a5c", "#b5552b", "#3b7a57", "#7d4f9e"];

/** The channels of a series one colour each, those of the truth thin; each channel at its own scale. */
async function lines(
  { shape: [steps, channels], mean, scale }: CellTarget,
  numbers: ArrayLike<number>,
  truth: ArrayLike<number> | undefined,
): Promise<string> {
  const [width, height] = [200, 96];
  const standard = (values: ArrayLike<number>) =>
    Array.from(values, (x, i) => (x - mean[i % channels]) / scale[i % channels]);
  const both = [standard(numbers), ...(truth ? [standard(truth)] : [])];
  const known = both.flat().filter((x) => Number.isFinite(x));
  const [low, high] = known.reduce(([a, b], x) => [Math.min(a, x), Math.max(b, x)], [-1, 1]);
  const path = (values: readonly number[], c: number) => {
    let open = false;
    const parts: string[] = [];
    for (let t = 0; t < steps; t++) {
      const z = values[t * channels + c];
      if (!Number.isFinite(z)) {
        open = false;
        continue;
      }
      const x = 4 + ((width - 8) * t) / Math.max(1, steps - 1);
      const y = 4 + ((height - 8) * (high - z)) / (high - low);
      parts.push(`${open ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`);
      open = true;
    }
    return parts.join("");
  };
  const strokes = both.flatMap((values, k) =>
    Array.from({ length: Math.min(channels, colours.length) }, (_, c) => {
      const style = k === 0 ? 'stroke-width="2.5"' : 'stroke-width="1" stroke-dasharray="3 2"';
      return `<path d="${path(values, c)}" fill="none" stroke="${colours[c]}" ${style}/>`;
    }),
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="#fff"/>${strokes.join("")}</svg>`;
  const png = await sharp(Buffer.from(svg)).png().toBuffer();
  return `data:image/png;base64,${png.toString("base64")}`;
}
