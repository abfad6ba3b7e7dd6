/** One table with every odd, damaged and missing cell of pictures, recordings and texts: trained and predicted on. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { polytask } from "../src/cli/fixtures/recording.ts";
import { pcm, wavOf } from "../src/modalities/audio/fixtures/wav-file.ts";

type Cells = { photo: string; clip: string; note: string };

const good = 48;
const header = "photo,clip,note,kind,price";

let dir = "";
let odd: (readonly [what: string, cells: Partial<Cells>, bad?: keyof Cells])[] = [];

const plain = (side: number, background: string) =>
  sharp({ create: { width: side, height: side, channels: 3, background } });

const tone = (hertz: number) =>
  pcm(
    ...Array.from({ length: 800 }, (_, t) =>
      Math.round(9000 * Math.sin((2 * Math.PI * hertz * t) / 8000)),
    ),
  );

/** A cell of CSV. */
const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;

function csv(rows: readonly Partial<Cells>[], labels: (row: number) => string): string {
  const lines = rows.map((row, i) =>
    [
      row.photo ?? "",
      row.clip ?? "",
      row.note === undefined ? "" : quoted(row.note),
      labels(i),
    ].join(","),
  );
  return `${[header, ...lines].join("\n")}\n`;
}

const config = (learner: string) => `data: table.csv
inputs:
  photo: { type: image, height: 8, width: 8, filters: [4], size: 4 }
  clip: { type: audio, encoder: none, bands: 10, size: 4 }
  note: { type: text, buckets: 64, size: 4 }
tasks: { kind: multiclass, price: regression }
learner: ${learner}
split: { type: random, fractions: { validation: 0, test: 0.2 } }
training: { epochs: 2, batchSize: 16, threads: 1 }
`;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "polytask-modalities-"));
  const write = (name: string, content: string | Uint8Array) =>
    writeFileSync(join(dir, name), content);
  for (const [i, colour] of ["#ff0000", "#0000ff"].entries()) {
    write(`${i}.jpg`, await plain(12, colour).jpeg().toBuffer());
    write(`${i}.wav`, wavOf(tone(400 + 900 * i)));
  }
  const jpeg = readFileSync(join(dir, "0.jpg"));
  write("cut.jpg", jpeg.subarray(0, jpeg.length - 40));
  write("dot.png", await plain(1, "#ff0000").png().toBuffer());
  write("huge.png", await plain(10_000, "#ff0000").png({ compressionLevel: 1 }).toBuffer());
  write("inks.jpg", await plain(12, "#ff0000").toColourspace("cmyk").jpeg().toBuffer());
  write("lies.png", jpeg);
  write("empty.png", "");
  const { data } = await plain(8, "#00ff00").raw().toBuffer({ resolveWithObject: true });
  const pages = { width: 8, height: 16, channels: 3, pageHeight: 8 } as const;
  write(
    "moves.gif",
    await sharp(Buffer.concat([data, Buffer.alloc(data.length)]), { raw: pages })
      .gif()
      .toBuffer(),
  );
  write("notes.txt", "no sound");
  write("silence.wav", wavOf(Buffer.alloc(0)));
  mkdirSync(join(dir, "folder"));
  const fine = { photo: "0.jpg", clip: "0.wav", note: "red low" };
  odd = [
    ["a truncated JPEG", { ...fine, photo: "cut.jpg" }, "photo"],
    ["a picture of one pixel", { ...fine, photo: "dot.png" }],
    ["a picture of 10,000 × 10,000 pixels", { ...fine, photo: "huge.png" }],
    ["CMYK", { ...fine, photo: "inks.jpg" }],
    ["an animation", { ...fine, photo: "moves.gif" }],
    ["a JPEG called PNG", { ...fine, photo: "lies.png" }],
    ["an empty file as picture", { ...fine, photo: "empty.png" }, "photo"],
    ["a missing picture", { ...fine, photo: "gone.png" }, "photo"],
    ["a folder as picture", { ...fine, photo: "folder" }, "photo"],
    ["a text as picture", { ...fine, photo: "notes.txt" }, "photo"],
    ["a text as recording", { ...fine, clip: "notes.txt" }, "clip"],
    ["a recording of length zero", { ...fine, clip: "silence.wav" }, "clip"],
    ["a missing recording", { ...fine, clip: "gone.wav" }, "clip"],
    ["a picture as recording", { ...fine, clip: "1.jpg" }, "clip"],
    ["a megabyte of text", { ...fine, note: "long words ".repeat(100_000) }],
    ["an empty text", { ...fine, note: "" }],
    ["nothing at all", {}],
  ];
  const rows = Array.from({ length: good }, (_, i) => ({
    photo: `${i % 2}.jpg`,
    clip: `${i % 2}.wav`,
    note: ["red low", "blue high"][i % 2],
  }));
  const all = [...rows, ...odd.map(([, cells]) => cells)];
  write(
    "table.csv",
    csv(all, (i) => `${["a", "b"][i % 2]},${i % 7}`),
  );
  write(
    "odd.csv",
    csv(
      odd.map(([, cells]) => cells),
      () => ",",
    ),
  );
  write(
    "fine.csv",
    csv([fine, odd[1][1]], () => ","),
  );
  write("neural.yaml", config("{ type: neural, trunk: { sizes: [4] } }"));
  write("linear.yaml", config("linear"));
  write("strict.yaml", `${config("linear")}badCells: error\n`);
});
afterAll(() => rmSync(dir, { recursive: true }));

const badRows = (column: keyof Cells) => odd.flatMap(([, , bad], i) => (bad === column ? [i] : []));

interface Line {
  readonly [column: string]: string;
}

function linesOf(output: string): Line[] {
  const [head, ...lines] = output.trimEnd().split("\n");
  const names = head.split("\t");
  return lines.map((line) => {
    const cells = line.split("\t");
    return Object.fromEntries(names.map((name, i) => [name, cells[i]]));
  });
}

describe.each(["neural", "linear"])("a %s model of a table with bad cells", (learner) => {
  it("is trained, and tells how many cells count as missing and which is the first", async () => {
    const { code, err } = await polytask(dir, "train", `${learner}.yaml`, "--out", learner);
    expect([code, err]).toEqual([0, expect.any(String)]);
    const record = JSON.parse(readFileSync(join(dir, learner, "record.json"), "utf8"));
    for (const [column, message] of [
      ["photo", 'a picture that can be decoded; got "cut.jpg" (it is JPEG, damaged or cut short)'],
      ["clip", 'a recording; got "notes.txt" (it begins with "no sound", where'],
    ] as const) {
      const bad = badRows(column);
      const first = `the first is data row ${good + bad[0] + 1}: ${message}`;
      expect(err).toContain(`input ${column}: ${bad.length} cells count as missing; ${first}`);
      const warning = record.quality.warnings.find((w: { where: string }) => w.where === column);
      expect(warning.message).toContain(`${bad.length} cells could not be read`);
      expect(warning.message).toContain(first);
    }
    expect(err).not.toContain("input note");
    // No row is dropped.
    const { train, validation, test } = record.split.rows;
    expect(train + validation + test).toBe(good + odd.length);
  });

  it("predicts every row, odd ones as it predicts good ones, and tells what it could not read", async () => {
    const predicted = async (data: string) => {
      const out = `${learner}-${data.replace("csv", "tsv")}`;
      const [model, rows] = [join(dir, learner), join(dir, data)];
      const { code, err } = await polytask(dir, "predict", model, rows, "--out", out);
      expect([code, err]).toEqual([0, expect.any(String)]);
      return { lines: linesOf(readFileSync(join(dir, out), "utf8")), err };
    };
    const { lines, err } = await predicted("odd.csv");
    expect(lines.length).toBe(odd.length);
    for (const line of lines) {
      expect(line["price.value"]).not.toBe("");
      expect(Number.isFinite(Number(line["price.value"])), line["price.value"]).toBe(true);
      expect(["a", "b"]).toContain(line["kind.label"]);
    }
    const [photos, clips] = [badRows("photo"), badRows("clip")];
    expect(err).toContain(`${photos.length + clips.length} cells could not be read`);
    for (const row of photos.slice(0, 3)) expect(err).toContain(`row ${row + 1}, column "photo": `);
    expect(err).toContain(`and ${photos.length + clips.length - 3} more`);
    const fine = await predicted("fine.csv");
    expect(fine.err).not.toContain("could not be read");
    // The picture of one pixel is predicted the same beside bad rows as beside a good one.
    expect(fine.lines[1]).toEqual(lines[1]);
  });
});

it("badCells: error stops at the first bad cell, by row", async () => {
  const { code, err } = await polytask(dir, "train", "strict.yaml", "--out", "strict");
  expect(code).toBe(65);
  expect(err).toMatch(
    /data row \d+, input (photo|clip): a readable cell; a (picture|sound|recording)/,
  );
});

it("bytes that are not UTF-8 are refused when the table is read", async () => {
  const bytes = Buffer.concat([
    Buffer.from(`${header}\n0.jpg,0.wav,`),
    Buffer.from([0xff, 0xfe, 0x80]),
    Buffer.from(",a,1\n"),
  ]);
  writeFileSync(join(dir, "latin.csv"), bytes);
  const { code, err } = await polytask(
    dir,
    "predict",
    join(dir, "linear"),
    join(dir, "latin.csv"),
    "--out",
    "latin-out.csv",
  );
  expect(code).toBe(65);
  expect(err).toMatch(/latin\.csv.*UTF-8/s);
});
