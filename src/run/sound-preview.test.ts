import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { expect, test } from "vitest";
import { pcm, wavOf } from "../modalities/audio/fixtures/wav-file.ts";
import { soundPreview } from "./sound-preview.ts";

const tone = (hertz: number, samples: number) =>
  wavOf(
    pcm(
      ...Array.from(
        { length: samples },
        (_, i) => 20_000 * Math.sin((2 * Math.PI * hertz * i) / 8000),
      ),
    ),
  );

/** Grey levels of a preview's picture, row by row. */
async function levels(picture: string) {
  const png = Buffer.from(picture.split(",")[1], "base64");
  const { data, info } = await sharp(png).grayscale().raw().toBuffer({ resolveWithObject: true });
  return { data, ...info };
}

/** The row of the spectrogram that is darkest on average. */
async function darkestRow(hertz: number): Promise<number> {
  const preview = await soundPreview(tone(hertz, 4000), undefined);
  const { data, width, height } = await levels(preview?.picture ?? "");
  const sums = Array.from({ length: height }, (_, y) =>
    data.subarray(y * width, (y + 1) * width).reduce((a, b) => a + b, 0),
  );
  const spectrogram = sums.slice(40);
  return spectrogram.indexOf(Math.min(...spectrogram));
}

test("a recording's spectrogram has low pitch below, and small files are held", async () => {
  const preview = await soundPreview(tone(440, 4000), undefined);
  expect(preview?.seconds).toBe(0.5);
  expect(preview?.sound?.slice(0, 32)).toBe(`data:audio/wav;base64,${"UklGRmQfAAA".slice(0, 10)}`);
  expect(await darkestRow(300)).toBeGreaterThan(await darkestRow(3000));
  const long = await soundPreview(tone(440, 100_000), undefined);
  expect(long?.seconds).toBe(12.5);
  expect(long?.sound).toBeUndefined();
});

test("paths resolve against the table's folder; what cannot be read has no preview", async () => {
  const folder = await mkdtemp(join(tmpdir(), "preview-"));
  try {
    await writeFile(join(folder, "a.wav"), tone(440, 100));
    await writeFile(join(folder, "b.wav"), "no sound");
    expect((await soundPreview("a.wav", folder))?.seconds).toBe(0.0125);
    expect(await soundPreview("b.wav", folder)).toBeUndefined();
    expect(await soundPreview("gone.wav", folder)).toBeUndefined();
  } finally {
    await rm(folder, { recursive: true });
  }
});
