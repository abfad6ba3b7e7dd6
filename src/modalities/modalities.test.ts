import { describe, expect, test } from "vitest";
import { z } from "zod";
import { references } from "../core/references.ts";
import type { Column } from "../data/columns.ts";
import { tableFromRows } from "../data/from-rows.ts";
import { profileColumn } from "../data/profile.ts";
import { modalities, recogniseModality } from "./modalities.ts";

const rows = 200;
const sentences = [
  "The room was clean and the staff were kind",
  "Too loud at night, would not come back",
  "Breakfast was good but the coffee was cold",
  "A long walk from the station",
];
const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0);
const flac = new TextEncoder().encode("fLaC of whatever");

/** Typical columns: what a cell of row i holds, and what should be made of it. */
const cases: Record<string, readonly [cell: (i: number) => unknown, expected: string | undefined]> =
  {
    age: [(i) => 18 + ((i * 37) % 60), "number"],
    income: [(i) => 1000.5 + i * i, "number"],
    rating: [(i) => 1 + (i % 5), "number"],
    row_id: [(i) => i + 1, undefined],
    uuid: [(i) => `a${(i * 7919).toString(16)}-4c1b-${i}`, undefined],
    order_no: [(i) => `ORD-${10_000 + i * 3}`, undefined],
    zip: [(i) => 10_000 + ((i * 613) % 90) * 11, "category"],
    zip_text: [(i) => `0${1000 + ((i * 613) % 90)}`, "category"],
    country: [(i) => ["DE", "FR", "IT", "ES"][i % 4], "category"],
    department: [
      (i) => ["Animals & Nature", "Food & Drink", "Smileys & Emotion"][i % 3],
      "category",
    ],
    城市: [(i) => ["北京", "上海", "广州"][i % 3], "category"],
    sex: [(i) => "mf"[i % 2], "category"],
    review: [(i) => `${sentences[i % 4]} ${i}`, "text"],
    评论: [(i) => `房间很干净，服务员也很热情，第${i}次来`, "text"],
    label: [(i) => `face number ${i} with smile`, "text"],
    surname: [
      (i) => String.fromCharCode(65 + (i % 26), 97 + (i % 23), 97 + (i % 19), 97 + (i % 17)),
      "text",
    ],
    tags: [(i) => ["red", "green", "blue"].slice(0, i % 4), "set"],
    tokens: [(i) => ["the", `w${i}`, "of", "the", `v${i}`], "text"],
    embedding: [(i) => [i, i / 7, Math.sin(i)], "vector"],
    "embedding in JSON": [(i) => JSON.stringify([i, i / 7, Math.sin(i)]), "vector"],
    sensor: [(i) => Array.from({ length: 3 + (i % 5) }, (_, t) => Math.sin(i + t)), "series"],
    track: [(i) => Array.from({ length: 4 }, (_, t) => [i, Math.sin(i * t)]), "series"],
    place: [(i) => `${(i % 90) + 0.25}, ${i * 0.7}`, "geo"],
    position: [(i) => ({ lat: i / 3, lon: -i / 2 }), "geo"],
    subscribed: [(i) => i % 3 === 0, "boolean"],
    agrees: [(i) => (i % 2 ? "yes" : "No"), "boolean"],
    flag: [(i) => i % 2, "boolean"],
    "all missing": [() => null, undefined],
    born: [(i) => new Date(i * 1e9), "datetime"],
    when: [(i) => new Date(1.6e12 + i * 1e8).toISOString(), "datetime"],
    photo: [(i) => `photos/${i}.png`, "image"],
    picture: [() => png, "image"],
    recording: [(i) => `clips/${i}.wav`, "audio"],
    song: [() => flac, "audio"],
  };

describe("recogniseModality", () => {
  test.each(Object.entries(cases))("%s", (name, [cell, expected]) => {
    for (const missing of [0, 7]) {
      const cells = Array.from({ length: rows }, (_, i) => ({
        [name]: missing && i % missing === 3 ? null : cell(i),
      }));
      const column = tableFromRows(cells).columns.get(name) as Column;
      const found = recogniseModality(profileColumn(column));
      // A running number with gaps is one no longer.
      if (name === "row_id" && missing) expect(found).toBe("number");
      else expect(found).toBe(expected);
    }
  });

  test("scores lie from 0 to 1, and 0 where a storage cannot be read", () => {
    for (const [name, [cell]] of Object.entries(cases)) {
      const table = tableFromRows(Array.from({ length: 20 }, (_, i) => ({ [name]: cell(i) })));
      const profile = profileColumn(table.columns.get(name) as Column);
      for (const modality of Object.values(modalities)) {
        const score = modality.recognise(profile);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
        if (!(modality.storage as readonly string[]).includes(profile.storage))
          expect(score).toBe(0);
      }
    }
  });
});

describe.each(Object.entries(modalities))("%s", (name, modality) => {
  test("is named as in the table, cites what there is, and describes every option", () => {
    expect(modality.name).toBe(name);
    for (const key of modality.cite ?? []) expect(references).toHaveProperty(key);
    const schema = z.toJSONSchema(modality.options as z.ZodType, { io: "input" });
    expect(schema.description).toBeTruthy();
    for (const [option, leaf] of Object.entries(schema.properties ?? {})) {
      const { description, default: fallback } = leaf as {
        description?: string;
        default?: unknown;
      };
      expect(description, `${name}.${option}`).toBeTruthy();
      expect(fallback, `${name}.${option}`).toBeDefined();
    }
    expect(modality.options.parse({})).toBeTruthy();
    expect(modality.options.safeParse({ colour: 1 }).success).toBe(false);
  });
});
