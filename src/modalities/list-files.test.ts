import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Column } from "../data/columns.ts";
import { profileColumn } from "../data/profile.ts";
import { openSource } from "../data/source.ts";
import { encodeColumn, encodingDifference, learnState } from "./contract.ts";
import { modalityNamed, recogniseModality } from "./modalities.ts";

const folder = mkdtempSync(join(tmpdir(), "lists-"));
const count = 24;
const rows = Array.from({ length: count }, (_, i) => ({
  descriptor: [i, i / 7, Math.sin(i)],
  sensor: Array.from({ length: 2 + (i % 3) }, (_, t) => (t === 1 ? null : i + t / 3)),
  track: Array.from({ length: 1 + (i % 2) }, (_, t) => [i / 3, t]),
  tags: ["red", "green", "blue"].slice(i % 3),
  place: { lat: i / 3, lon: -i - 0.5 },
}));
const expected = {
  descriptor: "vector",
  sensor: "series",
  track: "series",
  tags: "set",
  place: "geo",
} as const;

beforeAll(async () => {
  writeFileSync(join(folder, "rows.jsonl"), rows.map((row) => JSON.stringify(row)).join("\n"));
  const names = Object.keys(expected);
  const line = (row: object) =>
    Object.values(row)
      .map((cell) => `"${JSON.stringify(cell).replaceAll('"', '""')}"`)
      .join(",");
  writeFileSync(join(folder, "rows.csv"), [names.join(","), ...rows.map(line)].join("\n"));
  const db = await (await DuckDBInstance.create(":memory:")).connect();
  const [from, to] = ["rows.jsonl", "rows.parquet"].map((name) => join(folder, name));
  await db.run(
    `COPY (SELECT * REPLACE (CAST(descriptor AS FLOAT[3]) AS descriptor) FROM '${from}') TO '${to}'`,
  );
  db.disconnectSync();
});

afterAll(() => rmSync(folder, { recursive: true }));

test.each(["csv", "jsonl", "parquet"])("cells of a %s file are those of code", async (format) => {
  const inCode = await openSource(rows);
  const inFile = await openSource(join(folder, `rows.${format}`));
  const [own, read] = [await inCode.sample(100, 0), await inFile.sample(100, 0)];
  for (const [name, type] of Object.entries(expected)) {
    const [a, b] = [own, read].map((table) => table.columns.get(name) as Column);
    expect(recogniseModality(profileColumn(a)), `${name} in code`).toBe(type);
    expect(recogniseModality(profileColumn(b)), `${name} in ${format}`).toBe(type);
    const modality = modalityNamed(type);
    const state = await learnState(modality, {}, [a]);
    for (const view of [modality.network, modality.features]) {
      const encodings = await Promise.all([a, b].map((c) => encodeColumn(view, state, c)));
      // Parquet's descriptor is of 32 bits.
      expect(encodingDifference(encodings[0], encodings[1])).toBeLessThan(1e-6);
    }
  }
  await Promise.all([inCode.close(), inFile.close()]);
});
