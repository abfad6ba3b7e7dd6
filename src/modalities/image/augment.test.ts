import { describe, expect, it } from "vitest";
import { Random } from "../../core/random.ts";
import { type AugmentOptions, augmentOptions, augmentPictures } from "./augment.ts";

const [height, width, channels] = [8, 6, 3];
const state = { height, width, channels, mean: [0.2, 0.4, 0.6] };
const size = height * width * channels;

function pictures(rows: number): Uint8Array {
  const random = Random.from(1, "pictures");
  return Uint8Array.from({ length: rows * size }, () => 40 + random.integer(150));
}

function varied(options: Partial<AugmentOptions>, rows = 40, seed = 5): Uint8Array {
  const pixels = pictures(rows);
  augmentPictures(state, augmentOptions.parse(options))?.([pixels], rows, Random.from(seed));
  return pixels;
}

const row = (pixels: Uint8Array, at: number) => pixels.slice(at * size, (at + 1) * size);
const before = pictures(40);

describe("pictures of a training batch", () => {
  it("stay as they are without options", () => {
    expect(augmentPictures(state, augmentOptions.parse({}))).toBeUndefined();
  });

  it("are varied the same way for the same draws, and otherwise for others", () => {
    const all = { flip: true, shift: 0.2, zoom: 0.2, brightness: 0.2, contrast: 0.2, cutout: 0.3 };
    expect(varied(all)).toEqual(varied(all));
    expect(varied(all)).not.toEqual(varied(all, 40, 6));
  });

  it("are mirrored, half of them, exactly", () => {
    const after = varied({ flip: true });
    const mirror = (picture: Uint8Array) =>
      Uint8Array.from(picture, (_, i) => {
        const [c, x, y] = [
          i % channels,
          Math.floor(i / channels) % width,
          Math.floor(i / channels / width),
        ];
        return picture[(y * width + (width - 1 - x)) * channels + c];
      });
    let mirrored = 0;
    for (let r = 0; r < 40; r++) {
      const [was, is] = [row(before, r), row(after, r)];
      if (is.every((v, i) => v === was[i])) continue;
      expect(is).toEqual(mirror(was));
      mirrored++;
    }
    expect(mirrored).toBeGreaterThan(8);
    expect(mirrored).toBeLessThan(32);
  });

  it("move and grow within the values they had", () => {
    for (const options of [{ shift: 0.3 }, { zoom: 0.5 }]) {
      const after = varied(options);
      expect(after).not.toEqual(before);
      for (let r = 0; r < 40; r++) {
        expect(Math.min(...row(after, r))).toBeGreaterThanOrEqual(Math.min(...row(before, r)));
        expect(Math.max(...row(after, r))).toBeLessThanOrEqual(Math.max(...row(before, r)));
      }
    }
    const flat = new Uint8Array(size).fill(77);
    augmentPictures(state, augmentOptions.parse({ shift: 0.5, zoom: 1 }))?.(
      [flat],
      1,
      Random.from(3),
    );
    expect(flat.every((v) => v === 77)).toBe(true);
  });

  it("change in brightness, contrast and colour about what was asked", () => {
    const sum = (pixels: Uint8Array) => pixels.reduce((a, b) => a + b, 0);
    const ratios = Array.from(
      { length: 40 },
      (_, r) => sum(row(varied({ brightness: 0.3 }), r)) / sum(row(before, r)),
    );
    expect(Math.max(...ratios)).toBeLessThan(1.31);
    expect(Math.min(...ratios)).toBeGreaterThan(0.69);
    expect(Math.max(...ratios) - Math.min(...ratios)).toBeGreaterThan(0.3);
    const contrast = varied({ contrast: 0.5 });
    expect(sum(contrast) / sum(before)).toBeCloseTo(1, 2);
    expect(contrast).not.toEqual(before);
    const colour = varied({ colour: 0.5 });
    const channel = (pixels: Uint8Array, c: number) =>
      sum(row(pixels, 0).filter((_, i) => i % 3 === c));
    const of = [0, 1, 2].map((c) => channel(colour, c) / channel(before, c));
    expect(new Set(of.map((v) => v.toFixed(2))).size).toBeGreaterThan(1);
  });

  it("lose a square to the mean colour", () => {
    const after = varied({ cutout: 0.5 });
    for (let r = 0; r < 40; r++) {
      let painted = 0;
      for (let place = 0; place < height * width; place++) {
        const is = [...row(after, r).slice(3 * place, 3 * place + 3)];
        const was = [...row(before, r).slice(3 * place, 3 * place + 3)];
        if (is.every((v, c) => v === was[c])) continue;
        expect(is).toEqual([51, 102, 153]);
        painted++;
      }
      // Half of each side, or less where it hangs over an edge.
      expect(painted).toBeGreaterThan(0);
      expect(painted).toBeLessThanOrEqual(12);
    }
  });
});
