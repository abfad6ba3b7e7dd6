/** Recordings from files to predictions: paths, bytes, bad cells, families, the exported file. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { audio, load, multiclass, train } from "../src/index.ts";
import { pcm, wavOf } from "../src/modalities/audio/fixtures/wav-file.ts";

const pitches = { low: 300, middle: 900, high: 2400 };
const kinds = Object.keys(pitches) as (keyof typeof pitches)[];
const speeds = ["steady", "pulsing"] as const;

/** A tone of one of three pitches, steady or pulsing, of a length of its own. */
function sound(i: number): Buffer {
  const hertz = pitches[kinds[i % 3]] * (1 + 0.02 * (i % 7));
  const samples = Array.from({ length: 900 + 97 * (i % 11) }, (_, t) => {
    const pulse = i % 2 === 0 ? 1 : Math.sin((2 * Math.PI * 20 * t) / 8000) ** 2;
    return Math.round(9000 * pulse * Math.sin((2 * Math.PI * hertz * t) / 8000));
  });
  return wavOf(pcm(...samples));
}

let folder = "";
const rows = Array.from({ length: 96 }, (_, i) => ({
  clip: `${i}.wav`,
  pitch: kinds[i % 3],
  speed: speeds[i % 2],
}));
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "audio-"));
  for (let i = 0; i < rows.length; i++) await writeFile(join(folder, `${i}.wav`), sound(i));
  await writeFile(join(folder, "notes.txt"), "no sound");
  const lines = rows.map(({ clip, pitch, speed }) => `${clip},${pitch},${speed}`);
  // Two cells that cannot be read, and an empty one.
  const bad = ["gone.wav,low,steady", "notes.txt,high,steady", ",middle,pulsing"];
  await writeFile(join(folder, "sounds.csv"), ["clip,pitch,speed", ...lines, ...bad].join("\n"));
});
afterAll(() => rm(folder, { recursive: true }));

const tasks = { pitch: multiclass(), speed: multiclass() };

describe("a model of recordings", () => {
  test.each([
    ["neural", { encoder: { type: "spectrogram", filters: [8, 8] }, size: 16, timeMasks: 1 }, 10],
    ["neural", { encoder: { type: "gru" }, size: 16, bands: 20, hop: 25 }, 20],
    ["linear", {}, 10],
  ] as const)(
    "%s learns two tasks, and reads bytes as it reads paths",
    async (learner, options, epochs) => {
      const out = join(folder, `run-${learner}-${epochs}`);
      await train({
        data: join(folder, "sounds.csv"),
        inputs: { clip: audio(options) },
        tasks,
        learner,
        training: { epochs, batchSize: 16, optimizer: { type: "adamw", learningRate: 0.01 } },
        seed: 1,
        out,
      });
      const model = await load<typeof tasks>(out);
      try {
        for (const task of ["pitch", "speed"] as const)
          expect(model.scores.test?.[task].metrics.accuracy).toBeGreaterThan(0.8);
        const row = (clip: unknown) => ({ clip });
        const paths = await model.predict([row(join(folder, "5.wav")), row(null)]);
        const bytes = await model.predict([row(await readFile(join(folder, "5.wav")))]);
        expect(bytes[0]).toEqual(paths[0]);
        expect(paths[0].pitch.label).toBe("high");
        expect(paths[0]).not.toEqual(paths[1]);
      } finally {
        await model.dispose();
      }
      const report = await readFile(join(out, "report.html"), "utf8");
      expect(report).toContain("seconds heard");
    },
  );

  test("cells that cannot be read count as missing and are told by row, or stop the run", async () => {
    const told: string[] = [];
    const settings = {
      data: join(folder, "sounds.csv"),
      inputs: { clip: audio({ size: 4, encoder: "none" }) },
      tasks,
      split: { type: "random", fractions: { validation: 0, test: 0 } },
      training: { epochs: 1 },
    };
    const model = await train({
      ...settings,
      onEvent: (event) => {
        if (event.type === "warning" && event.message.includes("clip")) told.push(event.message);
      },
    });
    await model.dispose();
    expect(told).toEqual([
      'input clip: 2 cells count as missing; the first is data row 97: a sound file; got "gone.wav", which does not exist',
    ]);
    await expect(train({ ...settings, badCells: "error" })).rejects.toThrow(
      /data row 97.*a sound file; got "gone.wav", which does not exist/,
    );
  });
});
